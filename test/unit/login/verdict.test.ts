/** What X's no to an answer means for its login. */
import { describe, expect, it } from 'vitest'
import type { PendingLogin } from '../../../src/login/pending'
import type { SentAnswer } from '../../../src/login/record'
import { verdictOn } from '../../../src/login/verdict'

const NOW = 1000
const message = 'X says no.'
const sent = (doubts = 1): SentAnswer => ({
  mark: 'm',
  proofHash: 'p',
  sentAt: NOW - 10,
  lastSentAt: NOW,
  doubts,
  outcome: { stage: 'sent' },
})
const login = (flow: PendingLogin['flow']) => ({
  pending: { flow } as PendingLogin,
  answer: flow === 'oauth2' ? { code: 'c' } : { verifier: '1' },
})
const verdict = (
  outcome: Parameters<typeof verdictOn>[0],
  flow: PendingLogin['flow'] = 'oauth2',
  doubts = 1,
  answers = 1,
) => {
  const { fate, failure } = verdictOn(
    outcome,
    login(flow),
    sent(doubts),
    { answers: Array.from({ length: answers }, () => sent()) },
    NOW,
  )
  return `${fate} ${failure.code}`
}
const app = { kind: 'app', failure: 'app_credentials_refused', message } as const
const wrong = { kind: 'refused', what: 'verifier', message } as const

describe('X’s no', () => {
  it.each([
    ['to the app', verdict(app), 'unused app_credentials_refused'],
    ['to the app, after a lost call', verdict(app, 'oauth2', 2), 'unused app_credentials_refused'],
    [
      'for 19 of the 20 s that a code lives',
      verdict({ kind: 'later', retryAfter: 19, message }),
      'unused x_rate_limited',
    ],
    [
      'for the 20 s that it lives',
      verdict({ kind: 'later', retryAfter: 20, message }),
      'spent login_too_late',
    ],
    [
      'for as long, of a verifier',
      verdict({ kind: 'later', retryAfter: 20, message }, 'oauth1'),
      'unused x_rate_limited',
    ],
    [
      'in words that nobody knows',
      verdict({ kind: 'declined', message }),
      'spent login_refused_by_x',
    ],
    [
      'the same, after a lost call',
      verdict({ kind: 'declined', message }, 'oauth2', 2),
      'spent login_reply_lost',
    ],
    ['to a code', verdict({ kind: 'refused', what: 'code', message }), 'spent code_refused'],
    [
      'to a code, after a lost call',
      verdict({ kind: 'refused', what: 'code', message }, 'oauth2', 2),
      'spent login_reply_lost',
    ],
    ['to a verifier', verdict(wrong, 'oauth1'), 'spent verifier_refused'],
    ['to a PIN', verdict(wrong, 'pin'), 'mistyped pin_wrong'],
    ['to the fifth PIN', verdict(wrong, 'pin', 1, 5), 'spent verifier_refused'],
    [
      'to the request token of a PIN',
      verdict({ kind: 'refused', what: 'token', message }, 'pin'),
      'spent request_token_expired',
    ],
  ])('%s', (_, said, expected) => {
    expect(said).toBe(expected)
  })
})

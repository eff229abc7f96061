/** What is said of a token after a reply got lost: X may have ended it. */
import { describe, expect, it } from 'vitest'
import { leaseOf } from '../../../src/account/lease-outcome'
import type { Connected } from '../../../src/account/record'
import { connected, NOW } from './grants'

const failure = {
  code: 'unknown',
  message: 'X answered 503.',
  at: NOW,
  tries: 1,
  retryAt: NOW + 30,
}
const nothing = { do: 'nothing' } as const
const wait = { do: 'wait', until: NOW + 9, why: 'interrupted' } as const

const detailOf = (record: Connected, decision: typeof nothing | typeof wait = nothing) => {
  const leased = leaseOf(record, { because: 'lease', minTtl: 60 }, NOW, { decision })
  return leased.ok ? leased.value.degraded?.detail : leased.failure.detail
}

describe('an access token that X may have ended is said to be so', () => {
  const ended = (reason: 'refresh_reply_lost' | 'refused_by_x') =>
    connected({ ended: { reason, since: NOW }, failure }, { status: 'login_required' })
  const attempt = { id: 'a', generation: 7, startedAt: NOW }

  it.each<[string, Connected, typeof wait?]>([
    ['in doubt', connected({ failure }, { inDoubt: { since: NOW } })],
    ['cut off', connected({}, { attempt }), wait],
    ['reply lost', ended('refresh_reply_lost')],
    ['refused', ended('refused_by_x')],
  ])('%s', (_, record, decision) => {
    expect(detailOf(record, decision)).toMatch(/X.*may have ended the access token/)
  })

  it('but not where X said no and did not act', () => {
    expect(detailOf(connected({ failure: { ...failure, code: 'later' } }))).toBe('X answered 503.')
  })
})

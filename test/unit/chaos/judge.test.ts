/** What chaos would find: each history here has one thing wrong, and the judge has to say so. */
import { describe, expect, it } from 'vitest'
import { type Evidence, judged } from '../../chaos/judge'
import type { Rested } from '../../chaos/outcome'
import type { Kill } from '../../chaos/storm'
import type { Call } from '../../chaos/x'

const rotated = { outcome: 'rotated' }
const spent = { outcome: 'refused: invalid_request', why: 'spent' }
const unanswered = { outcome: 'not processed', fault: 'html' }
const lost = { ...rotated, fault: 'drop_after_commit' }
const gateway = { ...rotated, fault: 'gateway:503' }
const reset = { ...rotated, fault: 'reset_after' }
const pieces = { ...rotated, fault: 'slow:3000' }
const slow = { ...rotated, fault: 'delay_reply:2000' }

/** Calls of one account, each so many seconds after the last one. */
function history(...calls: [number, Partial<Call>][]): Call[] {
  let at = 1000
  return calls.map(([apart, call], seq) => {
    at += apart
    return { seq, at, outcome: 'rotated', user_id: '1', grant_type: 'refresh_token', ...call }
  })
}

const kill = (second: number): Kill => ({
  what: 'group',
  fromMs: second * 1000,
  toMs: second * 1000 + 50,
  backMs: second * 1000 + 3000,
})

/** Connected, and knowing so many rotations. */
const works = (rotations: number): Rested =>
  ({
    account: { id: '1', generation: 9, oauth2: { rotations_24h: rotations } },
    lease: { access_token: 'a' },
  }) as unknown as Rested

/** `login_required`, and knowing so many rotations. */
const over = (rotations: number, reason = 'refresh_reply_lost'): Rested =>
  ({
    account: { id: '1', generation: 9, oauth2: { rotations_24h: rotations, ended: { reason } } },
  }) as unknown as Rested

const findings = (
  rested: Rested,
  calls: Call[],
  { kills = [], leased = [] }: Partial<Pick<Evidence, 'kills' | 'leased'>> = {},
): string => judged({ id: '1', rested, calls, kills, leased }).join(' ')

describe('is right', () => {
  it.each<[string, Rested, Call[], Kill[]]>([
    ['one call after the other', works(2), history([0, rotated], [6, rotated]), []],
    ['no answer, and again when it was due', works(1), history([0, unanswered], [31, rotated]), []],
    [
      'a 429, and again when it was over',
      works(1),
      history([0, { outcome: 'not processed', fault: 'status:429' }], [15, rotated]),
      [],
    ],
    ['a slow answer, and the next call after it', works(2), history([0, slow], [2.1, rotated]), []],
    ['a reply that X did not send', over(0), history([0, lost], [31, spent]), []],
    ['a gateway that answered in its place', over(0), history([0, gateway], [31, spent]), []],
    ['a connection that was reset', over(0), history([0, reset], [31, spent]), []],
    [
      'a reply in pieces, and the next call after it',
      works(2),
      history([0, pieces], [3.1, rotated]),
      [],
    ],
    ['a reply that a kill cut off', over(0), history([0, slow], [61, spent]), [kill(1001)]],
    [
      'a reply that broke off a moment before a kill, so that Perch may know it or not',
      over(0),
      history([0, lost], [7, spent]),
      [kill(1000.165)],
    ],
    ['a kill that cut nothing off', works(2), history([0, rotated], [6, rotated]), [kill(1000)]],
  ])('%s', (_, rested, calls, kills) => {
    expect(findings(rested, calls, { kills })).toBe('')
  })
})

describe('is found', () => {
  it.each<[string, RegExp, Rested, Call[], Kill[]]>([
    [
      'a pair that was delivered and lost',
      /1 rotations are not known/,
      works(0),
      history([0, rotated]),
      [],
    ],
    [
      'a user who has to log in though the pair was delivered',
      /its last pair was delivered/,
      over(0),
      history([0, rotated], [40, spent]),
      [],
    ],
    [
      '… half a second before a kill',
      /its last pair was delivered/,
      over(0),
      history([0, rotated], [61, spent]),
      [kill(1000.5)],
    ],
    [
      'a pair that was lost though only its last byte was',
      /its last pair was delivered/,
      over(0),
      history([0, { ...rotated, fault: 'cut:1' }], [31, spent]),
      [],
    ],
    [
      'a call while a reply still arrived',
      /under way/,
      works(2),
      history([0, pieces], [2, rotated]),
      [],
    ],
    [
      'a token that was presented soon after a kill that came before any reply',
      /came 7\.0 s after/,
      over(0),
      history([0, lost], [7, spent]),
      [kill(1000.05)],
    ],
    ['two calls at once', /under way/, works(2), history([0, slow], [1, rotated]), []],
    [
      'a token that was presented while its first call could still run',
      /came 5\.0 s after/,
      works(1),
      history([0, unanswered], [5, rotated]),
      [],
    ],
    [
      'the same after a lost reply',
      /came 0\.5 s after/,
      over(0),
      history([0, lost], [0.5, spent]),
      [],
    ],
    [
      'a spent token',
      /though call 0 was answered/,
      works(1),
      history([0, rotated], [9, spent]),
      [],
    ],
    [
      'the wrong reason',
      /reason refused_by_x/,
      over(0, 'refused_by_x'),
      history([0, lost], [31, spent]),
      [],
    ],
    ['an end that X did not say', /X did not refuse/, over(0), history([0, lost]), []],
    ['two pairs lost', /2 rotations/, over(0), history([0, rotated], [6, lost], [31, spent]), []],
    [
      'words of X that nobody ordered',
      /X refused call 0/,
      works(0),
      history([0, { outcome: 'refused: invalid_client' }]),
      [],
    ],
  ])('%s', (_, wrong, rested, calls, kills) => {
    expect(findings(rested, calls, { kills })).toMatch(wrong)
  })

  it('a generation that a program was told and that is gone', () => {
    const calls = history([0, rotated])
    expect(findings(works(1), calls, { leased: [9] })).toBe('')
    expect(findings(works(1), calls, { leased: [10] })).toMatch(/Generation 10 was leased/)
  })
})

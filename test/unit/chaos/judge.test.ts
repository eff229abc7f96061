/** What chaos would find: each history here has one thing wrong, and the judge has to say so. */
import { describe, expect, it } from 'vitest'
import { countsOf, miscounted, refusedTooOften } from '../../chaos/counts'
import { type Evidence, heldBack, judged, judgedBoth, lostInBrownOut } from '../../chaos/judge'
import type { Outcome, Rested } from '../../chaos/outcome'
import { LIE } from '../../chaos/plan'
import type { Kill } from '../../chaos/storm'
import { note, type Stop } from '../../chaos/watch'
import type { Call } from '../../chaos/x'

const rotated = { outcome: 'rotated' }
const spent = { outcome: 'refused: invalid_request', why: 'spent' }
const unanswered = { outcome: 'not processed', fault: 'html' }
const lost = { ...rotated, fault: 'drop_after_commit' }
const gateway = { ...rotated, fault: 'gateway:502' }
const reset = { ...rotated, fault: 'reset_after' }
const brownOut = { ...rotated, fault: 'gateway:503' }
const wrongWord = { outcome: 'not processed', fault: LIE }
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
): string => judged({ id: '1', rested, calls, exchanges: [], kills, leased }).join(' ')

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
    ['a brown-out', over(0), history([0, brownOut], [31, spent]), []],
    [
      'a word of X that was wrong, and the token soon again',
      works(2),
      history([0, rotated], [6, wrongWord], [4, rotated]),
      [],
    ],
    ['… in a doubt', works(1), history([0, unanswered], [31, wrongWord], [4, rotated]), []],
    [
      '… though the pair was lost, and the three tries after it',
      over(0),
      history([0, gateway], [31, wrongWord], [4, spent], [3, spent], [6, spent]),
      [],
    ],
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
      '… a second before a kill',
      /its last pair was delivered/,
      over(0),
      history([0, rotated], [61, spent]),
      [kill(1001)],
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
    [
      'a user who has to log in since X was wrong',
      /its last pair was delivered/,
      over(1, 'refused_by_x'),
      history([0, rotated], [6, wrongWord]),
      [],
    ],
    [
      'a token that was presented soon after a brown-out',
      /came 5\.0 s after/,
      over(0),
      history([0, brownOut], [5, spent]),
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

const calm = { state: 'ok', halt: null, last_halt: null, breaker: null }
const opened: Stop = { why: 'breaker', fromMs: 2000, toMs: 40_000 }

/** A run of one account in which X browned out, and nothing is wrong. */
const run = (changes: Partial<Outcome>): Outcome =>
  ({
    app: calm,
    stops: [opened],
    brownOuts: [{ fromMs: 1000, calls: 8 }],
    calls: [],
    kills: [],
    rested: new Map(),
    both: new Set(),
    ...changes,
  }) as unknown as Outcome

describe('what holds refreshes back', () => {
  const refusal = { reason: 'mass_refusal' }
  const breaker = { message: '503', since: 1 }
  it.each<[string, RegExp, Partial<Outcome>]>([
    ['opened and closed', /^$/, {}],
    ['was open before, and in the brown-out', /^$/, { stops: [{ ...opened, fromMs: 0 }] }],
    ['paces sweeps after it', /^$/, { app: { ...calm, state: 'resuming' } }],
    ['was a halt for refusals', /^$/, { app: { ...calm, last_halt: refusal } }],
    ['did not open', /did not open/, { stops: [] }],
    [
      'was over before the brown-out',
      /did not open/,
      { stops: [{ ...opened, fromMs: 0, toMs: 900 }] },
    ],
    ['is open still', /held back/, { app: { ...calm, state: 'unanswered', breaker } }],
    ['is a halt', /held back/, { app: { ...calm, state: 'halted', halt: refusal } }],
    [
      'was a halt for the app',
      /halted/,
      { app: { ...calm, last_halt: { reason: 'credentials_refused' } } },
    ],
    ['is not known', /held back/, { app: { ...calm, state: 'unknown' } }],
  ])('%s', (_, wrong, changes) => {
    expect(heldBack(run(changes)).join(' ')).toMatch(wrong)
  })

  it('let too many leave whose token lived', () => {
    const calls = Array.from({ length: 35 }, (_, n) =>
      history([0, rotated], [4, brownOut]).map((call, index) => ({
        ...call,
        seq: 2 * n + index,
        user_id: String(n),
      })),
    ).flat()
    expect(heldBack(run({ calls })).join(' ')).toMatch(/35 accounts .* at most 34/)
    expect(heldBack(run({ calls: calls.slice(2) }))).toEqual([])
  })

  it.each<[string, boolean, Call[]]>([
    ['lives', true, history([0, rotated], [5, brownOut])],
    ['has expired', false, history([0, rotated], [7, brownOut])],
    ['never arrived', false, history([0, gateway], [5, brownOut])],
  ])('lost a pair of an account whose token %s', (_, lived, calls) => {
    expect(lostInBrownOut({ calls, kills: [] })).toMatchObject([{ call: { seq: 1 }, lived }])
  })

  it('is noted from when to when', () => {
    const stops: Stop[] = []
    const halt = { reason: 'mass_refusal' }
    const breaker = { message: '503', since: 1 }
    note(stops, { breaker: null, halt: null }, 1)
    note(stops, { breaker, halt: null }, 2)
    note(stops, { breaker, halt }, 3)
    note(stops, { breaker: null, halt }, 4)
    note(stops, { breaker, halt }, 5)
    expect(stops).toEqual([
      { why: 'breaker', fromMs: 2, toMs: 4 },
      { why: 'halt', fromMs: 3 },
      { why: 'breaker', fromMs: 5 },
    ])
  })
})

describe('counts', () => {
  const counted = (at: Rested, calls: Call[], stops: Stop[] = []) =>
    run({ calls, stops, rested: new Map([['1', at]]) })

  it('are what X and Perch say', () => {
    const calls = history([0, rotated], [6, wrongWord], [4, gateway], [31, unanswered], [31, spent])
    const probe = history([0, { outcome: 'refused: invalid_request' }]).map(
      ({ user_id: _, ...call }) => call,
    )
    expect(countsOf(counted(over(1), [...calls, ...probe]))).toEqual({
      rotated: 2,
      known: 1,
      lost: 1,
      unanswered: 1,
      paused: 0,
      wrongWords: 1,
      spent: 1,
      probes: 1,
    })
    expect(miscounted(counted(over(1), calls))).toEqual([])
  })

  it('miss a rotation', () => {
    const calls = history([0, rotated], [6, rotated])
    expect(miscounted(counted(works(1), calls))).toEqual([
      'X rotated 2 times, 1 are known and 0 lost.',
    ])
  })

  it('have a token that was presented once too often, unless a halt had it tried again', () => {
    const refusals = Array.from({ length: 5 }, (): [number, Partial<Call>] => [6, spent])
    const calls = history([0, gateway], ...refusals)
    expect(refusedTooOften(counted(over(0), calls), '1')).toEqual([
      'X refused its lost token 5 times, at most 4.',
    ])
    const halt = { why: 'halt', fromMs: 1, toMs: 2 } as const
    expect(refusedTooOften(counted(over(0), calls, [halt]), '1')).toEqual([])
  })

  it('do not hold a refusal against an account that went down with its reply', () => {
    const refusals = Array.from({ length: 4 }, (): [number, Partial<Call>] => [6, spent])
    for (const fault of ['drop_after_commit', 'cut:1', 'padded:3000000']) {
      const calls = history([0, gateway], ...refusals, [6, { ...spent, fault }])
      expect(refusedTooOften(counted(over(0), calls), '1')).toEqual([])
    }
    const plain = history([0, gateway], ...refusals, [6, spent])
    const at = (plain.at(-1)?.at ?? 0) + 1
    const outcome = { ...counted(over(0), plain), kills: [kill(at)] }
    expect(refusedTooOften(outcome, '1')).toEqual([])
  })
})

describe('an account that holds an OAuth 1.0a token as well', () => {
  const holding = (rested: Rested, grants: string[]): Rested => ({
    ...rested,
    account: { ...rested.account, grants },
  })
  const said = (rested: Rested, changes: Partial<Evidence> = {}): string =>
    judgedBoth({
      id: '1',
      rested,
      calls: history([0, lost], [31, spent]),
      exchanges: history([32, { outcome: 'exchanged' }]),
      kills: [],
      leased: [],
      ...changes,
    }).join(' ')
  const whole = holding(works(1), ['oauth2', 'oauth1'])

  it('is right where it works, whatever was lost', () => {
    expect(said(holding(works(1), ['oauth2', 'oauth1']))).toBe('')
  })

  it.each([
    ['has to log in', holding(over(0), ['oauth2', 'oauth1']), /login_required/],
    ['has lost that token', holding(works(1), ['oauth2']), /OAuth 1.0a grant is gone/],
  ])('is wrong where it %s', (_, rested, words) => {
    expect(said(rested)).toMatch(words)
  })

  it('is wrong where a program was told of more than is left', () => {
    expect(said(whole, { leased: [10] })).toMatch(/Generation 10 was leased/)
  })

  it('is wrong where an exchange and a refresh were under way together', () => {
    const exchanges = history([30, { outcome: 'exchanged', fault: 'delay_reply:1500' }])
    expect(said(whole, { exchanges })).toMatch(/began while/)
  })

  it('is left out of the counts: an exchange brings what a refresh has lost', () => {
    const calls = history([0, rotated], [6, lost], [31, spent], [6, rotated])
    const outcome = run({ calls, rested: new Map([['1', whole]]), both: new Set(['1']) })
    expect(countsOf(outcome)).toMatchObject({ rotated: 0, known: 0, lost: 0, spent: 0 })
    expect(miscounted(outcome)).toEqual([])
    expect(miscounted({ ...outcome, both: new Set() })).not.toEqual([])
  })
})

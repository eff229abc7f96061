/**
 * What goes wrong, and when: made from the seed alone, so that a seed replays it.
 *
 * The mix is bounded, so that waiting does not become the whole run. A call whose reply never came keeps its account
 * waiting for half a minute, a kill for a minute, and a lost pair for good: so there are few of those, in proportion to
 * the accounts. Kills come in the first part, since the last one decides how long settling takes. When they are over, X
 * browns out once; last it is wrong about a few accounts, and one 429 pauses everybody for 15 seconds.
 */
/** X calls a token invalid that it would take. */
const WRONG_WORD = {
  status: 400,
  body: {
    error: 'invalid_request',
    error_description: 'Value passed for the token was invalid.',
  },
}
/** The fault in which X says so. */
export const LIE = `reply:${JSON.stringify(WRONG_WORD)}` as const

/** The fault of a brown-out, and of nothing else. */
export const BROWN_OUT = 'gateway:503'

/** What is ordered of the emulator. */
export type Fault =
  | 'drop_before'
  | 'drop_after_commit'
  | 'reset_before'
  | 'reset_after'
  | 'gateway:502'
  | 'cut:0'
  | 'cut:1'
  | `slow:${number}`
  | `padded:${number}`
  | `stall:${number}`
  | `delay_reply:${number}`
  | 'status:429'
  | 'status:503'
  | 'html'
  | typeof LIE

export type Mishap = { atMs: number } & (
  | { fault: Fault }
  /** So many calls in a row are acted upon, and something in front of X answers 503. */
  | { brownOut: number }
  /** `workerd`: wrangler starts it again. `group`: wrangler and all that it started. */
  | { kill: 'workerd' | 'group' }
  /** The object of an account whose refresh is under way is moved. */
  | { move: true }
)

/** An access token lives so short that the next call, or the next sweep, has to refresh. */
export const SHORT_TTL_SECONDS = 6

/** Part of all accounts whose pair is lost on purpose … */
const LOST_SHARE = 0.1
/** … by a connection that breaks; and in each of the other ways that X acts and its reply is gone … */
const LOST_OTHERWISE_SHARE = 0.02
/** … of those whose reply is odd, late or broken, and yet brings the pair, of each kind … */
const DELIVERED_SHARE = 0.02
/** … and of those that get no usable answer, of each kind. */
const UNANSWERED_SHARE = 0.06
/** X answers after Perch told its callers to come back, and before Perch gives up: 20 and 90 seconds. */
const LATE_MS = 21_000
/** Far more than a reply has, and than Perch reads. */
const PADDING = 3_000_000
/** All of a reply but its last byte. */
const ALL_BYTES = 5000
/** Moves a second, each in the middle of a call. */
const MOVES_A_SECOND = 0.15
/** The most of them: whoever orders one waits until a call is under way. */
const MOVES_MAX = 15
/** Delayed replies a second: a kill finds some of them under way. */
const DELAYS_A_SECOND = 1.5
const DELAY_MAX_MS = 2500
/** Kills as a part of the accounts, at most: each loses some. */
const KILLS_SHARE = 0.08
/** Kills come between these parts of the run … */
const KILLS_FROM = 0.08
const KILLS_TO = 0.45
/** The least calls of the brown-out: five open the breaker … */
const BROWN_OUT_MIN = 8
/** … and their number as a part of the accounts, where there are many. */
const BROWN_OUT_SHARE = 0.1
/** It comes when the last kill is over: nobody is to take the one for the other. */
const BROWN_OUT_AT = 0.55
/** Part of the accounts whose token X calls invalid though it is not: fewer than halt everybody. */
const WRONG_SHARE = 0.05
/** A probe of Perch's own may meet one of them. */
const WRONG_MIN = 3
/** … and the only 429 here. Whatever X is to do instead of answering is ordered before, so that it comes to pass. */
const PAUSE_AT = 0.65
/** Each kill has so much time: Perch is back before the next one. */
const SECONDS_A_KILL = 4.5

/** Without its figures: `delay_reply`. */
export const kindOf = (fault: string): string =>
  fault.replace(/^(delay_reply|slow|padded|stall|reply):.*/s, '$1')

/** Faults after which the pair is with Perch all the same. A reply that never ends takes Perch's 90 seconds: no short run waits for it. */
const deliveredIn = (short: boolean): Fault[] => [
  'cut:0',
  'cut:1',
  'slow:3000',
  `padded:${PADDING}`,
  `delay_reply:${LATE_MS}`,
  ...(short ? [] : [`stall:${ALL_BYTES}` as const]),
]

/** Everything that is to go wrong within `seconds`, in order. */
export function planOf(accounts: number, seconds: number, random: Random, short = false): Mishap[] {
  const ms = seconds * 1000
  const any = (): number => random.between(0, ms * PAUSE_AT)
  const some = (count: number, fault: () => Fault): Mishap[] =>
    Array.from({ length: Math.ceil(count) }, () => ({ atMs: any(), fault: fault() }))
  const unanswered = accounts * UNANSWERED_SHARE
  return [
    ...some(accounts * LOST_SHARE, () => 'drop_after_commit'),
    ...some(accounts * LOST_OTHERWISE_SHARE, () => 'reset_after'),
    ...some(accounts * LOST_OTHERWISE_SHARE, () => 'gateway:502'),
    ...deliveredIn(short).flatMap((fault) => some(accounts * DELIVERED_SHARE, () => fault)),
    ...some(unanswered, () => 'drop_before'),
    ...some(unanswered / 2, () => 'reset_before'),
    ...some(unanswered, () => 'status:503'),
    ...some(unanswered, () => 'html'),
    ...some(
      seconds * DELAYS_A_SECOND,
      () => `delay_reply:${Math.ceil(random.between(50, DELAY_MAX_MS))}`,
    ),
    {
      atMs: ms * BROWN_OUT_AT,
      brownOut: Math.max(BROWN_OUT_MIN, Math.ceil(accounts * BROWN_OUT_SHARE)),
    },
    // No pair is lost after these: it would be hard to tell whose word an end was.
    ...Array.from({ length: Math.ceil(Math.max(accounts * WRONG_SHARE, WRONG_MIN)) }, () => ({
      atMs: ms * PAUSE_AT,
      fault: LIE,
    })),
    { atMs: ms * PAUSE_AT, fault: 'status:429' as const },
    ...Array.from({ length: Math.min(Math.ceil(seconds * MOVES_A_SECOND), MOVES_MAX) }, () => ({
      atMs: any(),
      move: true as const,
    })),
    ...killsOf(ms, accounts, random),
  ].sort((a, b) => a.atMs - b.atMs)
}

/** At a random moment of each slice of the time for kills; both kinds by turns, beginning with either. */
function killsOf(ms: number, accounts: number, random: Random): Mishap[] {
  const from = ms * KILLS_FROM
  const time = ms * KILLS_TO - from
  const most = Math.floor(Math.min(time / 1000 / SECONDS_A_KILL, accounts * KILLS_SHARE))
  const count = Math.max(2, most)
  const first = random.pick([0, 1])
  return Array.from({ length: count }, (_, slice) => ({
    atMs: from + ((slice + random.next()) * time) / count,
    kill: (slice + first) % 2 === 0 ? ('workerd' as const) : ('group' as const),
  }))
}

export interface Random {
  /** 0 to 1, without 1. */
  next: () => number
  between: (from: number, to: number) => number
  pick: <T>(some: readonly T[]) => T
}

/** The mulberry32 generator: short, and good enough to be unpredictable for a program under test. */
export function randomOf(seed: number): Random {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  return {
    next,
    between: (from, to) => from + next() * (to - from),
    pick: (some) => some[Math.floor(next() * some.length)]!,
  }
}

/** The counts that a run must have: each pair that X gave is known or was lost on its way, and no call was too many. */
import { callsOf, type Outcome } from './outcome.ts'
import { LIE } from './plan.ts'
import { type Call, delayOf } from './x.ts'

/** X refuses a lost pair's token once, and at each of the sweep's three later tries. */
const SPENT_MAX = 4
/** A halt has the refused tried again, some as its canaries, and what follows then is as long. */
const SPENT_MAX_A_HALT = 2 * SPENT_MAX

export interface Counts {
  rotated: number
  known: number
  lost: number
  unanswered: number
  paused: number
  wrongWords: number
  spent: number
  /** With a made-up token. */
  probes: number
}

/** @returns how many refreshes came to what */
export function countsOf({ calls, rested: all, both }: Outcome): Counts {
  // What an exchange brought in the place of a lost pair is counted apart.
  const rested = new Map([...all].filter(([id]) => !both.has(id)))
  const ours = calls.filter(({ user_id }) => user_id !== undefined && rested.has(user_id))
  const some = (is: (call: Call) => boolean | undefined): number => ours.filter(is).length
  const rotated = some(({ outcome }) => outcome === 'rotated')
  const known = [...rested.values()].reduce(
    (sum, { account }) => sum + (account.oauth2?.rotations_24h ?? 0),
    0,
  )
  const paused = some(({ fault }) => fault === 'status:429')
  const wrongWords = some(({ fault }) => fault === LIE)
  const spent = some(({ why }) => why === 'spent')
  return {
    rotated,
    known,
    lost: [...rested.values()].filter(({ lease }) => !lease).length,
    unanswered: ours.length - rotated - paused - wrongWords - spent,
    paused,
    wrongWords,
    spent,
    probes: calls.filter(({ user_id }) => user_id === undefined || !all.has(user_id)).length,
  }
}

/** A refusal is heard this long after X has sent it, at the latest: a kill in between takes it away. */
const HEARD_MS = 3000

/** Of a no by these Perch makes nothing: it breaks off, or is longer than what is read. */
const UNHEARD = /^(drop|reset|gateway|cut|padded|stall)/

/** X refused a lost pair's token, and its no arrived: one that went down with its reply is asked for again. */
function isHeardNo(call: Call, { kills }: Outcome): boolean {
  const ms = call.at * 1000
  const heardMs = ms + delayOf(call) + HEARD_MS
  const isCut = kills.some(({ fromMs, toMs }) => toMs >= ms && fromMs <= heardMs)
  return call.why === 'spent' && !UNHEARD.test(call.fault ?? '') && !isCut
}

/** @returns in words whether X refused the token of an account more often than a sweep tries it again */
export function refusedTooOften(outcome: Outcome, id: string): string[] {
  // Whoever heals may lose a pair again, and X refuses each lost one once.
  if (outcome.both.has(id)) return []
  const halts = outcome.stops.filter(({ why }) => why === 'halt').length
  const most = SPENT_MAX + halts * SPENT_MAX_A_HALT
  const spent = callsOf(outcome, id).filter((call) => isHeardNo(call, outcome)).length
  return spent > most ? [`X refused its lost token ${spent} times, at most ${most}.`] : []
}

/** @returns in words what is wrong with the counts */
export function miscounted(outcome: Outcome): string[] {
  const { rotated, known, lost } = countsOf(outcome)
  return rotated === known + lost
    ? []
    : [`X rotated ${rotated} times, ${known} are known and ${lost} lost.`]
}

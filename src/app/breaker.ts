/**
 * The breaker: while X leaves refreshes without a usable answer, each one may spend a token whose successor is lost. So
 * only those leave that have nothing to lose, until X answers again. Plain data in, plain data out.
 */
import {
  BREAKER_OUTCOMES,
  BREAKER_PROBE_MAX_SECONDS,
  BREAKER_PROBE_SECONDS,
  BREAKER_TRIAL_REFRESHES,
  BREAKER_UNANSWERED,
  BREAKER_WINDOW_SECONDS,
  RESUME_ACCOUNTS,
} from '../limits'
import type { AppState, Breaker } from './record'

/** The state after a refresh was left without a usable answer. `random` is 0 to 1. */
export function xUnanswered(
  state: AppState,
  message: string,
  now: number,
  random: number,
): AppState {
  const { wellSince: _, breaker, ...rest } = state
  const outcomes = withOutcome(state, now, false)
  const next = { ...rest, outcomes, unansweredAt: now }
  const probeAt = probeIn(now, random)
  // What comes in while it is open left before, or was asked for by who had nothing to lose: only a trial says more.
  if (breaker) return { ...next, breaker: breaker.trial ? opened(breaker, probeAt) : breaker }
  const bad = outcomes.filter((outcome) => !outcome.isAnswered).length
  if (bad < BREAKER_UNANSWERED) return next
  return { ...next, breaker: { since: now, message, probeAt } }
}

const opened = ({ trial: _, ...breaker }: Breaker, probeAt: number): Breaker => ({
  ...breaker,
  probeAt,
})

/** The state after X answered a refresh, whatever it said. The very same one while there is no trouble. */
export function xAnswered(state: AppState, now: number): AppState {
  if (!isTroubled(state, now)) return state
  const next = {
    ...state,
    outcomes: withOutcome(state, now, true),
    wellSince: state.wellSince ?? now,
  }
  const { breaker } = state
  if (!breaker?.trial) return next
  const trial = { ...breaker.trial, answered: breaker.trial.answered + 1 }
  const tried = { ...next, breaker: { ...breaker, trial } }
  return trial.answered < BREAKER_TRIAL_REFRESHES ? tried : closed(tried)
}

/** The state with the breaker closed: what has gathered comes at the pace of a resume. */
function closed(state: AppState): AppState {
  const { breaker: _, outcomes: __, ...rest } = state
  return { ...rest, resume: RESUME_ACCOUNTS }
}

/** The state once the time of a trial is over in which X answered whatever was sent; else the very same one. */
export function settled(state: AppState, now: number): AppState {
  const { breaker } = state
  const isOver = breaker?.trial && breaker.trial.answered > 0 && now >= breaker.probeAt
  return isOver ? closed(state) : state
}

/** The state after X was asked about a made-up token. `random` is 0 to 1. */
export function reachProbed(
  state: AppState,
  isAnswered: boolean,
  now: number,
  random: number,
): AppState {
  const { breaker } = state
  const wellSince = state.wellSince ?? now
  const next = isAnswered && state.unansweredAt !== undefined ? { ...state, wellSince } : state
  if (!breaker) return next
  const probeAt = probeIn(now, random)
  if (!isAnswered) return { ...next, breaker: opened(breaker, probeAt) }
  const trial = { left: BREAKER_TRIAL_REFRESHES, answered: breaker.trial?.answered ?? 0 }
  return { ...next, breaker: { ...breaker, probeAt, trial } }
}

/** Many Perches wait for the same X: they do not ask it in the same second. */
const probeIn = (now: number, random: number): number =>
  now +
  BREAKER_PROBE_SECONDS +
  Math.round((BREAKER_PROBE_MAX_SECONDS - BREAKER_PROBE_SECONDS) * random)

/** Whether refreshes that X answers are to be told as well: a calm app is told of none, so that none costs a call more. */
export function isTroubled({ unansweredAt, wellSince, breaker }: AppState, now: number): boolean {
  if (breaker) return true
  if (unansweredAt === undefined) return false
  return now < unansweredAt + BREAKER_WINDOW_SECONDS || wellSince === undefined
}

/** Whether X left a refresh without an answer, and nobody has had one since. */
export const isUnwell = ({ unansweredAt, wellSince }: AppState): boolean =>
  unansweredAt !== undefined && wellSince === undefined

function withOutcome({ outcomes = [] }: AppState, now: number, isAnswered: boolean) {
  const lately = outcomes.filter(({ at }) => at > now - BREAKER_WINDOW_SECONDS)
  return [...lately, { at: now, isAnswered }].slice(-BREAKER_OUTCOMES)
}

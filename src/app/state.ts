import type { FailureData } from '../failure'
import { RESUME_ACCOUNTS, RESUME_DONE_ACCOUNTS, SWEEPS_REMEMBERED } from '../limits'
import { freezeIn } from './freeze'
import type { AppState } from './record'
import type { SweepStats } from './sweep-stats'

/** Why a refresh may not leave at `now`; undefined: it may. */
export function obstacle(state: AppState, now: number): FailureData | undefined {
  const { halt, pausedUntil = 0, pausedSince, breaker } = state
  const freeze = freezeIn(state)
  if (freeze) return freeze
  if (halt) {
    const retryAfter = Math.max(halt.probeAt - now, 1)
    return { code: 'app_halted', detail: halt.message, retryAfter, since: halt.since }
  }
  if (now < pausedUntil) {
    const detail = 'X asked this app to wait.'
    const since = pausedSince ?? now
    return { code: 'x_rate_limited', detail, retryAfter: pausedUntil - now, since }
  }
  if (!breaker) return undefined
  const { since, probeAt } = breaker
  return { code: 'x_unreachable', detail: HELD_BACK, retryAfter: Math.max(probeAt - now, 1), since }
}

const HELD_BACK =
  'X left several refreshes without a usable answer, and each one may lose a token. They are held back until X answers.'

/** The state after X asked to wait for `seconds`; a longer wait that goes on already stays. */
export function paused(state: AppState, seconds: number, now: number): AppState {
  const { pausedSince = now, pausedUntil = 0 } = now < (state.pausedUntil ?? 0) ? state : {}
  return { ...state, pausedSince, pausedUntil: Math.max(pausedUntil, now + seconds) }
}

/** The state with these accounts among those whose refusal is suspected and that were not reached yet. */
export function suspecting(state: AppState, ids: readonly string[]): AppState {
  return { ...state, suspects: [...new Set([...(state.suspects ?? []), ...ids])] }
}

/** The state after these accounts were reached: they know that their refusal is suspected. */
export function withoutSuspects(state: AppState, ids: readonly string[]): AppState {
  const { suspects = [], ...rest } = state
  const left = suspects.filter((id) => !ids.includes(id))
  return left.length > 0 ? { ...rest, suspects: left } : rest
}

/**
 * The state once a pause is over. Many accounts fell due while it lasted. If all were refreshed at once, X would ask
 * the app to wait again, so the next sweeps queue few of them at first.
 */
export function unpaused(state: AppState, now: number): AppState {
  const { pausedUntil, pausedSince: _, ...rest } = state
  if (pausedUntil === undefined || now < pausedUntil) return state
  return { ...rest, resume: RESUME_ACCOUNTS }
}

/** How many accounts a sweep may queue now, and the state for the next one. */
export function paced(state: AppState): { limit: number | undefined; next: AppState } {
  const { resume, ...rest } = state
  if (resume === undefined) return { limit: undefined, next: state }
  const faster = resume * 2
  return {
    limit: resume,
    next: faster > RESUME_DONE_ACCOUNTS ? rest : { ...rest, resume: faster },
  }
}

/** The state after a sweep was through, its counts first; the oldest ones go. */
export function swept(state: AppState, stats: SweepStats): AppState {
  // The end of a sweep may be told twice, and after the end of a sweep that began later.
  const others = state.sweeps.filter(({ sweptAtMs }) => sweptAtMs !== stats.sweptAtMs)
  const sweeps = [stats, ...others].toSorted((a, b) => b.sweptAtMs - a.sweptAtMs)
  return { ...state, sweeps: sweeps.slice(0, SWEEPS_REMEMBERED) }
}

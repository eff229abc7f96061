import type { FailureData } from '../failure'
import {
  MASS_AGAIN_SECONDS,
  MASS_HALT_SECONDS,
  MASS_REFUSALS,
  MASS_SHARE,
  MASS_SHARE_AGAIN,
  MASS_WINDOW_SECONDS,
  PROBE_SECONDS,
  RESUME_ACCOUNTS,
  RESUME_DONE_ACCOUNTS,
  SWEEPS_REMEMBERED,
} from '../limits'
import type { SweepStats } from './sweep-stats'

/** A stop of all refreshes, and its reason. */
export interface Halt {
  reason: 'credentials_refused' | 'mass_refusal'
  message: string
  since: number
  /** When X is probed next; only a probe that works ends a halt. */
  probeAt: number
}

/** What concerns the whole app. Times are Unix seconds. */
export interface AppState {
  halt?: Halt
  /** X asked the app to wait: from `pausedSince` until `pausedUntil` no account's refresh leaves. */
  pausedSince?: number
  pausedUntil?: number
  /** After a halt or a pause: how many accounts the next sweep may queue. */
  resume?: number
  /** The last sweeps, the newest one first. */
  sweeps: SweepStats[]
  /** The halt before, and when it ended. */
  lastHalt?: Halt & { until: number }
  /** Accounts whose refusal is suspected, and whose objects do not know that yet. */
  suspects?: string[]
  /** The first sealing key, and since when it is the first. */
  key?: { id: string; since: number }
}

/** The state of an app of which nothing is known: nothing is halted. */
export const newState = (): AppState => ({ sweeps: [] })

/** Why a refresh may not leave at `now`; undefined: it may. */
export function obstacle(
  { halt, pausedUntil = 0, pausedSince }: AppState,
  now: number,
): FailureData | undefined {
  if (halt) {
    const retryAfter = Math.max(halt.probeAt - now, 1)
    return { code: 'app_halted', detail: halt.message, retryAfter, since: halt.since }
  }
  if (now >= pausedUntil) return undefined
  const detail = 'X asked this app to wait.'
  const since = pausedSince ?? now
  return { code: 'x_rate_limited', detail, retryAfter: pausedUntil - now, since }
}

/**
 * The refreshes of the last ten minutes, and those of them whose token X called invalid. They are kept in memory only:
 * if the object dies some are not counted, and a halt comes a little later.
 */
export interface Window {
  refreshes: { at: number; count: number }[]
  refused: { at: number; id: string }[]
}

/** The window without what has left it. */
export function recent({ refreshes, refused }: Window, now: number): Window {
  const since = now - MASS_WINDOW_SECONDS
  return {
    refreshes: refreshes.filter(({ at }) => at > since),
    refused: refused.filter(({ at }) => at > since),
  }
}

/**
 * Whether so many refusals say more about X, or about us, than about those accounts. Soon after a halt for that reason
 * only if hardly anything else comes: some grants may be as dead as X says, and the others must not wait for that.
 */
export function isMassRefusal(
  { refreshes, refused }: Window,
  { lastHalt }: AppState,
  now: number,
): boolean {
  const total = refreshes.reduce((sum, { count }) => sum + count, 0)
  const again = lastHalt?.reason === 'mass_refusal' && now < lastHalt.until + MASS_AGAIN_SECONDS
  const share = again ? MASS_SHARE_AGAIN : MASS_SHARE
  return refused.length >= MASS_REFUSALS && refused.length > share * total
}

/** The state of a halt that begins at `now`; one that goes on already stays as it is. */
export function halted(
  state: AppState,
  reason: Halt['reason'],
  message: string,
  now: number,
): AppState {
  const probeAt = now + (reason === 'mass_refusal' ? MASS_HALT_SECONDS : PROBE_SECONDS)
  return { ...state, halt: state.halt ?? { reason, message, since: now, probeAt } }
}

/** The state after a probe of a halted app. */
export function probed(state: AppState, works: boolean, now: number): AppState {
  const { halt, ...rest } = state
  if (!halt) return state
  if (!works) return { ...state, halt: { ...halt, probeAt: now + PROBE_SECONDS } }
  return { ...rest, lastHalt: { ...halt, until: now }, resume: RESUME_ACCOUNTS }
}

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

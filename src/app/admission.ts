/** Who may present a refresh token now. Plain data in, plain data out. */
import type { FailureData } from '../failure'
import { EXCHANGE_UNAVAILABLE_SECONDS } from '../limits'
import { isTroubled } from './breaker'
import type { AppState } from './record'
import { withRotations } from './rotations'
import { obstacle } from './state'
import { withRefreshes } from './window'

/** Refreshes that want to leave. */
export interface Ask {
  /** How many; 0: none, somebody only wants to know how X is. */
  count: number
  /** A caller waits for it, and has no token that lives: there is nothing to lose. */
  isUrgent?: boolean
  /** X has refused this account before. */
  isSuspected?: boolean
  /** It is an exchange of an OAuth 1.0a token that heals an account, and nobody asked for it. */
  isHealing?: boolean
}

/** What an {@link Ask} is told. */
export interface Admitted {
  /** Why none may leave. */
  obstacle?: FailureData
  /** How many may leave. */
  take: number
  /** Whether the app's object wants to hear of refreshes that X answers. */
  isWatching: boolean
  /** Since when X answers again, after it did not; Unix seconds. */
  wellSince?: number
}

/** What this ask is told at `now` (Unix seconds), and the state after it; the very same one where it changes nothing. */
export function admitted(
  state: AppState,
  ask: Ask,
  now: number,
): { admission: Admitted; next: AppState } {
  const { wellSince, exchange } = state
  const told = wellSince === undefined ? {} : { wellSince }
  const isWatching = isTroubled(state, now)
  if (ask.isHealing && exchange && now < exchange.since + EXCHANGE_UNAVAILABLE_SECONDS) {
    const why = { code: 'exchange_unavailable', detail: exchange.message } as const
    return { admission: { ...told, obstacle: why, take: 0, isWatching }, next: state }
  }
  const { take, next } = letThrough(state, ask, now)
  if (take === 0) {
    const why = obstacle(state, now)
    return {
      admission: { ...told, ...(why ? { obstacle: why } : {}), take: 0, isWatching },
      next: state,
    }
  }
  const window = withRefreshes(next.window ?? [], take, now)
  const hours = withRotations(next.hours, take, now)
  const watched = isWatching || next.halt !== undefined
  return { admission: { ...told, take, isWatching: watched }, next: { ...next, window, hours } }
}

function letThrough(state: AppState, ask: Ask, now: number): { take: number; next: AppState } {
  const { halt, breaker, freeze } = state
  const { count } = ask
  if (freeze) return { take: 0, next: state }
  const isPaused = now < (state.pausedUntil ?? 0)
  if (halt) {
    // Should all that X refused be dead for good, the others must not wait for them: some are asked about as well.
    const take = ask.isSuspected || isPaused ? 0 : Math.min(count, freeOf(state))
    const turn = { ...halt.turn!, free: freeOf(state) - take }
    return { take, next: { ...state, halt: { ...halt, turn } } }
  }
  if (isPaused) return { take: 0, next: state }
  if (!breaker || ask.isUrgent) return { take: count, next: state }
  const { trial } = breaker
  if (!trial) return { take: 0, next: state }
  const take = Math.min(count, trial.left)
  return {
    take,
    next: { ...state, breaker: { ...breaker, trial: { ...trial, left: trial.left - take } } },
  }
}

const freeOf = ({ halt }: AppState): number => halt?.turn?.free ?? 0

/** What a sweep may queue at `now` (Unix seconds); `isSparing`: none that X has refused. */
export function sweepMay(
  state: AppState,
  now: number,
): { obstacle: FailureData | undefined; limit?: number; isSparing?: true } {
  const why = obstacle(state, now)
  if (!why || state.freeze || now < (state.pausedUntil ?? 0)) return { obstacle: why }
  const free = freeOf(state)
  if (state.halt && free > 0) return { obstacle: undefined, limit: free, isSparing: true }
  const left = state.halt ? 0 : (state.breaker?.trial?.left ?? 0)
  return left > 0 ? { obstacle: undefined, limit: left } : { obstacle: why }
}

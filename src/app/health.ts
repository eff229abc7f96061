/** Whether the accounts are seen to, in a word. A clock that does not run tells of nothing by itself: silence is not health. */
import { secondsOf } from '../clock'
import { FILTER_PAGES, HEALTH_SECONDS, STALE_SECONDS } from '../limits'
import { errorOf, log } from '../log'
import { listAccounts } from '../store/vault'
import type { AppState } from './record'
import { appState } from './stub'

/**
 * How the app fares: `frozen` while the operator holds all refreshes back, `unanswered` where X leaves refreshes without an answer and they are held back, `stale` where nobody
 * sees to the accounts, `unknown` where the object `App` does not answer.
 */
export type Health =
  | 'ok'
  | 'frozen'
  | 'halted'
  | 'unanswered'
  | 'stale'
  | 'paused'
  | 'resuming'
  | 'unknown'

/** The states in which accounts are seen to, or will be by themselves in a moment. */
const GOOD: readonly Health[] = ['ok', 'paused', 'resuming']

/** Whether a monitor may rest. */
export const isHealthy = (health: Health): boolean => GOOD.includes(health)

/** The state of the app in a word. `now` is Unix seconds. Never rejects. */
export async function healthIn(env: Env, state: AppState, now: number): Promise<Health> {
  const { freeze, halt, breaker, pausedUntil = 0, resume } = state
  if (freeze) return 'frozen'
  if (halt) return 'halted'
  if (breaker) return 'unanswered'
  if (isSilent(state, now) && (await hasAccounts(env))) return 'stale'
  if (now < pausedUntil) return 'paused'
  return resume === undefined ? 'ok' : 'resuming'
}

/** Whether no sweep has run for three periods, or none ever. `now` is Unix seconds. */
export const isSilent = ({ sweeps: [last] }: Pick<AppState, 'sweeps'>, now: number): boolean =>
  last === undefined || now - secondsOf(last.sweptAtMs) > STALE_SECONDS

const known = new WeakMap<Env, { health: Promise<Health>; askedAt: number }>()

/**
 * How the app fares, for monitors, who ask without a key: the object `App` is asked once in half a minute per isolate.
 * Never rejects. `now` is Unix seconds.
 */
export function health(env: Env, now: number): Promise<Health> {
  const held = known.get(env)
  if (held && Math.abs(now - held.askedAt) < HEALTH_SECONDS) return held.health
  const asked = appState(env).then(
    (state) => healthIn(env, state, now),
    () => 'unknown' as const,
  )
  known.set(env, { health: asked, askedAt: now })
  return asked
}

/** Whether there are accounts to see to; that KV does not say is no reason to call everything well. */
async function hasAccounts(env: Env): Promise<boolean> {
  try {
    const { accounts, newer, cursor } = await listAccounts(env.VAULT, undefined, 1)
    return accounts.length + newer.length > 0 || cursor !== undefined
  } catch (error) {
    log('vault_read_failed', errorOf(error))
    return true
  }
}

/**
 * Seconds by which the account that is due longest is late at `now` (Unix seconds), counted without a sweep; null where
 * KV does not say. Of more than 5,000 accounts it looks at the first ones.
 */
export async function latenessNow(env: Env, now: number): Promise<number | null> {
  let late = 0
  let cursor: string | undefined
  try {
    for (let pages = 0; pages < FILTER_PAGES; pages++) {
      const page = await listAccounts(env.VAULT, cursor)
      for (const { dueAt, ended } of page.accounts)
        if (ended === undefined) late = Math.max(late, now - (dueAt ?? now))
      cursor = page.cursor
      if (cursor === undefined) break
    }
    return late
  } catch (error) {
    log('vault_read_failed', errorOf(error))
    return null
  }
}

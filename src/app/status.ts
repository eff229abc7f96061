/** Shows people and monitors how everything is. One call to the object `App`, and to KV only where no sweep runs. */
import { secondsOf } from '../clock'
import { type Keyring, keyringOf } from '../crypto/keyring'
import { configOf } from '../env'
import { OLD_KEY_SECONDS } from '../limits'
import { freezeJson } from './freeze'
import { healthIn, isSilent, latenessNow } from './health'
import type { AppState, Halt } from './record'
import { rotationsIn } from './rotations'
import { appState } from './stub'
import { type SweepStats, UNKNOWN_KEY } from './sweep-stats'

/** The wire's form. Times are Unix seconds; `as_of` is when the last whole sweep looked. */
export async function appStatus(env: Env, now: number) {
  const state = await appState(env)
  const [last] = state.sweeps
  const { halt, lastHalt, breaker, exchange, webhook, pausedUntil = 0 } = state
  const isLate = isSilent(state, now)
  return {
    state: await healthIn(env, state, now),
    halt: halt ? haltJson(halt) : null,
    last_halt: lastHalt ? { ...haltJson(lastHalt), until: lastHalt.until } : null,
    breaker: breaker
      ? { message: breaker.message, since: breaker.since, next_probe_at: breaker.probeAt }
      : null,
    freeze: freezeJson(state),
    paused_until: now < pausedUntil ? pausedUntil : null,
    exchange_unavailable: exchange ?? null,
    x_webhook: webhook
      ? { url: webhook.url, valid: webhook.valid, checked_at: webhook.checkedAt }
      : null,
    accounts: last
      ? {
          total: last.accounts,
          ok: last.ok,
          suspected: last.suspected,
          login_required: last.login_required,
          as_of: secondsOf(last.sweptAtMs),
        }
      : null,
    rotations_24h: rotationsIn(state.hours, now),
    // What a sweep saw long ago says nothing of now.
    oldest_lateness_seconds: isLate
      ? await latenessNow(env, now)
      : (last?.oldest_lateness_seconds ?? null),
    sweeps: state.sweeps.map((sweep) => ({
      at: secondsOf(sweep.sweptAtMs),
      listed: sweep.accounts,
      due: sweep.due,
      queued: sweep.queued,
      oldest_lateness_seconds: sweep.oldest_lateness_seconds,
    })),
    sealing: sealingJson(state, last, await keyringOf(configOf(env).sealingKeys), now),
  }
}

const haltJson = ({ reason, message, since, probeAt }: Halt) => ({
  reason,
  message,
  since,
  next_probe_at: probeAt,
})

/**
 * Shows how far re-sealing is. An old key may go once nothing is sealed with it, and another has been first for a day.
 */
function sealingJson(
  { key }: AppState,
  last: SweepStats | undefined,
  { first, keys }: Keyring,
  now: number,
) {
  if (!key || !last) return null
  // Until a sweep has looked since the first key changed, everything counts as sealed with other keys.
  const since = key.id === first ? key.since : undefined
  const others = Object.entries(last.keys).filter(([id]) => id !== first)
  const total = (some: typeof others): number => some.reduce((sum, [, count]) => sum + count, 0)
  // A record under a key that is not configured does not open with the old keys that are, so it keeps none of them here.
  const left = total(others.filter(([id]) => keys.has(id) || id === UNKNOWN_KEY))
  const isClean = since !== undefined && left === 0 && secondsOf(last.sweptAtMs) >= since
  const at = isClean ? since + OLD_KEY_SECONDS : null
  return {
    key: first,
    first_since: since ?? null,
    sealed_with_others: total(others),
    missing_key_accounts: last.missing_key_accounts,
    missing_key: last.missing_key,
    ...(keys.size > 1
      ? {
          old_keys_may_be_dropped: at !== null && now >= at,
          old_keys_may_be_dropped_at: at,
        }
      : {}),
  }
}

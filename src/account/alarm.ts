/** The one alarm of an account's object. */
import {
  EXCHANGE_ALARM_MS,
  JOURNAL_DOUBT_SECONDS,
  REPAIR_SECONDS,
  SWEEP_PERIOD_SECONDS,
  TOMBSTONE_TTL_SECONDS,
} from '../limits'
import { type AccountRecord, type Connected, isTombstone } from './record'

/**
 * When a record has to be looked at again, Unix milliseconds; null: never.
 *
 * @param behind - whether a write to KV is under way or was refused
 * @param nowMs - Unix milliseconds; no alarm is set for sooner than {@link REPAIR_SECONDS} after it.
 */
export function nextAlarm(record: AccountRecord, behind: boolean, nowMs: number): number | null {
  const soon = nowMs + REPAIR_SECONDS * 1000
  const kv = record.kv ? [Math.max(record.kv.retryAtMs, soon)] : behind ? [soon] : []
  if (isTombstone(record))
    // The tombstone goes only once KV has no copy left: a copy that nobody remembers would come back to life.
    return kv[0] ?? Math.max(record.disconnectedAtMs + TOMBSTONE_TTL_SECONDS * 1000, soon)
  const at = [...unsettled(record, soon, nowMs), ...kv]
  return at.length > 0 ? Math.min(...at) : null
}

function unsettled(
  { attempt, disconnecting, endingGrant, exchange, inDoubt, oauth2 }: Connected,
  soon: number,
  nowMs: number,
): number[] {
  // Should this object die meanwhile, the alarm finds what it left unfinished.
  const at = [attempt?.startedAt, disconnecting?.since, endingGrant?.since]
    .filter((since) => since !== undefined)
    .map((since) => Math.max((since + JOURNAL_DOUBT_SECONDS) * 1000, soon))
  if (exchange && !attempt) {
    // The first try may be left by an object that died. One that could not be made since (halted, paused) is the sweep's;
    // without a grant the sweep knows nothing of it.
    const isLate = exchange.retryAt * 1000 + EXCHANGE_ALARM_MS < nowMs
    if (!isLate) at.push(Math.max(exchange.retryAt * 1000, soon))
    else if (!oauth2) at.push(nowMs + SWEEP_PERIOD_SECONDS * 1000)
    return at
  }
  const retryAt = inDoubt && !attempt && !oauth2?.ended ? oauth2?.failure?.retryAt : undefined
  // A retry whose time is past could not be made just now (halted, paused, a key is missing). It gets no alarm: the sweep
  // finds the account due, and goes at the app's pace.
  return retryAt !== undefined && retryAt * 1000 > nowMs ? [...at, retryAt * 1000] : at
}

/** The one alarm of an account's object. */
import {
  EXCHANGE_ALARM_MS,
  JOURNAL_DOUBT_SECONDS,
  REPAIR_SECONDS,
  SWEEP_PERIOD_SECONDS,
  TOMBSTONE_TTL_SECONDS,
} from '../limits'
import { endsAt } from './expiry'
import { type AccountRecord, type Connected, isTombstone } from './record'
import { askingDue } from './revoked'

/**
 * When a record has to be looked at again, Unix milliseconds; null: never.
 *
 * @param behind - whether a write to KV is under way or was refused
 * @param nowMs - Unix milliseconds; no alarm is set for sooner than {@link REPAIR_SECONDS} after it.
 * @param eventsDueAtMs - when events are sent again; undefined: none is waiting.
 */
export function nextAlarm(
  record: AccountRecord,
  behind: boolean,
  nowMs: number,
  eventsDueAtMs?: number,
): number | null {
  const soon = nowMs + REPAIR_SECONDS * 1000
  const kv = record.kv ? [Math.max(record.kv.retryAtMs, soon)] : behind ? [soon] : []
  const events = eventsDueAtMs === undefined ? [] : [eventsDueAtMs]
  if (isTombstone(record)) {
    // The tombstone goes only once KV has no copy left: a copy that nobody remembers would come back to life.
    const over = record.disconnectedAtMs + TOMBSTONE_TTL_SECONDS * 1000
    return Math.min(kv[0] ?? Math.max(over, soon), ...events)
  }
  const at = [...unsettled(record, soon, nowMs), ...kv, ...events]
  return at.length > 0 ? Math.min(...at) : null
}

function unsettled(record: Connected, soon: number, nowMs: number): number[] {
  const { attempt, disconnecting, endingGrant, exchange, inDoubt, oauth2 } = record
  // Should this object die meanwhile, the alarm finds what it left unfinished.
  const at = [attempt?.startedAt, disconnecting?.since, endingGrant?.since]
    .filter((since) => since !== undefined)
    .map((since) => Math.max((since + JOURNAL_DOUBT_SECONDS) * 1000, soon))
  // What nothing can refresh ends by itself, and others are told so.
  const end = endsAt(record)
  if (end !== undefined) at.push(Math.max(end * 1000, soon))
  // X's word that the access was taken away, of which no refresh tells.
  const asking = askingDue(record)
  if (asking) at.push(Math.max(asking.at * 1000, soon))
  if (exchange && !attempt) {
    // The first try may be left by an object that died. One that could not be made since (halted, paused) is the sweep's;
    // without a grant that can be refreshed the sweep knows nothing of it.
    const isLate = exchange.retryAt * 1000 + EXCHANGE_ALARM_MS < nowMs
    if (!isLate) at.push(Math.max(exchange.retryAt * 1000, soon))
    else if (!oauth2 || oauth2.dueAt === null) at.push(nowMs + SWEEP_PERIOD_SECONDS * 1000)
    return at
  }
  const retryAt = inDoubt && !attempt && !oauth2?.ended ? oauth2?.failure?.retryAt : undefined
  // A retry whose time is past could not be made just now (halted, paused, a key is missing). It gets no alarm: the sweep
  // finds the account due, and goes at the app's pace.
  return retryAt !== undefined && retryAt * 1000 > nowMs ? [...at, retryAt * 1000] : at
}

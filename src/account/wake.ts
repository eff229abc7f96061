/** The one alarm of an account's object. */
import { FORGOTTEN_TTL_SECONDS, JOURNAL_DOUBT_SECONDS, REPAIR_SECONDS } from '../limits'
import { type AccountRecord, type Connected, isForgotten } from './record'

/**
 * When a record has to be looked at again, Unix milliseconds; null: never.
 *
 * @param behind - whether KV is being told something
 */
export function wakeAt(record: AccountRecord, behind: boolean, nowMs: number): number | null {
  const soon = nowMs + REPAIR_SECONDS * 1000
  const kv = record.kv ? [Math.max(record.kv.retryAtMs, soon)] : behind ? [soon] : []
  if (isForgotten(record))
    // Nothing is left here only once nothing is left in KV.
    return kv[0] ?? Math.max(record.forgottenAtMs + FORGOTTEN_TTL_SECONDS * 1000, soon)
  const at = [...unsettled(record, soon, nowMs), ...kv]
  return at.length > 0 ? Math.min(...at) : null
}

function unsettled(
  { attempt, leaving, doubt, oauth2 }: Connected,
  soon: number,
  nowMs: number,
): number[] {
  // The object may have died by then.
  const at = [attempt?.startedAt, leaving?.since]
    .filter((since) => since !== undefined)
    .map((since) => Math.max((since + JOURNAL_DOUBT_SECONDS) * 1000, soon))
  const retryAt = doubt && !attempt && !oauth2?.ended ? oauth2?.failure?.retryAt : undefined
  // What is late already could not be done just now (halted, paused, a key is missing): that is for the sweep, which
  // finds it due and goes at the app's pace.
  return retryAt !== undefined && retryAt * 1000 > nowMs ? [...at, retryAt * 1000] : at
}

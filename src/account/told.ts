/** What KV was told of an account, as far as its object has to know it after a sleep. Plain data in, plain data out. */
import { FORGOTTEN_TTL_SECONDS, LATE_WRITE_SECONDS } from '../limits'
import { type AccountRecord, type Connected, isForgotten } from './record'
import { repairIn } from './waits'

/** Whether a failure changes what readers of KV's copy have to know. */
export const isNews = (before: Connected, after: Connected): boolean =>
  after.status !== before.status || !after.oauth2?.failure || !before.oauth2?.failure

/** The record after KV refused it. */
export function kvRefused(
  record: AccountRecord,
  how: 'refused' | 'unanswered',
  nowMs: number,
  random: number,
): AccountRecord {
  const refusals = (record.kv?.refusals ?? 0) + 1
  const retryAtMs = nowMs + repairIn(refusals, random) * 1000
  const lateUntilMs =
    how === 'unanswered' ? nowMs + LATE_WRITE_SECONDS * 1000 : record.kv?.lateUntilMs
  return { ...record, kv: { refusals, retryAtMs, ...(lateUntilMs ? { lateUntilMs } : {}) } }
}

/**
 * The record after KV took it; the same one if there is nothing to note. What may land late yet is written over then.
 *
 * @param begunAtMs - when the write left: what landed late after that may lie over it
 * @param inheritedUntilMs - until when a write may land that nobody noted, since its object died
 */
export function kvTook(
  record: AccountRecord,
  begunAtMs: number,
  inheritedUntilMs = 0,
): AccountRecord {
  const { kv, ...rest } = record
  const lateUntilMs = Math.max(kv?.lateUntilMs ?? 0, inheritedUntilMs)
  if (begunAtMs < lateUntilMs) {
    const isNoted = kv?.refusals === 0 && kv.retryAtMs === lateUntilMs
    return isNoted
      ? record
      : { ...record, kv: { refusals: 0, retryAtMs: lateUntilMs, lateUntilMs } }
  }
  if (isForgotten(record) || isTold(record) || !isFailing(record)) return kv ? rest : record
  return { ...rest, told: true } as Connected
}

/**
 * Whether an object that died may have been telling KV of this record, when all that is left of it is its alarm. That a
 * write may land late explains the alarm, unless there was news since; so does the end of a deleted account's day. Else
 * each new object would have the next one write again.
 */
export function mayBeTelling(record: AccountRecord, nowMs: number): boolean {
  const { kv } = record
  if (kv) return kv.retryAtMs === 0 || kv.refusals > 0
  return !isForgotten(record) || nowMs < record.forgottenAtMs + FORGOTTEN_TTL_SECONDS * 1000
}

/** Whether KV was told of a failure, by what is durable alone. */
export const isTold = (record: AccountRecord): boolean =>
  !isForgotten(record) && record.told === true

/** The record with something in it that KV is to be told, at once: how long it waited before was for something older. */
export function untold<R extends AccountRecord>(record: R): R {
  const { told: _, kv, ...rest } = record as R & { told?: true }
  return { ...rest, ...(kv ? { kv: { ...kv, retryAtMs: 0 } } : {}) } as R
}

const isFailing = ({ oauth2 }: Connected): boolean => oauth2?.failure !== undefined && !oauth2.ended

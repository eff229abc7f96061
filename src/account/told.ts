/** What KV was told of an account, as far as its object has to know it after a sleep. Plain data in, plain data out. */
import { LATE_WRITE_SECONDS } from '../limits'
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

/** The record after KV took it; the same one if there is nothing to note. What may land late yet is written over then. */
export function kvTook(record: AccountRecord, nowMs: number): AccountRecord {
  const { kv, ...rest } = record
  if (kv?.lateUntilMs && nowMs < kv.lateUntilMs) {
    const { lateUntilMs } = kv
    if (kv.refusals === 0 && kv.retryAtMs === lateUntilMs) return record
    return { ...record, kv: { refusals: 0, retryAtMs: lateUntilMs, lateUntilMs } }
  }
  if (isForgotten(record) || isTold(record) || !isFailing(record)) return kv ? rest : record
  return { ...rest, told: true } as Connected
}

/** Whether KV was told of a failure, by what is durable alone. */
export const isTold = (record: AccountRecord): boolean =>
  !isForgotten(record) && record.told === true

/** The record with something in it that KV is to be told. */
export function untold({ told: _, ...record }: Connected): Connected {
  return record
}

const isFailing = ({ oauth2 }: Connected): boolean => oauth2?.failure !== undefined && !oauth2.ended

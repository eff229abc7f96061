/** What an account's record notes about KV's copy, so that its object knows after a sleep. Plain data in, plain data out. */
import {
  LATE_WRITE_SECONDS,
  LISTED_LATE_SECONDS,
  TOLD_AGAIN_SECONDS,
  TOMBSTONE_TTL_SECONDS,
} from '../limits'
import { repairIn } from '../store/repair'
import { type AccountRecord, type Connected, isTombstone } from './record'

/** Whether a failure changes what readers of KV's copy have to know; of an ended grant it is when it is tried again. */
export const isNews = (before: Connected, after: Connected): boolean =>
  after.status !== before.status ||
  !after.oauth2?.failure ||
  !before.oauth2?.failure ||
  after.oauth2.ended !== undefined

/** The record after KV refused it. */
export function kvWriteFailed(
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
 * The record after KV took it; the very same one if there is nothing to note. An earlier write that may land yet is written over once it cannot land any more.
 *
 * @param begunAtMs - when this write left, Unix milliseconds: what lands after that may lie over it
 * @param inheritedUntilMs - until when a write may land that nobody noted, since its object died.
 */
export function kvWritten(
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
  if (isTombstone(record) || isSynced(record) || !isFailing(record)) return kv ? rest : record
  return { ...rest, synced: true } as Connected
}

/**
 * Whether an object that died may have left a write to KV under way. The object after it finds only the record and an
 * alarm. Two alarms have another reason: an earlier write may land late, and nothing has changed since; or the day of a
 * deleted account is over. If those counted as a write, each new object would set an alarm for the next one, without
 * end.
 */
export function mayBeWriting(record: AccountRecord, nowMs: number): boolean {
  const { kv } = record
  if (kv) return kv.retryAtMs === 0 || kv.refusals > 0
  return !isTombstone(record) || nowMs < record.disconnectedAtMs + TOMBSTONE_TTL_SECONDS * 1000
}

/**
 * Whether KV is told again, after a sweep saw an account due that is not, or that is not connected any more: KV's copy
 * must be wrong then. Not when KV's list may merely be late, nor while the record knows that KV's copy is behind.
 *
 * @param sweptAtMs - when the sweep looked, Unix milliseconds.
 */
export function isToldAgain(record: AccountRecord, sweptAtMs: number, nowMs: number): boolean {
  if (record.kv || isSynced(record)) return false
  if (sweptAtMs <= changedAtMs(record) + LISTED_LATE_SECONDS * 1000) return false
  return nowMs >= (record.toldAgainAtMs ?? 0) + TOLD_AGAIN_SECONDS * 1000
}

/** When the record last changed in a way that KV's list shows, as far as it says; Unix milliseconds. */
function changedAtMs(record: AccountRecord): number {
  if (isTombstone(record)) return record.disconnectedAtMs
  const { oauth1, oauth2, triedAtMs = 0, endedAtMs = {} } = record
  const seconds = Math.max(oauth2?.refreshedAt ?? 0, oauth2?.ended?.since ?? 0)
  const obtained = Math.max(oauth1?.obtainedAtMs ?? 0, oauth2?.obtainedAtMs ?? 0)
  return Math.max(triedAtMs, seconds * 1000, obtained, ...Object.values(endedAtMs))
}

/** Whether the record says that KV's copy has the failure. */
export const isSynced = (record: AccountRecord): boolean =>
  !isTombstone(record) && record.synced === true

/**
 * The record with a change that KV does not have yet. KV is told at once: a wait that the record notes was for an older
 * change.
 */
export function markDirty<R extends AccountRecord>(record: R): R {
  const { synced: _, kv, ...rest } = record as R & { synced?: true }
  return { ...rest, ...(kv ? { kv: { ...kv, retryAtMs: 0 } } : {}) } as R
}

const isFailing = ({ oauth2 }: Connected): boolean => oauth2?.failure !== undefined && !oauth2.ended

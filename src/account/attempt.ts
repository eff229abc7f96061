/** One refresh, from its journal to its answer: how each step changes an account’s record. Plain data in, plain data out. */
import { DAY_SECONDS, secondsOf } from '../clock'
import {
  ANSWERED_DOUBT_SECONDS,
  FORCED_GAP_MAX_SECONDS,
  FORCED_GAP_SECONDS,
  JOURNAL_DOUBT_SECONDS,
  ROTATIONS_REMEMBERED,
} from '../limits'
import type { RefreshFailure, VaultOAuth2 } from '../store/vault'
import type { NotGranted } from '../x/answer'
import { reverted } from './adoption'
import { backOff, laterAt } from './backoff'
import { heldBefore, lostScopes } from './lost-scopes'
import { type Attempt, type Connected, nextGeneration } from './record'

/** What a refresh brings when X grants it, sealed. */
export type Rotation = Pick<VaultOAuth2, 'accessToken' | 'expiresAt' | 'dueAt'> &
  Partial<Pick<VaultOAuth2, 'refreshToken' | 'scope'>>

/** What came back of a refresh: a new pair, sealed, or why there is none. */
export type RefreshAnswer = { rotation: Rotation } | NoPair

/** The answer to a refresh that brought no pair: the reason, and what X said. */
export type NoPair =
  | Exclude<NotGranted, { kind: 'unknown' }>
  /** With `cut`: X has acted, its reply broke off, and at most the access token arrived. */
  | { kind: 'unknown'; message: string; cut?: { rotation: Rotation | undefined } }

/** The record with the journal of an attempt that is about to leave. */
export function begun(record: Connected, attempt: Attempt, isForced: boolean): Connected {
  const forced = isForced ? nextForced(record.forced, attempt.startedAt) : record.forced
  const { oauth2 } = record
  const ended = oauth2?.ended && { ...oauth2.ended, triedAt: attempt.startedAt }
  // A journal that is still there was left by a crash: nobody knows what came of its call.
  const inDoubt = record.inDoubt ?? (record.attempt && { since: record.attempt.startedAt })
  return {
    ...record,
    attempt,
    ...(inDoubt ? { inDoubt } : {}),
    ...(forced ? { forced } : {}),
    ...(oauth2 && ended ? { oauth2: { ...oauth2, ended } } : {}),
  }
}

/** Forced refreshes keep a distance, which doubles while they go on. */
function nextForced(before: Connected['forced'], now: number): NonNullable<Connected['forced']> {
  const goesOn = before && now < before.at + before.gap + FORCED_GAP_MAX_SECONDS
  const gap = goesOn ? Math.min(before.gap * 2, FORCED_GAP_MAX_SECONDS) : FORCED_GAP_SECONDS
  return { at: now, gap }
}

/**
 * The record after X’s answer to its attempt, which is thereby over.
 *
 * @param nowMs - when the answer came, Unix milliseconds
 * @param random - 0 to 1: spreads what would otherwise come back all at once.
 */
export function answered(
  record: Connected,
  answer: RefreshAnswer,
  nowMs: number,
  random = 0,
): Connected {
  const now = secondsOf(nowMs)
  const { attempt: _, ...before } = record
  const rest = { ...before, triedAtMs: nowMs }
  if ('rotation' in answer) return rotated(rest, answer.rotation, now)
  const { kind, message } = answer
  switch (kind) {
    case 'refused':
      if (answer.what === 'token') return endedByX(rest, message, now)
      return failedInPassing(rest, { code: kind, message, at: now }, random)
    case 'later':
      return failedInPassing(
        rest,
        { code: kind, message, at: now, retryAt: laterAt(now, answer.retryAfter, random) },
        random,
      )
    case 'app':
      // X refused the app, or said so: the app's object finds out which. Until then the account is not made to wait.
      return rest
    case 'declined':
      return failedInPassing(rest, { code: kind, message, at: now }, random)
    case 'unknown': {
      // The token is not presented again while the call that broke may still run at X: two calls at once end the grant.
      const since = record.inDoubt?.since ?? record.attempt?.startedAt ?? now
      const unsure = cutOff({ ...rest, inDoubt: { since } }, answer.cut?.rotation, now)
      // X had begun to answer, so it has acted, and the call is over: soon is early enough. Once only, or a gateway that
      // breaks every answer would be asked each second.
      const soon = answer.cut && !record.oauth2?.failure
      const retryAt = Math.ceil(nowMs / 1000) + ANSWERED_DOUBT_SECONDS
      const wait = soon ? { retryAt } : {}
      return failedInPassing(unsure, { code: kind, message, at: now, ...wait }, random)
    }
  }
}

/** The record with the access token of a reply that broke off before the refresh token. The old one stays, in doubt. */
function cutOff(record: Connected, rotation: Rotation | undefined, now: number): Connected {
  if (!rotation) return record
  // X has taken the pair for ours: what an import took the place of has ended.
  const { formers: _, ...rest } = record
  const { imported: __, lostScopes: ___, ...grant } = record.oauth2!
  const generation = nextGeneration(grant.generation, now)
  return { ...rest, oauth2: { ...grant, ...rotation, generation, ...lostBy(record, rotation) } }
}

function rotated(record: Connected, rotation: Rotation, now: number): Connected {
  const { inDoubt: _, refusalRetracted: __, synced: ___, formers: ____, ...rest } = record
  const { failure, ended, imported: _____, lostScopes: ______, ...grant } = record.oauth2!
  // An imported grant that belongs to another user stays that user's, whatever pair X gives for it.
  const others = ended?.reason === 'belongs_to_another' ? ended : undefined
  const lately = (grant.rotatedAt ?? []).filter((at) => at > now - DAY_SECONDS)
  return {
    ...rest,
    status: others ? record.status : 'ok',
    oauth2: {
      ...grant,
      ...(others ? { ended: others } : {}),
      ...rotation,
      ...lostBy(record, rotation),
      generation: nextGeneration(grant.generation, now),
      refreshedAt: now,
      rotatedAt: [...lately, now].slice(-ROTATIONS_REMEMBERED),
      ...(failure
        ? { lastFailure: { code: failure.code, message: failure.message, at: failure.at } }
        : {}),
    },
  }
}

/** What the account lacks after a reply that may name its scopes. */
function lostBy(record: Connected, rotation: Rotation) {
  return lostScopes(heldBefore(record), rotation.scope ?? record.oauth2!.scope)
}

/** X says that the token is invalid. After a doubt that means: the new pair was lost with a reply. */
function endedByX(record: Connected, message: string, now: number): Connected {
  // X refuses an imported token of another app like a spent one. The grant that it took the place of was never ended: it
  // is back.
  if (record.formers) return reverted(record, now)
  const { inDoubt, ...rest } = record
  const { failure: before, ...grant } = record.oauth2!
  // A grant that X had refused before the doubt began was not lost in the doubt: the first reason stays.
  const reason = grant.ended?.reason ?? (inDoubt ? 'refresh_reply_lost' : 'refused_by_x')
  const failure = {
    code: 'refused',
    message,
    at: now,
    tries: (before?.tries ?? 0) + 1,
    retryAt: now,
  }
  return {
    ...rest,
    status: 'login_required',
    oauth2: { ...grant, failure, ended: { since: now, ...grant.ended, reason } },
  }
}

/** A refresh that failed in passing: it is due again when the wait is over. */
function failedInPassing(
  record: Connected,
  failure: RefreshFailure & { retryAt?: number },
  random: number,
): Connected {
  const grant = record.oauth2!
  const tries = (grant.failure?.tries ?? 0) + 1
  const retryAt = failure.retryAt ?? failure.at + backOff(tries, random)
  return {
    ...record,
    oauth2: { ...grant, dueAt: retryAt, failure: { ...failure, tries, retryAt } },
  }
}

/** The app is well, so X's words about it were about this account: it waits like after any other failure. */
export function blamed(
  record: Connected,
  message: string,
  nowMs: number,
  random: number,
): Connected {
  return failedInPassing(record, { code: 'app', message, at: secondsOf(nowMs) }, random)
}

/** The record whose grant is of another app than the one that is configured; the same one if that is noted. Nothing is waited for. */
export function appChanged(record: Connected, message: string, now: number): Connected {
  if (!record.oauth2 || record.oauth2.failure?.code === 'app_changed') return record
  return failedInPassing(record, { code: 'app_changed', message, at: now, retryAt: now }, 0)
}

/**
 * The record whose refusal is suspected, since X refused so many at once: the next sweep that may tries it again, and the
 * same refusal then means what it meant before. `now` is Unix seconds.
 */
export function suspected(record: Connected, now: number): Connected {
  const { oauth2 } = record
  if (!oauth2?.ended || oauth2.ended.reason === 'belongs_to_another') return record
  const { ended, ...grant } = oauth2
  const wasInDoubt = ended.reason === 'refresh_reply_lost'
  return {
    ...record,
    status: 'suspected',
    ...(wasInDoubt ? { inDoubt: record.inDoubt ?? { since: ended.since } } : {}),
    refusalRetracted: true,
    oauth2: { ...grant, dueAt: now },
  }
}

/** The record after its object died during an attempt: nobody knows what X did. */
export function interrupted(record: Connected, nowMs: number, random = 0): Connected {
  const message = 'Perch was interrupted during the refresh.'
  const after = answered(record, { kind: 'unknown', message }, nowMs, random)
  // The call of the dead object may still run at X. Until its journal is old enough nobody presents the token, whether a
  // lease or the alarm comes first.
  const retryAt = (record.attempt?.startedAt ?? 0) + JOURNAL_DOUBT_SECONDS
  const { failure, ...grant } = after.oauth2!
  // X has not answered at all, so a hint from after the attempt began is news, and leads to a refresh.
  const triedAtMs = (record.attempt?.startedAt ?? 0) * 1000
  const oauth2 = { ...grant, dueAt: retryAt, failure: { ...failure!, retryAt } }
  return { ...after, triedAtMs, oauth2 }
}

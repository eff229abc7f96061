/** One refresh, from its journal to its answer: how each step changes an account’s record. Plain data in, plain data out. */
import { DAY_SECONDS, secondsOf } from '../clock'
import { ANSWERED_DOUBT_SECONDS, ROTATIONS_REMEMBERED } from '../limits'
import type { Ended, RefreshFailure, VaultOAuth2 } from '../store/vault'
import { reverted } from './adoption'
import type { RefreshAnswer, Rotation } from './answer'
import { afterJournal, backOff, failingSince, laterAt, nextForced } from './backoff'
import { exchanged, exchangePostponed, healing, withoutExchange } from './exchange'
import { heldBefore, lostScopes } from './lost-scopes'
import { type Attempt, type Connected, type Exchange, generationOf, nextGeneration } from './record'
import { askedBySignature, revocationLeft } from './revoked'

/** The record with the journal of a refresh that is about to leave. */
export function begun(record: Connected, attempt: Attempt, isForced: boolean): Connected {
  const forced = isForced ? nextForced(record.forced, attempt.startedAt) : record.forced
  const { oauth2 } = record
  const ended = oauth2?.ended && { ...oauth2.ended, triedAt: attempt.startedAt }
  // A journal that is still there was left by a crash: nobody knows what came of its call. From now on the answer to an
  // earlier attempt is not waited for any more.
  const since = record.inDoubt?.since ?? record.attempt?.startedAt
  return {
    ...record,
    attempt,
    ...(since === undefined ? {} : { inDoubt: { since } }),
    ...(forced ? { forced } : {}),
    ...(oauth2 && ended ? { oauth2: { ...oauth2, ended } } : {}),
  }
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
  if (record.attempt?.by === 'exchange') return exchanged(record, answer, nowMs, random)
  const now = secondsOf(nowMs)
  const { attempt: _, ...before } = record
  const rest = { ...before, triedAtMs: nowMs }
  if ('rotation' in answer) return rotated(rest, answer.rotation, now, record.attempt?.id)
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
    case 'not_sent':
    case 'unavailable':
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
  const { imported: __, lostScopes: ___, endedAtX: ____, ...grant } = record.oauth2!
  const generation = nextGeneration(grant.generation, now)
  return { ...rest, oauth2: { ...grant, ...rotation, generation, ...lostBy(record, rotation) } }
}

function rotated(
  record: Connected,
  rotation: Rotation,
  now: number,
  attemptId: string | undefined,
): Connected {
  const { inDoubt: _, refusalRetracted: __, synced: ___, ...held } = record
  // An exchange that was to heal it is needed no more.
  const { formers: ____, exchange: ________, revokedAtX: _________, ...rest } = held
  const { failure, ended, ...before } = record.oauth2!
  // X took the token, so no DELETE had ended it.
  const { imported: _____, lostScopes: ______, endedAtX: _______, ...grant } = before
  // An imported grant that belongs to another user stays that user's, whatever pair X gives for it.
  const others = ended?.reason === 'belongs_to_another' ? ended : undefined
  const lately = (grant.rotatedAt ?? []).filter((at) => at > now - DAY_SECONDS)
  return {
    ...rest,
    ...revocationLeft(record, attemptId),
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

/**
 * X says that the token is invalid. After a DELETE half done that is what the DELETE came to; after a doubt it means: the
 * new pair was lost with a reply.
 */
export function endedByX(record: Connected, message: string, now: number): Connected {
  // X refuses an imported token of another app like a spent one. The grant that it took the place of was never ended: it
  // is back.
  if (record.formers) return reverted(record, now)
  const { inDoubt, revokedAtX, ...rest } = record
  const { failure: before, ...grant } = record.oauth2!
  // A grant that X had refused before the doubt began was not lost in the doubt: the first reason stays.
  const byX = inDoubt ? 'refresh_reply_lost' : 'refused_by_x'
  // X has said itself who did it, which explains its no better than any doubt.
  const why = revokedAtX ? 'revoked_by_user' : byX
  const reason =
    grant.ended?.reason ?? (grant.endedAtX?.tokens.refreshToken ? 'ended_by_delete' : why)
  const failure = {
    code: 'refused',
    message,
    at: now,
    tries: (before?.tries ?? 0) + 1,
    retryAt: now,
  }
  const ended: Connected = {
    ...rest,
    status: 'login_required',
    oauth2: { ...grant, failure, ended: { since: now, ...grant.ended, reason } },
  }
  const healed = healing(ended, now)
  const isLater = (healed.exchange?.retryAt ?? Number.POSITIVE_INFINITY) > now
  return revokedAtX && isLater ? askedBySignature(healed, now) : healed
}

/** A refresh that failed in passing: it is due again when the wait is over. */
function failedInPassing(
  record: Connected,
  failure: RefreshFailure & { retryAt?: number },
  random: number,
): Connected {
  const grant = record.oauth2!
  const tries = (grant.failure?.tries ?? 0) + 1
  const since = failingSince(grant)
  const retryAt = failure.retryAt ?? failure.at + backOff(tries, random, failure.code === 'unknown')
  return {
    ...record,
    oauth2: { ...grant, dueAt: retryAt, failure: { ...failure, tries, retryAt, ...since } },
  }
}

/** The app is well, so X's words about it were about this account: it waits like after any other failure. */
export function blamed(
  record: Connected,
  message: string,
  nowMs: number,
  random: number,
): Connected {
  const failure = { code: 'app', message, at: secondsOf(nowMs) }
  return record.exchange
    ? exchangePostponed(record, failure, random)
    : failedInPassing(record, failure, random)
}

/** The record whose grant is of another app than the one that is configured; the same one if that is noted. Nothing is waited for. */
export function appChanged(record: Connected, message: string, now: number): Connected {
  if (!record.oauth2 || record.oauth2.failure?.code === 'app_changed') return record
  return failedInPassing(record, { code: 'app_changed', message, at: now, retryAt: now }, 0)
}

/** Ends that are X's word alone. Where X has told by its webhook that the user did it, there is another word to it. */
const MAY_BE_WRONG: readonly Ended['reason'][] = ['refused_by_x', 'refresh_reply_lost']

/**
 * The record whose refusal is suspected, since X refused so many at once: the next sweep that may tries it again, and the
 * same refusal then means what it meant before. `now` is Unix seconds.
 */
export function suspected(record: Connected, now: number): Connected {
  // What an exchange under way brings is right whatever X said before.
  const { oauth2 } = record.attempt?.by ? record : withoutExchange(record, now)
  if (!oauth2?.ended || !MAY_BE_WRONG.includes(oauth2.ended.reason)) return record
  const { exchange: _, ...rest } = record
  const { ended, ...grant } = oauth2
  const wasInDoubt = ended.reason === 'refresh_reply_lost'
  return {
    ...rest,
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
  const retryAt = afterJournal(record.attempt?.startedAt ?? 0, random)
  // X has not answered at all, so a hint from after the attempt began is news, and leads to a refresh.
  const triedAtMs = (record.attempt?.startedAt ?? 0) * 1000
  const waiting = after.exchange ? { exchange: { ...after.exchange, retryAt } } : {}
  const { failure, ...grant } = after.oauth2 ?? {}
  const oauth2 = failure && {
    oauth2: { ...grant, dueAt: retryAt, failure: { ...failure, retryAt } } as VaultOAuth2,
  }
  // The answer may be on its way all the same: until another attempt begins, it is taken.
  const inDoubt = after.inDoubt && record.attempt && { ...after.inDoubt, attempt: record.attempt }
  return { ...after, triedAtMs, ...waiting, ...oauth2, ...(inDoubt ? { inDoubt } : {}) }
}

/**
 * The record as the answer to this attempt finds it, its journal in it; undefined when nobody waits for that answer any
 * more. An attempt that was {@link interrupted} is waited for until another one begins, or the grant changes.
 */
export function awaiting(record: Connected, attemptId: string): Connected | undefined {
  const { attempt, inDoubt, ...rest } = record
  if (attempt) return attempt.id === attemptId ? record : undefined
  const missing = inDoubt?.attempt
  if (missing?.id !== attemptId || missing.generation !== generationOf(record)) return undefined
  // A doubt that this attempt alone left is over with its answer; an earlier one is what the answer says of it.
  const earlier =
    inDoubt && inDoubt.since < missing.startedAt ? { since: inDoubt.since } : undefined
  const { exchange, ...others } = rest
  const { isUnsure: _, ...sure } = exchange ?? {}
  const pending = exchange && { exchange: earlier ? exchange : (sure as Exchange) }
  return { ...others, ...pending, ...(earlier ? { inDoubt: earlier } : {}), attempt: missing }
}

/** Whether it is this answer's pair that the record holds: sealed, no two are the same text. */
export const isOf = ({ oauth2 }: Connected, answer: RefreshAnswer): boolean =>
  'rotation' in answer && answer.rotation.accessToken === oauth2?.accessToken

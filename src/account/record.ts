/** What an account's object knows, and how each event changes it. Plain data in, plain data out; `now` in Unix seconds. */

import {
  ANSWERED_DOUBT_SECONDS,
  FORCED_GAP_MAX_SECONDS,
  FORCED_GAP_SECONDS,
  JOURNAL_DOUBT_SECONDS,
  LOGINS_REMEMBERED,
  ROTATIONS_REMEMBERED,
} from '../limits'
import type {
  GrantKind,
  RefreshFailure,
  VaultAccount,
  VaultOAuth1,
  VaultOAuth2,
} from '../store/vault'
import type { NotGranted } from '../x/answer'
import type { User } from '../x/user'
import { backOff, laterAt } from './backoff'

/** An account that is connected. Its KV copy is what {@link vaultCopy} takes. */
export interface Connected extends VaultAccount {
  /** The logins adopted last: adopting one twice changes nothing. */
  logins: string[]
  /** The refresh under way, written before its request leaves. */
  attempt?: Attempt
  /** Since when nobody knows whether X took the refresh token: a call's outcome got lost. */
  inDoubt?: { since: number }
  /** When X last answered a refresh, or could not be heard; Unix milliseconds. */
  triedAtMs?: number
  /** The last refresh that a caller forced, and how far away the next one has to be. */
  forced?: { at: number; gap: number }
  /** The generation of an OAuth 2.0 grant that was ended here; the next one is larger. */
  endedGeneration?: number
  /** When each kind of grant was ended here last: a login from before that must not bring it back. */
  endedAtMs?: Partial<Record<GrantKind, number>>
  /** Whether X's word against the grant was doubted once already; the second time it stands. */
  refusalRetracted?: true
  /** A DELETE under way. */
  disconnecting?: { since: number; force: boolean }
  kv?: KvState
  /** KV was told that refreshes fail: one failure after the other tells its readers nothing new. */
  synced?: true
}

/** KV did not take what it is to be told: how often, and when it is asked again. An object that sleeps forgets the rest. */
export interface KvState {
  refusals: number
  /** Unix milliseconds. */
  retryAtMs: number
  /** One was not answered at all: until then it may land, over whatever came after it. Unix milliseconds. */
  lateUntilMs?: number
}

/** What is left of a deleted account for a day: no profile, no secret. */
export interface Tombstone {
  /** Unix milliseconds. */
  disconnectedAtMs: number
  id: string
  /** The last one, so that the next one is larger even within the same second. */
  generation: number
  kv?: KvState
}

export type AccountRecord = Connected | Tombstone

export interface Attempt {
  id: string
  /** The generation whose refresh token is presented. */
  generation: number
  startedAt: number
}

/** A grant that a login or an import brings, sealed for its account. */
export interface Adoption {
  loginId: string
  id: string
  username: string
  /** Empty when X did not say. */
  name: string
  grant: AccountGrant
  /** An import's: the generation that was held when X was asked whose the tokens are. */
  asOf?: number
  /** A login's: when its code was sent to X, Unix milliseconds. One from before a DELETE brings nothing back. */
  sentAtMs?: number
  /** It is adopted only where it takes the place of a working grant of the same app, which X has ended with it. */
  onlyInPlace?: true
}

export type AccountGrant =
  | ({ kind: 'oauth2' } & Omit<VaultOAuth2, 'generation'>)
  | ({ kind: 'oauth1' } & VaultOAuth1)

/** What a refresh brings when X grants it, sealed. */
export type Rotation = Pick<VaultOAuth2, 'accessToken' | 'expiresAt' | 'dueAt'> &
  Partial<Pick<VaultOAuth2, 'refreshToken' | 'scope'>>

export const isTombstone = (record: AccountRecord): record is Tombstone =>
  'disconnectedAtMs' in record

/** The copy for KV: what readers need, without the journal. */
export function vaultCopy(record: Connected): VaultAccount {
  const { id, username, name, status, oauth2, oauth1, former } = record
  return {
    id,
    username,
    name,
    status,
    ...(oauth2 ? { oauth2 } : {}),
    ...(oauth1 ? { oauth1 } : {}),
    ...(former ? { former } : {}),
  }
}

/**
 * Whether a login's grant takes the place of what is there. X keeps one live OAuth 2.0 grant per app and user, so of two
 * that both were alive when X was asked whose they are, the one that was asked about first is dead: whatever the order
 * in which their codes were sent. One from before the account was deleted must not bring it back.
 */
export function judgeAdoption(
  record: AccountRecord | undefined,
  { loginId, grant, asOf, sentAtMs = grant.obtainedAtMs, onlyInPlace }: Adoption,
): 'adopt' | 'already' | 'superseded' | 'disconnected' | 'unwanted' {
  if (onlyInPlace && !hasPlaceFor(record, grant)) return 'unwanted'
  if (!record) return 'adopt'
  // An import that X was asked about before the account went is as late as a login from before.
  if (isTombstone(record))
    return sentAtMs <= record.disconnectedAtMs || (asOf ?? 0) > 0 ? 'disconnected' : 'adopt'
  if (record.logins.includes(loginId)) return 'already'
  const held = record[grant.kind]
  const isFromBefore = sentAtMs <= (record.endedAtMs?.[grant.kind] ?? 0)
  // Nobody vouches for what was imported without asking: a login's grant goes before it, whenever it was obtained.
  const isVouchedFor = held && (!held.unconfirmed || grant.unconfirmed)
  // Before the ends: an OAuth 1.0a token that is given back is the one that the later login holds.
  if (isVouchedFor && grant.obtainedAtMs < held.obtainedAtMs) {
    if (!isFormer(record, grant)) return 'superseded'
    return isFromBefore ? 'disconnected' : 'adopt'
  }
  // A grant came after the end that was asked for: what X gave still later has ended that one, and takes its place.
  const follows = grant.kind === 'oauth2' && record.oauth2 && !record.oauth2.imported
  if (!follows && isFromBefore) return 'disconnected'
  // What an import brings may have been spent by a refresh since X was asked about it.
  if (grant.kind === 'oauth2' && asOf !== undefined) {
    if (asOf !== (record.oauth2?.generation ?? 0)) return 'superseded'
    // X may be about to answer for the grant that is held; what ended, or is of another app, has nothing to come.
    if (isInDoubt(record) && !record.oauth2?.ended && record.oauth2?.clientId === grant.clientId)
      return 'superseded'
  }
  return 'adopt'
}

/**
 * Whether a grant that is older than what is held is kept beside it: what is held was imported, and if it turns out to
 * be of another app, X has ended nothing for it.
 */
function isFormer({ oauth2, former }: Connected, grant: AccountGrant): boolean {
  if (grant.kind !== 'oauth2' || grant.imported || !oauth2?.imported || oauth2.ended) return false
  return (
    grant.obtainedAtMs < oauth2.obtainedAtMs && grant.obtainedAtMs >= (former?.obtainedAtMs ?? 0)
  )
}

/** Whether this grant takes the place of one that works: of the same app, and not ended before. */
function hasPlaceFor(record: AccountRecord | undefined, grant: AccountGrant): boolean {
  if (!record || isTombstone(record) || grant.kind !== 'oauth2') return false
  const held = record.oauth2
  return held !== undefined && !held.ended && held.clientId === grant.clientId
}

/**
 * The record with this grant beside one of the other kind. A running attempt ends with the OAuth 2.0 grant that it was
 * for: its late answer finds no journal of its own.
 */
export function adopted(
  record: AccountRecord | undefined,
  adoption: Adoption,
  now: number,
): Connected {
  const { loginId, grant, id, username, name } = adoption
  const before = record && isTombstone(record) ? carriedOver(record) : record
  const logins = [...(before?.logins ?? []), loginId].slice(-LOGINS_REMEMBERED)
  // With an unconfirmed import comes no name, only the id in its place.
  const known = (grant.unconfirmed && before?.username) || username
  const profile = { id, username: known, name: name || before?.name || known, logins }
  if (grant.kind === 'oauth1') {
    const { kind: _, ...oauth1 } = grant
    return { ...before, ...profile, status: before?.status ?? 'ok', oauth1 }
  }
  const { kind: _, ...oauth2 } = grant
  const { oauth1, endedAtMs, kv } = before ?? {}
  const generation = nextGeneration(record && generationOf(record), now)
  if (record && !isTombstone(record) && isFormer(record, grant))
    return givingWay({ ...record, ...profile, former: { ...oauth2, generation } })
  const former = formerOf(before, adoption)
  return givingWay({
    ...profile,
    status: 'ok',
    oauth2: { ...oauth2, generation },
    ...(former ? { former } : {}),
    ...(oauth1 ? { oauth1 } : {}),
    ...(endedAtMs ? { endedAtMs } : {}),
    ...(kv ? { kv } : {}),
  })
}

/** The grant to keep beside an imported one: the last one that is known to be of our app and to work. */
function formerOf(
  before: Partial<Connected> | undefined,
  { asOf, grant }: Adoption,
): VaultOAuth2 | undefined {
  const { oauth2: held, former } = before ?? {}
  if (asOf === undefined || !held || held.ended || grant.kind !== 'oauth2') return undefined
  return former ?? (held.clientId === grant.clientId && !held.imported ? held : undefined)
}

/** An imported access token that cannot be refreshed gives way to the former grant when it expires: it is due then. */
function givingWay(record: Connected): Connected {
  const { oauth2, former } = record
  if (!oauth2 || !former || oauth2.refreshToken) return record
  return { ...record, oauth2: { ...oauth2, dueAt: oauth2.expiresAt } }
}

/** The record after an imported grant turned out to be of no use: the former one is back, and due at once. */
export function reverted(record: Connected, now: number): Connected {
  const { former, oauth2: _, ...rest } = record
  if (!former) return record
  const { failure: __, ...grant } = former
  const generation = nextGeneration(generationOf(record), now)
  const dueAt = grant.refreshToken ? now : null
  return { ...rest, status: 'ok', oauth2: { ...grant, dueAt, generation } }
}

/** What the next login has to know of an account that was deleted: which grants are from before, and what KV may do. */
function carriedOver({ disconnectedAtMs, generation, kv }: Tombstone): Partial<Connected> {
  const endedAtMs = { oauth1: disconnectedAtMs, oauth2: disconnectedAtMs }
  return { endedAtMs, endedGeneration: generation, ...(kv ? { kv } : {}) }
}

/** What is left of an account that was deleted. */
export function disconnected(record: Connected, nowMs: number): Tombstone {
  const { id, kv } = record
  const generation = generationOf(record)
  // What is known of KV outlives every record: a write that is late lands over whatever came after it.
  return { id, disconnectedAtMs: nowMs, generation, ...(kv ? { kv } : {}) }
}

/** The record without one of its grants. A refresh under way, and what is known of refreshes, goes with OAuth 2.0's. */
export function withoutGrant(record: Connected, kind: GrantKind, nowMs: number): Connected {
  const endedAtMs = { ...record.endedAtMs, [kind]: nowMs }
  if (kind === 'oauth1') {
    const { oauth1: _, ...rest } = record
    return { ...rest, endedAtMs }
  }
  const endedGeneration = generationOf(record)
  const {
    oauth2: _,
    former: __,
    attempt: ___,
    inDoubt: ____,
    refusalRetracted: _____,
    forced: ______,
    ...rest
  } = record
  return { ...rest, status: 'ok', endedAtMs, endedGeneration }
}

/** The record after X was asked whose an imported grant is. `owner` is what X said. */
export function confirmed(record: Connected, kind: GrantKind, owner: User, now: number): Connected {
  const { unconfirmed: _, ...grant } = record[kind]!
  if (owner.id === record.id)
    return { ...record, username: owner.username, name: owner.name, [kind]: grant }
  const ended = { reason: 'belongs_to_another', since: now }
  const status = kind === 'oauth2' ? 'login_required' : record.status
  return { ...record, status, [kind]: { ...grant, ended } }
}

/** The last generation of an account's OAuth 2.0 grants, whether it still holds one or not; 0: there was none. */
export function generationOf(record: AccountRecord): number {
  if (isTombstone(record)) return record.generation
  return record.oauth2?.generation ?? record.endedGeneration ?? 0
}

/** What came back of a refresh: a new pair, sealed, or why there is none. */
export type Answer = { rotation: Rotation } | NoPair

/** Why a refresh brought no pair. */
export type NoPair =
  | Exclude<NotGranted, { kind: 'unknown' }>
  /** With `cut`: X has acted, its reply broke off, and at most the access token arrived. */
  | { kind: 'unknown'; message: string; cut?: { rotation: Rotation | undefined } }

/** Whether X may hold a newer pair than this record, or be about to: an attempt's outcome is not known. */
export const isInDoubt = ({ attempt, inDoubt }: Connected): boolean =>
  attempt !== undefined || inDoubt !== undefined

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
 * The record after X's answer to its attempt, which is thereby over.
 *
 * @param nowMs - Unix milliseconds
 * @param random - 0 to 1: spreads what would otherwise come back all at once
 */
export function answered(record: Connected, answer: Answer, nowMs: number, random = 0): Connected {
  const now = Math.floor(nowMs / 1000)
  const { attempt: _, ...before } = record
  const rest = { ...before, triedAtMs: nowMs }
  if ('rotation' in answer) return rotated(rest, answer.rotation, now)
  const { kind, message } = answer
  switch (kind) {
    case 'refused':
      if (answer.what === 'token') return ended(rest, message, now)
      return failedInPassing(rest, { code: kind, message, at: now }, random)
    case 'later':
      return failedInPassing(
        rest,
        { code: kind, message, at: now, retryAt: laterAt(now, answer.retryAfter, random) },
        random,
      )
    case 'app':
      // Whose fault it is, the app's object finds out; until then nothing is held against the account.
      return rest
    case 'declined':
      return failedInPassing(rest, { code: kind, message, at: now }, random)
    case 'unknown': {
      // Never while the call that broke may still run at X.
      const since = record.inDoubt?.since ?? record.attempt?.startedAt ?? now
      const unsure = cutOff({ ...rest, inDoubt: { since } }, answer.cut?.rotation, now)
      // Whoever began to answer has acted. Once only, or a gateway that breaks each answer would be asked each second.
      const soon = answer.cut && !record.oauth2?.failure
      const retryAt = Math.ceil(nowMs / 1000) + ANSWERED_DOUBT_SECONDS
      const wait = soon ? { retryAt } : {}
      return failedInPassing(unsure, { code: kind, message, at: now, ...wait }, random)
    }
  }
}

/** The record with the access token of a reply that broke off before the refresh token. The old one stays, in doubt. */
function cutOff(record: Connected, rotation: Rotation | undefined, now: number): Connected {
  const grant = record.oauth2!
  if (!rotation) return record
  const generation = nextGeneration(grant.generation, now)
  return { ...record, oauth2: { ...grant, ...rotation, generation } }
}

function rotated(record: Connected, rotation: Rotation, now: number): Connected {
  const { inDoubt: _, refusalRetracted: __, synced: ___, former: ____, ...rest } = record
  const { failure, ended, imported: _____, ...grant } = record.oauth2!
  // A new pair of somebody else's is still somebody else's.
  const others = ended?.reason === 'belongs_to_another' ? ended : undefined
  const lately = (grant.rotatedAt ?? []).filter((at) => at > now - DAY_SECONDS)
  return {
    ...rest,
    status: others ? record.status : 'ok',
    oauth2: {
      ...grant,
      ...(others ? { ended: others } : {}),
      ...rotation,
      generation: nextGeneration(grant.generation, now),
      refreshedAt: now,
      rotatedAt: [...lately, now].slice(-ROTATIONS_REMEMBERED),
      ...(failure
        ? { lastFailure: { code: failure.code, message: failure.message, at: failure.at } }
        : {}),
    },
  }
}

/** X says that the token is invalid. After a doubt that means: the new pair was lost with a reply. */
function ended(record: Connected, message: string, now: number): Connected {
  // A token of another app is refused like a spent one. What it took the place of was never ended by anybody.
  if (record.former) return reverted(record, now)
  const { inDoubt, ...rest } = record
  const { failure: before, ...grant } = record.oauth2!
  // What X had refused before the doubt was not lost in it.
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

/** Whether it is the grant of the same login, however it is sealed, and whatever was noted about it since. */
export function isSameGrant(
  one: VaultOAuth1 | VaultOAuth2 | undefined,
  other: VaultOAuth1 | VaultOAuth2,
): boolean {
  if (!one || one.obtainedAtMs !== other.obtainedAtMs) return false
  return !('generation' in one && 'generation' in other) || one.generation === other.generation
}

/** The app is well, so X's words about it were about this account: it waits like after any other failure. */
export function blamed(
  record: Connected,
  message: string,
  nowMs: number,
  random: number,
): Connected {
  return failedInPassing(record, { code: 'app', message, at: Math.floor(nowMs / 1000) }, random)
}

/** The record whose grant is of another app than the one that is configured; the same one if that is noted. Nothing is waited for. */
export function ofAnotherApp(record: Connected, message: string, now: number): Connected {
  if (!record.oauth2 || record.oauth2.failure?.code === 'app_changed') return record
  return failedInPassing(record, { code: 'app_changed', message, at: now, retryAt: now }, 0)
}

/**
 * The record whose end is doubted, since X refused so many at once: the next sweep that may tries it again. Once
 * doubted, the next refusal stands. `now` is Unix seconds.
 */
export function suspected(record: Connected, now: number): Connected {
  const { oauth2, refusalRetracted } = record
  if (refusalRetracted || oauth2?.ended?.reason !== 'refused_by_x') return record
  const { ended: _, ...grant } = oauth2
  return {
    ...record,
    status: 'suspected',
    refusalRetracted: true,
    oauth2: { ...grant, dueAt: now },
  }
}

/** The record after its object died during an attempt: nobody knows what X did. */
export function interrupted(record: Connected, nowMs: number, random = 0): Connected {
  const message = 'Perch was interrupted during the refresh.'
  const after = answered(record, { kind: 'unknown', message }, nowMs, random)
  // The call may run as long as its journal says; whether a lease or the alarm comes first makes no difference.
  const retryAt = (record.attempt?.startedAt ?? 0) + JOURNAL_DOUBT_SECONDS
  const { failure, ...grant } = after.oauth2!
  // Nothing was heard of X now: a hint from after the attempt began is news.
  const triedAtMs = (record.attempt?.startedAt ?? 0) * 1000
  const oauth2 = { ...grant, dueAt: retryAt, failure: { ...failure!, retryAt } }
  return { ...after, triedAtMs, oauth2 }
}

const DAY_SECONDS = 86_400

/** One more than before, and at least the time, so that it grows across a deletion too. */
const nextGeneration = (before: number | undefined, now: number): number =>
  Math.max((before ?? 0) + 1, now)

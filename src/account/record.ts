/** What an account's object knows, and how each event changes it. Plain data in, plain data out; `now` in Unix seconds. */

import { LOGINS_REMEMBERED } from '../limits'
import type { GrantKind, VaultAccount, VaultOAuth1, VaultOAuth2 } from '../store/vault'
import type { NotGranted } from '../x/answer'
import type { User } from '../x/user'

/** An account that is connected. Its KV copy is what {@link vaultCopy} takes. */
export interface Connected extends VaultAccount {
  /** The logins adopted last: adopting one twice changes nothing. */
  logins: string[]
  /** The refresh under way, written before its request leaves. */
  attempt?: Attempt
  /** When X last answered a refresh, or could not be heard; Unix milliseconds. */
  triedAtMs?: number
  /** A DELETE under way. */
  leaving?: { since: number; force: boolean }
}

/** What is left of a deleted account for a day: no profile, no secret. */
export interface Forgotten {
  /** Unix milliseconds. */
  forgottenAtMs: number
  id: string
}

export type AccountRecord = Connected | Forgotten

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
}

export type AccountGrant =
  | ({ kind: 'oauth2' } & Omit<VaultOAuth2, 'generation'>)
  | ({ kind: 'oauth1' } & VaultOAuth1)

/** What a refresh brings when X grants it, sealed. */
export type Rotation = Pick<VaultOAuth2, 'accessToken' | 'expiresAt' | 'dueAt'> &
  Partial<Pick<VaultOAuth2, 'refreshToken' | 'scope'>>

export const isForgotten = (record: AccountRecord): record is Forgotten => 'forgottenAtMs' in record

/** The copy for KV: what readers need, without the journal. */
export function vaultCopy(record: Connected): VaultAccount {
  const { id, username, name, status, oauth2, oauth1 } = record
  return {
    id,
    username,
    name,
    status,
    ...(oauth2 ? { oauth2 } : {}),
    ...(oauth1 ? { oauth1 } : {}),
  }
}

/**
 * Whether a login's grant takes the place of what is there. X keeps one live grant per app and user, so whichever was
 * obtained first is dead already; one obtained before the account was deleted must not bring it back.
 */
export function judgeAdoption(
  record: AccountRecord | undefined,
  { loginId, grant }: Adoption,
): 'adopt' | 'already' | 'superseded' | 'forgotten' {
  if (!record) return 'adopt'
  if (isForgotten(record)) return grant.obtainedAtMs <= record.forgottenAtMs ? 'forgotten' : 'adopt'
  if (record.logins.includes(loginId)) return 'already'
  const held = record[grant.kind]
  return held && grant.obtainedAtMs < held.obtainedAtMs ? 'superseded' : 'adopt'
}

/**
 * The record with this grant beside one of the other kind. A running attempt ends with the OAuth 2.0 grant that it was
 * for: its late answer finds no journal of its own.
 */
export function adopted(
  record: AccountRecord | undefined,
  { loginId, grant, id, username, name }: Adoption,
  now: number,
): Connected {
  const before = record && !isForgotten(record) ? record : undefined
  const logins = [...(before?.logins ?? []), loginId].slice(-LOGINS_REMEMBERED)
  const profile = { id, username, name: name || before?.name || username, logins }
  if (grant.kind === 'oauth1') {
    const { kind: _, ...oauth1 } = grant
    return { ...before, ...profile, status: before?.status ?? 'ok', oauth1 }
  }
  const { kind: _, ...oauth2 } = grant
  const { oauth1 } = before ?? {}
  const generation = nextGeneration(before?.oauth2?.generation, now)
  return {
    ...profile,
    status: 'ok',
    oauth2: { ...oauth2, generation },
    ...(oauth1 ? { oauth1 } : {}),
  }
}

/** The record without one of its grants. */
export function without(record: Connected, kind: GrantKind): Connected {
  const { attempt: _, ...rest } = record
  delete rest[kind]
  return kind === 'oauth2' ? { ...rest, status: 'ok' } : rest
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

/** The record after X's answer to its attempt, which is thereby over. `nowMs` is Unix milliseconds. */
export function answered(
  record: Connected,
  answer: { rotation: Rotation } | NotGranted,
  nowMs: number,
): Connected {
  const now = Math.floor(nowMs / 1000)
  const { attempt: _, ...before } = record
  const rest = { ...before, triedAtMs: nowMs }
  const { failure: __, ...grant } = record.oauth2!
  if ('rotation' in answer)
    return {
      ...rest,
      status: 'ok',
      oauth2: {
        ...grant,
        ...answer.rotation,
        generation: nextGeneration(grant.generation, now),
        refreshedAt: now,
      },
    }
  const failure = { code: answer.kind, words: answer.words, at: now }
  if (answer.kind === 'refused' && answer.what === 'token')
    return {
      ...rest,
      status: 'login_required',
      oauth2: { ...grant, failure, ended: { reason: 'refused_by_x', since: now } },
    }
  // Due at once: the next sweep tries again, however long the token still lives.
  const dueAt = Math.min(grant.dueAt ?? now, now)
  return { ...rest, oauth2: { ...grant, dueAt, failure } }
}

/** The record after its object died during an attempt: nobody knows what X did. */
export function interrupted(record: Connected, nowMs: number): Connected {
  const words = 'Perch was interrupted during the refresh.'
  return answered(record, { kind: 'unknown', words }, nowMs)
}

/** One more than before, and at least the time, so that it grows across a deletion too. */
const nextGeneration = (before: number | undefined, now: number): number =>
  Math.max((before ?? 0) + 1, now)

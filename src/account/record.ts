import type { Ended, GrantKind, VaultAccount, VaultOAuth1, VaultOAuth2 } from '../store/vault'

/** An account that is connected. Its KV copy is what {@link vaultCopy} takes. */
export interface Connected extends VaultAccount {
  /** The logins adopted last: adopting one twice changes nothing. */
  logins: string[]
  /** The refresh under way, written before its request leaves. */
  attempt?: Attempt
  /**
   * Since when nobody knows whether X took the refresh token: a call's outcome got lost. With `attempt`: the answer to
   * that one may still be delivered.
   */
  inDoubt?: { since: number; attempt?: Attempt }
  /** When X last answered a refresh, or could not be heard; Unix milliseconds. */
  triedAtMs?: number
  /** The last refresh that a caller forced, and how far away the next one has to be. */
  forced?: { at: number; gap: number }
  /** The generation of an OAuth 2.0 grant that was ended here; the next one is larger. */
  endedGeneration?: number
  /** When each kind of grant was ended here last: a login from before that must not bring it back. */
  endedAtMs?: Partial<Record<GrantKind, number>>
  /** An exchange of the OAuth 1.0a token that is to be made, or made again. */
  exchange?: Exchange
  /** Until when X may be at an exchange whose answer nobody waits for any more, Unix seconds. */
  exchangeUntil?: number
  /** When exchanges began lately that nobody asked for, Unix seconds. */
  healedAt?: number[]
  /** Whether X's refusal of this grant was suspected, and so taken back, once already; the second refusal stands. */
  refusalRetracted?: true
  /** X said that the user took our access away, and has not been asked about it with an outcome. */
  revokedAtX?: RevocationWord
  /** When that was by the last such word that was asked about, Unix seconds: the same one, or an older one, is not asked about again. */
  revokedHeardAt?: number
  /** A DELETE under way. */
  disconnecting?: { since: number; force: boolean }
  /** A DELETE of one grant under way: of the grant that was obtained at this time, Unix milliseconds. */
  endingGrant?: { since: number; force: boolean; kind: GrantKind; obtainedAtMs: number }
  kv?: KvState
  /** When KV was told again last, since its copy seemed wrong; Unix milliseconds. */
  toldAgainAtMs?: number
  /** What others were told last of how the account is; absent: that all is well. */
  told?: Level
  /** Whether KV's copy says that refreshes fail: a further failure then tells its readers nothing new, and is not written. */
  synced?: true
}

/** How an account is, as others are told by events. */
export type Level =
  | 'ok'
  /** Refreshes fail. */
  | 'degraded'
  /** It calls, and signs no more. */
  | 'oauth1_ended'
  | 'login_required'

/** A refresh or an exchange under way, written before its request leaves. `startedAt` is Unix seconds. */
export interface Attempt {
  id: string
  /** The generation whose refresh token is presented; of an exchange the last one that there was. */
  generation: number
  startedAt: number
  /** The OAuth 1.0a token is presented, in exchange for a new pair; absent: the refresh token is. */
  by?: 'exchange'
}

/** An exchange that is to be made, or made again. Times are Unix seconds. */
export interface Exchange {
  /** Why X ended the pair that it heals; absent where somebody asked for it. */
  heals?: Ended['reason']
  /** What the new pair shall be good for, as far as X gives it; empty: what the settings say. */
  scope: string
  since: number
  /** Attempts so far that brought no pair. */
  tries: number
  retryAt: number
  /** Nobody knows what came of an attempt: X may have ended the pair that is held. */
  isUnsure?: true
}

/** X's word that a user took our access away. Times are Unix seconds. */
export interface RevocationWord {
  /** When that was, as X says. */
  at: number
  /** How often X was asked by a signature in vain, and when it is asked so next; a refresh has waits of its own. */
  tries: number
  retryAt: number
  /** The attempt that was not answered yet when the word came: a pair for that one settles nothing. */
  during?: string
}

/** What an object has to remember of KV across a sleep: that KV refused a write, how often, and when it is asked again. */
export interface KvState {
  refusals: number
  /** Unix milliseconds. */
  retryAtMs: number
  /** A write that KV did not answer may land until then, over whatever came after it. Unix milliseconds. */
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
  toldAgainAtMs?: number
}

/** What the object `Account` keeps in its row. How each field fares from one record to the next: {@link FIELDS}. */
export type AccountRecord = Connected | Tombstone

/** Whether a record is of an account that was deleted. */
export const isTombstone = (record: AccountRecord): record is Tombstone =>
  'disconnectedAtMs' in record

/** The last generation of an account's OAuth 2.0 grants, whether it still holds one or not; 0: there was none. */
export function generationOf(record: AccountRecord): number {
  if (isTombstone(record)) return record.generation
  return record.oauth2?.generation ?? record.endedGeneration ?? 0
}

/** Whether X may hold a newer pair than this record, or be about to: an attempt's outcome is not known. */
export const isInDoubt = ({ attempt, inDoubt }: Connected): boolean =>
  attempt !== undefined || inDoubt !== undefined

/**
 * Whether the OAuth 2.0 grant is being given back, alone or with its account, by an object that lives or one that died: its
 * token is not presented then, nor handed out.
 */
export const isEndingOAuth2 = ({ disconnecting, endingGrant, oauth2 }: Connected): boolean =>
  disconnecting !== undefined ||
  (endingGrant?.kind === 'oauth2' && endingGrant.obtainedAtMs === oauth2?.obtainedAtMs)

/** Whether it is the grant of the same login, however it is sealed, and whatever was noted about it since. */
export function isSameGrant(
  one: VaultOAuth1 | VaultOAuth2 | undefined,
  other: VaultOAuth1 | VaultOAuth2,
): boolean {
  if (!one || one.obtainedAtMs !== other.obtainedAtMs) return false
  return !('generation' in one && 'generation' in other) || one.generation === other.generation
}

/**
 * The generation after `before`: one more, and at least `now` (Unix seconds), so that it grows across a deletion too.
 */
export const nextGeneration = (before: number | undefined, now: number): number =>
  Math.max((before ?? 0) + 1, now)

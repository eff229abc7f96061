/** KV `VAULT`, keys `account/<id>`: the copy of each account that the whole edge reads. */
import { keyIdOf, type Sealed } from '../crypto/seal'
import {
  ENDED_RETRIES_SECONDS,
  KV_BULK_KEYS,
  KV_CACHE_SECONDS,
  NAME_MAX_CHARS,
  SWEEP_PAGE,
} from '../limits'
import { forget, remember, remembered } from './cache'
import { ACCOUNT_COPY } from './migrations'
import { isNewer, stamped, upToDate } from './version'

/** The kinds of grant that an account may hold, in the order in which they are told. */
export const GRANT_KINDS = ['oauth2', 'oauth1'] as const
/** A kind of grant: OAuth 2.0 or OAuth 1.0a. */
export type GrantKind = (typeof GRANT_KINDS)[number]

/** The states of an account, as they are told. */
export const STATUSES = ['ok', 'suspected', 'login_required'] as const
/** `suspected`: X refused it along with so many others that its refusal is not believed yet; it is tried again. */
export type Status = (typeof STATUSES)[number]

/** An account as it stands in KV. Times are Unix seconds unless a name says otherwise. */
export interface VaultAccount {
  id: string
  username: string
  name: string
  /** Where X has the user's picture. */
  picture?: string
  /** Whether X shows a badge beside the name. */
  verified?: boolean
  /** The e-mail address that X gave, sealed for {@link grantPlace} of this account. */
  email?: Sealed
  status: Status
  oauth2?: VaultOAuth2
  oauth1?: VaultOAuth1
  /**
   * When a program last asked for a token of the OAuth 2.0 grant, as far as it was noted: about twice a day, and with the
   * policy `auto` alone.
   */
  usedAt?: number
  /**
   * The OAuth 2.0 grants that imports took the place of, the last one first, kept until the imported one has been
   * refreshed once: a token that belongs to another app looks right until then.
   */
  formers?: VaultOAuth2[]
}

/** What X gave an account by OAuth 1.0a; it has no expiry. */
export interface VaultOAuth1 {
  token: Sealed
  tokenSecret: Sealed
  /** Unix milliseconds of the login that began this grant. */
  obtainedAtMs: number
  /** The API key that X issued it to. */
  apiKey: string
  /** Imported, and X was never asked whose it is. */
  unconfirmed?: true
  /** Why it is not used any more, and since when. */
  ended?: Ended
  endedAtX?: EndedAtX
}

/** Why a grant is not used any more, and since when. */
export interface Ended {
  reason:
    | 'refused_by_x'
    | 'refresh_reply_lost'
    | 'belongs_to_another'
    | 'ended_by_delete'
    | 'another_program'
    /** It expired, and there was nothing to refresh it with. */
    | 'no_refresh_token'
    | 'revoked_by_user'
  /** Unix seconds. */
  since: number
  /** When it was last tried all the same, by a forced refresh or by the sweep. */
  triedAt?: number
}

/** A token of a grant, as its field at rest is named. */
export type TokenName = 'accessToken' | 'refreshToken' | 'token'

/** Of tokens that X was asked to end: `ended`, X said so; `unheard`, its answer got lost, so it may have. */
export type EndedTokens = Partial<Record<TokenName, 'ended' | 'unheard'>>

/** What a DELETE has done at X to a grant that stays here, since X did not confirm all of it. */
export interface EndedAtX {
  /** Unix seconds of the first such DELETE. */
  since: number
  tokens: EndedTokens
}

/** Why a refresh failed; times are Unix seconds. */
export interface RefreshFailure {
  code: string
  message: string
  at: number
}

/** What X gave an account by OAuth 2.0. Times are Unix seconds unless a name says otherwise. */
export interface VaultOAuth2 {
  /** Sealed for {@link grantPlace} of this account. */
  accessToken: Sealed
  /** Absent when `offline.access` was not granted. */
  refreshToken?: Sealed
  scope: string
  /** The scopes that the account had before and lacks now; absent where it lacks none. */
  lostScopes?: string[]
  expiresAt: number
  /** When the sweep refreshes it; null when there is nothing to refresh with. Of one that ended see {@link dueAtOf}. */
  dueAt: number | null
  /**
   * Unix milliseconds, just before X was asked whose this grant is and named the user: it was alive then, so of two
   * logins' grants the one with the later time has ended the other.
   */
  obtainedAtMs: number
  refreshedAt?: number
  generation: number
  /** The client that X issued the grant to. */
  clientId: string
  /** Why `status` is not ok, and since when. */
  ended?: Ended
  endedAtX?: EndedAtX
  /** Imported, and X was never asked whose it is. */
  unconfirmed?: true
  /** Imported, and not refreshed here yet: it may be a token of another app, which X refuses to refresh for ours. */
  imported?: true
  /** The last refresh, when it failed; not before `retryAt` is the refresh token presented again. */
  failure?: RefreshFailure & {
    tries: number
    retryAt: number
    /** Since when each refresh failed; absent: since `at`, or a former build noted it. */
    since?: number
  }
  /** The last failure before the last success. */
  lastFailure?: RefreshFailure
  /** When it was refreshed in the last 24 hours. */
  rotatedAt?: number[]
}

/** What listing alone shows: at most 1,024 bytes of JSON. */
export interface VaultMetadata {
  username: string
  name: string
  status: Status
  grants: GrantKind[]
  generation: number
  expiresAt: number | null
  dueAt: number | null
  /** When the OAuth 2.0 grant ended; `dueAt` is when it is tried again all the same. Unix seconds. */
  ended?: number
  /** The keys that sealed it; absent in copies from before it was noted. */
  keyIds?: string[]
}

const ACCOUNT_PREFIX = 'account/'
const keyOf = (id: string): string => ACCOUNT_PREFIX + id

/** The place that a field of an account's grant is sealed for. */
export const grantPlace = (id: string, field: string): string => `VAULT/${keyOf(id)}#${field}`

/** What this isolate learned of an account from its object, which knows better than KV. `now` is Unix seconds. */
export const rememberAccount = (account: VaultAccount, now: number): void =>
  remember(keyOf(account.id), account, now)

/**
 * The account as KV or this isolate has it: up to 90 s old, never trusted once it is due; null when KV has none. Rejects
 * as KV does.
 *
 * @param now - Unix seconds
 * @throws Failure `storage_newer` for a copy that a later build wrote.
 */
export function getAccount(kv: KVNamespace, id: string, now: number): Promise<VaultAccount | null> {
  const key = keyOf(id)
  return remembered(key, now, async () => {
    const copy = await kv.get<object>(key, { type: 'json', cacheTtl: KV_CACHE_SECONDS })
    return copy && upToDate<VaultAccount>(copy, ACCOUNT_COPY)
  })
}

/** The kinds of grant an account holds. */
export function grantsOf(held: { oauth1?: unknown; oauth2?: unknown }): GrantKind[] {
  return GRANT_KINDS.filter((kind) => held[kind] !== undefined)
}

/** What listing shows of an account. */
export function metadataOf(account: VaultAccount): VaultMetadata {
  const { username, name, oauth2, oauth1 } = account
  // The status is that of the OAuth 2.0 grant; without one, that of the only grant there is.
  const status = !oauth2 && oauth1?.ended ? 'login_required' : account.status
  return {
    username: cut(username),
    name: cut(name),
    status,
    grants: grantsOf({ oauth1, oauth2 }),
    generation: oauth2?.generation ?? 0,
    expiresAt: oauth2?.expiresAt ?? null,
    dueAt: oauth2 ? dueAtOf(oauth2) : null,
    ...(oauth2?.ended ? { ended: oauth2.ended.since } : {}),
    keyIds: keyIdsOf(account),
  }
}

/**
 * When the sweep tries a grant, Unix seconds; null: never. One that X has ended is tried three times, since X may have been
 * wrong, and until X has answered each of them.
 */
export function dueAtOf({ ended, failure, refreshToken, dueAt }: VaultOAuth2): number | null {
  if (!ended) return dueAt
  if (!refreshToken || ended.reason === 'belongs_to_another') return null
  if (failure && NO_ANSWER.has(failure.code)) return failure.retryAt
  const tried = ended.triedAt ?? ended.since
  const waits = ENDED_RETRIES_SECONDS.map((wait) => ended.since + wait)
  return waits.find((at) => at > tried) ?? null
}

/** Failures after which nobody knows what X would say of the token. */
const NO_ANSWER: ReadonlySet<string> = new Set(['unknown', 'later'])

/**
 * How an account is at `now` (Unix seconds), wherever that is told: nobody writes a record in the moment in which a
 * token expires, and one that nothing can refresh needs a login from then on.
 */
export function statusAt(
  { status, expiresAt, dueAt }: Pick<VaultMetadata, 'status' | 'expiresAt' | 'dueAt'>,
  now: number,
): Status {
  // Without a time at which it is due, there is nothing to refresh it with.
  return expiresAt !== null && expiresAt <= now && dueAt === null ? 'login_required' : status
}

/** Writes KV’s copy of an account, for its object alone. Rejects as KV does. */
export async function putAccount(kv: KVNamespace, account: VaultAccount): Promise<void> {
  const metadata = stamped<VaultMetadata>(metadataOf(account), ACCOUNT_COPY)
  forget(keyOf(account.id))
  await kv.put(keyOf(account.id), JSON.stringify(stamped(account, ACCOUNT_COPY)), { metadata })
  forget(keyOf(account.id))
}

/** The keys that an account is sealed with. */
export function keyIdsOf({ oauth2, oauth1, formers = [], email }: VaultAccount): string[] {
  const sealed = [
    email,
    ...[oauth2, ...formers].flatMap((pair) => [pair?.accessToken, pair?.refreshToken]),
    ...[oauth1?.token, oauth1?.tokenSecret],
  ]
  return [...new Set(sealed.flatMap((envelope) => (envelope ? [keyIdOf(envelope)] : [])))]
}

/** Deletes KV’s copy of an account, for its object alone. Rejects as KV does. */
export async function deleteAccount(kv: KVNamespace, id: string): Promise<void> {
  forget(keyOf(id))
  await kv.delete(keyOf(id))
  forget(keyOf(id))
}

/** Drops what this isolate remembers of an account that was just changed elsewhere. */
export const forgetAccount = (id: string): void => forget(keyOf(id))

/** A page of the list of accounts. */
export interface AccountPage {
  accounts: (VaultMetadata & { id: string })[]
  /** Accounts whose copy a later build wrote: this one cannot tell how they are. */
  newer: string[]
  /** Undefined on the last page. */
  cursor: string | undefined
}

/**
 * A page of the accounts, in the order of their ids’ characters, without reading any value. Rejects as KV does.
 *
 * @param cursor - of the page before
 * @param limit - how many accounts at most.
 */
export async function listAccounts(
  kv: KVNamespace,
  cursor?: string,
  limit = SWEEP_PAGE,
): Promise<AccountPage> {
  const page = await kv.list<ListedMetadata>({
    prefix: ACCOUNT_PREFIX,
    limit,
    cursor: cursor ?? null,
  })
  const listed = page.keys.flatMap(({ name, metadata }) =>
    metadata ? [{ id: name.slice(ACCOUNT_PREFIX.length), metadata }] : [],
  )
  return {
    accounts: listed.flatMap(({ id, metadata }) => readable(id, metadata)),
    newer: listed.filter(({ metadata }) => isFromLater(metadata)).map(({ id }) => id),
    cursor: page.list_complete ? undefined : page.cursor,
  }
}

/** What listing would show of these accounts; those that KV does not have are left out. */
export async function getSummaries(
  kv: KVNamespace,
  ids: readonly string[],
): Promise<AccountPage['accounts']> {
  const accounts: AccountPage['accounts'] = []
  for (let at = 0; at < ids.length; at += KV_BULK_KEYS) {
    const part = ids.slice(at, at + KV_BULK_KEYS)
    const found = await kv.getWithMetadata<ListedMetadata>(part.map(keyOf))
    for (const id of part) {
      const metadata = found.get(keyOf(id))?.metadata
      if (metadata) accounts.push(...readable(id, metadata))
    }
  }
  return accounts
}

/** Metadata as it was listed, of any version. */
type ListedMetadata = VaultMetadata & { v?: number }

const isFromLater = ({ v = 0 }: ListedMetadata): boolean => isNewer(v, ACCOUNT_COPY)

/** What is listed of an account; nothing when a later build wrote it. No version has changed the metadata so far. */
function readable(id: string, metadata: ListedMetadata): AccountPage['accounts'] {
  const { v: _, ...known } = metadata
  return isFromLater(metadata) ? [] : [{ id, ...known }]
}

const cut = (name: string): string => [...name].slice(0, NAME_MAX_CHARS).join('')

/** What is remembered of a login until its callback, sealed as one piece. */
import type { Keyring } from '../crypto/keyring'
import type { Sealed } from '../crypto/seal'
import { openJson, sealJson } from '../crypto/sealed-json'
import type { Secret } from '../secret'
import type { Flow } from '../setting-values'
import { pendingPlace } from '../store/pending'
import { stamped, upToDate } from '../store/version'
import type { Authorization } from '../x/authorize'
import type { RequestToken } from '../x/oauth1'
import { migrationsFor, PENDING } from './migrations'

/** A login between its beginning and its callback. */
export type PendingLogin = Asked & {
  /** The secret that the cookies of all browsers which open this login are derived from. */
  browserSecret: Secret
  /** The secret in `login_url`, and nowhere else: who has that address may open this login. */
  ticket?: Secret
  returnTo?: string
  /** The caller that made this login; absent when a browser began it. */
  creator?: Creator
  /** Only who logs in is wanted (`keep: false`). */
  identityOnly?: true
  /** The client id of the second X app, where this login goes through that one: it touches no account. */
  loginApp?: string
  /** The OAuth 1.0a token that it brings is exchanged for a pair. */
  exchange?: ExchangeWish
  /** Unix seconds. */
  expiresAt: number
}

/** What whoever begins a login wants of the exchange of its OAuth 1.0a token. */
export interface ExchangeWish {
  /** What the pair shall be good for; absent: what the account had, or what the settings say. */
  scope?: string
  /** An OAuth 2.0 grant that works gives way to it. */
  replace?: true
}

/** What was asked of X by some flow, and must be answered for. */
export type Asked<F extends Flow = Flow> = { [Name in F]: { flow: Name } & AskedBy[Name] }[F]

interface AskedBy {
  oauth2: Authorization
  oauth1: AskedRequestToken
  signin: AskedRequestToken
  pin: AskedRequestToken
}

/** A request token that waits for its verifier, and what X's page is told about the user. */
export interface AskedRequestToken extends RequestToken {
  hints: Hints
}

/** What X's OAuth 1.0a pages may be told about the user, so that he need not type it there. */
export interface Hints {
  forceLogin?: boolean
  screenName?: string
}

/** The caller that made a login, and the accounts that it is limited to, if it is. */
export interface Creator {
  id: string
  accounts?: readonly string[]
}

/** The form of a login's id, which says nothing: the hash of its `state` or request token. It names KV key and object. */
export const LOGIN_ID = /^[A-Za-z0-9_-]{43}$/

/** Seals a pending login for its own key in KV. */
export const sealPending = (k: Keyring, id: string, pending: PendingLogin): Promise<Sealed> =>
  sealJson(
    k,
    stamped({ ...pending, ...underFormerNames(pending) }, migrationsFor(PENDING, pending)),
    pendingPlace(id),
  )

/** Opens what {@link sealPending} made for this login, of any version. @throws Failure `sealed_unreadable`, `storage_newer` */
export async function openPending(k: Keyring, id: string, sealed: Sealed): Promise<PendingLogin> {
  const stored = await openJson<object>(k, sealed, pendingPlace(id))
  const { binding: _, maker: __, ...pending } = upToDate<WithFormerNames>(stored, PENDING)
  return pending
}

type WithFormerNames = PendingLogin & { binding?: Secret; maker?: Creator }

/** For a Login object or a Worker of the former build, which must know who made a login: the fields that it looks for. */
const underFormerNames = ({ creator, browserSecret }: PendingLogin) => ({
  binding: browserSecret,
  ...(creator ? { maker: creator } : {}),
})

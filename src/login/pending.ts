/** What is remembered of a login until its callback, sealed as one piece. */
import type { Keyring } from '../crypto/keyring'
import type { Sealed } from '../crypto/seal'
import { openJson, sealJson } from '../crypto/sealed-json'
import type { Config, Flow } from '../env'
import type { Secret } from '../secret'
import { pendingPlace } from '../store/pending'
import { stamped, upToDate } from '../store/version'
import { type Authorization, authorizeUrl } from '../x/authorize'
import { authorizePage, type RequestToken } from '../x/oauth1'
import { PENDING } from './migrations'

export type PendingLogin = Asked & {
  /** What the cookies of the browsers that open this login are made with. */
  browserSecret: Secret
  /** Stands in `login_url` only. */
  ticket?: Secret
  returnTo?: string
  /** The caller that made this login; absent when a browser began it. */
  creator?: Creator
  /** Unix seconds. */
  expiresAt: number
}

/** What was asked of X, and must be answered for. */
export type Asked =
  | ({ flow: 'oauth2' } & Authorization)
  | ({ flow: Exclude<Flow, 'oauth2'>; hints: Hints } & RequestToken)

/** What X's OAuth 1.0a pages may be told about the user. */
export interface Hints {
  forceLogin?: boolean
  screenName?: string
}

/** A caller, and the accounts it is limited to, if it is. */
export interface Creator {
  id: string
  accounts?: readonly string[]
}

/** Every login has an id that says nothing: the hash of its `state` or request token, which names KV key and object. */
export const LOGIN_ID = /^[A-Za-z0-9_-]{43}$/

/** Seals a pending state for its login. */
export const sealPending = (k: Keyring, id: string, pending: PendingLogin): Promise<Sealed> =>
  sealJson(k, stamped({ ...pending, ...underFormerNames(pending) }, PENDING), pendingPlace(id))

/** Opens a pending state of any version. @throws Failure `sealed_unreadable`, `storage_newer` */
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

/** The page at X where this login is approved; always the same for the same login. */
export function pageAtX(config: Config, pending: PendingLogin): string | Promise<string> {
  if (pending.flow === 'oauth2') return authorizeUrl(config, pending)
  return authorizePage(config, pending.flow, pending.token, pending.hints)
}

/** Tokens of an account to and from rest: each sealed apart, for its own account and field. */
import { secondsOf } from '../clock'
import type { Keyring } from '../crypto/keyring'
import { open, type Sealed, seal } from '../crypto/seal'
import {
  DUE_BEFORE_EXPIRY_SECONDS,
  DUE_JITTER_SECONDS,
  DUE_SHARE_MAX,
  IDLE_SECONDS,
  LAZY_JITTER,
  USED_LATELY_SECONDS,
} from '../limits'
import type { Secret } from '../secret'
import type { RefreshPolicy } from '../setting-values'
import {
  GRANT_KINDS,
  type GrantKind,
  grantPlace,
  type VaultAccount,
  type VaultOAuth1,
  type VaultOAuth2,
} from '../store/vault'
import type { TokensOf } from '../x/grant-kinds'
import type { AccountGrant } from './adoption'
import type { Rotation } from './answer'
import { resealedEmail } from './email'

/** A grant that a login or an import has just brought, its tokens in the open. */
export type FreshGrant<K extends GrantKind = GrantKind> = {
  [Kind in K]: {
    kind: Kind
    /** Unix milliseconds. */
    obtainedAtMs: number
  } & FreshOf[Kind]
}[K]

interface FreshOf {
  /** `expiresAt` is Unix seconds. */
  oauth2: TokensOf['oauth2'] & { scope: string; expiresAt: number; clientId: string }
  oauth1: TokensOf['oauth1'] & { apiKey: string }
}

/** A sealed field of a grant, as its place names it. */
type TokenField = { [K in GrantKind]: `${K}.${keyof TokensOf[K] & string}` }[GrantKind]

/** Seals one token for one field of an account's grant. */
export const sealToken = (
  k: Keyring,
  id: string,
  field: TokenField,
  token: Secret,
): Promise<Sealed> => seal(k, token, grantPlace(id, field))

/** Opens one token that was sealed for this field of this account. @throws Failure `sealed_unreadable`. */
export const openToken = (
  k: Keyring,
  id: string,
  field: TokenField,
  sealed: Sealed,
): Promise<Secret> => open(k, sealed, grantPlace(id, field))

/** How each kind of grant rests in an account. */
const AT_REST: { readonly [K in GrantKind]: RestRow<K> } = {
  oauth2: {
    held: ({ oauth2, formers = [] }) => [oauth2, ...formers].filter((grant) => grant !== undefined),
    open: openPair,
    sealFresh: sealPair,
    reseal: async (grant, again) => ({
      ...grant,
      accessToken: await again('oauth2.accessToken', grant.accessToken),
      ...(grant.refreshToken
        ? { refreshToken: await again('oauth2.refreshToken', grant.refreshToken) }
        : {}),
    }),
  },
  oauth1: {
    held: ({ oauth1 }) => (oauth1 ? [oauth1] : []),
    open: openUserToken,
    sealFresh: sealUserToken,
    reseal: async (grant, again) => ({
      ...grant,
      token: await again('oauth1.token', grant.token),
      tokenSecret: await again('oauth1.tokenSecret', grant.tokenSecret),
    }),
  },
}

type GrantOf = { [K in GrantKind]: NonNullable<VaultAccount[K]> }

interface RestRow<K extends GrantKind> {
  /** All that an account holds of this kind, the one in use first. */
  held: (account: VaultAccount) => GrantOf[K][]
  open: (keyring: Keyring, id: string, grant: GrantOf[K]) => Promise<TokensOf[K]>
  sealFresh: (
    keyring: Keyring,
    id: string,
    fresh: FreshGrant<K>,
    policy: RefreshPolicy,
  ) => Promise<Extract<AccountGrant, { kind: K }>>
  /** The grant with each of its tokens sealed again. */
  reseal: (
    grant: GrantOf[K],
    again: (field: TokenField, sealed: Sealed) => Promise<Sealed>,
  ) => Promise<GrantOf[K]>
}

/** All grants of one kind that an account holds, the one in use first. */
export const grantsHeld = <K extends GrantKind>(account: VaultAccount, kind: K): GrantOf[K][] =>
  AT_REST[kind].held(account)

/** The tokens of an account's grant, opened. @throws Failure `sealed_unreadable`. */
export const openTokens = <K extends GrantKind>(
  keyring: Keyring,
  id: string,
  kind: K,
  grant: GrantOf[K],
): Promise<TokensOf[K]> => AT_REST[kind].open(keyring, id, grant)

/**
 * Seals a grant that a login or an import brought, for the account that adopts it.
 *
 * @param policy - decides when an OAuth 2.0 grant is due.
 */
export const sealFresh = <K extends GrantKind>(
  keyring: Keyring,
  id: string,
  fresh: FreshGrant<K>,
  policy: RefreshPolicy,
): Promise<Extract<AccountGrant, { kind: K }>> =>
  AT_REST[fresh.kind].sealFresh(keyring, id, fresh, policy)

async function openPair(keyring: Keyring, id: string, grant: VaultOAuth2) {
  const [accessToken, refreshToken] = await Promise.all([
    openToken(keyring, id, 'oauth2.accessToken', grant.accessToken),
    grant.refreshToken
      ? openToken(keyring, id, 'oauth2.refreshToken', grant.refreshToken)
      : undefined,
  ])
  return { accessToken, refreshToken }
}

/**
 * Seals the pair that X gave to an account. Times are Unix seconds.
 *
 * @param pair - `from` is when X gave it; `scope` is undefined when X named none
 * @param kept - whether a refresh token is held already, which stays when X gives none.
 */
export async function sealTokens(
  keyring: Keyring,
  id: string,
  pair: {
    accessToken: Secret
    refreshToken: Secret | undefined
    scope: string | undefined
    expiresAt: number
    /** When X gave it. */
    from: number
    policy: RefreshPolicy
  },
  kept = false,
): Promise<Rotation> {
  const { accessToken, refreshToken, scope, expiresAt } = pair
  const refreshable = refreshToken !== undefined || kept
  return {
    accessToken: await sealToken(keyring, id, 'oauth2.accessToken', accessToken),
    expiresAt,
    dueAt: refreshable ? dueAt(id, pair) : null,
    ...(refreshToken
      ? { refreshToken: await sealToken(keyring, id, 'oauth2.refreshToken', refreshToken) }
      : {}),
    ...(scope === undefined ? {} : { scope }),
  }
}

async function sealPair(
  keyring: Keyring,
  id: string,
  fresh: FreshGrant<'oauth2'>,
  policy: RefreshPolicy,
) {
  const { accessToken, refreshToken, scope, expiresAt, clientId, obtainedAtMs } = fresh
  const from = secondsOf(obtainedAtMs)
  const pair = { accessToken, refreshToken, scope, expiresAt, from, policy }
  const sealed = await sealTokens(keyring, id, pair)
  return { kind: 'oauth2', ...sealed, scope, obtainedAtMs, clientId } as const
}

async function sealUserToken(
  keyring: Keyring,
  id: string,
  { token, tokenSecret, obtainedAtMs, apiKey }: FreshGrant<'oauth1'>,
) {
  return {
    kind: 'oauth1',
    token: await sealToken(keyring, id, 'oauth1.token', token),
    tokenSecret: await sealToken(keyring, id, 'oauth1.tokenSecret', tokenSecret),
    obtainedAtMs,
    apiKey,
  } as const
}

async function openUserToken(keyring: Keyring, id: string, grant: VaultOAuth1) {
  const [token, tokenSecret] = await Promise.all([
    openToken(keyring, id, 'oauth1.token', grant.token),
    openToken(keyring, id, 'oauth1.tokenSecret', grant.tokenSecret),
  ])
  return { token, tokenSecret }
}

/**
 * When a grant is due, always the same for one account, so that accounts connected together do not fall due together.
 * Warm: 20 to 30 minutes before it expires, and never before two thirds of its life are over. Lazy: so many days after X gave it,
 * lest its refresh token lapse. Auto: as warm, where a program will have used it lately by then; else 30 days after X gave it.
 *
 * @param life - Unix seconds: `from` is when X gave it, `usedAt` when a program used it last; without it, when X gave it.
 */
export function dueAt(
  id: string,
  life: { expiresAt: number; from: number; policy: RefreshPolicy; usedAt?: number },
): number {
  const { expiresAt, from, policy, usedAt = from } = life
  const share = Number(BigInt(id) % JITTER_STEPS) / Number(JITTER_STEPS)
  const lazy = (seconds: number) => from + Math.floor(seconds * (1 - LAZY_JITTER * share))
  if (typeof policy === 'object') return lazy(policy.lazySeconds)
  const lead = DUE_BEFORE_EXPIRY_SECONDS + share * DUE_JITTER_SECONDS
  const most = Math.max(expiresAt - from, 0) * DUE_SHARE_MAX
  const warm = expiresAt - Math.floor(Math.min(lead, most))
  return policy === 'warm' || warm <= usedAt + USED_LATELY_SECONDS ? warm : lazy(IDLE_SECONDS)
}

/** A prime, so that ids that differ by round numbers are spread as well. */
const JITTER_STEPS = 9973n

/** An account with its tokens, and its e-mail address, sealed anew with the first key. @throws Failure `sealed_unreadable`. */
export async function resealed(keyring: Keyring, account: VaultAccount): Promise<VaultAccount> {
  const { id, formers } = account
  const again = async (field: TokenField, sealed: Sealed): Promise<Sealed> =>
    sealToken(keyring, id, field, await openToken(keyring, id, field, sealed))
  const resealedGrant = async <K extends GrantKind>(kind: K, grant: GrantOf[K]) =>
    [kind, await AT_REST[kind].reseal(grant, again)] as const
  const grants = GRANT_KINDS.flatMap((kind) => {
    const grant = account[kind]
    return grant ? [resealedGrant(kind, grant)] : []
  })
  return {
    ...account,
    ...(await resealedEmail(keyring, account)),
    ...Object.fromEntries(await Promise.all(grants)),
    ...(formers
      ? {
          formers: await Promise.all(formers.map((former) => AT_REST.oauth2.reseal(former, again))),
        }
      : {}),
  }
}

/** Tokens of an account to and from rest: each sealed apart, for its own account and field. */
import type { Keyring } from '../crypto/keyring'
import { open, type Sealed, seal } from '../crypto/seal'
import type { RefreshPolicy } from '../env'
import { DUE_BEFORE_EXPIRY_SECONDS, DUE_JITTER_SECONDS, LAZY_JITTER } from '../limits'
import type { Secret } from '../secret'
import { grantPlace, type VaultAccount, type VaultOAuth1, type VaultOAuth2 } from '../store/vault'
import type { RequestToken } from '../x/oauth1'
import type { Rotation } from './attempt'

type TokenField =
  | 'oauth2.accessToken'
  | 'oauth2.refreshToken'
  | 'oauth1.token'
  | 'oauth1.tokenSecret'

const place = (id: string, field: TokenField): string => grantPlace(id, field)

/** Seals a token for one field of one account: it does not open anywhere else. */
export const sealToken = (k: Keyring, id: string, field: TokenField, token: Secret) =>
  seal(k, token, place(id, field))

/** Opens a token of one field of one account. @throws Failure `sealed_unreadable` */
export const openToken = (k: Keyring, id: string, field: TokenField, sealed: Sealed) =>
  open(k, sealed, place(id, field))

/** The pair of a grant, opened. @throws Failure `sealed_unreadable` */
export async function openPair(
  keyring: Keyring,
  id: string,
  grant: VaultOAuth2,
): Promise<{ accessToken: Secret; refreshToken: Secret | undefined }> {
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

/** Seals a user's OAuth 1.0a token for an account. */
export async function sealUserToken(keyring: Keyring, id: string, given: RequestToken) {
  return {
    token: await sealToken(keyring, id, 'oauth1.token', given.token),
    tokenSecret: await sealToken(keyring, id, 'oauth1.tokenSecret', given.tokenSecret),
  }
}

/** A user's OAuth 1.0a token, opened. @throws Failure `sealed_unreadable` */
export async function openUserToken(
  keyring: Keyring,
  id: string,
  grant: VaultOAuth1,
): Promise<RequestToken> {
  const [token, tokenSecret] = await Promise.all([
    openToken(keyring, id, 'oauth1.token', grant.token),
    openToken(keyring, id, 'oauth1.tokenSecret', grant.tokenSecret),
  ])
  return { token, tokenSecret }
}

/**
 * When a grant is due, always the same for one account, so that accounts connected together do not fall due together.
 * Warm: 20 to 30 minutes before it expires. Lazy: so many days after X gave it, lest its refresh token lapse.
 */
export function dueAt(
  id: string,
  { expiresAt, from, policy }: { expiresAt: number; from: number; policy: RefreshPolicy },
): number {
  const share = Number(BigInt(id) % JITTER_STEPS) / Number(JITTER_STEPS)
  if (policy === 'warm')
    return expiresAt - DUE_BEFORE_EXPIRY_SECONDS - Math.floor(share * DUE_JITTER_SECONDS)
  return from + Math.floor(policy.lazySeconds * (1 - LAZY_JITTER * share))
}

/** A prime, so that ids that differ by round numbers are spread as well. */
const JITTER_STEPS = 9973n

/** The tokens of an account, sealed anew with the first key. @throws Failure `sealed_unreadable` */
export async function resealed(keyring: Keyring, account: VaultAccount): Promise<VaultAccount> {
  const { id, oauth1, oauth2, former } = account
  const again = async (field: TokenField, sealed: Sealed): Promise<Sealed> =>
    sealToken(keyring, id, field, await openToken(keyring, id, field, sealed))
  const pair = async (grant: VaultOAuth2): Promise<VaultOAuth2> => ({
    ...grant,
    accessToken: await again('oauth2.accessToken', grant.accessToken),
    ...(grant.refreshToken
      ? { refreshToken: await again('oauth2.refreshToken', grant.refreshToken) }
      : {}),
  })
  return {
    ...account,
    ...(oauth2 ? { oauth2: await pair(oauth2) } : {}),
    ...(former ? { former: await pair(former) } : {}),
    ...(oauth1
      ? {
          oauth1: {
            ...oauth1,
            token: await again('oauth1.token', oauth1.token),
            tokenSecret: await again('oauth1.tokenSecret', oauth1.tokenSecret),
          },
        }
      : {}),
  }
}

/** Tokens of an account to and from rest: each sealed apart, for its own account and field. */
import type { Keyring } from '../crypto/keyring'
import { open, type Sealed, seal } from '../crypto/seal'
import { DUE_BEFORE_EXPIRY_SECONDS, DUE_JITTER_SECONDS } from '../limits'
import type { Secret } from '../secret'
import { grantPlace, type VaultOAuth1, type VaultOAuth2 } from '../store/vault'
import type { RequestToken } from '../x/oauth1'
import type { Rotation } from './record'

type TokenField =
  | 'oauth2.accessToken'
  | 'oauth2.refreshToken'
  | 'oauth1.token'
  | 'oauth1.tokenSecret'

const place = (id: string, field: TokenField): string => grantPlace(id, field)

export const sealToken = (k: Keyring, id: string, field: TokenField, token: Secret) =>
  seal(k, token, place(id, field))

/** @throws Failure `sealed_unreadable` */
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
 * Seals a token pair for an account. Times are Unix seconds.
 *
 * @param kept - whether a refresh token is held already, which stays when X gives none
 */
export async function sealTokens(
  keyring: Keyring,
  id: string,
  pair: {
    accessToken: Secret
    refreshToken: Secret | undefined
    scope: string | undefined
    expiresAt: number
  },
  kept = false,
): Promise<Rotation> {
  const { accessToken, refreshToken, scope, expiresAt } = pair
  const refreshable = refreshToken !== undefined || kept
  return {
    accessToken: await sealToken(keyring, id, 'oauth2.accessToken', accessToken),
    expiresAt,
    dueAt: refreshable ? dueAt(id, expiresAt) : null,
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

/** When a grant that expires then is due: 20 to 30 minutes earlier, always the same for one account. */
export function dueAt(id: string, expiresAt: number): number {
  const jitter = Number(BigInt(id) % BigInt(DUE_JITTER_SECONDS))
  return expiresAt - DUE_BEFORE_EXPIRY_SECONDS - jitter
}

/** Tokens of an account to and from rest: each sealed apart, for its own account and field. */
import type { Keyring } from '../crypto/keyring'
import { open, type Sealed, seal } from '../crypto/seal'
import { ACCESS_TOKEN_TTL_SECONDS, DUE_BEFORE_EXPIRY_SECONDS, DUE_JITTER_SECONDS } from '../limits'
import type { Secret } from '../secret'
import { grantPlace, type VaultOAuth2 } from '../store/vault'
import type { Rotation } from './record'

type TokenField = 'accessToken' | 'refreshToken'

const place = (id: string, field: TokenField): string => grantPlace(id, `oauth2.${field}`)

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
    openToken(keyring, id, 'accessToken', grant.accessToken),
    grant.refreshToken ? openToken(keyring, id, 'refreshToken', grant.refreshToken) : undefined,
  ])
  return { accessToken, refreshToken }
}

/**
 * Seals what X gave for an account. `now` is Unix seconds: when X's reply was read.
 *
 * @param kept - whether a refresh token is held already, which stays when X gives none
 */
export async function sealTokens(
  keyring: Keyring,
  id: string,
  tokens: {
    accessToken: Secret
    refreshToken: Secret | undefined
    scope: string | undefined
    expiresIn: number | undefined
  },
  now: number,
  kept = false,
): Promise<Rotation> {
  const { accessToken, refreshToken, scope } = tokens
  const expiresAt = now + (tokens.expiresIn ?? ACCESS_TOKEN_TTL_SECONDS)
  const refreshable = refreshToken !== undefined || kept
  return {
    accessToken: await sealToken(keyring, id, 'accessToken', accessToken),
    expiresAt,
    dueAt: refreshable ? dueAt(id, expiresAt) : null,
    ...(refreshToken
      ? { refreshToken: await sealToken(keyring, id, 'refreshToken', refreshToken) }
      : {}),
    ...(scope === undefined ? {} : { scope }),
  }
}

/** When a grant that expires then is due: 20 to 30 minutes earlier, always the same for one account. */
export function dueAt(id: string, expiresAt: number): number {
  const jitter = Number(BigInt(id) % BigInt(DUE_JITTER_SECONDS))
  return expiresAt - DUE_BEFORE_EXPIRY_SECONDS - jitter
}

/** A grant that has no account yet, to and from rest: sealed for the login that brought it. */
import type { Keyring } from '../crypto/keyring'
import { open, seal } from '../crypto/seal'
import { ACCESS_TOKEN_TTL_SECONDS } from '../limits'
import type { Secret } from '../secret'
import type { UnadoptedGrant } from './record'

const place = (id: string, field: string): string => `LOGIN/${id}#${field}`

/**
 * @param askedScope - stands in where X names no scope, as RFC 6749 §5.1 has it
 * @param obtainedAtMs - when X's reply was read, Unix milliseconds
 */
export async function sealGrant(
  keyring: Keyring,
  id: string,
  tokens: {
    accessToken: Secret
    refreshToken: Secret | undefined
    scope: string | undefined
    expiresIn: number | undefined
  },
  askedScope: string,
  clientId: string,
  obtainedAtMs: number,
): Promise<UnadoptedGrant> {
  const { accessToken, refreshToken, scope, expiresIn } = tokens
  return {
    accessToken: await seal(keyring, accessToken, place(id, 'accessToken')),
    ...(refreshToken
      ? { refreshToken: await seal(keyring, refreshToken, place(id, 'refreshToken')) }
      : {}),
    scope: scope ?? askedScope,
    expiresAt: Math.floor(obtainedAtMs / 1000) + (expiresIn ?? ACCESS_TOKEN_TTL_SECONDS),
    obtainedAtMs,
    clientId,
  }
}

/** @throws Failure `sealed_unreadable` */
export async function openGrant(
  keyring: Keyring,
  id: string,
  grant: UnadoptedGrant,
): Promise<{ accessToken: Secret; refreshToken: Secret | undefined }> {
  const { accessToken, refreshToken } = grant
  return {
    accessToken: await open(keyring, accessToken, place(id, 'accessToken')),
    refreshToken: refreshToken
      ? await open(keyring, refreshToken, place(id, 'refreshToken'))
      : undefined,
  }
}

/**
 * Whether a delivery is X's: the HMAC of its bytes as they came. X has two secrets of ours, and signs with either or both.
 * Whatever is missing, nothing unsigned passes.
 *
 * @see [X: webhooks, signatures](https://docs.x.com/x-api/webhooks/quickstart)
 */
import { fromBase64 } from '../crypto/bytes'
import { sameBytes } from '../crypto/hash'
import { hmacSha256 } from '../crypto/hmac'
import type { Secret } from '../secret'

/** The app's secrets that X may sign with; empty where one is not configured. */
export interface WebhookSecrets {
  /** OAuth 2.0's. */
  client: Secret
  /** OAuth 1.0a's. */
  consumer: Secret
}

/** The name of a secret: a key of {@link WebhookSecrets}. */
export type SecretName = keyof WebhookSecrets

/** The header of each secret's signature. The first one that a delivery has is the one that counts. */
const HEADERS: readonly [name: string, by: SecretName][] = [
  ['x-twitter-webhooks-signature-oauth2', 'client'],
  ['x-twitter-webhooks-signature', 'consumer'],
]

/** A signature that a delivery brings, and the secret that it has to be made with. */
export interface BroughtSignature {
  by: SecretName
  text: string
}

/**
 * The signature by which a delivery is judged; undefined: it has none. The newer header alone counts where it stands, so
 * that nobody who knows only the older secret passes by a header that does not fit.
 */
export function signatureIn(headers: Headers): BroughtSignature | undefined {
  for (const [name, by] of HEADERS) {
    const text = headers.get(name)
    if (text !== null) return { by, text }
  }
  return undefined
}

/** `sha256=` and the 44 characters of base64 that 32 bytes have. */
const SIGNATURE = /^sha256=([A-Za-z0-9+/]{43}=)$/

/** Whether these bytes were signed with this secret, in constant time. An empty secret signs nothing. */
export async function isSigned(secret: Secret, text: string, bytes: Uint8Array): Promise<boolean> {
  const [, encoded] = SIGNATURE.exec(text.trim()) ?? []
  if (encoded === undefined || secret.length === 0) return false
  return sameBytes(await hmacSha256(secret.reveal(), bytes), fromBase64(encoded))
}

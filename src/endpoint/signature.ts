/**
 * The headers of a delivery that its receiver checks, by Standard Webhooks 1.0.
 *
 * @see [the specification](https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md)
 */
import { fromBase64 } from '../crypto/bytes'
import { hmacSha256 } from '../crypto/hmac'
import type { Secret } from '../secret'

/** What of a delivery is signed. */
export interface SignedMessage {
  /** The event's id, the same in each attempt. */
  id: string
  /** Of this attempt, Unix seconds. */
  timestamp: number
  body: string
}

/**
 * The headers that say which event it is and who sent it, with a signature for each secret.
 *
 * @param secrets - `whsec_…`, the newest first.
 */
export async function signatureHeaders(
  { id, timestamp, body }: SignedMessage,
  secrets: readonly Secret[],
): Promise<Record<string, string>> {
  const signatures = secrets.map(async (secret) => {
    const key = fromBase64(secret.reveal().slice(PREFIX.length))
    const mac = await hmacSha256(key, `${id}.${timestamp}.${body}`)
    return `v1,${mac.toBase64()}`
  })
  return {
    'webhook-id': id,
    'webhook-timestamp': String(timestamp),
    'webhook-signature': (await Promise.all(signatures)).join(' '),
  }
}

const PREFIX = 'whsec_'

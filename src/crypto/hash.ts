/** SHA-256 as names and fingerprints, and comparison that takes the same time whatever differs. */
import { toBase64url, utf8 } from './bytes'

/** SHA-256 of UTF-8 text, base64url: 43 characters. */
export async function hash(text: string): Promise<string> {
  return toBase64url(await digest(text))
}

/** SHA-256 of bytes, in hex: 64 characters. */
export async function hashHex(bytes: Uint8Array): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)).toHex()
}

/** Whether bytes are equal, in a time that tells nothing but their lengths. */
export const sameBytes = (one: Uint8Array, other: Uint8Array): boolean =>
  one.byteLength === other.byteLength && crypto.subtle.timingSafeEqual(one, other)

/** Whether two secrets are equal, in constant time. Both are hashed first, so that lengths do not matter. */
export const sameSecret = (one: string, other: string): Promise<boolean> => isOneOf(one, [other])

/** Whether a secret is one of some others, in a time that tells neither whether nor which one, but how many there are. */
export async function isOneOf(secret: string, others: readonly string[]): Promise<boolean> {
  const [a, ...rest] = await Promise.all([digest(secret), ...others.map(digest)])
  // Each is compared, also behind one that is equal.
  return rest.map((b) => crypto.subtle.timingSafeEqual(a, b)).includes(true)
}

const digest = (text: string): Promise<ArrayBuffer> => crypto.subtle.digest('SHA-256', utf8(text))

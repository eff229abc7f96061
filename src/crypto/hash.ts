/** SHA-256 as names and fingerprints, and comparison that takes the same time whatever differs. */
import { toBase64url, utf8 } from './bytes'

/** SHA-256 of UTF-8 text, base64url: 43 characters. */
export async function hash(text: string): Promise<string> {
  return toBase64url(await digest(text))
}

/** Whether two secrets are equal, in constant time. Both are hashed first, so that lengths do not matter. */
export async function sameSecret(one: string, other: string): Promise<boolean> {
  const [a, b] = await Promise.all([digest(one), digest(other)])
  return crypto.subtle.timingSafeEqual(a, b)
}

const digest = (text: string): Promise<ArrayBuffer> => crypto.subtle.digest('SHA-256', utf8(text))

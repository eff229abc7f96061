import { randomBytes } from 'node:crypto'

/** The tag in X's tokens: authorization code, access token, refresh token. */
export type Tag = 'ac' | 'at' | 'rt'

/** A new code or token that looks like X's: random, with the time of issue and its type inside. */
export function mint(tag: Tag, nowMs: number): string {
  const random = randomBytes(32).toString('base64url')
  return Buffer.from(`${random}:${Math.floor(nowMs)}:1:1:${tag}:1`).toString('base64url')
}

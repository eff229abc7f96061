import { REQUEST_TOKEN_TTL_SECONDS } from '../limits.ts'
import type { Access } from './apps.ts'
import type { World } from './world.ts'

/** A request token of OAuth 1.0a. `ended` says why it no longer works. */
export type RequestToken = {
  token: string
  secret: string
  api_key: string
  /** A registered URL, or `oob`. */
  callback: string
  access: Access
  expires_at: number
  /** Who has approved it, and what proves it. */
  user_id: string | null
  verifier: string | null
  ended: 'spent' | 'denied' | 'revoked_by_user' | null
}

/** Keeps a new request token, good for 15 minutes. */
export function saveRequestToken(
  world: World,
  made: Pick<RequestToken, 'token' | 'secret' | 'api_key' | 'callback' | 'access'>,
): void {
  world.sql.exec(
    `INSERT INTO request_tokens (token, secret, api_key, callback, access, expires_at)
      VALUES (?, ?, ?, ?, ?, ?)`,
    made.token,
    made.secret,
    made.api_key,
    made.callback,
    made.access,
    world.now() + REQUEST_TOKEN_TTL_SECONDS,
  )
}

/** The request token with this value, whatever has become of it. */
export function findRequestToken(world: World, token: string): RequestToken | undefined {
  return world.sql
    .exec<RequestToken>('SELECT * FROM request_tokens WHERE token = ?', token)
    .toArray()[0]
}

/** Marks a request token as approved by a user. */
export function approveRequestToken(
  world: World,
  token: string,
  userId: string,
  verifier: string,
): void {
  world.sql.exec(
    'UPDATE request_tokens SET user_id = ?, verifier = ? WHERE token = ?',
    userId,
    verifier,
    token,
  )
}

/** Marks a request token as used or denied. */
export function endRequestToken(world: World, token: string, why: 'spent' | 'denied'): void {
  world.sql.exec('UPDATE request_tokens SET ended = ? WHERE token = ?', why, token)
}

/** Ends what a user has approved and the app has not fetched yet. */
export function endRequestTokensOf(world: World, userId: string): void {
  world.sql.exec(
    "UPDATE request_tokens SET ended = 'revoked_by_user' WHERE user_id = ? AND ended IS NULL",
    userId,
  )
}

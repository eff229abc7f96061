import { CODE_TTL_SECONDS } from '../limits.ts'
import type { World } from './world.ts'

/** An authorization code and what it is bound to. `ended` says why it no longer works. */
export type Code = {
  code: string
  client_id: string
  user_id: string
  redirect_uri: string
  scope: string
  code_challenge: string
  code_challenge_method: string
  expires_at: number
  ended: string | null
}

/** Keeps a new code, good for 30 seconds. */
export function saveCode(world: World, code: Omit<Code, 'expires_at' | 'ended'>): void {
  world.sql.exec(
    `INSERT INTO codes (code, client_id, user_id, redirect_uri, scope, code_challenge,
      code_challenge_method, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    code.code,
    code.client_id,
    code.user_id,
    code.redirect_uri,
    code.scope,
    code.code_challenge,
    code.code_challenge_method,
    world.now() + CODE_TTL_SECONDS,
  )
}

/** The code with this value, whatever has become of it. */
export function findCode(world: World, code: string): Code | undefined {
  return world.sql.exec<Code>('SELECT * FROM codes WHERE code = ?', code).toArray()[0]
}

/** Marks a code as used. */
export function useCode(world: World, code: string): void {
  world.sql.exec("UPDATE codes SET ended = 'spent' WHERE code = ?", code)
}

/** Ends the codes of a user who takes the app's access away. */
export function endCodesOf(world: World, userId: string): void {
  world.sql.exec("UPDATE codes SET ended = 'revoked' WHERE user_id = ? AND ended IS NULL", userId)
}

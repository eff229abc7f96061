import { TIMESTAMP_WINDOW_SECONDS } from '../limits.ts'
import type { World } from './world.ts'

/** What must not come twice. */
export interface Nonce {
  /** Unix seconds, as the client says. */
  timestamp: number
  apiKey: string
  token: string
  nonce: string
}

/**
 * Takes a nonce and says whether it is new. Those whose timestamps are out of bounds are forgotten.
 *
 * @see [RFC 5849 §3.3](https://www.rfc-editor.org/rfc/rfc5849.html#section-3.3)
 */
export function takeNonce(world: World, { timestamp, apiKey, token, nonce }: Nonce): boolean {
  const oldest = world.now() - TIMESTAMP_WINDOW_SECONDS
  world.sql.exec('DELETE FROM nonces WHERE timestamp < ?', oldest)
  const taken = world.sql.exec(
    `INSERT OR IGNORE INTO nonces (timestamp, api_key, token, nonce) VALUES (?, ?, ?, ?)
      RETURNING nonce`,
    timestamp,
    apiKey,
    token,
    nonce,
  )
  return taken.toArray().length === 1
}

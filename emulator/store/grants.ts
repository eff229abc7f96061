import type { World } from './world.ts'

/** Why a token or a grant ended. */
export type Ended = 'spent' | 'replaced' | 'revoked' | 'revoked_by_user'

/** What a user gave an app, with the token pair that is current. */
export type Grant = {
  id: number
  kind: 'oauth2'
  client_id: string
  user_id: string
  scope: string
  created_at: number
  access_token: string | null
  access_token_expires_at: number | null
  refresh_token: string | null
  refresh_token_expires_at: number | null
  ended: Ended | null
}

/** A token pair that is about to become current. Expiries are Unix seconds. */
export interface Pair {
  accessToken: string
  accessTokenExpiresAt: number
  refreshToken: string | null
  refreshTokenExpiresAt: number | null
}

/**
 * Opens a grant and ends the one that this app held for this user before.
 *
 * @see X docs, X Ads API MCP: "signing in from a second client revokes the first client's tokens"
 */
export function openGrant(
  world: World,
  of: Pick<Grant, 'kind' | 'client_id' | 'user_id' | 'scope'>,
  pair: Pair,
): void {
  const former = world.sql
    .exec<Grant>(
      'SELECT * FROM grants WHERE user_id = ? AND kind = ? AND client_id = ? AND ended IS NULL',
      of.user_id,
      of.kind,
      of.client_id,
    )
    .toArray()
  for (const grant of former) endGrant(world, grant, 'replaced')
  world.sql.exec(
    `INSERT INTO grants (kind, client_id, user_id, scope, created_at, access_token,
      access_token_expires_at, refresh_token, refresh_token_expires_at)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    of.kind,
    of.client_id,
    of.user_id,
    of.scope,
    world.now(),
    pair.accessToken,
    pair.accessTokenExpiresAt,
    pair.refreshToken,
    pair.refreshTokenExpiresAt,
  )
}

/** Makes `pair` current and the tokens that it takes the place of spent. */
export function rotateGrant(world: World, grant: Grant, pair: Pair): void {
  spend(world, grant.access_token, 'spent')
  if (pair.refreshToken !== grant.refresh_token) spend(world, grant.refresh_token, 'spent')
  world.sql.exec(
    `UPDATE grants SET access_token = ?, access_token_expires_at = ?, refresh_token = ?,
      refresh_token_expires_at = ? WHERE id = ?`,
    pair.accessToken,
    pair.accessTokenExpiresAt,
    pair.refreshToken,
    pair.refreshTokenExpiresAt,
    grant.id,
  )
}

/** Ends a grant with both its tokens. */
export function endGrant(world: World, grant: Grant, why: Ended): void {
  spend(world, grant.access_token, why)
  spend(world, grant.refresh_token, why)
  world.sql.exec(
    'UPDATE grants SET access_token = NULL, refresh_token = NULL, ended = ? WHERE id = ?',
    why,
    grant.id,
  )
}

/** Ends one token; the grant ends when it was the last. */
export function endToken(world: World, grant: Grant, token: string): void {
  spend(world, token, 'revoked')
  const column = grant.access_token === token ? 'access_token' : 'refresh_token'
  world.sql.exec(`UPDATE grants SET ${column} = NULL WHERE id = ?`, grant.id)
  world.sql.exec(
    `UPDATE grants SET ended = 'revoked'
      WHERE id = ? AND access_token IS NULL AND refresh_token IS NULL`,
    grant.id,
  )
}

function spend(world: World, token: string | null, why: Ended): void {
  if (token === null) return
  world.sql.exec('INSERT OR REPLACE INTO spent (token, why) VALUES (?, ?)', token, why)
}

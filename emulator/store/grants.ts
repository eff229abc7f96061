import type { World } from './world.ts'

/** Why a token or a grant ended. */
export type Ended = 'spent' | 'replaced' | 'revoked' | 'revoked_by_user' | 'reused'

/** Which of X's three kinds of access a token gives: a user's by OAuth 2.0 or 1.0a, or the app's own. */
export type Kind = 'oauth2' | 'oauth1' | 'app'

/** What a user gave an app, with the tokens that are current. */
export type Grant = {
  id: number
  kind: Kind
  /** Of the app: its client id for `oauth2`, its API key for `oauth1` and `app`. */
  client_id: string
  /** Null for `app`. */
  user_id: string | null
  /** Scopes for `oauth2`, the access level for `oauth1`, empty for `app`. */
  scope: string
  created_at: number
  access_token: string | null
  /** Of `oauth1` only. */
  access_token_secret: string | null
  /** Null for a token that lives until it is ended. */
  access_token_expires_at: number | null
  refresh_token: string | null
  refresh_token_expires_at: number | null
  ended: Ended | null
}

/** The tokens that are about to become current. Expiries are Unix seconds. */
export interface Pair {
  accessToken: string
  accessTokenSecret?: string
  accessTokenExpiresAt: number | null
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
      'SELECT * FROM grants WHERE user_id IS ? AND kind = ? AND client_id = ? AND ended IS NULL',
      of.user_id,
      of.kind,
      of.client_id,
    )
    .toArray()
  for (const grant of former) endGrant(world, grant, 'replaced')
  world.sql.exec(
    `INSERT INTO grants (kind, client_id, user_id, scope, created_at, access_token,
      access_token_secret, access_token_expires_at, refresh_token, refresh_token_expires_at)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    of.kind,
    of.client_id,
    of.user_id,
    of.scope,
    world.now(),
    pair.accessToken,
    pair.accessTokenSecret ?? null,
    pair.accessTokenExpiresAt,
    pair.refreshToken,
    pair.refreshTokenExpiresAt,
  )
}

/** Makes `pair` current and the tokens that it takes the place of spent. */
export function rotateGrant(world: World, grant: Grant, pair: Pair): void {
  spend(world, grant, grant.access_token, 'spent')
  if (pair.refreshToken !== grant.refresh_token) spend(world, grant, grant.refresh_token, 'spent')
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

/** Changes what a grant allows. */
export function setScope(world: World, grant: Grant, scope: string): void {
  world.sql.exec('UPDATE grants SET scope = ? WHERE id = ?', scope, grant.id)
}

/** Ends a grant with all its tokens. */
export function endGrant(world: World, grant: Grant, why: Ended): void {
  spend(world, grant, grant.access_token, why)
  spend(world, grant, grant.refresh_token, why)
  world.sql.exec(
    `UPDATE grants SET access_token = NULL, access_token_secret = NULL, refresh_token = NULL,
      ended = ? WHERE id = ?`,
    why,
    grant.id,
  )
}

/** Ends one token; the grant ends when it was the last. */
export function endToken(world: World, grant: Grant, token: string): void {
  spend(world, grant, token, 'revoked')
  const column = grant.access_token === token ? 'access_token' : 'refresh_token'
  world.sql.exec(`UPDATE grants SET ${column} = NULL WHERE id = ?`, grant.id)
  world.sql.exec(
    `UPDATE grants SET ended = 'revoked'
      WHERE id = ? AND access_token IS NULL AND refresh_token IS NULL`,
    grant.id,
  )
}

function spend(
  world: World,
  { client_id, user_id }: Grant,
  token: string | null,
  why: Ended,
): void {
  if (token === null) return
  world.sql.exec(
    'INSERT OR REPLACE INTO spent (token, client_id, user_id, why) VALUES (?, ?, ?, ?)',
    token,
    client_id,
    user_id,
    why,
  )
}

import type { Grant, Kind } from './grants.ts'
import type { World } from './world.ts'

/** A grant as the control API lists it. */
export type GrantRow = Grant & { username: string | null }

/** The grant whose current token of this type is `token`, expired or not. */
export function findGrant(
  world: World,
  type: 'access_token' | 'refresh_token',
  token: string,
): Grant | undefined {
  return world.sql.exec<Grant>(`SELECT * FROM grants WHERE ${type} = ?`, token).toArray()[0]
}

/** Why a token that no grant holds is not valid: what ended it, or `unknown`. */
export function whyEnded(world: World, token: string): string {
  const row = world.sql.exec<{ why: string }>('SELECT why FROM spent WHERE token = ?', token)
  return row.toArray()[0]?.why ?? 'unknown'
}

/** Whose token this was that no grant holds any more; null for an app's own, and for one that never was. */
export function formerOwner(world: World, token: string): string | null {
  const row = world.sql.exec<{ user_id: string | null }>(
    'SELECT user_id FROM spent WHERE token = ?',
    token,
  )
  return row.toArray()[0]?.user_id ?? null
}

/** Whether this token, which no grant holds any more, was given to this client. */
export const wasOf = (world: World, token: string, clientId: string): boolean =>
  world.sql.exec('SELECT 1 FROM spent WHERE token = ? AND client_id = ?', token, clientId).toArray()
    .length > 0

/** Whose refresh token this is, or was; null for one that never was. */
export const ownerOf = (world: World, token: string): string | null =>
  findGrant(world, 'refresh_token', token)?.user_id ?? formerOwner(world, token)

/** The grant of this kind that an app holds for a user, or, without one, for itself. */
export function liveGrant(
  world: World,
  kind: Kind,
  clientId: string,
  userId: string | null,
): Grant | undefined {
  return world.sql
    .exec<Grant>(
      'SELECT * FROM grants WHERE user_id IS ? AND kind = ? AND client_id = ? AND ended IS NULL',
      userId,
      kind,
      clientId,
    )
    .toArray()[0]
}

/** The grants of a user that have not ended, whatever the app. */
export function grantsOf(world: World, userId: string): Grant[] {
  return world.sql
    .exec<Grant>('SELECT * FROM grants WHERE user_id = ? AND ended IS NULL', userId)
    .toArray()
}

/** The newest `limit` grants, oldest of them first; of one user if `userId` is given. */
export function listGrants(world: World, limit: number, userId?: string): GrantRow[] {
  const where = userId === undefined ? '' : 'WHERE grants.user_id = ?'
  const binds = userId === undefined ? [limit] : [userId, limit]
  const rows = world.sql.exec<GrantRow>(
    `SELECT grants.*, users.username FROM grants LEFT JOIN users ON users.id = grants.user_id
      ${where} ORDER BY grants.id DESC LIMIT ?`,
    ...binds,
  )
  return rows.toArray().reverse()
}

/** How many grants there are, ended ones included. */
export function countGrants(world: World): number {
  return world.sql.exec<{ n: number }>('SELECT count(*) AS n FROM grants').one().n
}

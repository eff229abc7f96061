import { listApps } from '../store/apps.ts'
import { countGrants, type GrantRow, listGrants } from '../store/find-grants.ts'
import { countUsers, findUser, listUsers } from '../store/users.ts'
import type { World } from '../store/world.ts'
import { InputError } from './input.ts'

/** What `GET /_emulator/state` answers: everything, or one user's part of it. */
export function readState(world: World, limit: number, username: string | undefined) {
  const user = username === undefined ? undefined : findUser(world, username)
  if (username !== undefined && !user) throw new InputError(`No user "${username}".`)
  const now = world.now()
  return {
    now,
    apps: listApps(world),
    users: user ? [user] : listUsers(world, limit),
    users_total: countUsers(world),
    grants: listGrants(world, limit, user?.id).map((grant) => shown(grant, now)),
    grants_total: countGrants(world),
  }
}

/** A grant without its row number; a token only while X would take it. */
function shown(grant: GrantRow, now: number) {
  const { id: _, access_token, access_token_secret, refresh_token, ...rest } = grant
  const access = current(access_token, grant.access_token_expires_at, now)
  const refresh = current(refresh_token, grant.refresh_token_expires_at, now)
  return {
    ...rest,
    live: access !== null || refresh !== null,
    access_token: access,
    ...(grant.kind === 'oauth1' ? { access_token_secret: access && access_token_secret } : {}),
    refresh_token: refresh,
  }
}

function current(token: string | null, expiresAt: number | null, now: number): string | null {
  return expiresAt === null || expiresAt > now ? token : null
}

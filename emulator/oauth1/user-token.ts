import type { Refusal } from '../errors.ts'
import type { Access, App } from '../store/apps.ts'
import { findGrant, liveGrant, whyEnded } from '../store/find-grants.ts'
import { type Grant, openGrant, setScope } from '../store/grants.ts'
import type { User } from '../store/users.ts'
import type { World } from '../store/world.ts'
import type { Holder } from './authenticate.ts'
import { newUserToken } from './shape.ts'

/** Looks up the user token that signs a request. */
export function findUserToken(
  world: World,
  token: string | undefined,
  app: App,
): Holder<Grant> | Refusal {
  if (token === undefined) return { error: 'malformed', why: 'oauth_token is missing' }
  const grant = findGrant(world, 'access_token', token)
  if (grant?.kind !== 'oauth1') return { error: 'dead_token', why: whyEnded(world, token) }
  if (grant.client_id !== app.api_key) {
    return { error: 'dead_token', why: 'issued to another API key' }
  }
  return { holder: grant, secret: grant.access_token_secret ?? '' }
}

/** The user's token for the app: X gives the same one again as long as it lives. */
export function giveUserToken(
  world: World,
  app: App,
  user: User,
  access: Access,
): { token: string; secret: string } {
  const former = liveGrant(world, 'oauth1', app.api_key, user.id)
  if (former) {
    setScope(world, former, access)
    return { token: former.access_token ?? '', secret: former.access_token_secret ?? '' }
  }
  const made = newUserToken(user.id)
  openGrant(
    world,
    { kind: 'oauth1', client_id: app.api_key, user_id: user.id, scope: access },
    {
      accessToken: made.token,
      accessTokenSecret: made.secret,
      accessTokenExpiresAt: null,
      refreshToken: null,
      refreshTokenExpiresAt: null,
    },
  )
  return made
}

import type { Context } from 'hono'
import type { X } from '../env.ts'
import { type Refusal, refuse } from '../errors.ts'
import { authenticate, requestOf } from '../oauth1/authenticate.ts'
import { isSigned, looseParam } from '../oauth1/protocol.ts'
import { findUserToken } from '../oauth1/user-token.ts'
import { json } from '../oauth2/answer.ts'
import { type App, appNamed } from '../store/apps.ts'
import { liveGrant } from '../store/find-grants.ts'
import { endGrant } from '../store/grants.ts'
import { findUser } from '../store/users.ts'
import { appShown, strangerToApp } from './client.ts'

/**
 * `POST /oauth2/invalidate_token`, in the two ways that X documents: signed with the token of the app's owner,
 * or Basic. Which of them works is a setting, because it is not known.
 */
export function invalidateBearer(c: Context<X>): Response {
  const { world, exchange } = c.env
  const way = isSigned(requestOf(c)) ? 'owner' : 'basic'
  const app =
    way === 'owner'
      ? appNamed(world, 'api_key', looseParam(requestOf(c), 'oauth_consumer_key'))
      : appShown(world, c.req.header('Authorization'))
  const stranger =
    way === 'owner' ? notTheOwner(c) : strangerToApp(app, c.req.header('Authorization'))
  if (stranger) return refuse(c, stranger)
  if (app.app_only_invalidate !== 'both' && app.app_only_invalidate !== way) {
    return refuse(c, { error: 'app_refused', why: `app_only_invalidate does not allow ${way}` })
  }
  const query = way === 'owner' ? c.req.query('access_token') : undefined
  const named = exchange.form.get('access_token') ?? query
  const grant = liveGrant(world, 'app', app.api_key, null)
  if (!grant || !isNamed(grant.access_token ?? '', named)) {
    return refuse(c, { error: 'app_refused', why: 'access_token is missing, unknown or ended' })
  }
  world.transaction(() => endGrant(world, grant, 'revoked'))
  exchange.call.outcome = 'revoked'
  return json({ access_token: grant.access_token }, 200)
}

function notTheOwner(c: Context<X>): Refusal | undefined {
  const { world } = c.env
  const signed = authenticate(c, (token, app: App) => findUserToken(world, token, app))
  if ('error' in signed) return signed
  const owner = findUser(world, signed.app.owner)
  c.env.exchange.call.user_id = signed.holder.user_id
  return signed.holder.user_id === owner?.id
    ? undefined
    : { error: 'app_refused', why: 'signed with a token of somebody other than the owner' }
}

/** X's example puts the token into the form as it stands, which decodes its escapes; both are taken. */
function isNamed(token: string, named: string | undefined): boolean {
  return named === token || named === decodeURIComponent(token)
}

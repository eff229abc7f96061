import type { Context } from 'hono'
import type { X } from '../env.ts'
import { refuse } from '../errors.ts'
import { json } from '../oauth2/answer.ts'
import { endGrant } from '../store/grants.ts'
import { authenticate } from './authenticate.ts'
import { findUserToken } from './user-token.ts'

/** `POST /1.1/oauth/invalidate_token`, signed with the token that is to end. @see X docs of that name */
export function invalidateToken(c: Context<X>): Response {
  const { world, exchange } = c.env
  const signed = authenticate(c, (token, app) => findUserToken(world, token, app))
  if ('error' in signed) return refuse(c, signed)
  const { holder } = signed
  world.transaction(() => endGrant(world, holder, 'revoked'))
  exchange.call.user_id = holder.user_id
  exchange.call.outcome = 'revoked'
  return json({ access_token: holder.access_token }, 200)
}

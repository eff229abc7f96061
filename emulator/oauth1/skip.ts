import type { Context } from 'hono'
import type { X } from '../env.ts'
import type { App } from '../store/apps.ts'
import { liveGrant } from '../store/find-grants.ts'
import type { RequestToken } from '../store/request-tokens.ts'
import type { User } from '../store/users.ts'
import { OUT_OF_BAND } from './callback.ts'

/**
 * Whether a page need not ask: "Sign in with X" of an app that is set up for it, by the user who is logged
 * in and has allowed just that before.
 *
 * @see X docs, GET oauth/authenticate
 */
export function needNotAsk(c: Context<X>, app: App, request: RequestToken, user: User): boolean {
  const { path } = c.req
  const name = c.req.query('screen_name')?.toLowerCase()
  return (
    path.endsWith('/oauth/authenticate') &&
    app.sign_in_with_x &&
    request.callback !== OUT_OF_BAND &&
    c.req.query('force_login') !== 'true' &&
    (!name || name === user.username.toLowerCase()) &&
    user.status === 'active' &&
    liveGrant(c.env.world, 'oauth1', app.api_key, user.id)?.scope === request.access
  )
}

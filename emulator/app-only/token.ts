import type { Context } from 'hono'
import type { X } from '../env.ts'
import { refuse } from '../errors.ts'
import { json } from '../oauth2/answer.ts'
import type { App } from '../store/apps.ts'
import { liveGrant } from '../store/find-grants.ts'
import { openGrant } from '../store/grants.ts'
import type { World } from '../store/world.ts'
import { appShown, strangerToApp } from './client.ts'
import { newBearer } from './shape.ts'

/** `POST /oauth2/token`: the app's own token, the same one until it is invalidated. */
export function appOnlyToken(c: Context<X>): Response {
  const { world, exchange } = c.env
  const app = appShown(world, c.req.header('Authorization'))
  const stranger = strangerToApp(app, c.req.header('Authorization'))
  if (stranger) return refuse(c, stranger)
  if (exchange.form.get('grant_type') !== 'client_credentials') {
    return refuse(c, { error: 'app_refused', why: 'grant_type is not client_credentials' })
  }
  const former = liveGrant(world, 'app', app.api_key, null)?.access_token
  exchange.call.outcome = former ? 'issued_again' : 'issued'
  const token = former ?? openBearer(world, app)
  return json({ token_type: 'bearer', access_token: token }, 200)
}

function openBearer(world: World, app: App): string {
  const token = newBearer()
  world.transaction(() =>
    openGrant(
      world,
      { kind: 'app', client_id: app.api_key, user_id: null, scope: '' },
      {
        accessToken: token,
        accessTokenExpiresAt: null,
        refreshToken: null,
        refreshTokenExpiresAt: null,
      },
    ),
  )
  return token
}

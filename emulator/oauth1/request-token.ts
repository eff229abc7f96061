import type { Context } from 'hono'
import type { X } from '../env.ts'
import { refuse } from '../errors.ts'
import { saveRequestToken } from '../store/request-tokens.ts'
import { requestedAccess } from './access.ts'
import { formAnswer } from './answer.ts'
import { authenticate } from './authenticate.ts'
import { callbackAnswer, wrongCallback } from './callback.ts'
import { paramOf } from './protocol.ts'
import { randomText } from './shape.ts'

/** `POST /oauth/request_token`: the first leg, signed by the app alone. @see X docs, Log in with X */
export function requestToken(c: Context<X>): Response {
  const { world, exchange } = c.env
  const signed = authenticate(c, () => ({ holder: null, secret: '' }))
  if ('error' in signed) return refuse(c, signed)
  const { app, protocol } = signed
  const callback = paramOf(protocol, 'oauth_callback')
  const wrong = wrongCallback(app, callback)
  if (wrong) return refuse(c, wrong, callbackAnswer(app, wrong))

  const made = {
    token: randomText(27),
    secret: randomText(32),
    api_key: app.api_key,
    callback: callback ?? '',
    access: requestedAccess(app, paramOf(protocol, 'x_auth_access_type')),
  }
  saveRequestToken(world, made)
  exchange.call.outcome = 'request_token'
  return formAnswer({
    oauth_token: made.token,
    oauth_token_secret: made.secret,
    oauth_callback_confirmed: 'true',
  })
}

import type { Context } from 'hono'
import type { X } from '../env.ts'
import { callbackUrl } from '../oauth2/callback.ts'
import { page } from '../pages/page.tsx'
import { DeniedPage, PinPage } from '../pages/pin.tsx'
import type { App } from '../store/apps.ts'
import { approveRequestToken, endRequestToken, type RequestToken } from '../store/request-tokens.ts'
import type { User } from '../store/users.ts'
import { OUT_OF_BAND } from './callback.ts'
import { newVerifier } from './shape.ts'

/** The user said yes, now or before: back to the app with a verifier, or a page with a PIN. */
export function approve(
  c: Context<X>,
  app: App,
  request: RequestToken,
  user: User,
): Response | Promise<Response> {
  const pin = request.callback === OUT_OF_BAND
  const verifier = newVerifier(pin)
  approveRequestToken(c.env.world, request.token, user.id, verifier)
  c.env.exchange.call.user_id = user.id
  if (pin) return page(<PinPage app={app.name} pin={verifier} />)
  const answer = { oauth_token: request.token, oauth_verifier: verifier }
  return c.redirect(callbackUrl(request.callback, undefined, answer), 302)
}

/** The user said no: back to the app with `denied` and nothing else. */
export function deny(c: Context<X>, app: App, request: RequestToken) {
  endRequestToken(c.env.world, request.token, 'denied')
  c.env.exchange.call.outcome = 'cancelled'
  if (request.callback === OUT_OF_BAND) return page(<DeniedPage app={app.name} />)
  return c.redirect(callbackUrl(request.callback, undefined, { denied: request.token }), 302)
}

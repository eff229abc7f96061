import type { Context } from 'hono'
import type { X } from '../env.ts'
import { findGrant, whyEnded } from '../store/find-grants.ts'
import { endToken } from '../store/grants.ts'
import { firstMissing, json, refuseOAuth2 } from './answer.ts'
import { authenticateClient, clientShown } from './client.ts'

/**
 * `POST /2/oauth2/revoke`. Ends the token that is named and only that; an unknown one is no error. The
 * hint must be there, as X wants it, but both kinds of token are searched whatever it says.
 *
 * @see [RFC 7009 §2](https://www.rfc-editor.org/rfc/rfc7009.html#section-2)
 */
export function revoke(c: Context<X>): Response {
  const { world, exchange } = c.env
  const { form, call } = exchange
  const app = clientShown(world, c.req.header('Authorization'), form)
  const stranger = authenticateClient(app, c.req.header('Authorization'), form, call)
  if (stranger) return refuseOAuth2(c, stranger)
  const missing = firstMissing(form, ['token', 'token_type_hint'])
  if (missing) return refuseOAuth2(c, missing)

  const token = form.get('token') ?? ''
  const grant = findGrant(world, 'access_token', token) ?? findGrant(world, 'refresh_token', token)
  if (grant?.kind === 'oauth2' && grant.client_id === app.client_id) {
    world.transaction(() => endToken(world, grant, token))
    call.user_id = grant.user_id
    call.outcome = 'revoked'
  } else {
    call.outcome = 'nothing to revoke'
    call.why = grant ? 'issued to another client' : whyEnded(world, token)
  }
  return json({ revoked: true }, 200)
}

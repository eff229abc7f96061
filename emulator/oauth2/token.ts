import type { Context } from 'hono'
import type { X } from '../env.ts'
import { mangled } from '../faults/mangle.ts'
import type { App } from '../store/apps.ts'
import type { Exchanged } from './answer.ts'
import { firstMissing, invalid, json, refuseOAuth2 } from './answer.ts'
import { authenticateClient, clientShown } from './client.ts'
import { exchangeCode } from './exchange-code.ts'
import { exchangeOAuth1Token, TOKEN_EXCHANGE } from './exchange-oauth1-token.ts'
import { exchangeRefreshToken } from './exchange-refresh-token.ts'

/** `POST /2/oauth2/token`. @see RFC 6749 §3.2 */
export function token(c: Context<X>): Response {
  const { world, exchange } = c.env
  const app = clientShown(world, c.req.header('Authorization'), exchange.form)
  const stranger = authenticateClient(
    app,
    c.req.header('Authorization'),
    exchange.form,
    exchange.call,
  )
  // X documents 400 for the exchange, and was seen to answer 401 elsewhere.
  const exchanging = exchange.form.get('grant_type') === TOKEN_EXCHANGE
  if (stranger) return refuseOAuth2(c, exchanging ? { ...stranger, status: 400 } : stranger)
  const result = world.transaction(() => byGrantType(c, app))
  if ('refusal' in result) return refuseOAuth2(c, result.refusal)
  const { body, status } = mangled(result.body, exchange.mangle)
  return json(body, status)
}

function byGrantType(c: Context<X>, app: App): Exchanged {
  const { form } = c.env.exchange
  const missing = firstMissing(form, ['grant_type'])
  if (missing) return { refusal: missing }
  switch (form.get('grant_type')) {
    case 'authorization_code':
      return exchangeCode(c, app)
    case 'refresh_token':
      return exchangeRefreshToken(c, app)
    case TOKEN_EXCHANGE:
      return exchangeOAuth1Token(c, app)
    default:
      return { refusal: WRONG_GRANT_TYPE }
  }
}

const WRONG_GRANT_TYPE = invalid(
  'Value passed for the grant type was invalid. Grant type should be one of [authorization_code, refresh_token].',
)

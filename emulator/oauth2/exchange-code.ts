import type { Context } from 'hono'
import type { X } from '../env.ts'
import type { App } from '../store/apps.ts'
import { findCode, useCode } from '../store/codes.ts'
import { openGrant } from '../store/grants.ts'
import type { Exchanged } from './answer.ts'
import { firstMissing, invalid } from './answer.ts'
import { newPair, tokenReply } from './pair.ts'
import { verifies } from './pkce.ts'

/**
 * Exchanges an authorization code. It works once, for 30 seconds, for the client, the redirect URI and
 * the verifier that it was issued to; a try with the wrong verifier does not use it up.
 *
 * @see [RFC 6749 §4.1.3](https://www.rfc-editor.org/rfc/rfc6749.html#section-4.1.3)
 */
export function exchangeCode(c: Context<X>, app: App): Exchanged {
  const { world, exchange } = c.env
  const { form, call } = exchange
  const missing = firstMissing(form, ['code', 'redirect_uri', 'code_verifier'])
  if (missing) return { refusal: missing }

  const code = findCode(world, form.get('code') ?? '')
  if (!code) return invalidCode('unknown')
  call.user_id = code.user_id
  if (code.ended) return invalidCode(code.ended)
  if (code.expires_at <= world.now()) return invalidCode('expired')
  if (code.client_id !== app.client_id) return invalidCode('issued to another client')
  if (code.redirect_uri !== form.get('redirect_uri')) return { refusal: WRONG_REDIRECT }
  const verifier = form.get('code_verifier') ?? ''
  if (!verifies(verifier, code.code_challenge, code.code_challenge_method)) {
    return { refusal: WRONG_VERIFIER }
  }

  useCode(world, code.code)
  const pair = newPair(world, app, code.scope)
  // An empty refresh token on the wire must mean that there is none in the state either.
  if (exchange.mangle === 'empty_refresh_token') {
    pair.refreshToken = null
    pair.refreshTokenExpiresAt = null
  }
  const { client_id, user_id, scope } = code
  openGrant(world, { kind: 'oauth2', client_id, user_id, scope }, pair)
  call.outcome = 'issued'
  return { body: tokenReply(app, pair, scope) }
}

function invalidCode(why: string): Exchanged {
  return { refusal: invalid('Value passed for the authorization code was invalid.', why) }
}

const WRONG_REDIRECT = invalid(
  'Value passed for the redirect uri did not match the uri of the authorization code.',
)

const WRONG_VERIFIER = invalid(
  'Value passed for the code verifier did not match the code challenge.',
)

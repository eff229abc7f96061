import type { Context } from 'hono'
import type { X } from '../env.ts'
import type { App } from '../store/apps.ts'
import { findGrant, formerOwner, liveGrant, wasOf, whyEnded } from '../store/find-grants.ts'
import { endGrant, rotateGrant } from '../store/grants.ts'
import type { World } from '../store/world.ts'
import type { Exchanged } from './answer.ts'
import { firstMissing, invalid } from './answer.ts'
import { newPair, tokenReply } from './pair.ts'

/**
 * Exchanges a refresh token for a new pair. It works once, and the former access token ends with it. A
 * spent one is refused and harms nothing else, unless `reuse` says so: that X ends the whole family then is not
 * confirmed.
 *
 * @see [RFC 6749 §6](https://www.rfc-editor.org/rfc/rfc6749.html#section-6)
 */
export function exchangeRefreshToken(c: Context<X>, app: App): Exchanged {
  const { world, exchange } = c.env
  const { form, call } = exchange
  const missing = firstMissing(form, ['refresh_token'])
  if (missing) return { refusal: missing }

  const token = form.get('refresh_token') ?? ''
  const grant = findGrant(world, 'refresh_token', token)
  if (!grant) {
    const why = whyEnded(world, token)
    if (why !== 'unknown' && !wasOf(world, token, app.client_id))
      return invalidToken('issued to another client')
    if (why === 'spent' && app.reuse === 'ends_family') endFamily(world, app, token)
    return invalidToken(why)
  }
  if ((grant.refresh_token_expires_at ?? 0) <= world.now()) return invalidToken('expired')
  if (grant.client_id !== app.client_id) return invalidToken('issued to another client')

  const pair = newPair(world, app, grant.scope)
  if (exchange.mangle === 'empty_refresh_token') {
    pair.refreshToken = grant.refresh_token
    pair.refreshTokenExpiresAt = grant.refresh_token_expires_at
  }
  rotateGrant(world, grant, pair)
  call.outcome = 'rotated'
  return { body: tokenReply(app, pair, grant.scope) }
}

function endFamily(world: World, app: App, token: string): void {
  const owner = formerOwner(world, token)
  const grant = owner === null ? undefined : liveGrant(world, 'oauth2', app.client_id, owner)
  if (grant) endGrant(world, grant, 'reused')
}

function invalidToken(why: string): Exchanged {
  return { refusal: invalid('Value passed for the token was invalid.', why) }
}

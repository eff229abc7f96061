import type { Context } from 'hono'
import type { X } from '../env.ts'
import { type Refusal, refuse } from '../errors.ts'
import { type App, appNamed } from '../store/apps.ts'
import { note } from '../store/calls.ts'
import { endRequestToken, findRequestToken, type RequestToken } from '../store/request-tokens.ts'
import { findUserById } from '../store/users.ts'
import type { World } from '../store/world.ts'
import { formAnswer } from './answer.ts'
import { authenticate, type Holder, requestOf } from './authenticate.ts'
import { looseParam, paramOf } from './protocol.ts'
import { giveUserToken } from './user-token.ts'

/**
 * `POST /oauth/access_token`: the third leg, signed with the request token. A wrong verifier does not use
 * the request token up, so that a PIN can be typed again.
 *
 * @see X docs, POST oauth/access_token
 */
export function accessToken(c: Context<X>): Response {
  const { world, exchange } = c.env
  const shown = showing(c)
  if ('error' in shown) return refuse(c, shown)
  const { app, holder, verifier } = shown
  exchange.call.user_id = holder.user_id
  const why = wrongVerifier(holder, verifier)
  if (why !== undefined) return refuse(c, { error: 'invalid_verifier', why })
  const user = findUserById(world, holder.user_id ?? '')
  if (!user) return refuse(c, { error: 'invalid_verifier', why: 'user unknown' })

  const { token, secret } = world.transaction(() => {
    endRequestToken(world, holder.token, 'spent')
    return giveUserToken(world, app, user, holder.access)
  })
  exchange.call.outcome = 'access_token'
  return formAnswer({
    oauth_token: token,
    oauth_token_secret: secret,
    user_id: user.id,
    screen_name: user.username,
  })
}

/** What a client shows: whose request token, and what the user's approval gave. */
interface Shown {
  app: App
  holder: RequestToken
  verifier: string | undefined
}

/**
 * Reads the request token and the verifier. Whether X looks at the signature here is not known: its reference shows
 * no more than these two, and clients that sign wrongly or not at all log in.
 */
function showing(c: Context<X>): Shown | Refusal {
  const { world, exchange } = c.env
  const signed = authenticate(c, (token, app) => findHolder(world, token, app))
  if (!('error' in signed)) {
    const { app, holder, protocol } = signed
    return { app, holder, verifier: paramOf(protocol, 'oauth_verifier') }
  }
  const token = looseParam(requestOf(c), 'oauth_token')
  const app = appNamed(world, 'api_key', findRequestToken(world, token ?? '')?.api_key)
  const unsure = signed.error === 'malformed' || signed.error === 'bad_signature'
  if (!unsure || app.access_token_signature === 'required' || app.suspended) return signed
  const found = findHolder(world, token, app)
  if ('error' in found) return token === undefined ? signed : found
  note(exchange.call, `taken all the same: ${signed.why}`)
  return { app, holder: found.holder, verifier: looseParam(requestOf(c), 'oauth_verifier') }
}

/** A used request token still signs: what X refuses then is its verifier. */
function findHolder(
  world: World,
  token: string | undefined,
  app: App,
): Holder<RequestToken> | Refusal {
  if (token === undefined) return { error: 'no_request_token' }
  const found = findRequestToken(world, token)
  if (!found) return { error: 'dead_token', why: 'unknown' }
  if (found.api_key !== app.api_key) {
    return { error: 'dead_token', why: 'issued to another API key' }
  }
  const expired = found.expires_at <= world.now() && found.ended === null
  return expired ? { error: 'dead_token', why: 'expired' } : { holder: found, secret: found.secret }
}

function wrongVerifier(holder: RequestToken, verifier: string | undefined): string | undefined {
  if (holder.ended !== null) return holder.ended
  if (holder.verifier === null) return 'not approved'
  if (!verifier) return 'oauth_verifier is missing'
  return verifier === holder.verifier ? undefined : 'wrong'
}

import type { Context } from 'hono'
import type { X } from '../env.ts'
import type { Refusal } from '../errors.ts'
import { type App, appNamed, findApp } from '../store/apps.ts'
import { note } from '../store/calls.ts'
import { takeNonce } from '../store/nonces.ts'
import type { World } from '../store/world.ts'
import { type Protocol, readProtocol, type SignedRequest } from './protocol.ts'
import { verify } from './verify.ts'

/** What the token of a request stands for, and its secret. */
export interface Holder<T> {
  holder: T
  secret: string
}

/** A request whose signature holds. */
export interface Signed<T> {
  app: App
  protocol: Protocol
  holder: T
}

/**
 * Checks a signed request: key, token, time, signature, app and nonce, in this order.
 *
 * @param find - looks the token up; what it refuses is refused
 * @see [RFC 5849 §3.2](https://www.rfc-editor.org/rfc/rfc5849.html#section-3.2)
 */
export function authenticate<T>(
  c: Context<X>,
  find: (token: string | undefined, app: App) => Holder<T> | Refusal,
): Signed<T> | Refusal {
  const { world } = c.env
  const protocol = readProtocol(requestOf(c))
  if ('malformed' in protocol) return { error: 'malformed', why: protocol.malformed }
  const app = appNamed(world, 'api_key', protocol.consumerKey)
  if (!/^(1\.0)?$/.test(protocol.version)) {
    const why = `oauth_version is ${protocol.version}`
    if (app.oauth_version === '1.0') return { error: 'malformed', why }
    note(c.env.exchange.call, why)
  }
  if (protocol.consumerKey !== app.api_key) return unknownKey(world, protocol.consumerKey)
  const found = find(protocol.token, app)
  if ('error' in found) return found
  const secrets = { consumer: app.api_secret, token: found.secret }
  const verdict = verify(requestOf(c), secrets, world.now())
  if (!verdict.ok) return verdict
  if (app.suspended) return { error: 'app_suspended' }
  const { timestamp, nonce, token = '' } = protocol
  if (!takeNonce(world, { timestamp, nonce, token, apiKey: app.api_key })) {
    return { error: 'nonce_replayed' }
  }
  return { app, protocol, holder: found.holder }
}

/** The request as its signature covers it. */
export function requestOf(c: Context<X>): SignedRequest {
  return {
    method: c.req.method,
    url: c.req.url,
    authorization: c.req.header('Authorization'),
    contentType: c.req.header('Content-Type'),
    body: c.env.exchange.body,
  }
}

function unknownKey(world: World, key: string): Refusal {
  const swapped = findApp(world, 'client_id', key) !== undefined
  return {
    error: 'unknown_key',
    why: swapped ? 'this is the client id, OAuth 1.0a takes the API key' : 'API key unknown',
  }
}

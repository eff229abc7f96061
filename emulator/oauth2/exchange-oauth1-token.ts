import type { Context } from 'hono'
import type { X } from '../env.ts'
import { ACCESS_LEVELS, type Access, type App } from '../store/apps.ts'
import { findGrant, whyEnded } from '../store/find-grants.ts'
import { type Grant, openGrant } from '../store/grants.ts'
import { countCall } from '../store/rates.ts'
import type { Exchanged } from './answer.ts'
import { firstMissing, invalid, type OAuthError } from './answer.ts'
import { newPair, tokenReply } from './pair.ts'

/** The grant type of this exchange. @see [RFC 8693 §2.1](https://www.rfc-editor.org/rfc/rfc8693.html#section-2.1) */
export const TOKEN_EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange'

const OAUTH1_TOKEN = 'urn:x:params:oauth:token-type:oauth1_token'

/** What each level of OAuth 1.0a adds in scopes of OAuth 2.0. `bookmark.*` and `space.read` come with none. */
const MAPPING: Record<Access, string> = {
  read: 'tweet.read users.read follows.read mute.read block.read list.read like.read timeline.read broadcast.read',
  'read-write':
    'tweet.write tweet.moderate.write follows.write like.write list.write mute.write block.write media.write broadcast.write',
  'read-write-directmessages': 'dm.read dm.write',
}

/**
 * Exchanges a user token of OAuth 1.0a for a pair of OAuth 2.0, without the user. It works again and again: the pair
 * issued before ends each time, and the OAuth 1.0a token stays.
 *
 * @see X docs, OAuth 1.0a token exchange (21 September 2026)
 */
export function exchangeOAuth1Token(c: Context<X>, app: App): Exchanged {
  const { world, exchange } = c.env
  const { form, call } = exchange
  const from = c.req.header('CF-Connecting-IP') ?? ''
  const { used } = countCall(world, `token exchange ${app.client_id} ${from}`)
  if (used > app.exchange_limit) return { refusal: RATE_LIMITED }
  if (app.token_exchange === 'off') return { refusal: OFF }
  const missing = firstMissing(form, ['subject_token', 'subject_token_type', 'oauth_token_secret'])
  if (missing) return { refusal: missing }
  if (form.get('subject_token_type') !== OAUTH1_TOKEN) return { refusal: WRONG_TYPE }

  const token = form.get('subject_token') ?? ''
  const grant = findGrant(world, 'access_token', token)
  if (grant?.kind !== 'oauth1') return invalidGrant(whyEnded(world, token))
  call.user_id = grant.user_id
  if (grant.access_token_secret !== form.get('oauth_token_secret'))
    return invalidGrant('secret wrong')
  if (grant.client_id !== app.api_key) return invalidGrant('issued to another API key')

  const mapped = scopesFor(app, grant)
  const wanted = (form.get('scope') ?? '').split(' ').filter((each) => each !== '')
  const beyond = wanted.find((each) => each !== 'offline.access' && !mapped.includes(each))
  if (beyond !== undefined) return { refusal: { ...INVALID_SCOPE, why: `${beyond} is not mapped` } }
  const granted = wanted.length > 0 ? wanted.filter((each) => each !== 'offline.access') : mapped
  const scope = [...granted, 'offline.access'].join(' ')

  const pair = newPair(world, app, scope)
  if (exchange.mangle === 'empty_refresh_token') {
    pair.refreshToken = null
    pair.refreshTokenExpiresAt = null
  }
  const { user_id } = grant
  openGrant(world, { kind: 'oauth2', client_id: app.client_id, user_id, scope }, pair)
  call.outcome = 'exchanged'
  return { body: tokenReply(app, pair, scope) }
}

function scopesFor(app: App, grant: Grant): string[] {
  const levels: readonly string[] = ACCESS_LEVELS
  const level = levels.indexOf(grant.scope)
  const scopes = ACCESS_LEVELS.slice(0, level + 1).flatMap((each) => MAPPING[each].split(' '))
  return app.request_email ? [...scopes, 'users.email'] : scopes
}

/** One answer for a token or a secret that is not accepted, revoked or another app's: X does not say which. */
function invalidGrant(why: string): Exchanged {
  const description = 'Value passed for the subject token was invalid.'
  return { refusal: { status: 400, error: 'invalid_grant', description, why } }
}

const WRONG_TYPE = invalid('Value passed for the subject token type was invalid.')

const INVALID_SCOPE: OAuthError = {
  status: 400,
  error: 'invalid_scope',
  description: 'Value passed for the scope was invalid.',
}

const OFF: OAuthError = {
  status: 400,
  error: 'unauthorized_client',
  description: 'The client is not authorized to use this grant type.',
  why: 'OAuth 2.0 is off for the app (token_exchange)',
}

const RATE_LIMITED: OAuthError = {
  status: 429,
  error: 'rate_limited',
  description: 'Too many requests.',
}

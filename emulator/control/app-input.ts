import { CALLBACKS_MAX } from '../limits.ts'
import { ACCESS_LEVELS, type App } from '../store/apps.ts'
import { InputError, objectWith, oneOf, stringOf, wholeNumber } from './input.ts'
import { readUsername } from './user-input.ts'

const VISIBLE = /^[\x21-\x7e]+$/
const VISIBLE_WORDS = 'visible ASCII characters without spaces'

/** How each field of the app is read. What is not named here cannot be changed. */
const FIELDS: { [K in keyof App]: (value: unknown) => App[K] } = {
  name: (value) => stringOf(value, 'name', /^.{1,100}$/u, 'up to 100 characters'),
  type: oneOf('type', ['confidential', 'public']),
  client_id: (value) => stringOf(value, 'client_id', VISIBLE, VISIBLE_WORDS),
  client_secret: (value) => stringOf(value, 'client_secret', VISIBLE, VISIBLE_WORDS),
  api_key: (value) => stringOf(value, 'api_key', VISIBLE, VISIBLE_WORDS),
  api_secret: (value) => stringOf(value, 'api_secret', VISIBLE, VISIBLE_WORDS),
  callbacks,
  permissions: oneOf('permissions', ACCESS_LEVELS),
  suspended: boolean('suspended'),
  access_token_ttl: (value) => wholeNumber(value, 'access_token_ttl', 1),
  rate_limits: boolean('rate_limits'),
  sign_in_with_x: boolean('sign_in_with_x'),
  request_email: boolean('request_email'),
  token_parameters: oneOf('token_parameters', ['any', 'form']),
  body_secret: oneOf('body_secret', ['beside_basic', 'refuse']),
  basic_encoding: oneOf('basic_encoding', ['raw', 'decoded', 'both']),
  unknown_scopes: oneOf('unknown_scopes', ['refuse', 'grant']),
  token_methods: oneOf('token_methods', ['any', 'post']),
  oauth_version: oneOf('oauth_version', ['any', '1.0']),
  access_token_signature: oneOf('access_token_signature', ['optional', 'required']),
  webhook_check: oneOf('webhook_check', ['client_secret', 'api_secret', 'either']),
  webhook_signatures: oneOf('webhook_signatures', ['oauth2', 'oauth1', 'both']),
  webhook_limit: (value) => wholeNumber(value, 'webhook_limit', 0),
  revoke_events: oneOf('revoke_events', ['always', 'subscribed']),
  subscription_shape: oneOf('subscription_shape', ['nested', 'flat', 'array']),
  webhook_subscriptions: oneOf('webhook_subscriptions', ['end', 'stay']),
  token_exchange: oneOf('token_exchange', ['on', 'off']),
  exchange_limit: (value) => wholeNumber(value, 'exchange_limit', 0),
  reuse: oneOf('reuse', ['refused', 'ends_family']),
  callback_errors: oneOf('callback_errors', ['xml', 'json', 'hash']),
  app_only_invalidate: oneOf('app_only_invalidate', ['owner', 'basic', 'both']),
  owner: (value) => readUsername(value, 'owner'),
  plan: oneOf('plan', ['full', 'v2', 'none']),
}

/** Reads the changes of `PUT /_emulator/app`. */
export function readAppChanges(value: unknown): Partial<App> {
  const input = objectWith(value, Object.keys(FIELDS))
  const entries = Object.entries(input).map(([key, field]) => [
    key,
    FIELDS[key as keyof App](field),
  ])
  return Object.fromEntries(entries) as Partial<App>
}

/** Schemes that no callback may have. @see X docs, Developer apps, "Callback URLs" */
const DISALLOWED =
  /^(vbscript|javascript|vbs|data|mocha|keyword|livescript|ftp|file|gopher|acrobat|callto|daap|itpc|itms|firefoxurl|hcp|ldap|mailto|mmst|mmsu|msbd|rtsp|mso-offdap|snews|news|nntp|outlook|stssync|rlogin|telnet|tn3270|shell|sip):$/

function callbacks(value: unknown): string[] {
  if (!Array.isArray(value) || value.length > CALLBACKS_MAX) {
    throw new InputError(`callbacks: expected an array of at most ${CALLBACKS_MAX} URLs.`)
  }
  return value.map((callback) => {
    const url = stringOf(callback, 'callbacks', VISIBLE, 'absolute URLs')
    if (!URL.canParse(url)) throw new InputError(`callbacks: "${url}" is not an absolute URL.`)
    const { protocol } = new URL(url)
    if (DISALLOWED.test(protocol)) {
      throw new InputError(`callbacks: X does not allow the scheme "${protocol}".`)
    }
    return url
  })
}

function boolean(name: string) {
  return (value: unknown): boolean => {
    if (typeof value !== 'boolean') throw new InputError(`${name}: expected true or false.`)
    return value
  }
}

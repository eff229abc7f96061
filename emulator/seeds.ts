import type { App } from './store/apps.ts'

/**
 * The first app that exists after a start and after a reset. Ids and secrets are shaped as X's are: the client id is base64url of
 * `…:1:ci`, the client secret holds `-` and `_` as X's own sample does, API key and secret are letters and digits.
 */
export const SEEDED_APP: App = {
  name: 'Perch (development)',
  type: 'confidential',
  client_id: 'RW11bGF0b3JDbGllbnRJZDAxMjM6MTpjaQ',
  client_secret: '-Emulator_client-secret_0123456789abcdefghijklmn-_',
  api_key: 'EmulatorApiKey01234567890',
  api_secret: 'EmulatorApiSecret0123456789abcdefghijklmnopqrstuvw',
  callbacks: ['http://localhost:8787/callback', 'http://127.0.0.1:8787/callback'],
  permissions: 'read-write',
  suspended: false,
  access_token_ttl: 7200,
  rate_limits: false,
  sign_in_with_x: true,
  request_email: true,
  token_parameters: 'any',
  body_secret: 'beside_basic',
  basic_encoding: 'raw',
  unknown_scopes: 'refuse',
  token_methods: 'any',
  oauth_version: 'any',
  access_token_signature: 'optional',
  webhook_check: 'client_secret',
  webhook_signatures: 'both',
  webhook_limit: 1,
  revoke_events: 'always',
  subscription_shape: 'nested',
  webhook_subscriptions: 'end',
  token_exchange: 'on',
  exchange_limit: 10_000,
  reuse: 'refused',
  callback_errors: 'hash',
  app_only_invalidate: 'both',
  owner: 'alice',
  plan: 'full',
}

/** A second app of the same developer, for logins that shall touch nothing of the first one. */
export const SEEDED_LOGIN_APP: App = {
  ...SEEDED_APP,
  name: 'Perch logins (development)',
  client_id: 'RW11bGF0b3JMb2dpbklkNDU2Nzg6MTpjaQ',
  client_secret: '-Emulator_login-secret_0123456789abcdefghijklmnop-_',
  api_key: 'EmulatorLoginKey012345678',
  api_secret: 'EmulatorLoginSecret012345678abcdefghijklmnopqrstuv',
}

/** The users that exist after a start and after a reset. */
export const SEEDED_USERS = [
  { id: '1000000001', username: 'alice', name: 'Alice' },
  { id: '1000000002', username: 'bob', name: 'Bob' },
]

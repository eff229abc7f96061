import { describe, expect, it } from 'vitest'
import { configOf, need } from '../../src/env'
import { isLoopback } from '../../src/loopback'
import type { Setting } from '../../src/settings'

const KEY = Buffer.alloc(32, 1).toString('base64')
const complete = {
  PUBLIC_ORIGIN: 'https://perch.example.com',
  DEV_HTTP_HOSTS: '',
  X_API_ORIGIN: '',
  X_WEB_ORIGIN: '',
  X_SCOPES: 'offline.access',
  X_CLIENT_TYPE: 'confidential',
  X_CLIENT_ID: 'id',
  X_CLIENT_SECRET: 'secret',
  X_LOGIN_CLIENT_ID: '',
  X_LOGIN_CLIENT_SECRET: '',
  X_API_KEY: 'api-key',
  X_API_SECRET: 'api-secret',
  X_APP_OWNER: '',
  REFRESH_POLICY: 'warm',
  LOGIN_FLOWS: 'oauth2',
  LOGIN_ALLOW: '@Alice, 1002',
  RETURN_TO: 'https://app.example.com http://localhost:3000',
  SEALING_KEYS: KEY,
  ADMIN_KEY: 'an-admin-key-of-32-characters-00',
  ADMIN_KEY_NEXT: '',
}
// The bindings are not read here, and the test names no others.
const env = (rest: Record<string, string | undefined>) =>
  ({ ...complete, ...rest }) as unknown as Env
const problems = (rest: Record<string, string | undefined>) => [
  ...configOf(env(rest)).problems.keys(),
]

it('a complete configuration has no problems, and X is where X is', () => {
  const config = configOf(env({}))
  expect([...config.problems]).toEqual([])
  expect(config).toMatchObject({
    apiOrigin: 'https://api.x.com',
    webOrigin: 'https://x.com',
    allow: new Set(['@alice', '1002']),
    returnTo: ['https://app.example.com', 'http://localhost:3000'],
    flows: ['oauth2'],
  })
})

describe('each setting is judged', () => {
  it.each<[string, Record<string, string | undefined>, Setting[]]>([
    ['no client id', { X_CLIENT_ID: undefined }, ['X_CLIENT_ID']],
    ['a placeholder', { X_CLIENT_ID: '<OAuth 2.0 Client ID>' }, ['X_CLIENT_ID']],
    ['another placeholder', { X_CLIENT_SECRET: 'your-client-secret' }, ['X_CLIENT_SECRET']],
    ['no client secret', { X_CLIENT_SECRET: '' }, ['X_CLIENT_SECRET']],
    ['no client secret, public', { X_CLIENT_SECRET: '', X_CLIENT_TYPE: 'public' }, []],
    ['an unknown client type', { X_CLIENT_TYPE: 'web' }, ['X_CLIENT_TYPE']],
    ['a second app', { X_LOGIN_CLIENT_ID: 'id-2', X_LOGIN_CLIENT_SECRET: 'secret-2' }, []],
    ['a second app without secret', { X_LOGIN_CLIENT_ID: 'id-2' }, ['X_LOGIN_CLIENT_SECRET']],
    ['the same, public', { X_LOGIN_CLIENT_ID: 'id-2', X_CLIENT_TYPE: 'public' }, []],
    ['a second app without id', { X_LOGIN_CLIENT_SECRET: 'secret-2' }, ['X_LOGIN_CLIENT_ID']],
    [
      'the first app as the second',
      { X_LOGIN_CLIENT_ID: 'id\n', X_LOGIN_CLIENT_SECRET: 'secret-2' },
      ['X_LOGIN_CLIENT_ID'],
    ],
    [
      'a placeholder of a second app',
      { X_LOGIN_CLIENT_ID: '<id>', X_LOGIN_CLIENT_SECRET: 'secret-2' },
      ['X_LOGIN_CLIENT_ID'],
    ],
    ['no API key', { X_API_KEY: '' }, ['X_API_KEY']],
    ['no API secret', { X_API_SECRET: '<API Key Secret>' }, ['X_API_SECRET']],
    ['an owner by name', { X_APP_OWNER: 'alice' }, ['X_APP_OWNER']],
    ['an owner by id', { X_APP_OWNER: '1001' }, []],
    ['no policy', { REFRESH_POLICY: '' }, []],
    ['the default policy', { REFRESH_POLICY: 'auto' }, []],
    ['a lazy policy', { REFRESH_POLICY: 'lazy:30d' }, []],
    ['a policy of no days', { REFRESH_POLICY: 'lazy:0d' }, ['REFRESH_POLICY']],
    ['a policy that outlives refresh tokens', { REFRESH_POLICY: 'lazy:151d' }, ['REFRESH_POLICY']],
    ['an unknown policy', { REFRESH_POLICY: 'hot' }, ['REFRESH_POLICY']],
    ['every flow', { LOGIN_FLOWS: 'pin, signin oauth1,oauth2' }, []],
    ['no sealing key', { SEALING_KEYS: '' }, ['SEALING_KEYS']],
    ['a short sealing key', { SEALING_KEYS: 'abcd' }, ['SEALING_KEYS']],
    ['one short key of two', { SEALING_KEYS: `${KEY},abcd` }, ['SEALING_KEYS']],
    ['two sealing keys', { SEALING_KEYS: `${KEY}, ${KEY.replace(/^./, 'B')}` }, []],
    ['a sealing key twice', { SEALING_KEYS: `${KEY}, ${KEY}` }, ['SEALING_KEYS']],
    [
      'a sealing key twice, unpadded',
      { SEALING_KEYS: `${KEY},${KEY.slice(0, 43)}` },
      ['SEALING_KEYS'],
    ],
    [
      'a sealing key twice, in both alphabets',
      { SEALING_KEYS: `${'+/'.repeat(21)}8=,${'-_'.repeat(21)}8` },
      ['SEALING_KEYS'],
    ],
    [
      'a sealing key twice, with other bits behind its end',
      { SEALING_KEYS: `${KEY},${KEY.replace(/E=$/, 'F=')}` },
      ['SEALING_KEYS'],
    ],
    ['a sealing key of zeros', { SEALING_KEYS: `${KEY},${'A'.repeat(43)}=` }, ['SEALING_KEYS']],
    ['a short admin key', { ADMIN_KEY: 'an-admin-key-of-31-characters-0' }, ['ADMIN_KEY']],
    ['an admin key of one character', { ADMIN_KEY: 'a'.repeat(64) }, ['ADMIN_KEY']],
    ['a second admin key', { ADMIN_KEY_NEXT: 'another-admin-key-of-32-characte' }, []],
    ['a short second admin key', { ADMIN_KEY_NEXT: 'short' }, ['ADMIN_KEY_NEXT']],
    ['a second admin key of one character', { ADMIN_KEY_NEXT: '0'.repeat(32) }, ['ADMIN_KEY_NEXT']],
    [
      'a second admin key that is the first',
      { ADMIN_KEY_NEXT: complete.ADMIN_KEY },
      ['ADMIN_KEY_NEXT'],
    ],
    [
      'a second admin key that is a placeholder',
      { ADMIN_KEY_NEXT: '<openssl>' },
      ['ADMIN_KEY_NEXT'],
    ],
    ['no LOGIN_ALLOW', { LOGIN_ALLOW: '' }, ['LOGIN_ALLOW']],
    ['an unknown flow', { LOGIN_FLOWS: 'oauth2 saml' }, ['LOGIN_FLOWS']],
    ['an origin with a path', { PUBLIC_ORIGIN: 'https://p.example/x' }, ['PUBLIC_ORIGIN']],
    ['plain http off loopback', { X_API_ORIGIN: 'http://api.x.com' }, ['X_API_ORIGIN']],
    ['plain http on loopback', { X_API_ORIGIN: 'http://localhost:8788' }, []],
    [
      'a return address with credentials',
      { RETURN_TO: 'https://u@app.example.com' },
      ['RETURN_TO'],
    ],
    ...[
      'https://:p@app.example.com',
      'blob:https://app.example.com',
      'filesystem:https://app.example.com',
      'ws://app.example.com',
      'javascript://app.example.com',
      'data:text/html,app.example.com',
      'http://app.example.com',
      'https://app.example.com/in',
      'https://app.example.com?in',
      'https://app.example.com#in',
      'https://app.example.com\\@evil.example',
      'null',
      '*',
    ].map((origin): [string, Record<string, string>, Setting[]] => [
      `a return address that is no origin: ${origin}`,
      { RETURN_TO: `https://app.example.com ${origin}` },
      ['RETURN_TO'],
    ]),
  ])('%s', (_, rest, expected) => {
    expect(problems(rest)).toEqual(expected)
  })
})

it.each([
  ['', ['offline.access']],
  ['like.read', ['like.read']],
])('X_SCOPES %j asks for %j', (X_SCOPES, scopes) => {
  expect(configOf(env({ X_SCOPES })).scopes).toEqual(scopes)
})

it('digits alone are an id, never a username', () => {
  const { allow } = configOf(env({ LOGIN_ALLOW: 'Bob 42 @43' }))
  expect(allow).toEqual(new Set(['@bob', '42', '@43']))
})

it('secrets are trimmed, and hidden from logs and JSON', () => {
  const config = configOf(env({ X_CLIENT_SECRET: 'top-secret-value\n' }))
  expect(config.clientSecret.reveal()).toBe('top-secret-value')
  expect(JSON.stringify(config)).not.toContain('top-secret-value')
  expect(`${config.clientSecret}`).toBe('[secret]')
  expect(Object.values(config.clientSecret)).toEqual([])
})

it.each([
  ['', 1],
  ['another-admin-key-of-32-characte', 2],
  ['short', 1],
  ['0'.repeat(32), 1],
  [complete.ADMIN_KEY, 1],
  ['<openssl rand -base64 32, some more>', 1],
])(
  'of the second admin key %j there are %i admin keys: one that is wrong opens nothing',
  (ADMIN_KEY_NEXT, keys) => {
    expect(configOf(env({ ADMIN_KEY_NEXT })).adminKeys).toHaveLength(keys)
  },
)

it('need names every setting that is wrong, with what to set', () => {
  const config = configOf(env({ X_CLIENT_ID: '', SEALING_KEYS: '' }))
  expect(() => need(config, 'X_CLIENT_ID', 'SEALING_KEYS', 'ADMIN_KEY')).toThrow(
    /X_CLIENT_ID: Set .* SEALING_KEYS: Set /,
  )
  expect(() => need(config, 'ADMIN_KEY')).not.toThrow()
})

it.each([
  ['http://localhost:1', true],
  ['http://127.0.0.1', true],
  ['http://[::1]:1', true],
  ['http://perch.localhost:1', true],
  ['http://a.b.localhost', true],
  ['http://localhost.:1', true],
  ['http://127.1.2.3', true],
  ['http://xlocalhost', false],
  ['http://.localhost.example.com', false],
  ['http://127.0.0.1.example.com', false],
  ['http://localhost.example.com', false],
  ['http://10.0.0.1', false],
])('%s is this machine: %s', (url, expected) => {
  expect(isLoopback(new URL(url))).toBe(expected)
})

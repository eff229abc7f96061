/** Secrets that a caller puts where they do not belong are not repeated: not in an answer, not in a log. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { program } from './programs.ts'
import { visitor } from './visitors.ts'
import { type Watch, watch } from './watch.ts'
import { ADMIN_KEY, CLIENT_SECRET, SEALING_KEY, useWorld } from './worlds.ts'

const world = useWorld()
const admin = program(world)
let watched: Watch
let account = ''
let login = ''
/** What is misplaced, each in turn. */
const secrets = [CLIENT_SECRET, ADMIN_KEY, SEALING_KEY]

beforeAll(async () => {
  watched = watch(world, {
    [CLIENT_SECRET]: 'client secret',
    [ADMIN_KEY]: 'admin key',
    [SEALING_KEY]: 'sealing key',
  })
  const caller = { name: 'a bot', scopes: ['accounts:read'] }
  secrets.push((await admin.json<{ key: string }>('POST', '/v1/callers', caller)).key)
  account = `/v1/accounts/${(await admin.connect()).id}`
  secrets.push((await admin.json<{ access_token: string }>('GET', `${account}/token`)).access_token)
  login = (await admin.begin()).id
})
afterAll(() => vi.restoreAllMocks())

describe('on pages, as', () => {
  it.each<[string, (mark: string) => string]>([
    ['a path', (mark) => `/${mark}`],
    ['a login id', (mark) => `/login/${mark}`],
    ['a flow', (mark) => `/login?flow=${mark}`],
    ['return_to', (mark) => `/login?return_to=${mark}`],
    ['a password in return_to', (mark) => `/login?return_to=https://a:${mark}@app.example.com`],
    ['a query in return_to', (mark) => `/login?return_to=https://evil.example/?token=${mark}`],
    ['a ticket', (mark) => `/login/${login}?ticket=${mark}`],
    ['state and code', (mark) => `/callback?state=${mark}&code=${mark}`],
    ['names in a callback', (mark) => `/callback?${mark}=${mark}&${mark}=${mark}`],
  ])('%s', async (_, path) => {
    for (const secret of secrets) {
      const headers = { 'user-agent': secret, accept: secret, referer: secret, 'x-key': secret }
      await visitor(world).open(path(encodeURIComponent(secret)), headers)
    }
    expect(watched.leaks()).toEqual([])
  })

  it('an error of X', async () => {
    for (const secret of secrets) {
      const { begin, open } = visitor(world)
      const state = new URL(await begin()).searchParams.get('state') ?? ''
      await open(`/callback?${new URLSearchParams({ state, error: secret })}`)
    }
    expect(watched.leaks()).toEqual([])
  })
})

describe('by the API, as', () => {
  it.each<[string, (mark: string) => string]>([
    ['an account id', (mark) => `GET /v1/accounts/${mark}`],
    ['an account id of a lease', (mark) => `GET /v1/accounts/${mark}/token`],
    ['min_ttl', (mark) => `GET ${account}/token?min_ttl=${mark}`],
    ['rejected', (mark) => `GET ${account}/token?rejected=${mark}`],
    ['the name of a parameter', (mark) => `GET ${account}/token?${mark}=1`],
    ['the name of a doubled parameter', (mark) => `GET /v1/accounts?${mark}=1&${mark}=1`],
    ['a cursor', (mark) => `GET /v1/accounts?cursor=${mark}`],
    ['a limit', (mark) => `GET /v1/accounts?limit=${mark}`],
    ['force', (mark) => `DELETE ${account}?force=${mark}`],
    ['a caller id', (mark) => `DELETE /v1/callers/${mark}`],
    ['a login id', (mark) => `GET /v1/logins/${mark}`],
    ['a proof', (mark) => `GET /v1/logins/${login}?proof=${mark}`],
    ['a path', (mark) => `POST /v1/${mark}`],
  ])('%s', async (_, call) => {
    for (const secret of secrets) {
      const [method = '', path = ''] = call(encodeURIComponent(secret)).split(' ')
      await admin.send(method, path)
    }
    expect(watched.leaks()).toEqual([])
  })

  it.each<[string, string, (mark: string) => unknown]>([
    ['a flow', '/v1/logins', (mark) => ({ flow: mark })],
    ['return_to', '/v1/logins', (mark) => ({ return_to: mark })],
    [
      'a path in return_to',
      '/v1/logins',
      (mark) => ({ return_to: `https://evil.example/${mark}` }),
    ],
    ['a scope', '/v1/logins', (mark) => ({ scope: [mark] })],
    ['the name of a field', '/v1/logins', (mark) => ({ [mark]: mark })],
    ['a body', '/v1/logins', (mark) => mark],
    ['a caller’s name', '/v1/callers', (mark) => ({ name: { [mark]: 1 }, scopes: ['tokens'] })],
    [
      'a caller’s scope',
      '/v1/callers',
      (mark) => ({ name: 'a', scopes: [mark], accounts: [mark] }),
    ],
    ['an address', 'complete', (mark) => ({ response_url: mark })],
    [
      'a callback',
      'complete',
      (mark) => ({ response_url: `http://a/?state=${mark}&code=${mark}` }),
    ],
    ['a code of another type', 'complete', (mark) => ({ code: [mark] })],
  ])('%s in a body', async (_, path, body) => {
    const url = path === 'complete' ? `/v1/logins/${login}/complete` : path
    for (const secret of secrets) await admin.send('POST', url, body(secret))
    expect(watched.leaks()).toEqual([])
  })

  it.each(['Basic', 'Bearer x', 'Token', ''])('an authorization after "%s"', async (before) => {
    for (const secret of secrets) {
      const headers = { authorization: `${before} ${secret} ${secret}` }
      await program(world, null).send('GET', '/v1/accounts', undefined, headers)
    }
    expect(watched.leaks()).toEqual([])
  })
})

/** What is said of accounts is the same wherever it is said, and every refusal says what to do. */
import { describe, expect, it } from 'vitest'
import { failureOf, problemOf } from './answers.ts'
import type { XUser } from './emulators.ts'
import { type Account, program } from './programs.ts'
import { keyOf, pairOf } from './tokens.ts'
import { ALL_FLOWS, useWorld } from './worlds.ts'

const world = useWorld(ALL_FLOWS)
const admin = program(world)

type Listed = { accounts: Account[]; cursor?: string }
const list = (query: string, by = admin) => by.json<Listed>('GET', `/v1/accounts?${query}`)
const ids = async (query: string, by = admin) =>
  (await list(query, by)).accounts.map(({ id }) => id)
const importPair = async ({ id, username }: XUser, life: object = {}) => {
  const { access_token } = await pairOf(world, username)
  return admin.json<Account>('PUT', `/v1/accounts/${id}/grants/oauth2`, { access_token, ...life })
}
const sign = (id: string, key = admin) =>
  key.send('POST', `/v1/accounts/${id}/sign`, { method: 'GET', url: `${world.x}/2/users/me` })
const caller = async (body: object) =>
  program(world, (await admin.json<{ key: string }>('POST', '/v1/callers', body)).key)

describe('a token that has expired and that nothing can refresh', () => {
  it('is login_required in the account, the list, the filter, the counts and the lease', async () => {
    const user = await world.emulator.user()
    const past = Math.floor(Date.now() / 1000) - 1
    expect(await importPair(user, { expires_at: past })).toMatchObject({ status: 'login_required' })
    expect(await problemOf(await admin.tryLease(user.id))).toMatchObject({ code: 'login_required' })
    expect((await admin.account(user.id)).status).toBe('login_required')
    const [listed] = (await list(`username=${user.username}`)).accounts
    expect(listed).toMatchObject({ id: user.id, status: 'login_required', due_at: null })
    expect(await ids(`q=${user.username}&status=login_required`)).toEqual([user.id])
    expect(await ids(`q=${user.username}&status=ok`)).toEqual([])
    await world.sweep()
    type Counts = { accounts: { total: number; ok: number; login_required: number } }
    const { accounts } = await admin.json<Counts>('GET', '/v1/status')
    expect(accounts).toMatchObject({ total: 1, ok: 0, login_required: 1 })
  })

  it('beside an OAuth 1.0a grant: so is the lease, and the account still signs', async () => {
    const user = await world.emulator.user()
    await importPair(user, { expires_at: 1_700_000_000 })
    const key = await keyOf(world, user.username)
    await admin.json('PUT', `/v1/accounts/${user.id}/grants/oauth1`, key)
    expect((await admin.account(user.id)).status).toBe('login_required')
    expect((await sign(user.id)).status).toBe(200)
  })

  it('an account with OAuth 1.0a alone is ok: nothing of it expires', async () => {
    const { id, status } = await admin.connectBy('oauth1')
    expect(status).toBe('ok')
    expect((await list(`q=${id}`)).accounts).toMatchObject([{ status: 'ok', expires_at: null }])
  })
})

describe('GET /v1/accounts?…', () => {
  it('finds by username in any case, by a part of a name or id, and by what is due', async () => {
    const { id, username } = await admin.connect()
    for (const query of [
      `username=${username}`,
      `username=@${username.toUpperCase()}`,
      `q=${username.slice(1).toUpperCase()}`,
      `q=${id}`,
      `username=${username}&status=ok&due=false&q=`,
    ])
      expect(await ids(query), query).toEqual([id])
    for (const query of [
      `username=${username.slice(0, -1)}`,
      `username=${username}&due=true`,
      `username=${username}&status=suspected`,
      `q=nobody-is-called-so`,
    ])
      expect(await ids(query), query).toEqual([])
    const due = await admin.connectDue()
    expect(await ids(`q=${due.id}&due=true`)).toEqual([due.id])
  })

  it('has pages with a filter as without one, each account once', async () => {
    const made = [await admin.connect(), await admin.connect(), await admin.connect()]
    const only = made.map(({ id }) => id)
    const limited = await caller({ name: 'l', scopes: ['accounts:read'], accounts: only })
    for (const by of [admin, limited])
      for (const filter of ['', '&status=ok', '&due=false']) {
        const seen: string[] = []
        let cursor = ''
        for (let pages = 0; pages < 100; pages++) {
          const page = await list(`limit=1${filter}${cursor}`, by)
          expect(page.accounts.length).toBeLessThanOrEqual(1)
          seen.push(...page.accounts.map(({ id }) => id))
          if (page.cursor === undefined) break
          expect(page.cursor).toMatch(/^[\w-]+$/)
          cursor = `&cursor=${page.cursor}`
        }
        expect(new Set(seen).size).toBe(seen.length)
        expect(seen).toEqual(expect.arrayContaining(only))
      }
  })

  it.each(['zzz', '', '0', '1', 'AAAAAAAA', 'x'.repeat(600)])(
    'cursor=%s is none',
    async (cursor) => {
      const limited = await caller({ name: 'l', scopes: ['accounts:read'], accounts: ['1'] })
      for (const [by, method, path] of [
        [admin, 'GET', '/v1/accounts?cursor='],
        [admin, 'GET', '/v1/accounts?status=ok&cursor='],
        [limited, 'GET', '/v1/accounts?cursor='],
        [admin, 'POST', '/v1/restore?cursor='],
      ] as const)
        expect(await problemOf(await by.send(method, path + cursor))).toMatchObject({
          status: 400,
          code: 'request_malformed',
          detail: expect.stringMatching(/^cursor: /),
        })
    },
  )

  it('a cursor of one list is none of another', async () => {
    await Promise.all([admin.connect(), admin.connect()])
    const { cursor } = await list('limit=1')
    const response = await admin.send('POST', `/v1/restore?cursor=${cursor}`)
    expect(await problemOf(response)).toMatchObject({ code: 'request_malformed' })
  })

  it.each(['status=gone', 'status=', 'due=soon', 'username=a%20b', `q=${'x'.repeat(101)}`])(
    '%s is refused by name',
    async (query) => {
      const problem = await problemOf(await admin.send('GET', `/v1/accounts?${query}`))
      expect(problem).toMatchObject({ status: 400, code: 'request_malformed' })
      expect(problem.detail).toContain(`${query.split('=')[0]}: `)
    },
  )
})

describe('a method that an address does not take', () => {
  it.each([
    ['DELETE', '/v1/accounts', 'GET, HEAD, OPTIONS'],
    ['POST', '/v1/accounts/1', 'DELETE, GET, HEAD, OPTIONS'],
    ['POST', '/v1/accounts/1/token', 'GET, HEAD, OPTIONS'],
    ['GET', '/v1/accounts/1/refresh', 'OPTIONS, POST'],
    ['HEAD', '/v1/accounts/1/refresh', 'OPTIONS, POST'],
    ['PATCH', '/v1/accounts/1/grants/oauth1', 'DELETE, OPTIONS, PUT'],
    ['PUT', '/v1/callers/x', 'DELETE, GET, HEAD, OPTIONS, PATCH'],
    ['PUT', '/v1/logins', 'OPTIONS, POST'],
    ['POST', '/healthz', 'GET, HEAD, OPTIONS'],
    ['POST', '/', 'GET, HEAD, OPTIONS'],
    ['POST', '/login', 'GET, HEAD, OPTIONS'],
    ['GET', '/login/pin/x', null],
    ['PUT', '/login/pin', 'GET, HEAD, OPTIONS, POST'],
    ['DELETE', '/style.css', 'GET, HEAD, OPTIONS'],
    ['POST', '/nothing', null],
    ['GET', '/v1/nothing', null],
  ])('%s %s', async (method, path, allow) => {
    const response = await program(world, null).send(method, path)
    expect(response.headers.get('allow')).toBe(allow)
    expect(response.status).toBe(allow === null ? 404 : 405)
    if (method !== 'HEAD')
      expect(await failureOf(response)).toEqual(
        allow === null ? [404, 'not_found'] : [405, 'method_not_allowed'],
      )
    const options = await program(world, null).send('OPTIONS', path)
    expect(options.status).toBe(allow === null ? 404 : 204)
    expect(options.headers.get('allow')).toBe(allow)
    expect(options.headers.get('access-control-allow-origin')).toBeNull()
  })
})

describe('WWW-Authenticate', () => {
  const challenge = async (by: ReturnType<typeof program>, path: string, method = 'GET') =>
    (await by.send(method, path)).headers.get('www-authenticate')

  it('has no error where no key was sent, and names what is wrong with one', async () => {
    expect(await challenge(program(world, null), '/v1/accounts')).toBe('Bearer realm="perch"')
    for (const key of ['x', `perch_${'x'.repeat(40)}`])
      expect(await challenge(program(world, key), '/v1/accounts')).toBe(
        'Bearer realm="perch", error="invalid_token"',
      )
    expect(await challenge(admin, '/v1/accounts')).toBeNull()
    expect(await challenge(admin, '/v1/accounts?x=1')).toBeNull()
  })

  it('names the scope that is missing, where one would do', async () => {
    const by = await caller({ name: 'a', scopes: ['logins'] })
    const lacks = 'Bearer realm="perch", error="insufficient_scope"'
    expect(await challenge(by, '/v1/accounts')).toBe(`${lacks}, scope="accounts:read"`)
    expect(await challenge(by, '/v1/accounts/1/token')).toBe(`${lacks}, scope="tokens"`)
    expect(await challenge(by, '/v1/accounts/1', 'DELETE')).toBe(`${lacks}, scope="accounts:write"`)
    expect(await challenge(by, '/v1/callers')).toBe(lacks)
  })
})

describe('login_url leads to the login that helps', () => {
  it('by OAuth 1.0a, with the account that is meant, for a signature', async () => {
    const { id, username } = await admin.connect()
    expect(await problemOf(await sign(id))).toMatchObject({
      code: 'login_required',
      login_url: `${world.perch}/login?flow=oauth1&screen_name=${username}`,
    })
  })

  it('by OAuth 2.0 for a lease', async () => {
    const { id } = await admin.connectBy('oauth1')
    expect(await problemOf(await admin.tryLease(id))).toMatchObject({
      code: 'login_required',
      login_url: `${world.perch}/login?flow=oauth2`,
    })
  })

  it('while the token still lives, in JSON and in words of a header', async () => {
    const account = await admin.connect()
    await world.emulator.revoke(account.username)
    const user = await world.emulator.user()
    await importPair(user, { expires_in: 600 })
    // No grant can be refreshed here, so a longer life is out of reach; the lease says so, and where to go.
    await admin.send('POST', `/v1/accounts/${user.id}/refresh`)
    const path = `/v1/accounts/${user.id}/refresh`
    const response = await admin.send('POST', path)
    expect(response.headers.get('perch-degraded')).toBe('login_required')
    expect(await response.json()).toMatchObject({
      degraded: { reason: 'login_required', login_url: `${world.perch}/login?flow=oauth2` },
    })
    const text = await admin.send('POST', path, undefined, { accept: 'text/plain' })
    expect(text.headers.get('perch-degraded')).toBe('login_required')
    expect(text.headers.get('perch-generation')).toMatch(/^\d+$/)
    expect(await text.text()).toMatch(/^[\w.-]{20,}$/)
  })

  it('a lease in plain text that fails brings nothing that looks like a token', async () => {
    const { id } = await admin.connectBy('oauth1')
    const path = `/v1/accounts/${id}/token`
    const response = await admin.send('GET', path, undefined, { accept: 'text/plain' })
    expect(await problemOf(response)).toMatchObject({ status: 409, code: 'login_required' })
  })
})

/** One line for each call, each step of a login and each refusal: who did what, under the id that the answer has. */
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { newKey } from '../../../src/caller/key'
import { ADMIN, api, approve, atX, connect, logged, newUser, perch, resetX } from '../world'

beforeEach(resetX)
afterEach(() => {
  vi.restoreAllMocks()
})

const RAY = '9fe1a2b3c4d5e6f7-VIE'
const headers = { ...ADMIN, 'cf-ray': RAY }
const ID = 'a'.repeat(43)
/** Well-formed, and no caller’s: only storage knows that it is not valid. */
const NOBODYS = `Bearer ${(await newKey()).text.reveal()}`

/** What this request leaves in the log, and what was answered. */
async function seen(path: string, init: RequestInit = {}) {
  const lines = logged('request')
  const before = lines().length
  const response = await perch(path, { ...init, headers: { 'cf-ray': RAY, ...init.headers } })
  const body = await response.text()
  return { lines: lines().slice(before), response, body }
}

const line = (more: Record<string, unknown>) => ({ event: 'request', request: RAY, ...more })
const ours = { caller: 'admin' }

describe('a call of the API', () => {
  it('that leases, and that forces a refresh', async () => {
    const { id } = await connect()
    const account = `/v1/accounts/${id}`
    const { generation } = await api(`${account}/token`)
    const common = { status: 200, ...ours, account: id }
    expect((await seen(`${account}/token?min_ttl=5`, { headers })).lines).toEqual([
      line({
        method: 'GET',
        route: '/v1/accounts/:id/token',
        ...common,
        because: 'lease',
        generation,
      }),
    ])
    expect((await seen(`${account}/token?rejected=${generation}`, { headers })).lines).toEqual([
      expect.objectContaining({ ...common, because: 'rejected' }),
    ])
    expect((await seen(`${account}/refresh`, { headers, method: 'POST' })).lines).toEqual([
      expect.objectContaining({ ...common, because: 'forced', degraded: 'refresh_limited' }),
    ])
  })

  it('that signs, imports, ends a grant and disconnects', async () => {
    const { id } = await connect()
    const account = `/v1/accounts/${id}`
    const url = 'https://api.x.com/2/users/me?token=in-the-query'
    const signed = JSON.stringify({ method: 'GET', url })
    const imported = JSON.stringify({ oauth_token: `${id}-token`, oauth_token_secret: 'secret' })
    const calls: [string, RequestInit, Record<string, unknown>][] = [
      [`${account}/sign`, { method: 'POST', body: signed }, { code: 'login_required' }],
      [`${account}/grants/oauth1`, { method: 'PUT', body: imported }, { kind: 'oauth1' }],
      [`${account}/grants/oauth1`, { method: 'DELETE' }, { kind: 'oauth1', code: 'grant_unknown' }],
      [account, { method: 'DELETE' }, { status: 200, route: '/v1/accounts/:id' }],
    ]
    for (const [path, init, more] of calls)
      expect((await seen(path, { ...init, headers })).lines).toEqual([
        expect.objectContaining({ ...ours, method: init.method, account: id, ...more }),
      ])
  })

  it('for the app alone, and about callers, names the other caller', async () => {
    const made = await seen('/v1/callers', {
      method: 'POST',
      body: JSON.stringify({ name: 'a name that is typed', scopes: ['logins'] }),
      headers,
    })
    const { id, key } = JSON.parse(made.body)
    const about = { ...ours, other_caller: id }
    expect(made.lines).toEqual([
      line({ method: 'POST', route: '/v1/callers', status: 201, ...about }),
    ])
    const refused = await seen('/v1/app/token', { headers: { authorization: `Bearer ${key}` } })
    expect(refused.lines).toEqual([
      expect.objectContaining({ caller: id, status: 403, code: 'scope_missing' }),
    ])
    expect((await seen(`/v1/callers/${id}`, { method: 'DELETE', headers })).lines).toEqual([
      line({ method: 'DELETE', route: '/v1/callers/:id', status: 204, ...about }),
    ])
  })

  it('that begins a login, completes it, and asks for it with a proof', async () => {
    const user = await newUser()
    const begun = await seen('/v1/logins', { method: 'POST', body: '{}', headers })
    const { id, authorize_url } = JSON.parse(begun.body)
    expect(begun.lines).toEqual([
      line({ method: 'POST', route: '/v1/logins', status: 201, ...ours, login: id }),
    ])
    const body = JSON.stringify({ response_url: await atX(authorize_url, user.username) })
    const completed = await seen(`/v1/logins/${id}/complete`, { method: 'POST', body, headers })
    expect(completed.lines).toEqual([
      expect.objectContaining({ ...ours, login: id, account: user.id, status: 200 }),
    ])
    expect((await seen(`/v1/logins/${id}?proof=of-nobody`, { headers })).lines).toEqual([
      line({
        method: 'GET',
        route: '/v1/logins/:id',
        status: 403,
        ...ours,
        login: id,
        proof: 'shown',
        code: 'proof_wrong',
      }),
    ])
  })
})

describe('a refusal', () => {
  it.each<[string, string, Record<string, string>]>([
    ['without a key', 'key_missing', {}],
    ['with a key of nobody', 'key_invalid', { authorization: NOBODYS }],
    ['with a mistyped key', 'key_invalid', { authorization: 'Bearer perch_typo' }],
  ])('%s names neither caller nor account', async (_, code, sent) => {
    expect((await seen('/v1/accounts/1234567/token', { headers: sent })).lines).toEqual([
      line({ method: 'GET', route: '/v1/accounts/:id/token', status: 401, code }),
    ])
  })

  it('names the account that a caller may not touch', async () => {
    const body = JSON.stringify({ name: 'a', scopes: ['tokens'], accounts: ['1'] })
    const { id, key } = await api('/v1/callers', { method: 'POST', body })
    const { lines } = await seen('/v1/accounts/1234567/token', {
      headers: { authorization: `Bearer ${key}` },
    })
    expect(lines).toEqual([
      expect.objectContaining({ caller: id, account: '1234567', code: 'account_unknown' }),
    ])
  })

  it('has no word of what stands in an address where nothing is', async () => {
    const { lines } = await seen('/v1/a-secret/in-the-path?and=query', { headers })
    expect(lines).toEqual([line({ method: 'GET', status: 404, code: 'not_found' })])
    expect((await seen('/a-secret')).lines).toEqual([
      line({ method: 'GET', status: 404, code: 'not_found' }),
    ])
    expect((await seen(`/v1/accounts/alice`, { headers })).lines).toEqual([
      line({
        method: 'GET',
        route: '/v1/accounts/:id',
        status: 400,
        ...ours,
        code: 'request_malformed',
      }),
    ])
  })

  it.each([`/v1/logins/${ID}?proof=a`, `/login/${ID}?ticket=a`])(
    'has no id of a login that nobody has: %s',
    async (path) => {
      expect((await seen(path, { headers })).lines).toEqual([
        expect.not.objectContaining({ login: expect.anything() }),
      ])
    },
  )

  it('of what went wrong inside has the id of the line that says where', async () => {
    vi.spyOn(env.VAULT, 'list').mockRejectedValue(new TypeError('a mistake'))
    const unexpected = logged('unexpected')
    const { lines } = await seen('/v1/callers', { headers })
    expect(lines).toEqual([expect.objectContaining({ status: expect.any(Number), ...ours })])
    for (const each of unexpected()) expect(each).toMatchObject({ request: RAY })
  })
})

describe('a login in a browser', () => {
  it('has a line when it begins and one when it comes back, with its id', async () => {
    const user = await newUser()
    const lines = logged('request')
    const { back, cookie } = await approve(user.username)
    const page = await perch(back, { headers: { cookie } })
    await page.body?.cancel()
    const [begun, ended] = lines()
    expect(begun).toMatchObject({ method: 'GET', route: '/login', status: 302 })
    expect(ended).toMatchObject({ route: '/callback', status: 200, account: user.id })
    expect((begun as { login: string }).login).toBe((ended as { login: string }).login)
    expect(JSON.stringify([begun, ended])).not.toMatch(/state|code=|cookie/)
  })

  it('that is refused has its code; a page that does nothing has no line', async () => {
    expect((await seen('/login/pin', { method: 'POST', body: 'login=a' })).lines).toEqual([
      line({ method: 'POST', route: '/login/pin', status: 403, code: 'login_elsewhere' }),
    ])
    for (const path of ['/', '/problems', '/healthz', '/style.css', '/icon.svg'])
      expect((await seen(path)).lines, path).toEqual([])
  })
})

describe('Perch-Request-Id', () => {
  it('is Cloudflare’s Ray ID, on every answer', async () => {
    for (const path of ['/', '/style.css', '/login', '/v1/accounts', '/nothing', '/healthz'])
      expect((await seen(path)).response.headers.get('perch-request-id'), path).toBe(RAY)
  })

  it.each(['', 'a b', 'x'.repeat(100), '<script>', '9FE1A2B3C4D5E6F7', '9fe1a2b3c4d5e6f7-vie'])(
    'is made here where that header is "%s"',
    async (ray) => {
      const headers = { 'cf-ray': ray }
      const lines = logged('request')
      const response = await perch('/v1/accounts', { headers })
      await response.body?.cancel()
      const request = response.headers.get('perch-request-id')
      expect(request).toMatch(/^[0-9a-f]{16}$/)
      expect(lines()).toEqual([expect.objectContaining({ request })])
    },
  )
})

/** Headers that guard every answer: pages, programs' answers, errors, redirects, files. */
import { env, exports } from 'cloudflare:workers'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { ADMIN, PERCH, perch } from '../world'

afterEach(() => {
  vi.restoreAllMocks()
})

const ID = 'a'.repeat(43)
const ANSWERS: [string, number, string, RequestInit][] = [
  ['the start page', 200, '/', {}],
  ['the list of problems', 200, '/problems', {}],
  ['the form for a PIN', 200, '/login?flow=pin', {}],
  ['the way to X', 302, '/login', {}],
  ['no answer to a HEAD', 204, '/login', { method: 'HEAD' }],
  ['a failed login', 404, `/callback?state=${ID}&code=c`, {}],
  ['a refused form', 403, '/login/pin', { method: 'POST', body: 'login=a' }],
  ['a page that is not there', 404, '/nothing', {}],
  ['a program’s answer', 200, '/v1/accounts', { headers: ADMIN }],
  ['a program’s error', 401, '/v1/accounts', {}],
  ['a route that is not there', 404, '/v1/nothing', { headers: ADMIN }],
  [
    'an answer without a body',
    204,
    `/v1/callers/${'0'.repeat(16)}`,
    { method: 'DELETE', headers: ADMIN },
  ],
  ['the health', 200, '/healthz', {}],
  ['the style sheet', 200, '/style.css', {}],
  ['the icon', 200, '/icon.svg', {}],
]

/** Where forms may lead is another test's matter: it depends on the page. */
const POLICY = [
  "default-src 'none'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
]

function expectGuarded({ headers }: Response, hsts: string | null): void {
  expect(headers.get('strict-transport-security')).toBe(hsts)
  expect(headers.get('x-content-type-options')).toBe('nosniff')
  const policy = (headers.get('content-security-policy') ?? '').split(/ *; */)
  expect(policy).toEqual(expect.arrayContaining(POLICY))
  expect(headers.get('referrer-policy')).toBe('no-referrer')
  expect(headers.get('x-frame-options')).toBe('DENY')
}

describe('every answer is guarded', () => {
  it.each(ANSWERS)('%s (%i)', async (_, status, path, init) => {
    const response = await perch(path, init)
    await response.body?.cancel()
    expect(response.status).toBe(status)
    expectGuarded(response, 'max-age=31536000')
  })

  it.each(ANSWERS)('%s, and JSON says its charset', async (_, status, path, init) => {
    const response = await perch(path, init)
    const text = await response.text()
    expect(response.status).toBe(status)
    const type = response.headers.get('content-type')
    if (text.startsWith('{')) expect(type).toMatch(/^application\/(problem\+)?json; charset=utf-8$/)
    else expect(type ?? 'none').toMatch(/charset=utf-8|svg|^none$/i)
  })

  it('what went wrong inside', async () => {
    vi.spyOn(env.VAULT, 'list').mockRejectedValue(new TypeError('a mistake'))
    vi.spyOn(env.REGISTRY, 'getByName').mockImplementation(() => {
      throw new TypeError('a mistake')
    })
    for (const path of ['/v1/accounts', '/v1/callers']) {
      const response = await perch(path, { headers: ADMIN })
      expect(response.status).toBeGreaterThanOrEqual(500)
      await response.body?.cancel()
      expectGuarded(response, 'max-age=31536000')
    }
  })

  it('what leads from elsewhere to the public origin; over plain http all but the word of https', async () => {
    for (const [origin, hsts] of [
      ['https://old.example.com', 'max-age=31536000'],
      [PERCH.replace('https:', 'http:'), null],
    ] as const) {
      const response = await exports.default.fetch(`${origin}/login`, { redirect: 'manual' })
      await response.body?.cancel()
      expect([response.status, response.headers.get('location')]).toEqual([302, `${PERCH}/login`])
      expectGuarded(response, hsts)
    }
  })
})

describe('a popup keeps its opener', () => {
  it.each([
    ['unsafe-none', '/login'],
    ['unsafe-none', '/login?flow=pin'],
    ['unsafe-none', '/login?flow=none'],
    ['unsafe-none', `/login/${ID}?ticket=t`],
    ['unsafe-none', `/callback?state=${ID}&code=c`],
    ['unsafe-none', '/login/pin'],
    ['same-origin', '/'],
    ['same-origin', '/problems'],
    ['same-origin', '/logins'],
    ['same-origin', '/v1/accounts'],
    ['same-origin', '/nothing'],
  ])('%s: %s', async (policy, path) => {
    const method = path === '/login/pin' ? 'POST' : 'GET'
    const response = await perch(path, { method })
    await response.body?.cancel()
    expect(response.headers.get('cross-origin-opener-policy')).toBe(policy)
  })

  it('on the way to the public origin', async () => {
    const url = 'https://old.example.com/login'
    const response = await exports.default.fetch(url, { redirect: 'manual' })
    expect(response.headers.get('cross-origin-opener-policy')).toBe('unsafe-none')
  })
})

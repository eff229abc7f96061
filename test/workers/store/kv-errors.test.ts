/** KV that refuses, as when a free plan's day is spent: people and programs are told so. */
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { ADMIN, api, perch, resetX } from '../world'

const refuses = (browserSecret: KVNamespace, method: 'get' | 'put' | 'list') =>
  vi
    .spyOn(browserSecret, method)
    .mockRejectedValue(new Error('KV put() limit exceeded for the day.'))

beforeEach(resetX)
afterEach(() => {
  vi.restoreAllMocks()
})

it('a login that cannot be begun says so on a page, and nobody is sent to X', async () => {
  refuses(env.PENDING, 'put')
  // What a browser began needs no KV, unless its return address is too long for a cookie.
  const long = `https://app.example.com/${'a'.repeat(1990)}`
  const page = await perch(`/login?return_to=${encodeURIComponent(long)}`)
  expect(page.status).toBe(503)
  expect(page.headers.get('set-cookie')).toBeNull()
  const html = await page.text()
  expect(html).toContain('storage_unavailable')
  expect(html).toMatch(/1,000 writes/)
})

it('a callback whose pending state cannot be read says so, and can be loaded again', async () => {
  refuses(env.PENDING, 'get')
  const page = await perch('/callback?state=s&code=c', { headers: { cookie: 'a=b' } })
  expect([page.status, await page.text()]).toEqual([
    503,
    expect.stringContaining('The storage refuses'),
  ])
})

it.each([
  ['POST', '/v1/logins', 'PENDING', 'put', undefined],
  ['GET', '/v1/accounts', 'VAULT', 'list', undefined],
] as const)('%s %s is a 503 with a code', async (method, path, browserSecret, operation, body) => {
  refuses(env[browserSecret], operation)
  const answer = await api(path, { method, headers: ADMIN, ...(body ? { body } : {}) })
  expect(answer).toMatchObject({ http: 503, code: 'storage_unavailable' })
})

/** A login begins and ends where a person navigates: nothing that a page loads, and nothing that a browser fetches ahead. */
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { api, approve, callsTo, newUser, perch, resetX } from '../world'

beforeEach(resetX)
afterEach(() => {
  vi.restoreAllMocks()
})

/** What a browser says of a request that is no navigation of a window. */
const NO_NAVIGATION: [string, Record<string, string>, number, string][] = [
  [
    'a picture',
    { 'sec-fetch-dest': 'image', 'sec-fetch-mode': 'no-cors' },
    403,
    'navigation_expected',
  ],
  [
    'a frame',
    { 'sec-fetch-dest': 'iframe', 'sec-fetch-mode': 'navigate' },
    403,
    'navigation_expected',
  ],
  [
    'an object',
    { 'sec-fetch-dest': 'object', 'sec-fetch-mode': 'navigate' },
    403,
    'navigation_expected',
  ],
  ['an embed', { 'sec-fetch-dest': 'embed' }, 403, 'navigation_expected'],
  ['a script', { 'sec-fetch-dest': 'script' }, 403, 'navigation_expected'],
  ['fetch()', { 'sec-fetch-dest': 'empty', 'sec-fetch-mode': 'cors' }, 403, 'navigation_expected'],
  ['a prefetch', { 'sec-fetch-dest': 'empty', 'sec-purpose': 'prefetch' }, 503, 'prefetch_refused'],
  [
    'a prerender',
    { 'sec-fetch-dest': 'document', 'sec-purpose': 'prefetch;prerender' },
    503,
    'prefetch_refused',
  ],
  ['a preview', { 'x-purpose': 'preview' }, 503, 'prefetch_refused'],
]

describe.each(NO_NAVIGATION)('%s', (_, headers, status, code) => {
  it.each([
    ['/login', async () => '/login'],
    [
      'a login_url',
      async () => {
        const { login_url } = await api('/v1/logins', { method: 'POST', body: '{}' })
        const { pathname, search } = new URL(login_url)
        return pathname + search
      },
    ],
  ])('begins nothing: %s', async (_, path) => {
    const way = await path()
    const kv = [vi.spyOn(env.PENDING, 'put'), vi.spyOn(env.PENDING, 'get')]
    const limit = vi.spyOn(env.LOGIN_LIMIT_ADDRESS, 'limit')
    const response = await perch(way, { headers })
    expect(response.status).toBe(status)
    expect(response.headers.getSetCookie()).toEqual([])
    expect(await response.text()).toContain(code)
    for (const each of [...kv, limit]) expect(each).not.toHaveBeenCalled()
  })

  it('ends nothing; the navigation that follows does', async () => {
    const { back, cookie } = await approve((await newUser()).username)
    const refused = await perch(back, { headers: { cookie, ...headers } })
    await refused.body?.cancel()
    expect(refused.status).toBe(status)
    expect(await callsTo('/2/oauth2/token')).toEqual([])
    const page = await perch(back, { headers: { cookie, 'sec-fetch-dest': 'document' } })
    await page.body?.cancel()
    expect(page.status).toBe(200)
  })
})

it.each<[string, Record<string, string>]>([
  ['a click', { 'sec-fetch-dest': 'document', 'sec-fetch-mode': 'navigate' }],
  ['an older browser', {}],
])('%s begins a login', async (_, headers) => {
  const response = await perch('/login', { headers })
  expect([response.status, response.headers.getSetCookie().length]).toEqual([302, 2])
})

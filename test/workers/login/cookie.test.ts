/** The cookie of a login as a browser gets it over https, and which one is believed. */
import { beforeEach, describe, expect, it } from 'vitest'
import { api, approve, callsTo, newUser, perch, resetX } from '../world'

beforeEach(resetX)

const WAYS: [string, () => Promise<string>][] = [
  ['/login', async () => '/login'],
  ['the form for a PIN', async () => '/login?flow=pin'],
  ['OAuth 1.0a', async () => '/login?flow=oauth1'],
  [
    'a login_url',
    async () => {
      const { login_url } = await api('/v1/logins', { method: 'POST', body: '{}' })
      const { pathname, search } = new URL(login_url)
      return pathname + search
    },
  ],
]

describe.each(WAYS)('%s', (_, path) => {
  it('sets one cookie: of this host alone, for https alone, not for scripts or other sites', async () => {
    const response = await perch(await path())
    await response.body?.cancel()
    const [line = '', ...more] = response.headers.getSetCookie()
    expect(more).toEqual([])
    const [pair, ...attributes] = line.split(/; */)
    // Browsers take the prefix only with Secure, with Path=/ and without Domain.
    expect(pair).toMatch(/^__Host-perch_login_[\w-]{16}=[\w-]+\.[\w-]{43}$/)
    expect(attributes.sort()).toEqual([
      'HttpOnly',
      'Max-Age=600',
      'Path=/',
      'SameSite=Lax',
      'Secure',
    ])
  })
})

it('a cookie without the prefix is not believed: another host of the domain could have set it', async () => {
  const { back, cookie } = await approve((await newUser()).username)
  const bare = cookie.replace('__Host-', '')
  expect(bare).toMatch(/^perch_login_/)
  for (const other of [bare, bare.replace('perch', '__Secure-perch')]) {
    const response = await perch(back, { headers: { cookie: other } })
    expect(response.status).toBe(403)
    expect(await response.text()).toContain('login_elsewhere')
  }
  expect(await callsTo('/2/oauth2/token')).toEqual([])
  expect((await perch(back, { headers: { cookie } })).status).toBe(200)
})

/** The cookies of a login as a browser gets them over https, which ones are believed, and what they spare. */
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { LOGIN_COOKIE_MAX_CHARS } from '../../../src/limits'
import { eventually } from '../../eventually'
import { api, approve, atX, callsTo, later, logged, newUser, PERCH, perch, resetX } from '../world'

beforeEach(resetX)
afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

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
  it('sets its cookies: of this host alone, for https alone, not for scripts or other sites', async () => {
    const response = await perch(await path())
    await response.body?.cancel()
    const [login = '', back = '', ...more] = response.headers.getSetCookie()
    expect(more).toEqual([])
    for (const [line, name, seconds] of [
      [login, 'login_[\\w-]{16}', 600],
      [back, 'back', 86_400],
    ] as const) {
      const [pair, ...attributes] = line.split(/; */)
      // Browsers take the prefix only with Secure, with Path=/ and without Domain.
      expect(pair).toMatch(
        new RegExp(`^__Host-perch_${name}=v1\\.[0-9a-f]{8}\\.[\\w-]+\\.[\\w-]+$`),
      )
      expect(attributes.sort()).toEqual([
        'HttpOnly',
        `Max-Age=${seconds}`,
        'Path=/',
        'SameSite=Lax',
        'Secure',
      ])
    }
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

describe('a login that a browser began', () => {
  it('is completed without KV, which may refuse all the while', async () => {
    const down = Promise.reject(new Error('KV PUT failed: 429 Too Many Requests'))
    down.catch(() => undefined)
    vi.spyOn(env.PENDING, 'put').mockReturnValue(down)
    const get = vi.spyOn(env.PENDING, 'get')
    const lines = logged('pending_not_stored')
    const { back, cookie } = await approve((await newUser()).username)
    expect((await perch(back, { headers: { cookie } })).status).toBe(200)
    expect(get).not.toHaveBeenCalled()
    await eventually(() => expect(lines()).toHaveLength(1))
    // What its caller may do stands in KV alone.
    const made = await api('/v1/logins', { method: 'POST', body: '{}' })
    expect(made).toMatchObject({ http: 503, code: 'storage_unavailable' })
  })

  it('sends its browser to X before KV has answered', async () => {
    let stored: () => void = () => undefined
    vi.spyOn(env.PENDING, 'put').mockReturnValue(
      new Promise((resolve) => {
        stored = resolve
      }),
    )
    expect((await perch('/login')).status).toBe(302)
    stored()
  })

  it('waits for KV where its return address makes it too long for a cookie', async () => {
    const long = `/login?return_to=${encodeURIComponent(`https://app.example.com/${'a'.repeat(1990)}`)}`
    const { back, cookie } = await approve((await newUser()).username, long)
    expect(cookie.length).toBeLessThan(LOGIN_COOKIE_MAX_CHARS)
    const get = vi.spyOn(env.PENDING, 'get')
    expect((await perch(back, { headers: { cookie } })).status).toBe(302)
    expect(get).toHaveBeenCalledTimes(1)
    vi.spyOn(env.PENDING, 'put').mockRejectedValue(new Error('KV PUT failed'))
    expect((await perch(long)).status).toBe(503)
  })

  it('keeps the cookies of five logins, and drops the oldest', async () => {
    const names: string[] = []
    let jar = ''
    for (let n = 0; n < 6; n++) {
      const response = await perch('/login', { headers: { cookie: jar } })
      await response.body?.cancel()
      const set = response.headers.getSetCookie()
      const gone = set.filter((line) => line.includes('Max-Age=0'))
      expect(gone).toHaveLength(n < 5 ? 0 : 1)
      if (n === 5) expect(gone[0]).toContain(`${names[0]}=`)
      const pair = set.find((line) => /perch_login_.*Max-Age=600/.test(line))?.split(';')[0] ?? ''
      names.push(pair.split('=')[0] ?? '')
      jar = [jar, pair].filter(Boolean).join('; ')
    }
  })
})

describe('what is no cookie of this login wakes no object, and is never a 500', () => {
  it.each([
    ['junk', () => 'junk'],
    ['an envelope of nobody', () => 'v1.00000000.AAAA.AAAA'],
    ['its own, changed', (own: string) => `${own.slice(0, -2)}AA`],
  ])('%s', async (_, value) => {
    const { back, cookie } = await approve((await newUser()).username)
    const [name, own = ''] = cookie.split('=')
    const objects = vi.spyOn(env.LOGIN, 'getByName')
    const answer = await perch(back, { headers: { cookie: `${name}=${value(own)}` } })
    expect(answer.status).toBe(403)
    expect(objects).not.toHaveBeenCalled()
  })

  it('what rests in KV', async () => {
    const { back, cookie } = await approve((await newUser()).username)
    const { keys } = await env.PENDING.list()
    const sealed = await Promise.all(keys.map(({ name }) => env.PENDING.get(name)))
    const objects = vi.spyOn(env.LOGIN, 'getByName')
    for (const text of sealed) {
      const taken = await perch(back, { headers: { cookie: `${cookie.split('=')[0]}=${text}` } })
      expect(taken.status).toBe(403)
    }
    expect(objects).not.toHaveBeenCalled()
  })

  it('that of another login', async () => {
    const { back, cookie } = await approve((await newUser()).username)
    const other = await approve((await newUser()).username)
    const moved = `${cookie.split('=')[0]}=${other.cookie.split('=')[1]}`
    expect((await perch(back, { headers: { cookie: moved } })).status).toBe(403)
  })

  it('one that outlived its login', async () => {
    const { back, cookie } = await approve((await newUser()).username)
    vi.useFakeTimers({ toFake: ['Date'] })
    later(721)
    const objects = vi.spyOn(env.LOGIN, 'getByName')
    expect((await perch(back, { headers: { cookie } })).status).toBe(404)
    expect(objects).not.toHaveBeenCalled()
  })
})

describe('a login that failed leads back', () => {
  const begin = async (path: string) => {
    const begun = await perch(path)
    await begun.body?.cancel()
    const cookie = begun.headers
      .getSetCookie()
      .map((line) => line.split(';')[0])
      .join('; ')
    return { location: begun.headers.get('location') ?? '', cookie }
  }
  const returnTo = 'https://app.example.com/after?q=1'
  const path = `/login?flow=oauth2&return_to=${encodeURIComponent(returnTo)}`
  const again = `/login?${new URLSearchParams({ flow: 'oauth2', return_to: returnTo })}`

  it('to the app that it came from when the user cancels, and the app learns why', async () => {
    const { location, cookie } = await begin(path)
    const denied = (await atX(location, (await newUser()).username, 'cancel')).slice(PERCH.length)
    const answer = await perch(denied, { headers: { cookie } })
    expect(answer.status).toBe(302)
    const to = new URL(answer.headers.get('location') ?? '')
    expect(to.href).toMatch(/^https:\/\/app\.example\.com\/after\?q=1&login=[\w-]{43}\.[\w-]{43}$/)
    const [id, proof] = to.searchParams.get('login')?.split('.') ?? []
    expect(await api(`/v1/logins/${id}?proof=${proof}`)).toMatchObject({
      status: 'failed',
      problem: { code: 'login_cancelled' },
    })
  })

  it('with a new login of the same kind when it is older than ten minutes', async () => {
    const { location, cookie } = await begin(path)
    const back = (await atX(location, (await newUser()).username)).slice(PERCH.length)
    vi.useFakeTimers({ toFake: ['Date'] })
    later(3600)
    const page = await perch(back, { headers: { cookie } })
    expect(page.status).toBe(404)
    const html = await page.text()
    expect(html).toContain(`href="${again.replace('&', '&amp;')}"`)
    expect(html).toContain(`href="${returnTo}"`)
  })

  it('to the app’s start page, and no further, in another browser', async () => {
    const { location } = await begin(path)
    const back = (await atX(location, (await newUser()).username)).slice(PERCH.length)
    const html = await (await perch(back)).text()
    expect(html).toContain('href="https://app.example.com/"')
    expect(html).not.toContain('q=1')
    expect(html).toContain('X’s app opened this page')
  })
})

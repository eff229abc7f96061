/** Who is counted when a login is begun or a login link is opened, and what the count refuses. */
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { api, perch, resetX } from '../world'

beforeEach(resetX)
afterEach(() => {
  vi.restoreAllMocks()
})

/** The limits as they answer from now on, and the keys that they are asked about. */
function limits(answers: { address?: boolean; site?: boolean; total?: boolean } = {}) {
  const keys = (limiter: RateLimit, success = true): (() => string[]) => {
    const spy = vi.spyOn(limiter, 'limit').mockResolvedValue({ success })
    return () => spy.mock.calls.map(([{ key }]) => key)
  }
  return {
    address: keys(env.LOGIN_LIMIT_ADDRESS, answers.address),
    site: keys(env.LOGIN_LIMIT_SITE, answers.site),
    total: keys(env.LOGIN_LIMIT_TOTAL, answers.total),
  }
}

let visitors = 0
/** An address that nobody had before: an isolate remembers who began a login. */
const newAddress = (): string => {
  visitors += 1
  return `192.0.2.${visitors}`
}

const WAYS: [string, () => Promise<string>][] = [
  ['/login', async () => '/login'],
  ['the form for a PIN', async () => '/login?flow=pin'],
  [
    'a login_url',
    async () => {
      const { login_url } = await api('/v1/logins', { method: 'POST', body: '{}' })
      const { pathname, search } = new URL(login_url)
      return pathname + search
    },
  ],
  ['a login_url of nobody', async () => `/login/${'a'.repeat(43)}?ticket=t`],
]

const open = (path: string, address?: string) =>
  perch(path, address === undefined ? {} : { headers: { 'cf-connecting-ip': address } })

describe.each(WAYS)('%s', (_, path) => {
  it.each<[string, Parameters<typeof limits>[0], () => string]>([
    ['its address', { address: false }, () => newAddress()],
    ['its site', { site: false }, () => '2001:db8:aaaa::1'],
  ])('is refused where %s began too many', async (_, answers, address) => {
    const way = await path()
    const kv = vi.spyOn(env.PENDING, 'get')
    limits(answers)
    const response = await open(way, address())
    expect(response.status).toBe(429)
    expect(response.headers.get('retry-after')).toBe('60')
    expect(response.headers.getSetCookie()).toEqual([])
    expect(await response.text()).toContain('rate_limited')
    expect(kv).not.toHaveBeenCalled()
  })

  it('is refused where new addresses together began too many, unless it costs nobody anything', async () => {
    const way = await path()
    const kv = vi.spyOn(env.PENDING, 'put')
    const x = vi.spyOn(globalThis, 'fetch')
    limits({ total: false })
    const response = await open(way, newAddress())
    await response.body?.cancel()
    expect(response.status).toBe(way === '/login' ? 302 : 429)
    expect([kv.mock.calls, x.mock.calls]).toEqual([[], []])
  })

  it('is counted for its address, and for all while the address is new', async () => {
    const way = await path()
    const asked = limits()
    const address = newAddress()
    for (let times = 0; times < 3; times += 1) await (await open(way, address)).body?.cancel()
    expect(asked.address()).toEqual([address, address, address])
    expect([asked.site(), asked.total()]).toEqual([[], ['all']])
  })

  it('is not counted for all where its address began too many: one could lock out everybody', async () => {
    const way = await path()
    const asked = limits({ address: false })
    await (await open(way, newAddress())).body?.cancel()
    expect([asked.site(), asked.total()]).toEqual([[], []])
  })
})

describe('where new addresses began too many together', () => {
  it('who began a login before is not held up, and who only tried is no such', async () => {
    const [known, tried] = [newAddress(), newAddress()]
    limits()
    await (await open('/login', known)).body?.cancel()
    limits({ total: false })
    const statuses: number[] = []
    for (const address of [known, tried, tried, known]) {
      const response = await open('/login?flow=oauth1', address)
      await response.body?.cancel()
      statuses.push(response.status)
    }
    expect(statuses).toEqual([302, 429, 429, 302])
  })

  it('who began one is new again after ten minutes', async () => {
    const address = newAddress()
    vi.useFakeTimers({ toFake: ['Date'] })
    limits()
    await (await open('/login', address)).body?.cancel()
    limits({ total: false })
    // With its clock set forward, X refuses the signature: the login was begun, so X was asked.
    vi.setSystemTime(Date.now() + 599_000)
    expect((await open('/login?flow=oauth1', address)).status).toBe(502)
    vi.setSystemTime(Date.now() + 601_000)
    expect((await open('/login?flow=oauth1', address)).status).toBe(429)
    vi.useRealTimers()
  })

  it('a /64 of one site that began too many takes nothing of what all have', async () => {
    const asked = limits({ site: false })
    for (const group of ['1', '2', 'ff'])
      await (await open('/login', `2001:db8:b:${group}::1`)).body?.cancel()
    expect([asked.site(), asked.total()]).toEqual([Array(3).fill('2001:db8:b'), []])
  })
})

it('the limits of wrangler.toml hold: one /64 is stopped, and stops nobody else', {
  timeout: 30_000,
}, async () => {
  const way = `/login/${'a'.repeat(43)}?ticket=t`
  const status = async (address: string): Promise<number> => {
    const response = await open(way, address)
    await response.body?.cancel()
    return response.status
  }
  // Twice the limit and one more: a minute may begin in between.
  const statuses: number[] = []
  for (let n = 0; n <= 120; n += 1) statuses.push(await status(`2001:db8:c:1::${n.toString(16)}`))
  expect(statuses.slice(0, 60)).toEqual(Array(60).fill(404))
  expect(statuses).toContain(429)
  expect(await status('2001:db8:c:2::1')).toBe(404)
})

it('a /64 of IPv6 is one visitor, and so is IPv4 in IPv6', async () => {
  const asked = limits()
  const addresses = ['2001:db8::1', '2001:db8:0:0:1::', '2001:db8:0:1::', '::ffff:192.0.2.1']
  for (const address of addresses) await (await open('/login', address)).body?.cancel()
  await (await open('/login')).body?.cancel()
  expect(asked.address()).toEqual([
    '2001:db8:0:0',
    '2001:db8:0:0',
    '2001:db8:0:1',
    '192.0.2.1',
    'unknown',
  ])
})

describe('POST /v1/logins', () => {
  const begin = () => api('/v1/logins', { method: 'POST', body: '{}' })

  it('is counted by caller, once it would begin', async () => {
    const limit = vi.spyOn(env.LOGIN_LIMIT_CALLER, 'limit')
    const body = JSON.stringify({ name: 'app', scopes: ['logins'] })
    const { id, key } = await api('/v1/callers', { method: 'POST', body })
    const headers = { authorization: `Bearer ${key}` }
    for (const sent of ['{}', '{"return_to":"nowhere"}', '{"no":1}', '{}'])
      await api('/v1/logins', { method: 'POST', headers, body: sent })
    await perch('/v1/logins', { method: 'POST', body: '{}' })
    expect(limit.mock.calls.map(([{ key }]) => key).filter((each) => each === id)).toHaveLength(3)
    expect(limit.mock.calls.every(([{ key }]) => key === id)).toBe(true)
  })

  it('is refused where the caller began too many, and nothing is written', async () => {
    vi.spyOn(env.LOGIN_LIMIT_CALLER, 'limit').mockResolvedValue({ success: false })
    const put = vi.spyOn(env.PENDING, 'put')
    expect(await begin()).toMatchObject({ http: 429, code: 'rate_limited', retry_after: 60 })
    expect(put).not.toHaveBeenCalled()
  })

  it('is not counted among those of browsers', async () => {
    const asked = limits({ address: false, site: false, total: false })
    expect(await begin()).toMatchObject({ http: 201 })
    expect([asked.address(), asked.site(), asked.total()]).toEqual([[], [], []])
  })
})

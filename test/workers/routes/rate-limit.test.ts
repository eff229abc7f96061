/** Who is counted when a login is begun or a login link is opened, and what the count refuses. */
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { api, perch, resetX } from '../world'

beforeEach(resetX)
afterEach(() => {
  vi.restoreAllMocks()
})

/** Both limits as they answer from now on, and the keys that they are asked about. */
function limits(address: boolean, total: boolean) {
  const keys = (limiter: RateLimit, success: boolean) => {
    const spy = vi.spyOn(limiter, 'limit').mockResolvedValue({ success })
    return () => spy.mock.calls.map(([{ key }]) => key)
  }
  return {
    address: keys(env.LOGIN_LIMIT_ADDRESS, address),
    total: keys(env.LOGIN_LIMIT_TOTAL, total),
  }
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
  it.each([
    ['its address', false, true],
    ['all together', true, false],
  ])('is refused where %s began too many', async (_, address, total) => {
    const way = await path()
    const kv = vi.spyOn(env.PENDING, 'get')
    limits(address, total)
    const response = await open(way, '192.0.2.1')
    expect(response.status).toBe(429)
    expect(response.headers.get('retry-after')).toBe('60')
    expect(response.headers.getSetCookie()).toEqual([])
    expect(await response.text()).toContain('rate_limited')
    expect(kv).not.toHaveBeenCalled()
  })

  it('is counted for its address and for all, once each', async () => {
    const way = await path()
    const asked = limits(true, true)
    await (await open(way, '192.0.2.1')).body?.cancel()
    expect([asked.address(), asked.total()]).toEqual([['192.0.2.1'], ['all']])
  })

  it('is not counted for all where its address began too many: one could lock out everybody', async () => {
    const way = await path()
    const asked = limits(false, true)
    await (await open(way, '192.0.2.1')).body?.cancel()
    expect([asked.address(), asked.total()]).toEqual([['192.0.2.1'], []])
  })
})

it('a /64 of IPv6 is one visitor, and so is IPv4 in IPv6', async () => {
  const asked = limits(true, true)
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

/** Leases: a token that works now. */
import { describe, expect, it } from 'vitest'
import { problemOf } from './answers.ts'
import { program } from './programs.ts'
import { useWorld } from './worlds.ts'

const world = useWorld()
const admin = program(world)
const refreshes = () => world.emulator.tokenCalls('refresh_token')

describe('a lease', () => {
  it('is a token that X takes, as JSON', async () => {
    const { id, generation, expires_at } = await admin.connect()
    const response = await admin.tryLease(id)
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toMatch(/^application\/json/)
    expect(response.headers.get('cache-control')).toBe('no-store')
    const lease = (await response.json()) as { access_token: string; expires_in: number }
    expect(lease).toEqual({
      access_token: expect.stringMatching(/\S{40}/),
      token_type: 'bearer',
      expires_at,
      expires_in: expect.any(Number),
      scope: 'tweet.read users.read offline.access',
      generation,
    })
    expect(lease.expires_in).toBeGreaterThan(7100)
    expect(lease.expires_in).toBeLessThanOrEqual(7200)
    const me = await world.emulator.me(lease.access_token)
    expect(await me.json()).toMatchObject({ data: { id } })
    expect(await refreshes()).toEqual([])
  })

  it('is the token alone for Accept: text/plain', async () => {
    const { id } = await admin.connect()
    const { access_token } = await admin.lease(id)
    const path = `/v1/accounts/${id}/token`
    const response = await admin.send('GET', path, undefined, { accept: 'text/plain' })
    expect(response.headers.get('content-type')).toMatch(/^text\/plain/)
    expect(response.headers.get('cache-control')).toBe('no-store')
    expect(response.headers.get('vary')).toMatch(/accept/i)
    expect(await response.text()).toBe(access_token)
    const any = await admin.send('GET', path, undefined, { accept: '*/*' })
    expect(any.headers.get('content-type')).toMatch(/^application\/json/)
  })

  it('lives as long as asked: one that would not is refreshed first', async () => {
    await world.emulator.app({ access_token_ttl: 1900 })
    const { id, generation } = await admin.connect()
    expect((await admin.lease(id, '?min_ttl=1800')).generation).toBe(generation)
    expect(await refreshes()).toEqual([])
    await world.emulator.app({ access_token_ttl: 7200 })
    const lease = await admin.lease(id, '?min_ttl=3600')
    expect(lease.generation).toBeGreaterThan(generation)
    expect(lease.expires_in).toBeGreaterThan(3600)
    expect(lease.degraded).toBeUndefined()
  })

  it('says so when X gives no longer-lived token, and does not ask X again at once', async () => {
    await world.emulator.app({ access_token_ttl: 1900 })
    const { id } = await admin.connect()
    for (const _ of ['refreshes', 'does not'])
      expect((await admin.lease(id, '?min_ttl=3600')).degraded).toMatchObject({
        reason: 'shorter_than_asked',
      })
    expect(await refreshes()).toHaveLength(1)
  })

  it('rejected= the current generation brings a new token, an older one brings the current', async () => {
    const { id, generation } = await admin.connect()
    const first = await admin.lease(id)
    const second = await admin.lease(id, `?rejected=${generation}`)
    expect(second.generation).toBeGreaterThan(generation)
    expect(second.access_token).not.toBe(first.access_token)
    expect((await world.emulator.me(second.access_token)).status).toBe(200)
    expect(await admin.lease(id, `?rejected=${generation}`)).toMatchObject({
      generation: second.generation,
      access_token: second.access_token,
    })
    expect(await admin.lease(id)).toMatchObject({ access_token: second.access_token })
    expect(await refreshes()).toHaveLength(1)
  })

  it('rejected= never gives the refused token again', async () => {
    const { id, generation } = await admin.connect()
    await world.emulator.fault('status:503')
    const problem = await problemOf(await admin.tryLease(id, `?rejected=${generation}`))
    expect(problem).toMatchObject({ status: 503, code: 'refresh_failed' })
    expect(problem.retry_after).toBeGreaterThan(0)
  })

  it('without offline.access ends with its token', async () => {
    await world.emulator.app({ access_token_ttl: 5 })
    const { id } = await admin.connect(undefined, { offline: false })
    const status = async () => (await admin.tryLease(id)).status
    await expect.poll(status, { timeout: 20_000 }).toBe(409)
    expect(await problemOf(await admin.tryLease(id))).toMatchObject({
      code: 'login_required',
      login_url: `${world.perch}/login?flow=oauth2`,
    })
    expect(await refreshes()).toEqual([])
  })
})

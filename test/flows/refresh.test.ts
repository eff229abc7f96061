/** Tokens stay fresh: the sweep, forced refreshes, many callers at once. */
import { describe, expect, it } from 'vitest'
import type { Account, Lease } from './programs.ts'
import { program } from './programs.ts'
import { useWorld } from './worlds.ts'

const world = useWorld()
const admin = program(world)

const refreshesOf = async ({ id }: Account) =>
  (await world.emulator.tokenCalls('refresh_token')).filter((call) => call.user_id === id)

describe('the sweep', () => {
  it('refreshes what is due and nothing else, once', async () => {
    const due = await admin.connectDue()
    const later = await admin.connect()
    await world.sweep()
    await world.sweep()
    expect(await refreshesOf(due)).toMatchObject([{ outcome: 'rotated' }])
    expect(await refreshesOf(later)).toEqual([])
    const fresh = await admin.account(due.id)
    expect(fresh.generation).toBeGreaterThan(due.generation)
    expect(fresh).toMatchObject({ status: 'ok', oauth2: { refreshed_at: expect.any(Number) } })
    expect(fresh.due_at).toBeGreaterThan(Date.now() / 1000)
    const { access_token, degraded } = await admin.lease(due.id)
    expect(degraded).toBeUndefined()
    expect((await world.emulator.me(access_token)).status).toBe(200)
  })

  it('refreshes what has expired', async () => {
    const [account] = await admin.connectExpired()
    await world.sweep()
    expect(await refreshesOf(account)).toHaveLength(1)
    expect((await admin.lease(account.id)).expires_in).toBeGreaterThan(7000)
  })

  it('leaves alone what cannot be refreshed', async () => {
    await world.emulator.app({ access_token_ttl: 900 })
    const account = await admin.connect(undefined, { offline: false })
    expect(account.due_at).toBeNull()
    await world.sweep()
    expect(await refreshesOf(account)).toEqual([])
  })

  it('logs one line of counts', async () => {
    await world.sweep()
    await admin.connectDue()
    const before = world.logs().length
    await world.sweep()
    const lines = world
      .logs()
      .slice(before)
      .filter((line) => line.includes('"sweep"'))
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      {
        event: 'sweep',
        listed: expect.any(Number),
        due: 1,
        queued: 1,
        oldest_lateness_seconds: expect.any(Number),
      },
    ])
  })
})

describe('refreshing on demand', () => {
  it('20 leases of an expired token at once make one call and get one token', async () => {
    const [account] = await admin.connectExpired()
    const leases = await Promise.all(Array.from({ length: 20 }, () => admin.lease(account.id)))
    expect(new Set(leases.map((lease) => lease.access_token)).size).toBe(1)
    expect(await refreshesOf(account)).toMatchObject([{ outcome: 'rotated' }])
    expect((await world.emulator.me(leases[0]?.access_token ?? '')).status).toBe(200)
  })

  it('a lease of a token that is due refreshes it', async () => {
    const account = await admin.connectDue()
    const lease = await admin.lease(account.id)
    expect(lease.generation).toBeGreaterThan(account.generation)
    expect(lease.expires_in).toBeGreaterThan(7000)
  })

  it('POST refresh refreshes now; those who ask meanwhile join', async () => {
    const account = await admin.connect()
    const refresh = () => admin.json<Lease>('POST', `/v1/accounts/${account.id}/refresh`)
    await world.emulator.fault('delay_reply:700')
    const [one, two] = await Promise.all([refresh(), refresh()])
    expect(one.generation).toBeGreaterThan(account.generation)
    expect(two.access_token).toBe(one.access_token)
    expect(await refreshesOf(account)).toHaveLength(1)
  })

  it('a leased token stays the one that is leased', async () => {
    const { id } = await admin.connectDue()
    const first = await admin.lease(id)
    const second = await admin.lease(id)
    expect(second.access_token).toBe(first.access_token)
  })

  it.each([0, -1, 3.5, null, 'soon', 1e12, 180 * 86_400 + 1])(
    'a life of %j is not believed: two hours are assumed, and it is due before they are over',
    async (expires_in) => {
      const account = await admin.connectDue()
      const body = { token_type: 'bearer', access_token: 'a', refresh_token: 'b', expires_in }
      await world.emulator.fault(`reply:${JSON.stringify({ status: 200, body })}`)
      const { expires_in: left, access_token } = await admin.lease(account.id)
      expect(access_token).toBe('a')
      expect(Math.abs(left - 7200)).toBeLessThan(60)
      const { due_at } = await admin.account(account.id)
      expect(Math.abs((due_at ?? 0) - Date.now() / 1000 - 5700)).toBeLessThan(400)
    },
  )

  it.each([
    'mangle:no_token_type',
    'mangle:null_expires_in',
    'mangle:status_201',
    'mangle:extra_fields',
    'mangle:empty_refresh_token',
  ])('an odd reply loses no token: %s', async (fault) => {
    const account = await admin.connectDue()
    await world.emulator.fault(fault)
    const odd = await admin.lease(account.id)
    expect((await world.emulator.me(odd.access_token)).status).toBe(200)
    expect(odd.expires_in).toBeGreaterThan(7000)
    const next = await admin.lease(account.id, `?rejected=${odd.generation}`)
    expect((await world.emulator.me(next.access_token)).status).toBe(200)
  })
})

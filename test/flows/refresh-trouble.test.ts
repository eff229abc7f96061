/** When a refresh fails: what is still valid is leased and says why, nothing is lost, a sweep makes it good. */
import { beforeAll, describe, expect, it } from 'vitest'
import { problemOf } from './answers.ts'
import { TOKEN, type XUser } from './emulators.ts'
import type { Account } from './programs.ts'
import { program } from './programs.ts'
import { visitor } from './visitors.ts'
import { useWorld } from './worlds.ts'

const world = useWorld()
const admin = program(world)

const refreshes = () => world.emulator.tokenCalls('refresh_token')

describe('X is down', () => {
  const FAULTS = ['status:503', 'html', 'html:200', 'drop_before', 'status:429', 'status:400']
  const down = new Map<string, { valid: Account; over: Account }>()

  beforeAll(async () => {
    const over = await admin.connectExpired(FAULTS.length)
    for (const [at, fault] of FAULTS.entries())
      down.set(fault, { valid: await admin.connectDue(), over: over[at]! })
  })

  it.each(FAULTS)(
    '%s: a valid token is leased as degraded, an expired one is not',
    async (fault) => {
      const { valid, over } = down.get(fault)!
      await world.emulator.fault(fault, TOKEN, 9)
      const { degraded, ...lease } = await admin.lease(valid.id)
      expect(lease).toMatchObject({ generation: valid.generation, expires_at: valid.expires_at })
      expect((await world.emulator.me(lease.access_token)).status).toBe(200)
      expect(degraded).toMatchObject({ reason: 'refresh_failed', detail: /X / })
      expect(degraded?.retry_after).toBeGreaterThan(0)
      expect(degraded?.retry_after).toBeLessThanOrEqual(300)
      const problem = await problemOf(await admin.tryLease(over.id))
      expect(problem).toMatchObject({ status: 503, code: 'refresh_failed' })
      expect(problem.retry_after).toBeGreaterThan(0)
      expect(problem.retry_after).toBeLessThanOrEqual(300)
      await world.emulator.forgetCalls()
      await admin.lease(valid.id)
      await admin.tryLease(over.id)
      expect(await refreshes(), 'not tried again before the next sweep').toEqual([])
      expect(await admin.account(valid.id)).toMatchObject({ status: 'ok' })
    },
  )

  it('the next sweep makes all of them good', async () => {
    await world.sweep()
    for (const account of [...down.values()].flatMap(({ valid, over }) => [valid, over])) {
      const lease = await admin.lease(account.id)
      expect(lease.generation).toBeGreaterThan(account.generation)
      expect(lease.degraded).toBeUndefined()
      expect((await world.emulator.me(lease.access_token)).status).toBe(200)
    }
  })

  it('wrong app credentials end no grant', async () => {
    const account = await admin.connectDue()
    await world.emulator.app({ client_secret: 'another' })
    await world.sweep()
    expect(await admin.account(account.id)).toMatchObject({ status: 'ok' })
    expect((await admin.lease(account.id)).degraded).toMatchObject({ reason: 'refresh_failed' })
    await world.calm()
    await world.sweep()
    expect((await admin.lease(account.id)).degraded).toBeUndefined()
  })
})

describe('the refresh token is dead', () => {
  it('login_required; the valid token is leased until it expires, and a login mends it', async () => {
    const valid = await admin.connectDue()
    const [over] = await admin.connectExpired()
    for (const { username } of [valid, over]) await world.emulator.revoke(username)
    await world.sweep()
    for (const { id } of [valid, over])
      expect(await admin.account(id)).toMatchObject({
        status: 'login_required',
        due_at: null,
        oauth2: { ended: { reason: 'refused_by_x' } },
      })
    expect(await admin.lease(valid.id)).toMatchObject({
      generation: valid.generation,
      degraded: { reason: 'login_required', since: expect.any(Number) },
    })
    expect(await problemOf(await admin.tryLease(over.id))).toMatchObject({
      status: 409,
      code: 'login_required',
      login_url: `${world.perch}/login`,
    })
    await world.emulator.forgetCalls()
    await world.sweep()
    expect(await refreshes()).toEqual([])
    const user: XUser = over
    expect((await visitor(world).login(user.username)).status).toBe(200)
    const lease = await admin.lease(user.id)
    expect(lease.degraded).toBeUndefined()
    expect((await world.emulator.me(lease.access_token)).status).toBe(200)
  })

  it('is found by a lease as well as by a sweep', async () => {
    const [account] = await admin.connectExpired()
    await world.emulator.revoke(account.username)
    expect(await problemOf(await admin.tryLease(account.id))).toMatchObject({
      code: 'login_required',
    })
    expect(await refreshes()).toHaveLength(1)
  })

  it('is what a lost reply leaves: degraded first, login_required once X has said so', async () => {
    const { id, generation } = await admin.connectDue()
    await world.emulator.fault('drop_after_commit')
    expect(await admin.lease(id)).toMatchObject({
      generation,
      degraded: { reason: 'refresh_failed' },
    })
    expect(await admin.account(id)).toMatchObject({ status: 'ok' })
    await world.sweep()
    expect(await admin.account(id)).toMatchObject({ status: 'login_required' })
  })
})

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
  const FAULTS = [
    ['status:503', 'refresh_in_doubt'],
    // A fifth call without an answer would hold back whoever has a token that lives.
    ['html:200', 'refresh_in_doubt'],
    ['reply:{"status":400,"body":{"error":"odd"}}', 'refresh_failed'],
  ] as const
  const down = new Map<string, { valid: Account; over: Account }>()

  beforeAll(async () => {
    const over = await admin.connectExpired(FAULTS.length)
    for (const [at, [fault]] of FAULTS.entries())
      down.set(fault, { valid: await admin.connectDue(), over: over[at]! })
  })

  it.each(FAULTS)(
    '%s: a valid token is leased as degraded, an expired one is not',
    async (fault, reason) => {
      const { valid, over } = down.get(fault)!
      await world.emulator.fault(fault, TOKEN, 2)
      const { degraded, ...lease } = await admin.lease(valid.id)
      expect(lease).toMatchObject({ generation: valid.generation, expires_at: valid.expires_at })
      expect((await world.emulator.me(lease.access_token)).status).toBe(200)
      expect(degraded).toMatchObject({ reason, detail: expect.stringContaining('X ') })
      expect(degraded?.retry_after).toBeGreaterThan(0)
      expect(degraded?.retry_after).toBeLessThanOrEqual(90)
      const problem = await problemOf(await admin.tryLease(over.id))
      expect(problem).toMatchObject({ status: 503, code: 'refresh_failed' })
      expect(problem.retry_after).toBeGreaterThan(0)
      expect(problem.retry_after).toBeLessThanOrEqual(90)
      await world.emulator.forgetCalls()
      await admin.lease(valid.id)
      await admin.tryLease(over.id)
      expect(await refreshes(), 'not tried again at once').toEqual([])
      expect(await admin.account(valid.id)).toMatchObject({ status: 'ok' })
    },
  )

  it('nor by a sweep, nor on demand', async () => {
    await world.sweep()
    for (const { valid } of down.values())
      expect(await admin.json('POST', `/v1/accounts/${valid.id}/refresh`)).toHaveProperty(
        'degraded',
      )
    expect(await refreshes()).toEqual([])
  })
})

describe('X asks to wait', () => {
  const paused = useWorld()
  const admin = program(paused)

  it('all accounts wait, and lease what is valid', async () => {
    const [one, two] = [await admin.connectDue(), await admin.connectDue()]
    await paused.emulator.fault('status:429')
    expect((await admin.lease(one.id)).degraded).toMatchObject({ reason: 'refresh_failed' })
    await paused.emulator.forgetCalls()
    const { degraded } = await admin.lease(two.id)
    expect(degraded).toMatchObject({ detail: 'X asked this app to wait.' })
    expect(degraded?.retry_after).toBeGreaterThan(0)
    await paused.sweep()
    expect(await paused.emulator.tokenCalls('refresh_token')).toEqual([])
    expect(await admin.json('GET', '/v1/status')).toMatchObject({
      state: 'paused',
      paused_until: expect.any(Number),
      accounts: { total: 2, ok: 2 },
    })
  })
})

describe('X refuses the app', () => {
  const halted = useWorld()
  const admin = program(halted)

  it('one halt, found by a probe; no account is touched, and what is valid is leased', async () => {
    const accounts = [await admin.connectDue(), await admin.connectDue(), await admin.connectDue()]
    await halted.emulator.app({ client_secret: 'another' })
    for (const { id, generation } of accounts)
      expect(await admin.lease(id)).toMatchObject({
        generation,
        degraded: { reason: 'app_halted', detail: expect.stringContaining('X_CLIENT_SECRET') },
      })
    // One account's refresh, and one probe; the others were not sent at all.
    expect(await halted.emulator.tokenCalls('refresh_token')).toHaveLength(2)
    await halted.sweep()
    expect(await halted.emulator.tokenCalls('refresh_token')).toHaveLength(2)
    for (const { id } of accounts) {
      const { status, oauth2 } = await admin.account(id)
      expect([status, oauth2.failure]).toEqual(['ok', undefined])
    }
    expect(await admin.json('GET', '/v1/status')).toMatchObject({
      state: 'halted',
      halt: { reason: 'credentials_refused', next_probe_at: expect.any(Number) },
      accounts: { ok: 3 },
    })
    const lines = halted.logs().filter((line) => line.includes('"event":"app_halted"'))
    expect(lines).toHaveLength(1)
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
        // X may be wrong: it is tried again in an hour.
        due_at: expect.any(Number),
        oauth2: { ended: { reason: 'refused_by_x' } },
      })
    expect(await admin.lease(valid.id)).toMatchObject({
      generation: valid.generation,
      degraded: { reason: 'login_required', since: expect.any(Number) },
    })
    expect(await problemOf(await admin.tryLease(over.id))).toMatchObject({
      status: 409,
      code: 'login_required',
      login_url: `${world.perch}/login?flow=oauth2`,
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
    // Others of this world are in doubt, and tried again meanwhile.
    const ofThis = (await refreshes()).filter(({ user_id }) => user_id === account.id)
    expect(ofThis).toHaveLength(1)
  })

  it('a reply that breaks off leaves a doubt; what then comes of it is in the workers ring, whose clock moves', async () => {
    const { id, generation } = await admin.connectDue()
    await world.emulator.fault('drop_after_commit')
    const lease = await admin.lease(id)
    expect(lease).toMatchObject({
      degraded: { reason: 'refresh_in_doubt', retry_after: expect.any(Number) },
    })
    // The access token was in the half that arrived, and X takes it.
    expect(lease.generation).toBeGreaterThan(generation)
    expect((await world.emulator.me(lease.access_token)).status).toBe(200)
  })
})

/** What concerns the whole app: halts, pauses and how refreshes go on after them, at a thousand accounts. */
import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, it, vi } from 'vitest'
import type { App } from '../../../src/app/app'
import { REFRESH_CONCURRENCY } from '../../../src/limits'
import { consume } from '../../../src/sweep/consumer'
import { eventually } from '../../eventually'
import { connectDue, inParallel } from '../many'
import { adoptPair } from '../unconfirmed'
import {
  api,
  connect,
  copyOf,
  forgetApp,
  later,
  logged,
  queuedBySweep,
  refreshes,
  sweepThrough,
  useFreshWorld,
  x,
} from '../world'

const TOKEN = '/2/oauth2/token'
const SECRET = '-Emulator_client-secret_0123456789abcdefghijklmn-_'
useFreshWorld()

/** Accounts with tokens that X never heard of, due and valid a while. */
async function seed(count: number, from: number): Promise<string[]> {
  const ids = Array.from({ length: count }, (_, n) => String(from + n))
  const [access, refresh] = ['access-token-of-nobody', 'refresh-token-of-nobody']
  for (let at = 0; at < count; at += 50)
    await Promise.all(ids.slice(at, at + 50).map((id) => adoptPair(id, access, refresh)))
  return ids
}

describe('wrong app credentials', () => {
  it('halt once; valid tokens are leased; once they are right again it goes on by itself', async () => {
    await x('PUT', 'app', { access_token_ttl: 900 })
    const made = [await connect(), await connect(), await connect()]
    later(700)
    await x('PUT', 'app', { access_token_ttl: 7200, client_secret: 'another' })
    await sweepThrough()
    for (const { id } of made)
      expect(await api(`/v1/accounts/${id}/token`)).toMatchObject({
        http: 200,
        degraded: { reason: 'app_halted', retry_after: expect.any(Number) },
      })
    await x('PUT', 'app', { client_secret: SECRET })
    later(60)
    await sweepThrough()
    expect(await api('/v1/status')).toMatchObject({
      state: 'resuming',
      halt: null,
      last_halt: { reason: 'credentials_refused', until: expect.any(Number) },
    })
    for (const { id } of made) {
      expect((await copyOf(id)).oauth2).toMatchObject({ refreshedAt: expect.any(Number) })
      expect(await api(`/v1/accounts/${id}/token`)).not.toHaveProperty('degraded')
    }
  })

  it('of one account alone are held against that account, which waits', async () => {
    const { id } = await connect()
    await x('POST', 'faults', {
      path: TOKEN,
      times: 1,
      fault: 'reply:{"status":401,"body":{"error":"unauthorized_client"}}',
    })
    expect(await api(`/v1/accounts/${id}/refresh`, { method: 'POST' })).toMatchObject({
      degraded: { reason: 'refresh_failed' },
    })
    expect((await copyOf(id)).oauth2.failure).toMatchObject({ code: 'app', tries: 1 })
    expect(await api('/v1/status')).toMatchObject({ halt: null })
  })
})

describe('many refusals at once', () => {
  it('halt as mass_refusal; those stay suspected until X takes somebody else, and then its refusal stands', async () => {
    const ids = await seed(8, 6_000_000)
    await sweepThrough()
    const states = async () =>
      (await Promise.all(ids.map((id) => api(`/v1/accounts/${id}`)))).map(({ status }) => status)
    expect(new Set(await states())).toEqual(new Set(['suspected']))
    expect(await api(`/v1/accounts/${ids[0]}/token`)).toMatchObject({
      http: 200,
      degraded: { reason: 'app_halted' },
    })
    expect(await api('/v1/status')).toMatchObject({
      state: 'halted',
      halt: { reason: 'mass_refusal', message: expect.stringContaining('refresh tokens invalid') },
    })
    const calls = (await refreshes()).length
    later(300)
    await sweepThrough()
    expect(await refreshes()).toHaveLength(calls)
    // X refuses two of them again, and takes somebody whom it never refused: it is right about them.
    await connectDue(['6050000'])
    later(301)
    await sweepThrough()
    expect(await refreshes()).toHaveLength(calls + 4)
    expect(await api('/v1/status')).toMatchObject({ state: 'resuming', halt: null })
    later(300)
    await sweepThrough()
    expect(new Set(await states())).toEqual(new Set(['login_required']))
    expect(await api('/v1/status')).toMatchObject({ halt: null })
  }, 30_000)

  it('reach each account even when the queue loses the hint: every sweep tells it again', async () => {
    const ids = await seed(8, 6_200_000)
    const states = async () =>
      (await Promise.all(ids.map((id) => api(`/v1/accounts/${id}`)))).map(({ status }) => status)
    const lost = vi.spyOn(env.DUE, 'sendBatch').mockRejectedValue(new Error('the queue is down'))
    await consume(env, { sweptAtMs: Date.now(), due: ids })
    expect(lost).toHaveBeenCalledWith([{ body: { v: 1, suspected: expect.any(Array) } }])
    expect(await states()).toContain('login_required')
    lost.mockRestore()
    await sweepThrough()
    expect(new Set(await states())).toEqual(new Set(['suspected']))
    // Who was reached is not told again.
    expect(await queuedBySweep()).toEqual([])
  })

  it('end the batch that is under way, and say how long the halt lasts', async () => {
    const ids = await seed(50, 6_400_000)
    later(601)
    vi.spyOn(env.DUE, 'sendBatch').mockRejectedValue(new Error('the queue is down'))
    const leased = await Promise.all(ids.slice(0, 12).map((id) => api(`/v1/accounts/${id}/token`)))
    const after = leased.filter(({ code }) => code === 'app_halted')
    expect(after.length).toBeGreaterThan(0)
    for (const { retry_after } of after) expect(retry_after).toBeGreaterThan(590)
    const before = (await refreshes()).length
    await forgetApp()
    await consume(env, { sweptAtMs: Date.now(), due: ids.slice(12) })
    expect((await refreshes()).length - before).toBeLessThan(5 + 2 * REFRESH_CONCURRENCY)
  }, 30_000)

  it('are not forgiven by a probe that began before them', async () => {
    const probe = Promise.withResolvers<Response>()
    const asked = vi.spyOn(globalThis, 'fetch').mockReturnValue(probe.promise)
    await runInDurableObject(env.APP.getByName('app'), async (app: App) => {
      const blamed = app.credentialsRefused('unauthorized_client')
      await eventually(() => expect(asked).toHaveBeenCalledOnce())
      for (let n = 0; n < 5; n++) await app.refused(String(n))
      expect(await app.permit(1)).toMatchObject({ code: 'app_halted' })
      probe.resolve(Response.json({ error: 'invalid_request' }, { status: 400 }))
      expect(await blamed).toMatchObject({ code: 'app_halted' })
    })
    expect(await api('/v1/status')).toMatchObject({ halt: { reason: 'mass_refusal' } })
  })

  it('hold for what was queued before: nothing of it is sent', async () => {
    const { id } = await connect()
    later(7100)
    await runInDurableObject(env.APP.getByName('app'), async (app: App) => {
      for (let n = 0; n < 5; n++) await app.refused(String(n))
    })
    await consume(env, { sweptAtMs: Date.now(), due: [id] })
    expect(await refreshes()).toEqual([])
  })

  // Five dead accounts that were forced each hour halted all others.
  it('of grants that X had refused before say nothing new', async () => {
    const ids = await seed(5, 6_150_000)
    const force = (id: string) => api(`/v1/accounts/${id}/refresh`, { method: 'POST' })
    for (const id of ids) {
      later(700)
      await force(id)
    }
    const before = (await refreshes()).length
    later(3601)
    await inParallel(ids, force)
    expect(await refreshes()).toHaveLength(before + ids.length)
    expect(await api('/v1/status')).toMatchObject({ halt: null })
  })

  it('four are believed', async () => {
    const ids = await seed(4, 6_100_000)
    await sweepThrough()
    for (const id of ids)
      expect(await api(`/v1/accounts/${id}`)).toMatchObject({ status: 'login_required' })
    expect(await api('/v1/status')).toMatchObject({ state: 'ok' })
  })
})

describe('429', () => {
  it('pauses everybody until its reset, and then it goes on', async () => {
    const [one, two] = [await connect(), await connect()]
    await x('POST', 'faults', { path: TOKEN, fault: 'status:429', times: 1 })
    await api(`/v1/accounts/${one.id}/refresh`, { method: 'POST' })
    expect(await api(`/v1/accounts/${two.id}/refresh`, { method: 'POST' })).toMatchObject({
      degraded: { detail: 'X asked this app to wait.' },
    })
    expect(await refreshes()).toHaveLength(1)
    const { paused_until } = await api('/v1/status')
    later(paused_until - Math.floor(Date.now() / 1000))
    const { generation } = (await copyOf(two.id)).oauth2
    const again = await api(`/v1/accounts/${two.id}/refresh`, { method: 'POST' })
    expect(again.generation).toBeGreaterThan(generation)
  })

  it('ends the batch that is under way', async () => {
    const ids = await seed(50, 6_300_000)
    await x('POST', 'faults', { path: TOKEN, fault: 'status:429', times: 50 })
    await consume(env, { sweptAtMs: Date.now(), due: ids })
    expect((await refreshes()).length).toBeLessThanOrEqual(REFRESH_CONCURRENCY)
  })
})

describe('ten thousand due accounts', () => {
  const ready = async (): Promise<void> => {
    const { keys } = await env.VAULT.list<object>({ prefix: 'account/', limit: 1 })
    const page = Array.from({ length: 1000 }, (_, n) => n)
    vi.spyOn(env.VAULT, 'list').mockImplementation(async ({ cursor } = {}) => {
      const at = Number(cursor ?? 0)
      const listed = page.map((n) => ({
        name: `account/${7_000_000 + at * 1000 + n}`,
        metadata: { ...keys[0]?.metadata, dueAt: 1 },
      }))
      const rest = at < 9 ? { list_complete: false, cursor: `${at + 1}` } : { list_complete: true }
      return { keys: listed, cacheStatus: null, ...rest } as never
    })
  }
  const counts = async () =>
    (await queuedBySweep()).flatMap((body) => (body as { due?: string[] }).due ?? []).length

  it.each([
    ['a halt', (app: App) => app.credentialsRefused('unauthorized_client')],
    ['a pause', (app: App) => app.paused(30)],
  ])(
    'after %s come at a pace',
    async (_, holdBack) => {
      await connect()
      await x('PUT', 'app', { client_secret: 'another' })
      await runInDurableObject(env.APP.getByName('app'), (app: App) => holdBack(app).then(() => {}))
      await x('PUT', 'app', { client_secret: SECRET })
      await ready()
      expect(await counts()).toBe(0)
      const paced: number[] = []
      for (let n = 0; n < 8; n++) {
        later(300)
        paced.push(await counts())
      }
      expect(paced).toEqual([500, 1000, 2000, 4000, 8000, 10_000, 10_000, 10_000])
      expect(await api('/v1/status')).toMatchObject({ state: 'ok' })
    },
    60_000,
  )
})

describe('a thousand accounts under wrong credentials', () => {
  it('one halt, hardly a call, no account changes, leases go on, and all resumes by itself', async () => {
    const ids = Array.from({ length: 1000 }, (_, n) => String(5_000_000 + n))
    await connectDue(ids)
    const copies = async () =>
      new Set(await Promise.all(ids.map((id) => env.VAULT.get(`account/${id}`))))
    const before = await copies()
    await x('PUT', 'app', { client_secret: 'another' })
    const halts = logged('app_halted')
    await sweepThrough()
    later(60)
    await sweepThrough()
    expect(halts()).toHaveLength(1)
    // What was under way at once when the first one was refused, the probe, and one probe a minute later.
    expect((await refreshes()).length).toBeLessThanOrEqual(8)
    expect(await copies()).toEqual(before)
    expect(await api('/v1/status')).toMatchObject({
      state: 'halted',
      halt: { reason: 'credentials_refused', message: expect.stringContaining('X_CLIENT_SECRET') },
      accounts: { total: 1000, ok: 1000 },
    })
    await inParallel(ids, async (id) =>
      expect(await api(`/v1/accounts/${id}/token`)).toMatchObject({
        http: 200,
        degraded: { reason: 'app_halted' },
      }),
    )
    await x('PUT', 'app', { client_secret: SECRET })
    const rotated = async () =>
      (await refreshes()).filter(({ outcome }) => outcome === 'rotated').length
    for (const done of [500, 1000]) {
      later(60)
      await sweepThrough()
      expect(await rotated()).toBe(done)
    }
    expect(await api(`/v1/accounts/${ids[999]}/token`)).not.toHaveProperty('degraded')
  }, 120_000)
})

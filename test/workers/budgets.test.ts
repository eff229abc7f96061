/** The I/O that each journey may cost, counted. See "What it costs" in the README. */
import { createScheduledController, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { COUNTS } from '../../scripts/counts'
import type { Account } from '../../src/account/account'
import type { App } from '../../src/app/app'
import { newKey } from '../../src/caller/key'
import { keyringOf } from '../../src/crypto/keyring'
import { configOf } from '../../src/env'
import worker from '../../src/index'
import {
  CARRIER_PATIENCE_MS,
  DELIVERY_PATIENCE_MS,
  ONCE_CALL_TIMEOUT_MS,
  PUBLISH_PATIENCE_MS,
} from '../../src/limits'
import { forgetCaller } from '../../src/store/callers'
import { forgetAccount } from '../../src/store/vault'
import {
  ADMIN,
  api,
  approve,
  atX,
  catchQueue,
  connect,
  copyOf,
  countRows,
  newUser,
  PERCH,
  perch,
  resetX,
} from './world'

beforeEach(resetX)
afterEach(() => vi.restoreAllMocks())

/** Counts what is done through every binding and to X, until {@link Counter.cost} is read. */
function count() {
  const spies: Record<string, { mock: { calls: unknown[][] } }> = {
    'PENDING.get': vi.spyOn(env.PENDING, 'get'),
    'PENDING.put': vi.spyOn(env.PENDING, 'put'),
    'VAULT.get': vi.spyOn(env.VAULT, 'get'),
    'VAULT.put': vi.spyOn(env.VAULT, 'put'),
    'VAULT.list': vi.spyOn(env.VAULT, 'list'),
    'DUE.sendBatch': vi.spyOn(env.DUE, 'sendBatch'),
    Account: vi.spyOn(env.ACCOUNT, 'getByName'),
    Login: vi.spyOn(env.LOGIN, 'getByName'),
    App: vi.spyOn(env.APP, 'getByName'),
    Registry: vi.spyOn(env.REGISTRY, 'getByName'),
    Events: vi.spyOn(env.EVENTS, 'getByName'),
    X: vi.spyOn(globalThis, 'fetch'),
  }
  return () =>
    Object.fromEntries(
      Object.entries(spies)
        .map(([name, spy]) => [name, spy.mock.calls.length] as const)
        .filter(([, calls]) => calls > 0),
    )
}

/** The key of a new caller, which this isolate has forgotten again. */
async function caller(): Promise<string> {
  const body = '{"name":"c","scopes":["tokens","sign","app"]}'
  const { id, key } = await api('/v1/callers', { method: 'POST', body })
  forgetCaller(id)
  return key
}

// X has waited one second for this, and calls the webhook invalid where it takes longer.
it('X’s check is answered without any of it', async () => {
  const cost = count()
  for (const path of ['/x/webhook', '/x/webhook/consumer'])
    expect((await perch(`${path}?crc_token=MDEyMzQ1Njc4OWFiY2RlZg`)).status).toBe(200)
  expect(cost()).toEqual({})
})

describe('login', () => {
  it('begins with one KV write and nothing else', async () => {
    const cost = count()
    expect((await perch('/login')).status).toBe(302)
    expect(cost()).toEqual(COUNTS.loginBegins)
  })

  it('completes in its browser with one Login call, two calls to X, one Account call, one KV write', async () => {
    const { back, cookie } = await approve((await newUser()).username)
    const cost = count()
    expect((await perch(back, { headers: { cookie } })).status).toBe(200)
    expect(cost()).toEqual(COUNTS.loginCompletes)
  })
})

describe('OAuth 1.0a', () => {
  it('begins with one KV write and one call to X, and completes with one of each and the objects’ calls', async () => {
    const { username } = await newUser()
    const begins = count()
    const begun = await perch('/login?flow=oauth1')
    expect(begins()).toEqual({ 'PENDING.put': 1, X: 1 })
    const cookie = begun.headers.get('set-cookie')?.split(';')[0] ?? ''
    const back = (await atX(begun.headers.get('location') ?? '', username)).slice(PERCH.length)
    vi.restoreAllMocks()
    const completes = count()
    expect((await perch(back, { headers: { cookie } })).status).toBe(200)
    expect(completes()).toEqual({ ...COUNTS.loginCompletes, X: 1 })
  })

  it('a hundred user tokens by import: two Account calls and one KV write each, and no call to X', async () => {
    const tokens = Array.from({ length: 100 }, (_, n) => `${9_000_000 + n}-token`)
    const lines = tokens.map((oauth_token) =>
      JSON.stringify({ oauth1: { oauth_token, oauth_token_secret: 'secret' } }),
    )
    const cost = count()
    const answer = await perch('/v1/imports', {
      method: 'POST',
      headers: { ...ADMIN, 'content-type': 'application/x-ndjson' },
      body: lines.join('\n'),
    })
    const text = new TextDecoder().decode(await answer.arrayBuffer())
    expect(text.match(/"status":"imported"/g)).toHaveLength(100)
    const { Account, 'VAULT.put': put, Events } = COUNTS.userToken
    expect(cost()).toEqual({ Account: 100 * Account, 'VAULT.put': 100 * put, Events: 100 * Events })
  })

  it('a hundred signatures: two KV reads, no object and no call to X', async () => {
    const { id, username } = await newUser()
    const { back, cookie } = await approve(username, '/login?flow=oauth1')
    expect((await perch(back, { headers: { cookie } })).status).toBe(200)
    const headers = { authorization: `Bearer ${await caller()}` }
    const body = JSON.stringify({ method: 'GET', url: `${env.X_API_ORIGIN}/2/users/me` })
    const cost = count()
    for (let n = 0; n < 100; n++) {
      const signed = await perch(`/v1/accounts/${id}/sign`, { method: 'POST', headers, body })
      expect(signed.status).toBe(200)
      await signed.body?.cancel()
    }
    expect(cost()).toEqual({ 'VAULT.get': 2 })
  })

  it('the app-only bearer: one call to X and one KV write at first, then KV alone', async () => {
    const headers = { authorization: `Bearer ${await caller()}` }
    const cost = count()
    for (let n = 0; n < 3; n++) expect((await perch('/v1/app/token', { headers })).status).toBe(200)
    expect(cost()).toEqual({ 'VAULT.get': 3, 'VAULT.put': 1, App: 1, X: 1 })
  })
})

describe('lease', () => {
  it('of a valid token: two KV reads, and none when the isolate knows both', async () => {
    const { id } = await connect()
    const headers = { authorization: `Bearer ${await caller()}` }
    const cost = count()
    expect((await perch(`/v1/accounts/${id}/token`, { headers })).status).toBe(200)
    expect(cost()).toEqual(COUNTS.lease)
    for (let n = 0; n < 50; n++) await perch(`/v1/accounts/${id}/token`, { headers })
    expect(cost()).toEqual({ 'VAULT.get': 2 })
  })

  it('any other, and every 404: one Account call more', async () => {
    const cost = count()
    expect((await perch('/v1/accounts/555/token', { headers: ADMIN })).status).toBe(404)
    expect(cost()).toEqual({ 'VAULT.get': 1, ...COUNTS.leaseByObject })
  })

  it('a key of nobody: one KV read and one Registry call, and nothing when it comes again', async () => {
    const headers = { authorization: `Bearer ${(await newKey()).text.reveal()}` }
    const cost = count()
    for (let n = 0; n < 20; n++)
      expect((await perch('/v1/accounts/555/token', { headers })).status).toBe(401)
    // The account's copy is read beside the caller's, once for each time that the caller is looked up.
    expect(cost()).toMatchObject({ Registry: 1 })
    expect(cost()['VAULT.get']).toBeLessThanOrEqual(21)
  })

  it('a malformed key costs nothing', async () => {
    const cost = count()
    const headers = { authorization: 'Bearer perch_0123456789abcdef_mistyped' }
    expect((await perch('/v1/accounts/555/token', { headers })).status).toBe(401)
    expect(cost()).toEqual({})
  })
})

describe('refresh', () => {
  it('one call to X, one App call, one Account call that brings the answer, one KV write, four rows written', async () => {
    const { id } = await connect()
    const stub = env.ACCOUNT.getByName(id)
    const { written, cost } = await runInDurableObject(stub, async (account: Account, state) => {
      const cost = count()
      const rows = countRows(state)
      await account.lease({ because: 'forced' })
      return { written: rows(), cost: cost() }
    })
    expect(cost).toEqual(COUNTS.refresh)
    expect(written).toBe(COUNTS.refreshRows)
  })

  it('one row written by the app’s object, for one account or for a batch', async () => {
    const written = await runInDurableObject(env.APP.getByName('app'), async (app: App, state) => {
      // The first one ever makes the table.
      await app.admit({ count: 1 })
      const rows = countRows(state)
      await app.admit({ count: 50 })
      return rows()
    })
    expect(written).toBe(COUNTS.admitRows)
  })

  it('no timer is left behind: it would keep the object awake, and billed, for 90 seconds more', async () => {
    const { id } = await connect()
    const set = vi.spyOn(globalThis, 'setTimeout')
    const cleared = vi.spyOn(globalThis, 'clearTimeout')
    const signals = vi.spyOn(AbortSignal, 'timeout')
    expect((await api(`/v1/accounts/${id}/refresh`, { method: 'POST' })).http).toBe(200)
    expect(signals).not.toHaveBeenCalled()
    // The call’s own time-out is what is left of its 90 seconds.
    const ours = [
      [ONCE_CALL_TIMEOUT_MS - 5000, ONCE_CALL_TIMEOUT_MS],
      ...[PUBLISH_PATIENCE_MS, CARRIER_PATIENCE_MS, DELIVERY_PATIENCE_MS].map((ms) => [ms, ms]),
    ].map(([least = 0, most = 0]) =>
      set.mock.results.filter((_, call) => {
        const ms = set.mock.calls[call]?.[1] ?? 0
        return least <= ms && ms <= most
      }),
    )
    expect(ours.map((timers) => timers.length)).toEqual([1, 1, 1, 1])
    const gone = cleared.mock.calls.map(([timer]) => timer)
    for (const timer of ours.flat()) expect(gone).toContain(timer.value)
  })
})

describe('a hint about an account that is not due', () => {
  const later = (seconds: number) => vi.setSystemTime(Date.now() + seconds * 1000)
  const hinted = async (id: string) => {
    const stub = env.ACCOUNT.getByName(id)
    return runInDurableObject(stub, async (account: Account) => {
      const cost = count()
      await account.refreshDue(Date.now())
      return cost()
    })
  }

  it('costs one KV write where KV must be wrong, once an hour; nothing where its list is late', async () => {
    const { id } = await connect()
    vi.useFakeTimers({ toFake: ['Date'] })
    later(60)
    expect(await hinted(id)).toEqual({})
    vi.restoreAllMocks()
    later(61)
    expect(await hinted(id)).toEqual({ 'VAULT.put': 1 })
    vi.restoreAllMocks()
    later(3599)
    expect(await hinted(id)).toEqual({})
    vi.useRealTimers()
  })
})

describe('sweep', () => {
  it('one list for up to 1,000 accounts, one message for up to 50 due', async () => {
    const { first } = await keyringOf(configOf(env).sealingKeys)
    const many = Array.from({ length: 120 }, (_, n) => String(7_000_000 + n))
    const due = {
      username: 'u',
      name: 'n',
      status: 'ok',
      grants: ['oauth2'],
      generation: 1,
      expiresAt: 1,
      dueAt: 1,
      keyIds: [first],
    }
    for (const id of many) await env.VAULT.put(`account/${id}`, '{}', { metadata: due })
    const { bodies } = catchQueue()
    const cost = count()
    await worker.scheduled(createScheduledController({ cron: '*/5 * * * *' }), env)
    for (const id of many) {
      await env.VAULT.delete(`account/${id}`)
      forgetAccount(id)
    }
    expect(bodies.map((body) => (body as { due: unknown[] }).due.length)).toEqual([50, 50, 20])
    expect(cost()).toMatchObject({ 'VAULT.list': 1, 'DUE.sendBatch': 1, ...COUNTS.sweep })
    expect(cost()).not.toHaveProperty('VAULT.get')
  })

  it('one row written by the app’s object', async () => {
    const cron = () => worker.scheduled(createScheduledController({ cron: '*/5 * * * *' }), env)
    // The first one ever also notes the sealing key.
    await cron()
    const written = await runInDurableObject(env.APP.getByName('app'), async (_: App, state) => {
      const rows = countRows(state)
      await cron()
      return rows()
    })
    expect(written).toBe(COUNTS.sweepRows)
  })
})

it('the KV copy carries everything a sweep needs within 1,024 bytes', async () => {
  const { id } = await connect()
  const { oauth2 } = await copyOf(id)
  const { metadata } = await env.VAULT.getWithMetadata(`account/${id}`)
  expect(metadata).toMatchObject({ status: 'ok', grants: ['oauth2'], dueAt: oauth2.dueAt })
  expect(JSON.stringify(metadata).length).toBeLessThan(1024)
})

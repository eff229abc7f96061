/** What the object has in hand when its storage refuses, when X takes its time, and when the app's object is silent. */
import { abortAllDurableObjects, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, it, vi } from 'vitest'
import { Account } from '../../../src/account/account'
import type { App } from '../../../src/app/app'
import { Row } from '../../../src/store/row'
import { consume } from '../../../src/sweep/consumer'
import { sweep } from '../../../src/sweep/sweep'
import { eventually } from '../../eventually'
import {
  api,
  approve,
  callsTo,
  connect,
  copyOf,
  later,
  newUser,
  perch,
  refreshes,
  useFreshWorld,
  x,
} from '../world'

const TOKEN = '/2/oauth2/token'
const object = (id: string) => env.ACCOUNT.getByName(id)
const rowOf = (id: string) =>
  runInDurableObject(object(id), (_: Account, { storage }) => {
    const [row] = storage.sql.exec<{ json: string }>('SELECT json FROM record').toArray()
    return JSON.parse(row?.json ?? '{}')
  })
const fault = (fault: string, path = TOKEN) => x('POST', 'faults', { path, fault, times: 1 })
const refresh = (id: string) => api(`/v1/accounts/${id}/refresh`, { method: 'POST' })
const liveToken = async () =>
  (await x('GET', 'state')).grants.find(({ live }) => live)?.access_token

/** The row refuses what comes after the journal of a refresh, so many times. */
function fullAfterJournal(times: number) {
  const write = Row.prototype.write
  let left = times
  return vi.spyOn(Row.prototype, 'write').mockImplementation(function (this: Row<object>, value) {
    const isJournal = typeof value === 'object' && value !== null && 'attempt' in value
    if (!isJournal && left > 0) {
      left -= 1
      throw new Error('SQLITE_FULL: database or disk is full')
    }
    return write.call(this, value)
  })
}

useFreshWorld()
vi.setConfig({ testTimeout: 30_000 })

describe('a commit that throws', () => {
  // The pair in hand was thrown away, and the log said that no refresh had been made.
  it('is leased from memory, stored as soon as that works, and told to KV only then', async () => {
    const { id } = await connect()
    const logs = vi.spyOn(console, 'log')
    const before = await copyOf(id)
    fullAfterJournal(2)
    const lease = await refresh(id)
    expect(lease).toMatchObject({ http: 200, access_token: await liveToken() })
    expect(lease.degraded).toBeUndefined()
    expect((await rowOf(id)).attempt).toBeDefined()
    expect(await copyOf(id)).toEqual(before)
    // Another lease comes from the object's memory, and presents nothing.
    expect(
      (await api(`/v1/accounts/${id}/token?rejected=${before.oauth2.generation}`)).access_token,
    ).toBe(lease.access_token)
    await eventually(async () => expect((await rowOf(id)).attempt).toBeUndefined(), 5000)
    await eventually(
      async () => expect((await copyOf(id)).oauth2.generation).toBe(lease.generation),
      5000,
    )
    await abortAllDurableObjects()
    later(3600)
    expect((await refresh(id)).degraded).toBeUndefined()
    expect(await refreshes()).toHaveLength(2)
    const events = logs.mock.calls.map(([line]) => JSON.parse(String(line)).event)
    expect(events).toContain('refresh_not_stored')
    expect(events).not.toContain('refresh_not_made')
  })

  it('is offered to the next object, where this one dies before that', async () => {
    const { id } = await connect()
    const refused = fullAfterJournal(1000)
    const lease = await refresh(id)
    await abortAllDurableObjects()
    expect(await rowOf(id)).toHaveProperty('attempt')
    refused.mockRestore()
    await eventually(async () => expect(await rowOf(id)).not.toHaveProperty('attempt'), 10_000)
    expect((await rowOf(id)).oauth2.generation).toBe(lease.generation)
    expect(await api(`/v1/accounts/${id}/token`)).toMatchObject({ access_token: await liveToken() })
    expect(await refreshes()).toHaveLength(1)
  })

  it('and a carrier and an object that die before that leave a doubt, not a lie', async () => {
    const { id } = await connect()
    fullAfterJournal(1000)
    let killed = false
    const { deliver } = Account.prototype
    // The carrier dies after its first delivery.
    vi.spyOn(Account.prototype, 'deliver').mockImplementation(function (this: Account, ...args) {
      return killed ? new Promise(() => {}) : deliver.apply(this, args)
    })
    await refresh(id)
    killed = true
    await abortAllDurableObjects()
    vi.restoreAllMocks()
    later(181)
    await runDurableObjectAlarm(object(id))
    expect(await api(`/v1/accounts/${id}`)).toMatchObject({
      oauth2: { ended: { reason: 'refresh_reply_lost' } },
    })
  })
})

/** Time-outs that are twenty times as short; the timers stay those of the object that sets them. */
function hurry(): void {
  const set = setTimeout
  const faster = (wake: () => void, ms = 0) => set(wake, ms / 20)
  vi.spyOn(globalThis, 'setTimeout').mockImplementation(faster as typeof setTimeout)
}

describe('an answer of X that takes its time', () => {
  // It was thrown away after 20 seconds, though nobody had waited for them.
  it('is waited for; who asked is told after 20 seconds that the refresh goes on', async () => {
    const { id } = await connect()
    later(7300)
    hurry()
    await fault('delay_reply:1500')
    expect(await api(`/v1/accounts/${id}/token`)).toMatchObject({
      http: 503,
      code: 'refresh_failed',
      detail: 'X has not answered yet. The refresh goes on.',
      retry_after: 5,
    })
    await object(id).settled()
    const after = await api(`/v1/accounts/${id}/token`)
    expect(after).toMatchObject({ http: 200, access_token: await liveToken() })
    expect(after.degraded).toBeUndefined()
    expect(await refreshes()).toHaveLength(1)
  })

  it('does not hold up the batch of a sweep', async () => {
    const { id } = await connect()
    later(7300)
    hurry()
    await fault('delay_reply:1500')
    expect(await object(id).refreshDue(Date.now())).toBeUndefined()
    expect((await object(id).read())?.oauth2?.accessToken).toBe(
      (await copyOf(id)).oauth2.accessToken,
    )
    await object(id).settled()
    expect((await api(`/v1/accounts/${id}/token`)).access_token).toBe(await liveToken())
  })

  it('is given up after 90 seconds, also where its headers have come, and leaves a doubt', async () => {
    const { id } = await connect()
    hurry()
    await fault('stall')
    expect(await refresh(id)).toMatchObject({ http: 200, degraded: { reason: 'refresh_failed' } })
    await object(id).settled()
    expect(await object(id).read()).toMatchObject({ oauth2: { failure: { code: 'unknown' } } })
  })
})

describe('a login whose answer takes its time', () => {
  it.each([
    ['/login', TOKEN],
    ['/login?flow=oauth1', '/oauth/access_token'],
  ])('%s is finished by a reload; the code is sent once', async (path, endpoint) => {
    const { username, id } = await newUser()
    const { back, cookie } = await approve(username, path)
    hurry()
    await fault('delay_reply:1500', endpoint)
    const first = await perch(back, { headers: { cookie } })
    expect([first.status, await first.text()]).toEqual([503, expect.stringMatching(/Almost done/)])
    await eventually(async () => {
      expect((await perch(back, { headers: { cookie } })).status).toBe(200)
    }, 10_000)
    const sent = await callsTo(endpoint)
    expect(sent.filter((call) => call.grant_type !== 'refresh_token')).toHaveLength(1)
    expect(await api(`/v1/accounts/${id}`)).toMatchObject({ status: 'ok' })
  })
})

describe('an app’s object that never answers', () => {
  // Leases hung, and the account stayed stuck after that object was well again.
  it('is waited for three seconds, then the refresh goes on without it', async () => {
    const { id } = await connect()
    hurry()
    const silent = new Proxy({}, { get: () => () => new Promise(() => {}) })
    vi.spyOn(env.APP, 'getByName').mockReturnValue(silent as DurableObjectStub<App>)
    const lease = await refresh(id)
    expect(lease).toMatchObject({ http: 200, access_token: await liveToken() })
    expect(lease.degraded).toBeUndefined()
    later(7000)
    await consume(env, { sweptAtMs: Date.now(), due: [id] })
    expect(await refreshes()).toHaveLength(2)
    await sweep(env, Date.now())
    expect(await api('/v1/status')).toMatchObject({ http: 503, code: 'object_unreachable' })
  })

  it('… whatever it was to be told', async () => {
    const { id } = await connect()
    hurry()
    const permit = vi.fn(async () => undefined)
    const silent = new Proxy(
      { permit },
      {
        get: (app, name) => (name === 'permit' ? app.permit : () => new Promise(() => {})),
      },
    )
    vi.spyOn(env.APP, 'getByName').mockReturnValue(silent as unknown as DurableObjectStub<App>)
    for (const name of ['status:429', 'status:401', 'html']) {
      await fault(name)
      later(1000)
      expect((await refresh(id)).degraded, name).toBeDefined()
    }
  })

  it('or that cannot be reached is said to be that, where it alone can answer', async () => {
    const dead = new Proxy({}, { get: () => () => Promise.reject(new Error('unreachable')) })
    vi.spyOn(env.APP, 'getByName').mockReturnValue(dead as DurableObjectStub<App>)
    for (const path of ['/v1/status', '/v1/app/token'])
      expect(await api(path)).toMatchObject({ http: 503, code: 'object_unreachable' })
  })

  // Whoever waited three seconds for it would have refreshed into the halt.
  it('answers that all is halted while its probe of X takes its time', async () => {
    const { id } = await connect()
    await x('PUT', 'app', { client_secret: 'another' })
    await refresh(id)
    await x('PUT', 'app', { client_secret: env.X_CLIENT_SECRET })
    later(61)
    hurry()
    await fault('delay_reply:1000')
    const before = (await refreshes()).length
    expect((await refresh(id)).degraded).toMatchObject({ reason: 'app_halted' })
    // The probe alone was sent.
    expect(await refreshes()).toHaveLength(before + 1)
  })
})

describe('a KV that never answers', () => {
  // No copy of the account was ever written again.
  it('is given up after 30 seconds, and told again by alarm', async () => {
    const { id } = await connect()
    hurry()
    const put = vi.spyOn(env.VAULT, 'put').mockReturnValue(new Promise(() => {}))
    const { generation } = await refresh(id)
    await eventually(async () => expect(await rowOf(id)).toHaveProperty('kv'), 10_000)
    put.mockRestore()
    later(60)
    await runDurableObjectAlarm(object(id))
    expect((await copyOf(id)).oauth2.generation).toBe(generation)
  })
})

describe('an account’s object that never answers', () => {
  it('is not waited for without end: KV’s copy is leased, and says so', async () => {
    const { id } = await connect()
    const token = (await api(`/v1/accounts/${id}/token`)).access_token
    hurry()
    const silent = new Proxy({}, { get: () => () => new Promise(() => {}) })
    vi.spyOn(env.ACCOUNT, 'getByName').mockReturnValue(silent as DurableObjectStub<Account>)
    later(6000)
    expect(await api(`/v1/accounts/${id}/token?min_ttl=60`)).toMatchObject({
      http: 200,
      access_token: token,
      degraded: { reason: 'object_unreachable' },
    })
  })
})

describe('a DELETE and an import while X takes its time over a refresh', () => {
  it('tell their caller so, and the DELETE goes on', async () => {
    const { id, username } = await connect()
    const { access_token, access_token_secret } = (await x('POST', 'tokens', {
      username,
    })) as unknown as Record<string, string>
    const { access_token: own } = await api(`/v1/accounts/${id}/token`)
    hurry()
    // Three callers wait for a second each, and the call is given up after four and a half.
    await fault('delay_reply:4000')
    await refresh(id)
    const put = (kind: string, body: object) =>
      api(`/v1/accounts/${id}/grants/${kind}`, { method: 'PUT', body: JSON.stringify(body) })
    expect(await put('oauth2', { access_token: own })).toMatchObject({
      http: 409,
      code: 'import_superseded',
    })
    const oauth1 = { oauth_token: access_token, oauth_token_secret: access_token_secret }
    expect((await put('oauth1', oauth1)).http).toBe(200)
    expect(await api(`/v1/accounts/${id}`, { method: 'DELETE' })).toMatchObject({
      http: 409,
      code: 'account_disconnecting',
      retry_after: 5,
    })
    await eventually(async () => expect((await object(id).read())?.id).toBeUndefined(), 10_000)
  })
})

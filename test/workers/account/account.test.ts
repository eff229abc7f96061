import {
  abortAllDurableObjects,
  evictDurableObject,
  runDurableObjectAlarm,
  runInDurableObject,
} from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Account } from '../../../src/account/account'
import type { Adoption } from '../../../src/account/adoption'
import { accountAt } from '../../../src/account/stub'
import { eventually } from '../../eventually'
import { api, callsTo, connect, copyOf, haltAll, later, resetX, x } from '../world'

const TOKEN = '/2/oauth2/token'
const object = (id: string) => env.ACCOUNT.getByName(id)
const alarmOf = (id: string) =>
  runInDurableObject(object(id), (_: Account, state) => state.storage.getAlarm())

beforeEach(resetX)
afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

const adoption = async (id: string, loginId: string, obtainedAtMs: number): Promise<Adoption> => {
  const { generation: _, ...grant } = (await copyOf(id)).oauth2
  return {
    loginId,
    id,
    username: 'renamed',
    name: 'Renamed',
    grant: { kind: 'oauth2', ...grant, obtainedAtMs },
  }
}

describe('adopt', () => {
  it('is ordered by when X gave the grant, and happens once per login', async () => {
    const { id } = await connect()
    const { generation, obtainedAtMs } = (await copyOf(id)).oauth2
    const stub = object(id)
    expect((await stub.adopt(await adoption(id, 'late', obtainedAtMs - 1))).how).toBe('superseded')
    expect((await copyOf(id)).oauth2.generation).toBe(generation)
    expect((await stub.adopt(await adoption(id, 'next', obtainedAtMs + 1))).how).toBe('adopt')
    expect((await stub.adopt(await adoption(id, 'next', obtainedAtMs + 1))).how).toBe('already')
    expect(await copyOf(id)).toMatchObject({
      username: 'renamed',
      oauth2: { generation: generation + 1 },
    })
  })

  it('ends a running attempt: its late answer is dropped', async () => {
    const { id } = await connect()
    await x('POST', 'faults', { path: TOKEN, fault: 'delay_reply:300', times: 1 })
    const forced = api(`/v1/accounts/${id}/refresh`, { method: 'POST' })
    await eventually(async () => expect(await callsTo(TOKEN)).toHaveLength(2))
    const { obtainedAtMs, accessToken } = (await copyOf(id)).oauth2
    await object(id).adopt(await adoption(id, 'meanwhile', obtainedAtMs + 1))
    await forced
    expect((await copyOf(id)).oauth2.accessToken).toBe(accessToken)
    expect(await object(id).read()).toEqual(await copyOf(id))
  })
})

describe('one refresh at a time', () => {
  it('twenty leases of an expired token are one call', async () => {
    await x('PUT', 'app', { access_token_ttl: 60 })
    const { id } = await connect()
    await x('PUT', 'app', { access_token_ttl: 7200 })
    vi.useFakeTimers({ toFake: ['Date'] })
    later(90)
    const leases = await Promise.all(
      Array.from({ length: 20 }, () => api(`/v1/accounts/${id}/token`)),
    )
    const calls = await callsTo(TOKEN)
    expect(calls.filter((call) => call.grant_type === 'refresh_token')).toHaveLength(1)
    expect(new Set(leases.map((lease) => lease.access_token)).size).toBe(1)
    expect(leases.every((lease) => lease.http === 200 && !lease.degraded)).toBe(true)
  })
})

describe('KV', () => {
  it('is asked less and less often while it refuses, up to once an hour', async () => {
    const { id } = await connect()
    vi.useFakeTimers({ toFake: ['Date'] })
    vi.spyOn(env.VAULT, 'put').mockRejectedValue(new Error('no writes left today'))
    await api(`/v1/accounts/${id}/refresh`, { method: 'POST' })
    const waits: number[] = []
    for (let n = 0; n < 14; n++) {
      const wait = ((await alarmOf(id)) ?? 0) - Date.now()
      waits.push(wait / 1000)
      later(wait / 1000)
      // It sleeps in between, and what it knew of KV is gone.
      await evictDurableObject(object(id))
      await runDurableObjectAlarm(object(id))
    }
    expect(waits[0]).toBeLessThanOrEqual(7)
    for (const [n, wait] of waits.slice(1, 9).entries()) expect(wait).toBeGreaterThan(waits[n]!)
    expect(waits.slice(10)).toEqual([3600, 3600, 3600, 3600])
    vi.restoreAllMocks()
    later(3600)
    await runDurableObjectAlarm(object(id))
    expect(await alarmOf(id)).toBeNull()
    expect(await copyOf(id)).toEqual(await object(id).read())
    // A deletion is repeated as well.
    vi.spyOn(env.VAULT, 'delete').mockRejectedValueOnce(new Error('KV is down'))
    await api(`/v1/accounts/${id}`, { method: 'DELETE' })
    later(7)
    await evictDurableObject(object(id))
    await runDurableObjectAlarm(object(id))
    expect(await env.VAULT.get(`account/${id}`)).toBeNull()
  })

  it('that refuses does not put off what is in doubt', async () => {
    const { id } = await connect()
    vi.useFakeTimers({ toFake: ['Date'] })
    vi.spyOn(env.VAULT, 'put').mockRejectedValue(new Error('no writes left today'))
    await api(`/v1/accounts/${id}/refresh`, { method: 'POST' })
    for (let n = 0; n < 8; n++) {
      later(((await alarmOf(id)) ?? 0) / 1000 - Date.now() / 1000)
      await runDurableObjectAlarm(object(id))
    }
    expect(((await alarmOf(id)) ?? 0) - Date.now()).toBeGreaterThan(600_000)
    await x('POST', 'faults', { path: TOKEN, fault: 'drop_before', times: 1 })
    const lost = await api(`/v1/accounts/${id}/refresh`, { method: 'POST' })
    const { retry_after } = lost.degraded
    expect(lost.degraded).toMatchObject({ reason: 'refresh_in_doubt' })
    expect(retry_after).toBeLessThan(60)
    expect(((await alarmOf(id)) ?? 0) - Date.now()).toBeLessThanOrEqual(retry_after * 1000)
  })

  it('a failed write loses nothing: leases go on, and the alarm repairs it', async () => {
    const { id } = await connect()
    const before = await copyOf(id)
    const put = vi.spyOn(env.VAULT, 'put').mockRejectedValue(new Error('KV is down'))
    const refreshed = await api(`/v1/accounts/${id}/refresh`, { method: 'POST' })
    expect(refreshed.http).toBe(200)
    expect(await copyOf(id)).toEqual(before)
    expect(await alarmOf(id)).not.toBeNull()
    put.mockRestore()
    vi.useFakeTimers({ toFake: ['Date'] })
    later(7)
    expect(await runDurableObjectAlarm(object(id))).toBe(true)
    expect((await copyOf(id)).oauth2.generation).toBe(refreshed.generation)
    expect(await alarmOf(id)).toBeNull()
  })

  it('writes go one at a time, so the last one written is the last one that happened', async () => {
    const { id } = await connect()
    const { obtainedAtMs } = (await copyOf(id)).oauth2
    const real = env.VAULT.put.bind(env.VAULT)
    let running = 0
    const together: number[] = []
    vi.spyOn(env.VAULT, 'put').mockImplementation(async (...args: Parameters<typeof real>) => {
      together.push(++running)
      await Promise.resolve()
      await real(...args)
      running--
    })
    const adoptions = [1, 2, 3, 4].map((n) => adoption(id, `l${n}`, obtainedAtMs + n))
    for (const next of await Promise.all(adoptions)) void object(id).adopt(next)
    await object(id).adopt(await adoption(id, 'last', obtainedAtMs + 9))
    expect(Math.max(...together)).toBe(1)
    expect((await copyOf(id)).oauth2).toEqual((await object(id).read())?.oauth2)
  })
})

describe('an X that is down', () => {
  it('costs one KV write, not one a sweep', async () => {
    const { id } = await connect()
    vi.useFakeTimers({ toFake: ['Date'] })
    later(7100)
    await x('POST', 'faults', { path: TOKEN, fault: 'status:503', times: 3 })
    const put = vi.spyOn(env.VAULT, 'put')
    for (let sweeps = 0; sweeps < 3; sweeps++) {
      later(300)
      await evictDurableObject(object(id))
      await object(id).refreshDue(Date.now())
      // Its alarm comes as well, half a minute later, and finds an object that knows nothing.
      await evictDurableObject(object(id))
      await runDurableObjectAlarm(object(id))
    }
    expect(put).toHaveBeenCalledTimes(1)
    expect((await object(id).read())?.oauth2?.failure?.at).toBe(Math.floor(Date.now() / 1000))
    later(300)
    await object(id).refreshDue(Date.now())
    expect((await copyOf(id)).oauth2).not.toHaveProperty('failure')
  })

  it('holds up nobody whose token is good: a lease answers, and the refresh goes on', async () => {
    const { id } = await connect()
    vi.useFakeTimers({ toFake: ['Date'] })
    later(6001)
    const { generation } = (await copyOf(id)).oauth2
    const real = globalThis.fetch
    const answer = Promise.withResolvers<void>()
    vi.spyOn(globalThis, 'fetch').mockImplementation(async (...args) => {
      const response = await real(...args)
      await answer.promise
      return response
    })
    const lease = await api(`/v1/accounts/${id}/token`)
    expect(lease).toMatchObject({ http: 200, generation })
    expect(lease).not.toHaveProperty('degraded')
    answer.resolve()
    await eventually(async () =>
      expect((await copyOf(id)).oauth2.generation).toBeGreaterThan(generation),
    )
  })
})

describe('crash', () => {
  it('after X answered, while KV hangs: the new pair is there, and nothing was presented twice', async () => {
    const { id } = await connect()
    const { generation } = (await copyOf(id)).oauth2
    vi.spyOn(env.VAULT, 'put').mockReturnValue(new Promise(() => {}))
    const forced = api(`/v1/accounts/${id}/refresh`, { method: 'POST' }).catch(() => undefined)
    await eventually(() => expect(env.VAULT.put).toHaveBeenCalled())
    await abortAllDurableObjects()
    await forced
    vi.restoreAllMocks()
    expect((await copyOf(id)).oauth2.generation).toBe(generation)
    const after = await api(`/v1/accounts/${id}/token?rejected=${generation}`)
    expect(after.generation).toBeGreaterThan(generation)
    const { grants } = await x('GET', 'state')
    expect(grants.find((grant) => grant.live)?.access_token).toBe(after.access_token)
    expect(await callsTo(TOKEN)).toHaveLength(2)
    await runDurableObjectAlarm(object(id))
    expect((await copyOf(id)).oauth2.generation).toBe(after.generation)
  })

  it('during a refresh: the same token is not presented while the first call may still run', async () => {
    const { id } = await connect()
    await x('POST', 'faults', { path: TOKEN, fault: 'delay:60000', times: 1 })
    const forced = api(`/v1/accounts/${id}/refresh`, { method: 'POST' }).catch(() => undefined)
    await eventually(async () => expect(await callsTo(TOKEN)).toHaveLength(2))
    await abortAllDurableObjects()
    await forced
    const again = await api(`/v1/accounts/${id}/refresh`, { method: 'POST' })
    expect(again).toMatchObject({ http: 200, degraded: { reason: 'refresh_in_doubt' } })
    expect(await callsTo(TOKEN)).toHaveLength(2)
  })

  it('during a refresh: two to three minutes later its alarm, and nobody else, presents the token again', async () => {
    const { id } = await connect()
    vi.useFakeTimers({ toFake: ['Date'] })
    later(6001)
    await x('POST', 'faults', { path: TOKEN, fault: 'delay:60000', times: 1 })
    const forced = api(`/v1/accounts/${id}/refresh`, { method: 'POST' }).catch(() => undefined)
    await eventually(async () => expect(await callsTo(TOKEN)).toHaveLength(2))
    await abortAllDurableObjects()
    await forced
    const { generation } = (await copyOf(id)).oauth2
    // The journal is two minutes old, and by chance up to a minute more is waited.
    later(181)
    await runDurableObjectAlarm(object(id))
    expect((await copyOf(id)).oauth2.generation).toBeGreaterThan(generation)
    // What the dead object told KV may land for a minute, so KV is told once more.
    expect(await alarmOf(id)).toBeGreaterThan(Date.now())
    later(61)
    await runDurableObjectAlarm(object(id))
    expect(await alarmOf(id)).toBeNull()
  })

  it('while KV is told something: what lands later does not stay over what came after it', async () => {
    const { id } = await connect()
    const before = await copyOf(id)
    const next = await adoption(id, 'next', before.oauth2.obtainedAtMs + 1)
    const put = vi.spyOn(env.VAULT, 'put').mockImplementationOnce(() => new Promise(() => {}))
    const dead = object(id)
      .adopt(next)
      .catch(() => undefined)
    await eventually(() => expect(put).toHaveBeenCalled())
    await abortAllDurableObjects()
    await dead
    await object(id).adopt(await adoption(id, 'last', before.oauth2.obtainedAtMs + 2))
    const after = await copyOf(id)
    // The dead object’s write lands.
    await env.VAULT.put(...(put.mock.calls[0] as Parameters<KVNamespace['put']>))
    expect((await copyOf(id)).oauth2.generation).toBe(before.oauth2.generation + 1)
    vi.useFakeTimers({ toFake: ['Date'] })
    later(61)
    await runDurableObjectAlarm(object(id))
    expect(await copyOf(id)).toEqual(after)
    expect(await alarmOf(id)).toBeNull()
  })

  it('during a forced DELETE: the alarm carries it out, still forced', async () => {
    const { id } = await connect()
    await x('POST', 'faults', { path: '/2/oauth2/revoke', fault: 'delay:60000', times: 1 })
    const gone = api(`/v1/accounts/${id}?force=true`, { method: 'DELETE' }).catch(() => undefined)
    await eventually(async () => expect(await callsTo('/2/oauth2/revoke')).toHaveLength(1))
    await abortAllDurableObjects()
    await gone
    expect((await api(`/v1/accounts/${id}/refresh`, { method: 'POST' })).code).toBe(
      'account_disconnecting',
    )
    await x('POST', 'faults', { path: '/2/oauth2/revoke', fault: 'status:503', times: 1 })
    await runDurableObjectAlarm(object(id))
    expect((await api(`/v1/accounts/${id}`)).code).toBe('account_unknown')
  })

  it('in the middle of a refresh: the journal is settled by the alarm, and the token is tried again', async () => {
    const { id } = await connect()
    await x('POST', 'faults', { path: TOKEN, fault: 'delay:60000', times: 1 })
    const forced = api(`/v1/accounts/${id}/refresh`, { method: 'POST' }).catch(() => undefined)
    await eventually(async () => expect(await callsTo(TOKEN)).toHaveLength(2))
    await abortAllDurableObjects()
    await forced
    // An alarm for another reason finds a journal whose answer may come yet.
    await runDurableObjectAlarm(object(id))
    expect((await copyOf(id)).oauth2).not.toHaveProperty('failure')
    vi.useFakeTimers({ toFake: ['Date'] })
    later(121)
    const app = haltAll()
    await runDurableObjectAlarm(object(id))
    app.mockRestore()
    expect((await copyOf(id)).oauth2).toMatchObject({ failure: { code: 'unknown' } })
    expect(await api(`/v1/accounts/${id}/token`)).toMatchObject({ http: 200 })
    later(7100)
    const { generation } = (await copyOf(id)).oauth2
    await object(id).refreshDue(Date.now())
    expect((await copyOf(id)).oauth2.generation).toBeGreaterThan(generation)
    expect((await copyOf(id)).oauth2).not.toHaveProperty('failure')
  })
})

describe('leave', () => {
  it('revokes both tokens at X, forgets, and does not take back an older grant', async () => {
    const { id } = await connect()
    const { obtainedAtMs } = (await copyOf(id)).oauth2
    const old = await adoption(id, 'old', obtainedAtMs)
    expect(await api(`/v1/accounts/${id}`, { method: 'DELETE' })).toMatchObject({
      http: 200,
      revoked: true,
    })
    expect(await callsTo('/2/oauth2/revoke')).toHaveLength(2)
    expect(await env.VAULT.get(`account/${id}`)).toBeNull()
    expect((await accountAt(env, id).adopt(old)).how).toBe('disconnected')
    await object(id).refreshDue(Date.now())
    expect((await api(`/v1/accounts/${id}/token`)).code).toBe('account_unknown')
    const rest = await runInDurableObject(object(id), (_: Account, state) =>
      JSON.stringify(state.storage.sql.exec('SELECT json FROM record').toArray()),
    )
    expect(rest).not.toMatch(/v1\.|username/)
  })

  it('waits for a refresh under way, and gives back the pair that came of it', async () => {
    const { id } = await connect()
    await x('POST', 'faults', { path: TOKEN, fault: 'delay_reply:300', times: 1 })
    const forced = api(`/v1/accounts/${id}/refresh`, { method: 'POST' })
    await eventually(async () => expect(await callsTo(TOKEN)).toHaveLength(2))
    const left = await api(`/v1/accounts/${id}`, { method: 'DELETE' })
    await forced
    expect(left).toMatchObject({ http: 200, revoked: true })
    const { grants } = await x('GET', 'state')
    expect(grants.filter((grant) => grant.live)).toEqual([])
  })

  it('with another X_CLIENT_ID no token is presented, and the grant stays', async () => {
    const { id } = await connect()
    const { oauth2 } = await copyOf(id)
    const again = await adoption(id, 'other app', oauth2.obtainedAtMs + 1)
    const grant = { ...again.grant, clientId: 'another' } as Adoption['grant']
    await object(id).adopt({ ...again, grant })
    const forced = await api(`/v1/accounts/${id}/refresh`, { method: 'POST' })
    const detail = expect.stringContaining('X_CLIENT_ID another')
    expect(forced).toMatchObject({ http: 200, degraded: { detail } })
    expect(await callsTo(TOKEN)).toHaveLength(1)
    expect(await copyOf(id)).toMatchObject({ status: 'ok' })
    expect((await copyOf(id)).oauth2.failure).toMatchObject({
      code: 'app_changed',
      message: forced.degraded.detail,
    })
    // Nor is X asked to revoke it: of a token of another app it would say "invalid", which sounds like "revoked".
    const gone = await api(`/v1/accounts/${id}`, { method: 'DELETE' })
    expect(gone).toMatchObject({ http: 503, code: 'revoke_failed', detail })
    expect(await callsTo('/2/oauth2/revoke')).toEqual([])
    const left = await api(`/v1/accounts/${id}?force=true`, { method: 'DELETE' })
    expect(left).toMatchObject({ http: 200, disconnected: true, revoked: false, detail })
  })

  it('in doubt: X has confirmed nothing as long as it may hold a newer pair', async () => {
    const { id } = await connect()
    await x('POST', 'faults', { path: TOKEN, fault: 'drop_after_commit', times: 1 })
    await api(`/v1/accounts/${id}/refresh`, { method: 'POST' })
    const lost = expect.stringContaining('got lost')
    const path = `/v1/accounts/${id}`
    expect(await api(path, { method: 'DELETE' })).toMatchObject({
      http: 503,
      code: 'revoke_failed',
      detail: lost,
    })
    expect(await callsTo('/2/oauth2/revoke')).toEqual([])
    const forced = await api(`${path}?force=true`, { method: 'DELETE' })
    expect(forced).toMatchObject({ http: 200, revoked: false, detail: lost })
  })

  it('a day later nothing at all is left', async () => {
    const { id } = await connect()
    await api(`/v1/accounts/${id}`, { method: 'DELETE' })
    vi.useFakeTimers({ toFake: ['Date'] })
    later(86_401)
    await runDurableObjectAlarm(object(id))
    const tables = await runInDurableObject(object(id), (_: Account, state) =>
      state.storage.sql.exec("SELECT name FROM sqlite_master WHERE name = 'record'").toArray(),
    )
    expect(tables).toEqual([])
  })

  it('waits for X: when X is down nothing is forgotten, unless forced', async () => {
    const { id } = await connect()
    const down = { path: '/2/oauth2/revoke', fault: 'status:503', times: 1 }
    await x('POST', 'faults', down)
    const kept = await api(`/v1/accounts/${id}`, { method: 'DELETE' })
    expect(kept).toMatchObject({ http: 503, code: 'revoke_failed' })
    expect(await api(`/v1/accounts/${id}/token`)).toMatchObject({ http: 200 })
    await x('POST', 'faults', down)
    const forced = await api(`/v1/accounts/${id}?force=true`, { method: 'DELETE' })
    expect(forced).toMatchObject({ http: 200, revoked: false, disconnected: true })
    expect((await api(`/v1/accounts/${id}`)).code).toBe('account_unknown')
  })

  it('a log-in after it connects anew, with a higher generation', async () => {
    const { id } = await connect()
    const { generation, obtainedAtMs } = (await copyOf(id)).oauth2
    const again = await adoption(id, 'again', obtainedAtMs + 60_000)
    await api(`/v1/accounts/${id}`, { method: 'DELETE' })
    expect((await object(id).adopt(again)).how).toBe('adopt')
    expect((await copyOf(id)).oauth2.generation).toBeGreaterThan(generation)
  })
})

it('an object that was only asked stores nothing', async () => {
  const stub = object('999999')
  expect(await stub.read()).toBeUndefined()
  expect(await stub.lease({ because: 'forced' })).toMatchObject({
    failure: { code: 'account_unknown' },
  })
  expect(await stub.disconnect(true)).toMatchObject({ failure: { code: 'account_unknown' } })
  const size = await runInDurableObject(stub, (_: Account, state) =>
    state.storage.sql
      .exec("SELECT name FROM sqlite_master WHERE name NOT LIKE '\\_cf%' ESCAPE '\\'")
      .toArray(),
  )
  expect(size).toEqual([])
})

/** What a later build wrote is neither written over nor half understood: calls about it are refused until that build runs. */
import { abortAllDurableObjects, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, it, vi } from 'vitest'
import type { Account } from '../../../src/account/account'
import type { App } from '../../../src/app/app'
import type { Registry } from '../../../src/caller/registry'
import { keyringOf } from '../../../src/crypto/keyring'
import { seal } from '../../../src/crypto/seal'
import { configOf } from '../../../src/env'
import type { Login } from '../../../src/login/login'
import { Secret } from '../../../src/secret'
import { forgetCaller } from '../../../src/store/callers'
import { pendingPlace } from '../../../src/store/pending'
import { Row } from '../../../src/store/row'
import { deleteAccount, forgetAccount, listAccounts } from '../../../src/store/vault'
import { consume } from '../../../src/sweep/consumer'
import {
  api,
  approve,
  atX,
  connect,
  copyOf,
  newUser,
  PERCH,
  perch,
  queuedBySweep,
  refreshes,
  useFreshWorld,
} from '../world'

useFreshWorld()

const NEWER = { http: 503, code: 'storage_newer' }

type Stub = () =>
  | DurableObjectStub<Account>
  | DurableObjectStub<Login>
  | DurableObjectStub<App>
  | DurableObjectStub<Registry>
/** The row of an object, as it rests. */
const rowOf = (stub: Stub): Promise<string> =>
  runInDurableObject(stub() as DurableObjectStub<Account>, (_: Account, { storage }) =>
    String(storage.sql.exec('SELECT json FROM record').one().json),
  )

/** The row of an object becomes one of a later build, and the object dies. */
async function outdate(stub: Stub): Promise<string> {
  await runInDurableObject(stub() as DurableObjectStub<Account>, (_: Account, { storage }) => {
    storage.sql.exec(`UPDATE record SET json = json_set(json, '$.v', 99, '$.shape', 'unknown')`)
  })
  await abortAllDurableObjects()
  return rowOf(stub)
}

const calls: [string, string, string?][] = [
  ['GET', '/token?rejected=1'],
  ['POST', '/refresh'],
  ['DELETE', ''],
  ['DELETE', '?force=true'],
  ['DELETE', '/grants/oauth2'],
  ['POST', '/restore'],
  ['PUT', '/grants/oauth2', '{"access_token":"a"}'],
]

describe('an account’s row', () => {
  it('every call about it is a 503 that says so, and the row stays as it is', async () => {
    const { id } = await connect()
    const stub = () => env.ACCOUNT.getByName(id)
    const before = await outdate(stub)
    for (const [method, path, body] of calls) {
      const answer = await api(`/v1/accounts/${id}${path}`, { method, ...(body ? { body } : {}) })
      expect({ method, path, ...answer }).toMatchObject(NEWER)
    }
    await env.VAULT.delete(`account/${id}`)
    forgetAccount(id)
    expect(await api(`/v1/accounts/${id}`)).toMatchObject(NEWER)
    expect(await rowOf(stub)).toBe(before)
    expect(await refreshes()).toEqual([])
  })

  it('an alarm about it does nothing and comes again; hints about it do nothing', async () => {
    const { id } = await connect()
    const stub = () => env.ACCOUNT.getByName(id)
    const before = await outdate(stub)
    await runInDurableObject(stub(), (_: Account, { storage }) =>
      storage.setAlarm(Date.now() + 9e5),
    )
    const lines = vi.spyOn(console, 'log')
    await runDurableObjectAlarm(stub())
    expect(lines).toHaveBeenCalledWith(JSON.stringify({ event: 'storage_newer', account: id }))
    const alarm = await runInDurableObject(stub(), (_: Account, { storage }) => storage.getAlarm())
    expect((alarm ?? 0) - Date.now()).toBeGreaterThan(200_000)
    await consume(env, { sweptAtMs: Date.now(), due: [id] })
    await consume(env, { suspected: [id] })
    await consume(env, { reseal: [id] })
    expect(await rowOf(stub)).toBe(before)
    expect(await refreshes()).toEqual([])
  })

  it('a login of its user keeps the grant until the account can take it', async () => {
    const { id, username } = await connect()
    const before = await outdate(() => env.ACCOUNT.getByName(id))
    const made = await api('/v1/logins', { method: 'POST', body: '{}' })
    const body = JSON.stringify({ response_url: await atX(made.authorize_url, username) })
    expect(await api(`/v1/logins/${made.id}/complete`, { method: 'POST', body })).toMatchObject({
      code: 'login_unfinished',
    })
    expect(await rowOf(() => env.ACCOUNT.getByName(id))).toBe(before)
    expect(await rowOf(() => env.LOGIN.getByName(made.id))).toContain('"way":"to its account"')
  })
})

it('a login’s row: every callback and status is refused, and its alarm comes again', async () => {
  const { back, cookie } = await approve((await newUser()).username)
  expect((await perch(back, { headers: { cookie } })).status).toBe(200)
  const login = new URL(PERCH + back).searchParams.get('state') ?? ''
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(login))
  const id = btoa(String.fromCharCode(...new Uint8Array(digest)))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replace('=', '')
  const stub = () => env.LOGIN.getByName(id)
  const before = await outdate(stub)
  const page = await perch(back, { headers: { cookie } })
  expect([page.status, await page.text()]).toEqual([503, expect.stringContaining('storage_newer')])
  expect(await api(`/v1/logins/${id}`)).toMatchObject(NEWER)
  await env.PENDING.delete(id)
  expect((await perch(back, { headers: { cookie } })).status).toBe(503)
  await runDurableObjectAlarm(stub())
  const alarm = await runInDurableObject(stub(), (_: Login, { storage }) => storage.getAlarm())
  expect((alarm ?? 0) - Date.now()).toBeGreaterThan(200_000)
  expect(await rowOf(stub)).toBe(before)
})

it('the app’s row: refreshes go on as without it, its status is refused', async () => {
  const { id } = await connect()
  await queuedBySweep()
  const app = () => env.APP.getByName('app')
  const before = await outdate(app)
  expect(await api('/v1/status')).toMatchObject(NEWER)
  expect(await api('/v1/app/token')).toMatchObject(NEWER)
  expect(await api(`/v1/accounts/${id}/refresh`, { method: 'POST' })).toMatchObject({ http: 200 })
  expect(await rowOf(app)).toBe(before)
})

describe('the callers’ object', () => {
  const stub = () => env.REGISTRY.getByName('registry')
  const asCaller = (key: string) => ({ headers: { authorization: `Bearer ${key}` } })

  it('a caller’s row is refused, not listed, not written over, and may be ended', async () => {
    const body = '{"name":"c","scopes":["tokens"]}'
    const { id, key } = await api('/v1/callers', { method: 'POST', body })
    const newer = `{"v":99,"id":"${id}"}`
    await runInDurableObject(stub(), (_: Registry, { storage }) => {
      storage.sql.exec('UPDATE caller SET json = ? WHERE id = ?', newer, id)
    })
    await env.VAULT.delete(`caller/${id}`)
    forgetCaller(id)
    const path = `/v1/callers/${id}`
    expect(await api('/v1/accounts/1/token', asCaller(key))).toMatchObject(NEWER)
    expect(await api(path)).toMatchObject(NEWER)
    expect(await api(path, { method: 'PATCH', body: '{"name":"d"}' })).toMatchObject(NEWER)
    expect(await api(`${path}/rotate`, { method: 'POST' })).toMatchObject(NEWER)
    const { callers } = await api('/v1/callers')
    expect(callers.map((caller: { id: string }) => caller.id)).not.toContain(id)
    expect(await api(path, { method: 'DELETE' })).toMatchObject({ http: 204 })
  })

  it('its own row: callers are neither made nor adopted; keys that KV knows go on working', async () => {
    const body = '{"name":"c","scopes":["accounts:read"]}'
    const { id, key } = await api('/v1/callers', { method: 'POST', body })
    forgetCaller(id)
    const before = await outdate(stub)
    expect(await api('/v1/callers')).toMatchObject(NEWER)
    expect(await api('/v1/callers', { method: 'POST', body })).toMatchObject(NEWER)
    expect(await api('/v1/accounts', asCaller(key))).toMatchObject({ http: 200 })
    await queuedBySweep()
    expect(await rowOf(stub)).toBe(before)
    await runInDurableObject(stub(), (_: Registry, { storage }) => storage.deleteAll())
    await abortAllDurableObjects()
  })
})

describe('KV', () => {
  it('a copy of an account is passed over, and its object is asked', async () => {
    const { id } = await connect()
    const copy = await copyOf(id)
    const metadata = { v: 99, status: 'napping' }
    await env.VAULT.put(`account/${id}`, JSON.stringify({ ...copy, v: 99, oauth2: {} }), {
      metadata,
    })
    forgetAccount(id)
    expect(await api(`/v1/accounts/${id}/token`)).toMatchObject({ http: 200 })
    expect((await listAccounts(env.VAULT)).newer).toContain(id)
    expect(await api('/v1/accounts')).toMatchObject({ http: 200, accounts: [] })
    expect(await queuedBySweep()).toEqual([])
    forgetAccount(id)
    expect(await api(`/v1/accounts/${id}/restore`, { method: 'POST' })).toMatchObject(NEWER)
    expect(await api('/v1/restore', { method: 'POST' })).toMatchObject({
      kept: [{ id, code: 'storage_newer' }],
    })
    await deleteAccount(env.VAULT, id)
  })

  it('a copy of a caller is refused', async () => {
    const body = '{"name":"c","scopes":["tokens"]}'
    const { id, key } = await api('/v1/callers', { method: 'POST', body })
    await env.VAULT.put(`caller/${id}`, '{"v":99,"scopes":["everything"]}')
    forgetCaller(id)
    const headers = { authorization: `Bearer ${key}` }
    expect(await api('/v1/accounts/1/token', { headers })).toMatchObject(NEWER)
    expect(await api(`/v1/callers/${id}`, { method: 'DELETE' })).toMatchObject({ http: 204 })
  })

  it('a bearer is passed over, and the app’s object is asked', async () => {
    await env.VAULT.put('app/bearer', '{"v":99,"bearer":"?"}')
    expect(await api('/v1/app/token')).toMatchObject({ http: 200 })
  })

  it('a pending login is refused', async () => {
    const keyring = await keyringOf(configOf(env).sealingKeys)
    const id = 'p'.repeat(43)
    const pending = new Secret('{"v":99,"flow":"unheard-of"}')
    await env.PENDING.put(id, await seal(keyring, pending, pendingPlace(id)))
    expect(await api(`/v1/logins/${id}`)).toMatchObject(NEWER)
    await env.PENDING.delete(id)
  })
})

it.each([
  { v: 99, due: ['1'], sweptAtMs: 1 },
  { v: 'x', reseal: ['1'] },
  { v: 99, sweep: {} },
])('a message of a later build is left to the next sweep: %j', async (message) => {
  const account = vi.spyOn(env.ACCOUNT, 'getByName')
  const lines = vi.spyOn(console, 'log')
  await consume(env, message)
  expect(account).not.toHaveBeenCalled()
  expect(lines).toHaveBeenCalledWith('{"event":"queue_message_unknown"}')
})

it('an object has a table for each kind of its records, and each has its own versions', async () => {
  const stub = () => env.ACCOUNT.getByName('tables')
  await runInDurableObject(stub(), (_: Account, { storage }) => {
    const one = new Row<{ n: number }>(storage.sql, [])
    const other = new Row<{ n: number }>(storage.sql, [({ n }) => ({ n: Number(n) + 1 })], 'other')
    expect([one.read(), other.read()]).toEqual([undefined, undefined])
    one.write({ n: 1 })
    other.write({ n: 2 })
    storage.sql.exec(`UPDATE other SET json = '{"n":5}'`)
    expect([one.read(), other.read()]).toEqual([{ n: 1 }, { n: 6 }])
    storage.sql.exec(`UPDATE other SET json = '{"v":2}'`)
    const late = new Row<{ n: number }>(storage.sql, [], 'other')
    expect(() => late.write({ n: 7 })).toThrow()
    expect(storage.sql.exec('SELECT json FROM other').one().json).toBe('{"v":2}')
    expect(one.read()).toEqual({ n: 1 })
  })
})

/** The object `Registry`: the one truth of the callers, of which KV has sealed copies. */
import { abortAllDurableObjects, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import type { Registry } from '../../../src/caller/registry'
import { hash } from '../../../src/crypto/hash'
import { keyringOf } from '../../../src/crypto/keyring'
import { keyIdOf } from '../../../src/crypto/seal'
import { configOf } from '../../../src/env'
import { CALLERS_MAX, REGISTRY_ASKS_MAX } from '../../../src/limits'
import { forgetCaller, putCaller } from '../../../src/store/callers'
import { eventually } from '../../eventually'
import { api, later, logged, perch, sweepThrough, useFreshWorld } from '../world'

useFreshWorld()

const registry = () => env.REGISTRY.getByName('registry')
const inRegistry = (work: (state: DurableObjectState) => Promise<void> | void) =>
  runInDurableObject(registry(), (_: Registry, state) => work(state))

/** As before the first start of this build: no caller is known, and KV has none. */
async function forgetCallers(): Promise<void> {
  await inRegistry((state) => state.storage.deleteAll())
  await abortAllDurableObjects()
  const { keys } = await env.VAULT.list({ prefix: 'caller/' })
  await Promise.all(keys.map(({ name }) => env.VAULT.delete(name)))
}
beforeEach(forgetCallers)

const post = (path: string, body: object = {}) =>
  api(path, { method: 'POST', body: JSON.stringify(body) })
const make = (body: object = {}) =>
  post('/v1/callers', { name: 'c', scopes: ['accounts:read'], ...body })
/** The status of a call with this key, by an isolate that knows nothing of its caller. */
async function statusOf(key: string): Promise<number> {
  forgetCaller(key.split('_')[1] ?? '')
  const answer = await perch('/v1/accounts', { headers: { authorization: `Bearer ${key}` } })
  await answer.body?.cancel()
  return answer.status
}
const copyOf = (id: string) => env.VAULT.get<{ v: number; sealed: string }>(`caller/${id}`, 'json')
const ids = async () =>
  (await api('/v1/callers')).callers.map((caller: { id: string }) => caller.id)

/** A key that is well-formed and names this caller, with a secret of the writer's choice. */
async function keyFor(id: string, letter: string): Promise<string> {
  const secret = letter.repeat(43)
  return `perch_${id}_${secret}${(await hash(`perch key ${id} ${secret}`)).slice(0, 6)}`
}
/** A record as the build before this one wrote it. */
async function unsealed(id: string, letter: string, rest: object = {}): Promise<void> {
  const record = {
    v: 1,
    id,
    name: 'former',
    secretHash: await hash(letter.repeat(43)),
    scopes: ['accounts:read'],
    createdAt: 1,
    ...rest,
  }
  await env.VAULT.put(`caller/${id}`, JSON.stringify(record), { metadata: { v: 1, id } })
}
const ONE = '1111111111111111'
const OTHER = '2222222222222222'

describe('KV’s copy', () => {
  it('is sealed, and shows nothing of the caller', async () => {
    const { id } = await make({ name: 'secret bot' })
    const { value, metadata } = await env.VAULT.getWithMetadata(`caller/${id}`)
    expect(JSON.parse(value ?? '')).toEqual({ v: 2, sealed: expect.stringMatching(/^v1\./) })
    expect(metadata).toBeNull()
  })

  it('that KV refuses comes later, by alarm, also when the object died meanwhile; the key works at once', async () => {
    const put = vi.spyOn(env.VAULT, 'put').mockRejectedValue(new Error('KV is down'))
    const failed = logged('caller_copy_failed')
    const { id, key, http, ...made } = await make()
    expect({ http, ...made }).toMatchObject({ http: 201, published: false, note: /KV/ })
    expect(failed()).toMatchObject([{ other_caller: id, error: 'Error' }])
    expect(await statusOf(key)).toBe(200)
    expect(await copyOf(id)).toBeNull()
    await abortAllDurableObjects()
    put.mockRestore()
    later(60)
    await runDurableObjectAlarm(registry())
    expect(await copyOf(id)).toMatchObject({ v: 2 })
    later(61)
    await runDurableObjectAlarm(registry())
    expect(await api(`/v1/callers/${id}`)).not.toHaveProperty('published')
    await inRegistry(async ({ storage }) => expect(await storage.getAlarm()).toBeNull())
  })

  it('that was under way when the object died is written by the next one', async () => {
    const put = vi.spyOn(env.VAULT, 'put').mockImplementation(() => new Promise(() => undefined))
    const making = make()
    await eventually(() => expect(put).toHaveBeenCalled())
    await abortAllDurableObjects()
    expect(await making).toMatchObject({ http: 503, code: 'object_unreachable' })
    put.mockRestore()
    later(60)
    await runDurableObjectAlarm(registry())
    const [id] = await ids()
    expect(await copyOf(id)).toMatchObject({ v: 2 })
  })

  it('that KV does not delete is said to be left, and is gone later', async () => {
    const { id, key } = await make()
    const away = vi.spyOn(env.VAULT, 'delete').mockRejectedValue(new Error('KV is down'))
    const end = () => api(`/v1/callers/${id}`, { method: 'DELETE' })
    expect(await end()).toMatchObject({
      http: 503,
      code: 'storage_unavailable',
      detail: expect.stringMatching(/^The caller has ended here/),
    })
    expect(await ids()).toEqual([])
    expect(await api(`/v1/callers/${id}`)).toMatchObject({ code: 'caller_unknown' })
    away.mockRestore()
    later(60)
    await runDurableObjectAlarm(registry())
    expect(await copyOf(id)).toBeNull()
    expect(await statusOf(key)).toBe(401)
    expect(await end()).toMatchObject({ http: 204 })
  })

  it('of another caller does not open in its place', async () => {
    const { id, key } = await make()
    await env.VAULT.put(`caller/${ONE}`, JSON.stringify(await copyOf(id)))
    const [, , rest = ''] = key.split('_')
    const secret = rest.slice(0, 43)
    const sum = (await hash(`perch key ${ONE} ${secret}`)).slice(0, 6)
    const lines = logged('caller_record_unreadable')
    expect(await statusOf(`perch_${ONE}_${secret}${sum}`)).toBe(401)
    expect(lines()).toEqual([{ event: 'caller_record_unreadable', other_caller: ONE }])
  })

  it('that is lost, altered or no JSON is not missed: the object is asked', async () => {
    const { id, key } = await make()
    const { sealed = '' } = (await copyOf(id)) ?? {}
    for (const value of [`{"v":2,"sealed":"${sealed.slice(0, -4)}AAAA"}`, '{', '[]', '"x"', '{}']) {
      await env.VAULT.put(`caller/${id}`, value)
      expect(await statusOf(key), value).toBe(200)
    }
    await env.VAULT.delete(`caller/${id}`)
    expect(await statusOf(key)).toBe(200)
  })
})

describe('callers of the former build', () => {
  it('are adopted once, however many ask at the same time, and work all the while', async () => {
    await unsealed(ONE, 'a')
    await unsealed(OTHER, 'b', { v: undefined, accounts: ['1'], returnTo: ['https://a.example'] })
    const list = vi.spyOn(env.VAULT, 'list')
    const [adopted, all] = [logged('caller_adopted'), logged('callers_adopted')]
    const answers = await Promise.all([
      statusOf(await keyFor(ONE, 'a')),
      statusOf(await keyFor(OTHER, 'b')),
      statusOf(await keyFor(ONE, 'b')),
      ids(),
      api(`/v1/callers/${OTHER}`),
    ])
    expect(answers).toMatchObject([200, 200, 401, [ONE, OTHER], { accounts: ['1'] }])
    const ofCallers = list.mock.calls.filter(([query]) => query?.prefix === 'caller/')
    expect(ofCallers).toHaveLength(1)
    expect(adopted()).toEqual([
      { event: 'caller_adopted', other_caller: ONE, scopes: ['accounts:read'], limited: false },
      { event: 'caller_adopted', other_caller: OTHER, scopes: ['accounts:read'], limited: true },
    ])
    expect(all()).toEqual([{ event: 'callers_adopted', callers: 2 }])
    await eventually(async () => expect(await copyOf(ONE)).toMatchObject({ v: 2 }))
    expect(await statusOf(await keyFor(ONE, 'a'))).toBe(200)
    await abortAllDurableObjects()
    expect(await ids()).toEqual([ONE, OTHER])
    expect(all()).toHaveLength(1)
  })

  it('are adopted by the first sweep, if nobody came before it', async () => {
    await unsealed(ONE, 'a')
    const adopted = logged('callers_adopted')
    await sweepThrough()
    expect(adopted()).toHaveLength(1)
  })

  it('that KV does not give now are adopted later: until then nothing is refused for good', async () => {
    await unsealed(ONE, 'a')
    const list = vi.spyOn(env.VAULT, 'list').mockRejectedValue(new Error('KV is down'))
    const key = await keyFor(ONE, 'a')
    expect(await statusOf(key)).toBe(503)
    expect(await make()).toMatchObject({ http: 503, code: 'storage_unavailable' })
    list.mockRestore()
    expect(await statusOf(key)).toBe(200)
  })

  it('that are none are left out', async () => {
    await unsealed(ONE, 'a', { scopes: 'all of them' })
    await unsealed(OTHER, 'b', { id: ONE })
    await unsealed('3333333333333333', 'c', { v: 99 })
    await env.VAULT.put('caller/4444444444444444', 'no JSON')
    const lines = logged('caller_record_unreadable')
    expect(await ids()).toEqual([])
    expect(lines()).toHaveLength(3)
  })
})

// Whoever could write KV made a key that leased every token and stood in no list.
describe('an unsealed record', () => {
  it('that came after the adoption is refused, logged, and not listed', async () => {
    await ids()
    await unsealed(ONE, 'a', { scopes: ['tokens'] })
    const lines = logged('caller_record_unsealed')
    const key = await keyFor(ONE, 'a')
    expect(await statusOf(key)).toBe(401)
    expect(lines()).toEqual([{ event: 'caller_record_unsealed', other_caller: ONE }])
    expect(await ids()).toEqual([])
  })

  it('in the place of a caller’s copy gives nothing that the caller has not', async () => {
    const { id, key } = await make()
    await unsealed(id, 'a', { scopes: ['tokens', 'status'], formerKeys: 'none', accounts: 7 })
    expect(await statusOf(await keyFor(id, 'a'))).toBe(401)
    expect(await statusOf(key)).toBe(200)
    const headers = { authorization: `Bearer ${key}` }
    expect(await api('/v1/status', { headers })).toMatchObject({ code: 'scope_missing' })
  })
})

describe('keys that nobody made', () => {
  it('are asked about a few times, then no more than one in ten seconds; a made one is not held up', async () => {
    const { key } = await make()
    later(1000)
    const asked = vi.spyOn(env.REGISTRY, 'getByName')
    const known = await keyFor('0'.repeat(16), 'z')
    for (let n = 0; n < 3; n++) expect(await statusOf(known)).toBe(401)
    expect(asked).toHaveBeenCalledTimes(1)
    for (let n = 100; n < 140; n++)
      expect(await statusOf(await keyFor(`${n}`.padStart(16, '0'), 'z'))).toBe(401)
    expect(asked).toHaveBeenCalledTimes(REGISTRY_ASKS_MAX)
    expect(await statusOf(key)).toBe(200)
    later(10)
    for (let n = 200; n < 205; n++)
      expect(await statusOf(await keyFor(`${n}`.padStart(16, '0'), 'z'))).toBe(401)
    expect(asked).toHaveBeenCalledTimes(REGISTRY_ASKS_MAX + 1)
  })

  it('are not called wrong while the object cannot be reached', async () => {
    later(2000)
    const { key } = await make()
    await env.VAULT.delete(`caller/${key.split('_')[1]}`)
    const get = vi.spyOn(env.REGISTRY, 'getByName').mockImplementation(() => {
      throw new Error('unreachable')
    })
    expect(await statusOf(key)).toBe(503)
    get.mockRestore()
    expect(await statusOf(key)).toBe(200)
  })
})

describe('a key that is rotated', () => {
  const rotate = (id: string, body: object = {}) => post(`/v1/callers/${id}/rotate`, body)

  it('works until the overlap is over, and the new one at once, wherever KV’s copy is old', async () => {
    later(3000)
    const { id, key: first } = await make()
    const old = await env.VAULT.get(`caller/${id}`)
    const { key: second, former_keys_end_at } = await rotate(id, { overlap_seconds: 100 })
    expect(former_keys_end_at).toEqual([Math.floor(Date.now() / 1000) + 100])
    expect(second.startsWith(`perch_${id}_`)).toBe(true)
    for (const key of [first, second]) expect(await statusOf(key)).toBe(200)
    await env.VAULT.put(`caller/${id}`, old ?? '')
    expect(await statusOf(second)).toBe(200)
    await rotate(id, { overlap_seconds: 50 })
    later(50)
    for (const key of [first, second]) expect(await statusOf(key)).toBe(401)
  })

  it('ends at once with an overlap of nothing; so do those before it', async () => {
    const { id, key: first } = await make()
    const { key: second } = await rotate(id)
    const { key: third, ...rest } = await rotate(id, { overlap_seconds: 0 })
    expect(rest).not.toHaveProperty('former_keys_end_at')
    expect(await Promise.all([first, second, third].map(statusOf))).toEqual([401, 401, 200])
  })

  it('leaves five former ones at most', async () => {
    const { id, key } = await make()
    for (let n = 0; n < 5; n++) expect(await rotate(id)).toMatchObject({ http: 200 })
    expect(await rotate(id)).toMatchObject({ http: 409, code: 'too_many' })
    expect(await statusOf(key)).toBe(200)
    expect(await rotate(id, { overlap_seconds: 0 })).toMatchObject({ http: 200 })
  })
})

it('there are a thousand callers at most', async () => {
  const { id } = await make()
  await inRegistry(({ storage }) => {
    for (let n = 1; n < CALLERS_MAX; n++)
      storage.sql.exec(
        'INSERT INTO caller SELECT ?, json FROM caller WHERE id = ?',
        `f${String(n).padStart(15, '0')}`,
        id,
      )
  })
  expect(await make()).toMatchObject({ http: 409, code: 'too_many' })
  expect(await api(`/v1/callers/${id}`, { method: 'DELETE' })).toMatchObject({ http: 204 })
  expect(await make()).toMatchObject({ http: 201 })
})

describe('sealing keys', () => {
  it('a copy that an old one sealed is sealed anew by the sweep, and the old one is needed until then', async () => {
    const { id, key } = await make()
    const keyring = await keyringOf(configOf(env).sealingKeys)
    const [, old = ''] = keyring.keys.keys()
    const caller = await registry().find(id)
    if (!caller.ok || !caller.value) throw new Error('no caller')
    await putCaller(env.VAULT, { ...keyring, first: old }, caller.value.caller)
    await inRegistry(({ storage }) => {
      storage.sql.exec('UPDATE caller_copy SET json = ?', JSON.stringify({ v: 1, keyId: old }))
    })
    expect(await statusOf(key)).toBe(200)
    await sweepThrough()
    later(2 * 86_400)
    expect((await api('/v1/status')).sealing).toMatchObject({
      sealed_with_others: 1,
      old_keys_may_be_dropped: false,
    })
    const keyOf = async () => keyIdOf((await copyOf(id))?.sealed ?? '')
    await eventually(async () => expect(await keyOf()).toBe(keyring.first))
    await sweepThrough()
    expect((await api('/v1/status')).sealing).toMatchObject({
      sealed_with_others: 0,
      old_keys_may_be_dropped: true,
    })
  })

  it('an old one is needed as long as the object does not say', async () => {
    await sweepThrough()
    later(2 * 86_400)
    const lines = logged('sweep_without_callers')
    const get = vi.spyOn(env.REGISTRY, 'getByName').mockImplementation(() => {
      throw new Error('unreachable')
    })
    await sweepThrough()
    get.mockRestore()
    expect(lines()).toHaveLength(1)
    expect((await api('/v1/status')).sealing).toMatchObject({
      sealed_with_others: 1,
      old_keys_may_be_dropped: false,
    })
  })
})

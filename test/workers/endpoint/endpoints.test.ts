/** Endpoints as their owners make, see, change and end them, and the events that tell of it. */
import { abortAllDurableObjects, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Registry } from '../../../src/caller/registry'
import { keyringOf } from '../../../src/crypto/keyring'
import { keyIdOf, open, seal } from '../../../src/crypto/seal'
import { configOf } from '../../../src/env'
import type { EndpointRecord } from '../../../src/store/endpoints'
import { eventually } from '../../eventually'
import { api, later, sweepThrough, useFreshWorld } from '../world'

useFreshWorld()

const registry = () => env.REGISTRY.getByName('registry')
// None of them goes on into the next test.
afterEach(async () => {
  const { endpoints } = await api('/v1/endpoints')
  for (const { id } of endpoints) await api(`/v1/endpoints/${id}`, { method: 'DELETE' })
})
beforeEach(async () => {
  for (const stub of [registry(), env.EVENTS.getByName('events')])
    await runInDurableObject(stub, (_, state) => state.storage.deleteAll())
  await abortAllDurableObjects()
  // What is delivered is for another file.
  vi.spyOn(globalThis, 'fetch').mockImplementation(async () => new Response(null, { status: 204 }))
})

const call = (method: string, path: string, body?: object, key?: string) =>
  api(path, {
    method,
    ...(body ? { body: JSON.stringify(body) } : {}),
    ...(key ? { headers: { authorization: `Bearer ${key}` } } : {}),
  })
const URL_ = 'https://hooks.example.com/perch?token=1'
const make = (body: object = {}, key?: string) =>
  call('POST', '/v1/endpoints', { url: URL_, ...body }, key)
const caller = (body: object = {}) =>
  call('POST', '/v1/callers', { name: 'c', scopes: ['events'], ...body })

interface Told {
  type: string
  data: Record<string, { id: string }>
}
/** The events in the log, once there are so many. */
async function told(count: number): Promise<Told[]> {
  return eventually(async () => {
    const { events } = await api('/v1/events')
    expect(events).toHaveLength(count)
    return events
  })
}
const types = async (count: number) => (await told(count)).map(({ type }) => type)

describe('an endpoint', () => {
  it('is shown with its secret once', async () => {
    const { secret, http, ...made } = await make({
      types: ['account.*', 'account.*'],
      description: 'a\nb',
    })
    expect(http).toBe(201)
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/)
    expect(made).toEqual({
      id: expect.stringMatching(/^ep_[0-9a-f]{16}$/),
      url: URL_,
      types: ['account.*'],
      description: 'a b',
      created_at: expect.any(Number),
      enabled: true,
    })
    expect(await call('GET', `/v1/endpoints/${made.id}`)).toMatchObject({ ...made, http: 200 })
    expect(await call('GET', '/v1/endpoints')).toEqual({ endpoints: [made], http: 200 })
    const stored = JSON.stringify(await call('GET', '/v1/events'))
    expect(stored).not.toMatch(/whsec_|token=1|secret/)
  })

  it.each([
    [{ url: 'http://hooks.example.com' }, /^url: https is expected/],
    [{ url: 'https://perch.example.com/x' }, /^url: it is an address of Perch/],
    [{ url: 'https://10.0.0.1/' }, /^url: it leads into a private network/],
    [{ types: [] }, /^types: /],
    [{ types: ['Account'] }, /^types\.0: /],
    [{ accounts: ['alice'] }, /^accounts\.0: /],
    [{ secret: 'whsec_mine' }, /^secret: unknown field/],
  ])('is refused: %o', async (body, detail) => {
    expect(await make(body)).toMatchObject({
      http: 400,
      code: 'request_malformed',
      detail: expect.stringMatching(detail),
    })
  })

  it('is changed, switched off and on, rotated and ended, each with its event', async () => {
    const { id } = await make()
    const patch = (body: object) => call('PATCH', `/v1/endpoints/${id}`, body)
    expect(await patch({ types: ['app.*'] })).toMatchObject({ types: ['app.*'] })
    expect(await patch({ types: null })).not.toHaveProperty('types')
    expect(await patch({ url: 'https://localhost/' })).toMatchObject({ http: 400 })
    expect(await patch({ enabled: false })).toMatchObject({
      enabled: false,
      disabled: { reason: 'by_hand', since: expect.any(Number) },
    })
    expect(await patch({ enabled: true })).not.toHaveProperty('disabled')
    const rotated = await call('POST', `/v1/endpoints/${id}/rotate`)
    expect(rotated).toMatchObject({
      secret: expect.stringMatching(/^whsec_/),
      former_secrets_end_at: [expect.any(Number)],
    })
    expect(await call('DELETE', `/v1/endpoints/${id}`)).toMatchObject({ http: 204 })
    for (const method of ['GET', 'DELETE'])
      expect(await call(method, `/v1/endpoints/${id}`)).toMatchObject({ code: 'endpoint_unknown' })
    expect(await types(7)).toEqual([
      'endpoint.created',
      'endpoint.changed',
      'endpoint.changed',
      'endpoint.disabled',
      'endpoint.enabled',
      'endpoint.rotated',
      'endpoint.deleted',
    ])
  })

  // The 410 of an address that was a second old switched off the one that had just taken its place.
  it('is not switched off for what its former address said', async () => {
    const { id } = await make()
    const url = 'https://new.example.com/'
    await call('PATCH', `/v1/endpoints/${id}`, { url })
    await registry().disableEndpoint(id, 1, 'gone', URL_)
    expect(await call('GET', `/v1/endpoints/${id}`)).toMatchObject({ enabled: true })
    await registry().disableEndpoint(id, 1, 'gone', url)
    expect(await call('GET', `/v1/endpoints/${id}`)).toMatchObject({ enabled: false })
  })

  it('is one of fifty at most', async () => {
    const { id } = await make()
    await runInDurableObject(registry(), (_: Registry, { storage }) => {
      for (let n = 1; n < 50; n++)
        storage.sql.exec(
          'INSERT INTO endpoint SELECT ?, json FROM endpoint WHERE id = ?',
          `ep_${n}`,
          id,
        )
    })
    expect(await make()).toMatchObject({ http: 409, code: 'too_many' })
  })
})

describe('a caller’s endpoint', () => {
  it('is its own alone, and the admin’s to see', async () => {
    const [one, other] = [await caller(), await caller()]
    const { id } = await make({}, one.key)
    const mine = await make()
    const list = async (key?: string) =>
      (await call('GET', '/v1/endpoints', undefined, key)).endpoints.map(
        (each: { id: string }) => each.id,
      )
    expect(await list(one.key)).toEqual([id])
    expect(await list(other.key)).toEqual([])
    expect(await list()).toEqual([id, mine.id].sort())
    expect(await call('GET', `/v1/endpoints/${id}`)).toMatchObject({ caller: one.id })
    for (const [method, path, body] of [
      ['GET', ''],
      ['PATCH', '', {}],
      ['DELETE', ''],
      ['POST', '/rotate', {}],
    ] as const)
      for (const which of [id, mine.id])
        expect(await call(method, `/v1/endpoints/${which}${path}`, body, other.key)).toMatchObject({
          http: 404,
          code: 'endpoint_unknown',
        })
  })

  it('names the accounts that are the caller’s alone', async () => {
    const { key } = await caller({ accounts: ['1'] })
    expect(await make({ accounts: ['2'] }, key)).toMatchObject({ code: 'account_unknown' })
    const { id } = await make({ accounts: ['1'] }, key)
    const path = `/v1/endpoints/${id}`
    expect(await call('PATCH', path, { accounts: ['2'] }, key)).toMatchObject({
      code: 'account_unknown',
    })
  })

  it('ends with the caller, and both are told', async () => {
    const { id, key } = await caller()
    const made = await make({}, key)
    await make()
    await call('DELETE', `/v1/callers/${id}`)
    const { endpoints } = await call('GET', '/v1/endpoints')
    expect(endpoints).toHaveLength(1)
    const all = await told(5)
    expect(all.map(({ type }) => type)).toEqual([
      'caller.created',
      'endpoint.created',
      'endpoint.created',
      'endpoint.deleted',
      'caller.deleted',
    ])
    expect(all[3]?.data.endpoint?.id).toBe(made.id)
    await runInDurableObject(registry(), async (_: Registry, { storage }) => {
      await eventually(async () => expect(await storage.getAlarm()).toBeNull())
      const [{ json = '' } = {}] = storage.sql
        .exec<{ json: string }>('SELECT json FROM record')
        .toArray()
      expect(JSON.parse(json)).toEqual({ v: 1, adoptedAt: expect.any(Number) })
    })
  })

  it('reads as its owner may now: nothing without the scope, or with a key that has expired', async () => {
    const { id, key } = await caller({ scopes: ['events', 'x:webhooks'], accounts: ['1'] })
    const made = await make({}, key)
    const reader = async () => {
      const known = await registry().endpointFor(made.id)
      return known.ok ? known.value?.reader : known
    }
    expect(await reader()).toEqual({ accounts: ['1'], readsX: true })
    await call('PATCH', `/v1/callers/${id}`, { scopes: ['events'], accounts: null })
    expect(await reader()).toEqual({ accounts: undefined, readsX: false })
    await call('PATCH', `/v1/callers/${id}`, { expires_at: Math.floor(Date.now() / 1000) + 100 })
    later(100)
    expect(await reader()).toBeNull()
    await call('PATCH', `/v1/callers/${id}`, { scopes: ['sign'], expires_at: null })
    expect(await reader()).toBeNull()
  })
})

it('events of a change come into the log though the log was out of reach, and the object died', async () => {
  const get = vi.spyOn(env.EVENTS, 'getByName').mockImplementation(() => {
    throw new Error('unreachable')
  })
  const { id } = await caller()
  await call('DELETE', `/v1/callers/${id}`)
  await abortAllDurableObjects()
  get.mockRestore()
  expect((await call('GET', '/v1/events')).events).toEqual([])
  later(60)
  await runInDurableObject(registry(), (each: Registry) => each.alarm())
  expect(await types(2)).toEqual(['caller.created', 'caller.deleted'])
})

it('a secret that an old key sealed is sealed anew by the sweep, and the old one is needed until then', async () => {
  const { id } = await make()
  const keyring = await keyringOf(configOf(env).sealingKeys)
  const [, old = ''] = keyring.keys.keys()
  const place = `REGISTRY/endpoint/${id}#secret`
  const stored = () =>
    runInDurableObject(registry(), (_: Registry, { storage }) => {
      const { json } = storage.sql.exec<{ json: string }>('SELECT json FROM endpoint').one()
      return JSON.parse(json) as EndpointRecord
    })
  const before = await stored()
  const secret = await open(keyring, before.secrets[0]?.sealed ?? '', place)
  const sealed = await seal({ ...keyring, first: old }, secret, place)
  await runInDurableObject(registry(), (_: Registry, { storage }) => {
    storage.sql.exec(
      'UPDATE endpoint SET json = ?',
      JSON.stringify({ ...before, secrets: [{ sealed }] }),
    )
  })
  await sweepThrough()
  later(2 * 86_400)
  const status = async () => (await api('/v1/status')).sealing
  expect(await status()).toMatchObject({ sealed_with_others: 1, old_keys_may_be_dropped: false })
  const after = (await stored()).secrets[0]?.sealed ?? ''
  expect(keyIdOf(after)).toBe(keyring.first)
  expect((await open(keyring, after, place)).reveal()).toBe(secret.reveal())
  await sweepThrough()
  expect(await status()).toMatchObject({ sealed_with_others: 0, old_keys_may_be_dropped: true })
})

/** The object `Endpoint` over its real rows, log and registry, and a receiver over the network. */
import { abortAllDurableObjects, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, inject, it, vi } from 'vitest'
import { keyringOf } from '../../../src/crypto/keyring'
import type { Endpoint } from '../../../src/endpoint/endpoint'
import { eventOf } from '../../../src/events/event'
import type { Events } from '../../../src/events/log'
import { withRaw } from '../../../src/events/stored'
import { appendEvents } from '../../../src/events/stub'
import { DELIVERY_TIMEOUT_MS } from '../../../src/limits'
import { Secret } from '../../../src/secret'
import { eventually } from '../../eventually'
import { api, later, useFreshWorld } from '../world'

useFreshWorld()

const RECEIVER = inject('receiver')
let key = 0
// None of them goes on into the next test.
afterEach(async () => {
  const { endpoints } = await api('/v1/endpoints')
  for (const { id } of endpoints) await api(`/v1/endpoints/${id}`, { method: 'DELETE' })
})
beforeEach(async () => {
  key += 1
  for (const stub of [env.REGISTRY.getByName('registry'), env.EVENTS.getByName('events')])
    await runInDurableObject(stub, (_, state) => state.storage.deleteAll())
  await abortAllDurableObjects()
  // As a name server would: Perch has a public origin here, and delivers to https alone.
  const { fetch } = globalThis
  vi.spyOn(globalThis, 'fetch').mockImplementation((to, init) =>
    fetch(typeof to === 'string' ? to.replace('https://receiver.example', RECEIVER) : to, init),
  )
})

const post = (path: string, body: object = {}) =>
  api(path, { method: 'POST', body: JSON.stringify(body) })
const urlOf = (manner: string) => `https://receiver.example/${manner}/k${key}`
const make = (manner: string, body: object = {}) =>
  post('/v1/endpoints', { url: urlOf(manner), types: ['caller.created'], ...body })
const caller = (name: string) => post('/v1/callers', { name, scopes: ['events'] })
const look = (id: string) => api(`/v1/endpoints/${id}`)
const deliveries = async (id: string) => (await api(`/v1/endpoints/${id}/deliveries`)).deliveries

/** The names of the callers that the receiver was told of. */
async function seen(which = `k${key}`): Promise<string[]> {
  const told = await (await fetch(`${RECEIVER}/seen/${which}`)).json<{ name: string }[]>()
  return told.map(({ name }) => name)
}
/** Waits until the receiver was told of these. */
const until = (...names: string[]) =>
  eventually(async () => expect((await seen()).sort()).toEqual(names.sort()), {
    timeout: 10_000,
    interval: 20,
  })

it('delivers what comes after it was made, and shows how it went', async () => {
  await caller('before')
  const { id } = await make('ok')
  await caller('one')
  await caller('two')
  await until('one', 'two')
  await eventually(async () => expect(await look(id)).toMatchObject({ open: 0, cursor: 4 }))
  expect(await deliveries(id)).toMatchObject([
    { seq: 4, status: 'delivered', tries: 1, answer: { status: 200, text: 'thanks' } },
    { seq: 3, status: 'delivered' },
  ])
})

describe('a receiver', () => {
  it('that answers without an end has taken the event, and no more than 1,000 characters are read', async () => {
    const { id } = await make('endless')
    await caller('one')
    await until('one')
    await eventually(async () => expect(await deliveries(id)).toHaveLength(1))
    const [{ status, answer }] = await deliveries(id)
    expect([status, answer.text]).toEqual(['delivered', 'x'.repeat(1000)])
  })

  it.each([
    [
      'that does not answer is given up after 15 seconds',
      'hang',
      { status: 'open', answer: { error: 'timeout' } },
    ],
    [
      'that stops in its answer has taken the event',
      'stall',
      { status: 'delivered', answer: { status: 200, text: 'x' } },
    ],
  ])('%s', async (_, manner, delivery) => {
    const { setTimeout } = globalThis
    vi.spyOn(globalThis, 'setTimeout').mockImplementation(((ring: () => void, ms: number) =>
      setTimeout(ring, ms === DELIVERY_TIMEOUT_MS ? 100 : ms)) as typeof setTimeout)
    const { id } = await make(manner)
    await caller('one')
    await eventually(async () => expect(await deliveries(id)).toMatchObject([delivery]))
  })

  it('that has moved is not followed', async () => {
    const { id } = await make('moved')
    await caller('one')
    await eventually(async () => expect((await look(id)).open).toBe(1))
    expect(await deliveries(id)).toMatchObject([{ status: 'open', answer: { status: 307 } }])
    expect(await seen('elsewhere')).toEqual([])
  })

  it('that asks for a wait is left alone', async () => {
    const { id } = await make('wait')
    await caller('one')
    await eventually(async () => expect((await look(id)).open).toBe(1))
    const [{ next_at, answer }] = await deliveries(id)
    expect(next_at - answer.at).toBeGreaterThanOrEqual(3599)
  })

  it('that asks for a wait is sent again before where that is replayed, and nothing else is', async () => {
    const { id } = await make('wait')
    await caller('one')
    await caller('two')
    await eventually(async () => expect((await look(id)).open).toBe(2))
    const [{ seq }] = await deliveries(id)
    expect(await post(`/v1/endpoints/${id}/replay`, { after: seq - 1 })).toMatchObject({
      http: 202,
    })
    await eventually(async () =>
      expect((await deliveries(id)).map(({ tries }: { tries: number }) => tries)).toEqual([2, 1]),
    )
  })

  it('that is gone is told nothing more, and the log says so', async () => {
    const { id } = await make('gone')
    await caller('one')
    await eventually(async () =>
      expect(await look(id)).toMatchObject({ disabled: { reason: 'gone' } }),
    )
    await eventually(async () => {
      const { events } = await api('/v1/events?type=endpoint.disabled')
      expect(events).toMatchObject([{ data: { endpoint: { id }, reason: 'gone' } }])
    })
  })

  it('whose address is Perch’s own by now is not called', async () => {
    const { id } = await make('ok')
    await runInDurableObject(env.REGISTRY.getByName('registry'), (_, { storage }) => {
      storage.sql.exec(
        "UPDATE endpoint SET json = json_set(json, '$.url', 'https://perch.example.com/v1/events')",
      )
    })
    await caller('one')
    await eventually(async () => expect((await look(id)).open).toBe(1))
    expect(await deliveries(id)).toMatchObject([{ answer: { error: 'address_refused' } }])
  })
})

// It was tried first in each run, every half minute, and a few of those behind it each time.
it('an event whose seal opens no more waits, and holds up no other', async () => {
  const { id } = await make('ok', { types: ['caller.created', 'x.*'] })
  const keyring = await keyringOf([new Secret(btoa('k'.repeat(32)))])
  const sealed = eventOf({ type: 'x.dm.received', data: {} }, 'evt_sealed', Date.now())
  await appendEvents(env, [await withRaw(keyring, sealed, '{}')])
  for (let n = 1; n <= 9; n += 1) await caller(`${n}`)
  await until(...'123456789')
  expect(await look(id)).toMatchObject({ open: 1 })
  const all = await deliveries(id)
  expect(all.find(({ event }: { event: string }) => event === 'evt_sealed')).toMatchObject({
    status: 'open',
    answer: { error: 'sealed_unreadable' },
  })
})

it('an event waits in the log while the object is dead, and a try that waited goes on where it was', async () => {
  const { id } = await make('fail')
  await caller('one')
  await eventually(async () => expect((await look(id)).open).toBe(1))
  await abortAllDurableObjects()
  await api(`/v1/endpoints/${id}`, {
    method: 'PATCH',
    body: JSON.stringify({ url: urlOf('ok') }),
  })
  await caller('two')
  later(60)
  await runDurableObjectAlarm(env.ENDPOINT.getByName(id))
  await until('one', 'one', 'two')
  expect(await look(id)).toMatchObject({ open: 0 })
})

it('an endpoint that ends leaves nothing, though its object could not be reached then', async () => {
  const { id } = await make('fail')
  await caller('one')
  await eventually(async () => expect((await look(id)).open).toBe(1))
  const get = vi.spyOn(env.ENDPOINT, 'getByName').mockImplementation(() => {
    throw new Error('unreachable')
  })
  expect(await api(`/v1/endpoints/${id}`, { method: 'DELETE' })).toMatchObject({ http: 204 })
  get.mockRestore()
  later(120)
  await runDurableObjectAlarm(env.REGISTRY.getByName('registry'))
  await runDurableObjectAlarm(env.ENDPOINT.getByName(id))
  const rows = () =>
    runInDurableObject(env.ENDPOINT.getByName(id), (_: Endpoint, { storage }) =>
      storage.sql
        .exec(
          "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_%' ESCAPE '\\'",
        )
        .toArray(),
    )
  await eventually(async () => expect(await rows()).toEqual([]))
})

it('a hundred thousand old events hold no new one up, and are no more than a page in memory', async () => {
  await caller('first')
  await eventually(async () => expect((await api('/v1/events')).events).toHaveLength(1))
  await runInDurableObject(env.EVENTS.getByName('events'), (_: Events, { storage }) => {
    storage.sql.exec(
      "WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < 100000) INSERT INTO event (seq, id, at, json) SELECT i, 'evt_' || i, at, json_set(json, '$.id', 'evt_' || i) FROM n, event WHERE event.seq = 1",
    )
  })
  const { id } = await make('ok')
  expect(await look(id)).toMatchObject({ cursor: 100_000 })
  expect(await post(`/v1/endpoints/${id}/replay`, { after: 0 })).toMatchObject({ http: 202 })
  await eventually(async () => expect((await seen()).length).toBeGreaterThan(20), 10_000)
  await caller('new')
  await eventually(async () => expect(await seen()).toContain('new'), {
    timeout: 10_000,
    interval: 50,
  })
  expect((await seen()).length).toBeLessThan(90_000)
  expect(await look(id)).toMatchObject({ open: 0, replay: { until: 100_000 } })
  await runInDurableObject(env.ENDPOINT.getByName(id), (_: Endpoint, { storage }) => {
    const { n } = storage.sql.exec<{ n: number }>('SELECT COUNT(*) AS n FROM done').one()
    expect(n).toBeLessThan(400)
  })
  await api(`/v1/endpoints/${id}`, { method: 'DELETE' })
})

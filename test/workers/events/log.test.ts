/** The log of events, from what happens to an account, the app or an operator to `GET /v1/events`. */
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { COUNTS } from '../../../scripts/counts'
import { keyringOf } from '../../../src/crypto/keyring'
import { configOf } from '../../../src/env'
import {
  type EventType,
  eventOf,
  type LoggedEvent,
  type PerchEvent,
} from '../../../src/events/event'
import type { Events } from '../../../src/events/log'
import { withRaw } from '../../../src/events/stored'
import { appendEvents, findEvent, readEvents, sealedEvents } from '../../../src/events/stub'
import { Secret } from '../../../src/secret'
import { eventually, untilTrue } from '../../eventually'
import { ADMIN, api, connect, countRows, later, perch, useFreshWorld, x } from '../world'

useFreshWorld()

const log = () => env.EVENTS.getByName('events')
beforeEach(async () => {
  await runInDurableObject(log(), (_: Events, state) => state.storage.deleteAll())
  await evictDurableObject(log())
})

const eventsOf = async (query = '') => (await api(`/v1/events${query}`)) as Page
const typesOf = async (query = '') => (await eventsOf(query)).events.map(({ type }) => type)
interface Page {
  http: number
  events: LoggedEvent[]
  after: number
  more: boolean
}
const made = (n: number, more: Partial<PerchEvent> = {}): PerchEvent => ({
  ...eventOf({ type: 'account.renamed', data: { account: { id: String(n) } } }, `evt_${n}`, 0),
  ...more,
})
const append = (from: number, to: number) =>
  appendEvents(
    env,
    Array.from({ length: to - from + 1 }, (_, n) => made(from + n)),
  )

describe('what happens to an account is in the log', () => {
  it('from its first login to its end, in order and without gaps', async () => {
    const { id, username } = await connect()
    await x('POST', 'revoke', { username })
    expect((await api(`/v1/accounts/${id}/refresh`, { method: 'POST' })).http).toBe(200)
    expect((await api(`/v1/accounts/${id}`, { method: 'DELETE' })).http).toBe(200)
    await untilTrue(async () => (await typesOf()).length === 3)
    const { events, after, more } = await eventsOf()
    expect(events.map(({ seq, type }) => [seq, type])).toEqual([
      [1, 'account.connected'],
      [2, 'account.login_required'],
      [3, 'account.disconnected'],
    ])
    expect([after, more]).toEqual([3, false])
    expect(events[1]).toMatchObject({
      id: expect.stringMatching(/^evt_[0-9A-Za-z]{22}$/),
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      data: { account: { id, username }, reason: 'refused_by_x' },
    })
  })

  it('though the log cannot be reached for a while, and the object dies meanwhile', async () => {
    const broken = vi.spyOn(env.EVENTS, 'getByName').mockImplementation(() => {
      throw new Error('not reached')
    })
    const { id } = await connect()
    const object = env.ACCOUNT.getByName(id)
    await evictDurableObject(object)
    broken.mockRestore()
    expect(await typesOf()).toEqual([])
    later(6)
    expect(await runDurableObjectAlarm(object)).toBe(true)
    expect(await typesOf()).toEqual(['account.connected'])
    later(61)
    // Once is enough, and no alarm is left.
    await runDurableObjectAlarm(object)
    expect(await typesOf()).toEqual(['account.connected'])
    expect(await runDurableObjectAlarm(object)).toBe(false)
  })

  it('for two rows of its own and two of the log', async () => {
    const { id } = await connect()
    const object = env.ACCOUNT.getByName(id)
    await runInDurableObject(object, async (_, state) => {
      // Its table is made by now.
      const rows = countRows(state)
      state.storage.sql.exec("INSERT INTO outbox (id, json) VALUES ('a', '{}')")
      state.storage.sql.exec("DELETE FROM outbox WHERE id = 'a'")
      expect(rows()).toBe(COUNTS.eventRows.account)
    })
    const written = await runInDurableObject(log(), async (events: Events, state) => {
      await events.append([made(1)])
      const rows = countRows(state)
      await events.append([made(2)])
      return rows()
    })
    expect(written).toBe(COUNTS.eventRows.log)
  })
})

describe('the app', () => {
  it('is halted and resumed, and so it says', async () => {
    await api('/v1/freeze', { method: 'POST', body: '{"refreshes":true}' })
    await api('/v1/freeze', { method: 'DELETE' })
    await untilTrue(async () => (await typesOf()).length === 2)
    const { events } = await eventsOf()
    expect(events.map(({ type, data }) => [type, data.reason])).toEqual([
      ['app.halted', 'frozen'],
      ['app.resumed', 'frozen'],
    ])
  })
})

it('an export is told, page by page', async () => {
  await (await perch('/v1/exports', { headers: ADMIN })).text()
  await untilTrue(async () => (await typesOf()).length > 0)
  expect((await eventsOf()).events).toMatchObject([
    { type: 'vault.exported', data: { kind: 'account', records: 0, last: false } },
  ])
})

describe('the log', () => {
  it('takes each event once', async () => {
    await append(1, 3)
    await append(2, 5)
    const { events } = await eventsOf()
    expect(events.map(({ seq, id }) => [seq, id])).toEqual(
      [1, 2, 3, 4, 5].map((n) => [n, `evt_${n}`]),
    )
  })

  it('is read a page at a time, and by what it is about', async () => {
    await append(1, 5)
    await appendEvents(env, [made(6, { type: 'app.halted', data: {} })])
    const first = await eventsOf('?limit=2')
    expect(first).toMatchObject({ after: 2, more: true, events: [{ seq: 1 }, { seq: 2 }] })
    expect(await eventsOf('?after=4')).toMatchObject({ after: 6, more: false })
    expect(await typesOf('?type=app.*')).toEqual(['app.halted'])
    expect(await typesOf('?type=app.halted,account.connected')).toEqual(['app.halted'])
    const of3 = await eventsOf('?account=3&limit=1')
    expect(of3).toMatchObject({ after: 3, more: true, events: [{ seq: 3 }] })
    expect(await eventsOf('?account=3&after=3')).toMatchObject({ after: 6, events: [] })
  })

  it.each([
    ['after=7', /last event has the number 0/],
    ['after=x', /after: a whole number/],
    ['after=-1', /after/],
    ['limit=0', /limit/],
    ['type=%20', /type/],
    ['account=alice', /account/],
    ['since=1', /since/],
  ])('refuses %s', async (query, detail) => {
    const answer = await api(`/v1/events?${query}`)
    expect(answer).toMatchObject({ http: 400, code: 'request_malformed' })
    expect(answer.detail).toMatch(detail)
  })

  it('shows a limited caller its accounts alone, and what X delivered to whom may read it', async () => {
    await append(1, 3)
    await appendEvents(env, [
      made(4, { type: 'app.halted', data: {} }),
      made(5, { type: 'x.post.create', data: { account: { id: '2' } } }),
    ])
    const read = async (caller: object) => {
      const body = JSON.stringify({ name: 'c', ...caller })
      const { key } = await api('/v1/callers', { method: 'POST', body })
      const headers = { authorization: `Bearer ${key}` }
      const { events, code } = await (await perch('/v1/events', { headers })).json<{
        events?: LoggedEvent[]
        code?: string
      }>()
      // What the callers themselves bring about is not looked at here.
      return code ?? events?.map(({ seq }) => seq).filter((seq) => seq <= 5)
    }
    expect(await read({ scopes: ['accounts:read'] })).toBe('scope_missing')
    expect(await read({ scopes: ['events'] })).toEqual([1, 2, 3, 4])
    expect(await read({ scopes: ['events'], accounts: ['2'] })).toEqual([2])
    expect(await read({ scopes: ['events', 'x:webhooks'], accounts: ['2'] })).toEqual([2, 5])
  })

  it('forgets after thirty days, says so to who read up to there, and never gives a number twice', async () => {
    await append(1, 3)
    later(29 * 86_400)
    await append(4, 4)
    later(2 * 86_400)
    await runDurableObjectAlarm(log())
    expect((await eventsOf()).events.map(({ seq }) => seq)).toEqual([4])
    expect(await eventsOf('?after=3')).toMatchObject({ events: [{ seq: 4 }] })
    expect(await api('/v1/events?after=2')).toMatchObject({
      http: 410,
      code: 'events_expired',
      first_seq: 4,
    })
    later(60 * 86_400)
    await runDurableObjectAlarm(log())
    // The last one stays, and no alarm rings for it.
    expect(await runDurableObjectAlarm(log())).toBe(false)
    await append(5, 5)
    expect(await eventsOf('?after=4')).toMatchObject({ events: [{ seq: 5, id: 'evt_5' }] })
  })

  it('keeps what X delivered sealed, and tells it whole', async () => {
    const keyring = await keyringOf(configOf(env).sealingKeys)
    const raw = '{"text":"private message"}'
    await appendEvents(env, [
      await withRaw(keyring, made(1, { type: 'x.dm.received', data: {} }), raw),
    ])
    const rests = await runInDurableObject(log(), (_: Events, state) =>
      JSON.stringify(state.storage.sql.exec('SELECT * FROM event').toArray()),
    )
    expect(rests).not.toContain('private')
    expect((await eventsOf()).events).toMatchObject([{ data: { raw } }])
  })

  it('tells the others where one does not open', async () => {
    const keyring = await keyringOf(configOf(env).sealingKeys)
    const good = await withRaw(keyring, made(1, { type: 'x.dm.received', data: {} }), 'one')
    await appendEvents(env, [good, { ...good, id: 'evt_2' }, made(3)])
    expect((await eventsOf()).events).toMatchObject([
      { data: { raw: 'one' } },
      { id: 'evt_2', data: { sealing_key_missing: true } },
      { seq: 3 },
    ])
  })

  // A thousand deliveries of a megabyte each were to be one answer.
  it('tells long deliveries a few at a time', async () => {
    const keyring = await keyringOf(configOf(env).sealingKeys)
    const raw = 'x'.repeat(1_000_000)
    for (let n = 1; n <= 9; n++)
      await appendEvents(env, [
        await withRaw(keyring, made(n, { type: 'x.dm.received', data: {} }), raw),
      ])
    const told: number[] = []
    for (let after = 0, more = true; more; ) {
      const page = await eventsOf(`?limit=1000&after=${after}`)
      expect(page.events.length).toBeLessThan(7)
      told.push(...page.events.map(({ seq }) => seq))
      ;({ after, more } = page)
    }
    expect(told).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9])
  })

  // After a deploy that was taken back these were passed over, and an endpoint gave up what waited of them.
  it('passes over no event that a later build wrote', async () => {
    await append(1, 3)
    await runInDurableObject(log(), (_: Events, { storage }) =>
      storage.sql.exec("UPDATE event SET json = json_set(json, '$.v', 99) WHERE seq = 2"),
    )
    const newer = { http: 503, code: 'storage_newer' }
    expect(await api('/v1/events')).toMatchObject(newer)
    expect(await eventsOf('?limit=1')).toMatchObject({ after: 1, more: true, events: [{ seq: 1 }] })
    expect(await api('/v1/events?after=1')).toMatchObject(newer)
    await expect(findEvent(env, 'evt_2')).rejects.toMatchObject({ data: { code: 'storage_newer' } })
    expect(await eventsOf('?after=2')).toMatchObject({ after: 3, events: [{ seq: 3 }] })
  })

  it('has what another key sealed sealed anew by a sweep', async () => {
    const { sealingKeys } = configOf(env)
    const old = await keyringOf([sealingKeys[1]!, sealingKeys[0]!])
    const now = await keyringOf(sealingKeys)
    await appendEvents(env, [
      await withRaw(old, made(1, { type: 'x.dm.received', data: {} }), 'one'),
      await withRaw(now, made(2, { type: 'x.dm.received', data: {} }), 'two'),
    ])
    expect(await sealedEvents(env)).toEqual({ [now.first]: 1 })
    const { events } = await readEvents(env, undefined, 10)
    expect(events.map(({ raw }) => raw?.split('.')[1])).toEqual([now.first, now.first])
    expect((await eventsOf()).events.map(({ data }) => data.raw)).toEqual(['one', 'two'])
  })

  // The first one that did not open kept all the others under their old key.
  it('seals anew what opens, and says of the rest that its key is needed', async () => {
    const { sealingKeys } = configOf(env)
    const lost = await keyringOf([new Secret(btoa('k'.repeat(32)))])
    const old = await keyringOf([sealingKeys[1]!, sealingKeys[0]!])
    const now = await keyringOf(sealingKeys)
    const x = (n: number) => made(n, { type: 'x.dm.received', data: {} })
    await appendEvents(env, [await withRaw(lost, x(1), 'one'), await withRaw(old, x(2), 'two')])
    expect(await sealedEvents(env)).toEqual({ [now.first]: 1, [lost.first]: 1 })
    const { events } = await readEvents(env, undefined, 10)
    expect(events.map(({ raw }) => raw?.split('.')[1])).toEqual([lost.first, now.first])
  })

  it('wakes the endpoints that any event is of, and the others where one of them hangs', async () => {
    const woken: string[] = []
    vi.spyOn(env.ENDPOINT, 'getByName').mockImplementation(((id: string) => ({
      wake: async (last: number) => {
        woken.push(`${id} ${last}`)
        if (id === 'ep_hangs') await new Promise(() => undefined)
      },
    })) as never)
    const of = (id: string) => ({ data: { endpoint: { id } } })
    await appendEvents(env, [made(1, { type: 'endpoint.created', ...of('ep_hangs') })])
    // A log that was lost has not seen this one begin.
    await appendEvents(env, [made(2, { type: 'endpoint.changed', ...of('ep_well') })])
    await eventually(() => expect(woken).toContain('ep_well 2'), 9000)
  }, 20_000)

  it('wakes by alarm an endpoint that could not be reached, as often as it takes', async () => {
    const woken: number[] = []
    let failures = 4
    vi.spyOn(env.ENDPOINT, 'getByName').mockImplementation((() => ({
      wake: async (last: number) => {
        if (failures > 0) throw new Error(`not reached: ${failures--}`)
        woken.push(last)
      },
    })) as never)
    const created = { type: 'endpoint.created', data: { endpoint: { id: 'ep_far' } } } as const
    await appendEvents(env, [made(1, created)])
    await eventually(async () => {
      await runDurableObjectAlarm(log())
      expect(woken).toEqual([1])
    })
  })

  it('wakes an endpoint that began in the moment in which another one ended', async () => {
    const woken: string[] = []
    vi.spyOn(env.ENDPOINT, 'getByName').mockImplementation(((id: string) => ({
      wake: async (last: number) => void woken.push(`${id} ${last}`),
    })) as never)
    const of = (type: EventType, id: string) => ({ type, data: { endpoint: { id } } })
    await appendEvents(env, [made(1, of('endpoint.created', 'ep_former'))])
    await appendEvents(env, [
      made(2, of('endpoint.deleted', 'ep_former')),
      made(3, of('endpoint.created', 'ep_next')),
    ])
    await eventually(() => expect(woken).toContain('ep_next 3'), 5000)
    expect(woken).not.toContain('ep_former 3')
  })
})

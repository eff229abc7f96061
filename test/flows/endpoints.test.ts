/** Events that are delivered to a receiver which checks them with the library that receivers use. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { eventually } from '../eventually.ts'
import { program } from './programs.ts'
import { plainly, type Receiver, receiver, verified } from './receivers.ts'
import { useWorld } from './worlds.ts'

const world = useWorld()
const admin = program(world)

interface Made {
  id: string
  secret: string
}
let to: Receiver
beforeEach(async () => {
  to = await receiver()
})
afterEach(async () => {
  to.stop()
  const { endpoints } = await admin.json<{ endpoints: Made[] }>('GET', '/v1/endpoints')
  for (const { id } of endpoints) await admin.send('DELETE', `/v1/endpoints/${id}`)
})

const endpoint = (body: object = {}, by = admin) =>
  by.json<Made>('POST', '/v1/endpoints', { url: to.url, ...body })
const caller = (body: object = {}) =>
  admin.json<{ id: string; key: string }>('POST', '/v1/callers', {
    name: 'c',
    scopes: ['events'],
    ...body,
  })
const look = (id: string) => admin.json<Record<string, unknown>>('GET', `/v1/endpoints/${id}`)

it('an event arrives, signed, as the log has it', async () => {
  const { secret, id } = await endpoint()
  const made = await caller()
  const [arrival] = await to.until('caller.created')
  if (!arrival) throw new Error('nothing arrived')
  const event = verified(arrival, secret)
  expect(event).toMatchObject({
    id: arrival.headers['webhook-id'],
    type: 'caller.created',
    timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    data: { caller: { id: made.id, name: 'c', scopes: ['events'], limited: false } },
  })
  expect(arrival.headers).toMatchObject({
    'content-type': 'application/json',
    'user-agent': 'Perch',
  })
  const { events } = await admin.json<{ events: unknown[] }>(
    'GET',
    '/v1/events?type=caller.created',
  )
  expect(events.at(-1)).toEqual(event)
  await eventually(async () => {
    const { deliveries } = await admin.json<{ deliveries: unknown[] }>(
      'GET',
      `/v1/endpoints/${id}/deliveries`,
    )
    expect(deliveries[0]).toMatchObject({ status: 'delivered', tries: 1, answer: { status: 204 } })
  })
  expect(await look(id)).toMatchObject({ enabled: true, open: 0 })
})

it('all that happens after the answer arrives, in its order, also while the secret is rotated', async () => {
  const made = await endpoint({ types: ['caller.*'] })
  const secrets = [made.secret]
  for (let n = 0; n < 12; n++) {
    await caller({ name: `n${n}` })
    if (n !== 5) continue
    secrets.push((await admin.json<Made>('POST', `/v1/endpoints/${made.id}/rotate`)).secret)
  }
  const arrivals = await to.until('caller.created', 12)
  const names = new Set(arrivals.map(({ event }) => event.data.caller?.name))
  expect(names.size).toBe(12)
  const [old = '', fresh = ''] = secrets
  for (const arrival of arrivals) {
    // Whoever has the former secret takes all of them, for a day.
    expect(() => verified(arrival, old)).not.toThrow()
    if (Number(String(arrival.event.data.caller?.name).slice(1)) > 5)
      expect(() => verified(arrival, fresh)).not.toThrow()
  }
  expect(arrivals.every(({ event }) => event.type.startsWith('caller.'))).toBe(true)
})

it('what fails is sent again, with the same id and body and another signature', async () => {
  const { secret, id } = await endpoint({ types: ['caller.created'] })
  let tries = 0
  to.answer((response) => {
    tries += 1
    response.writeHead(tries === 1 ? 302 : 200, { location: to.url }).end('moved')
  })
  await caller()
  const [first, second] = await to.until('caller.created', 2)
  if (!first || !second) throw new Error('it came once')
  expect([second.text, second.headers['webhook-id']]).toEqual([
    first.text,
    first.headers['webhook-id'],
  ])
  expect(second.headers['webhook-signature']).not.toBe(first.headers['webhook-signature'])
  for (const arrival of [first, second]) verified(arrival, secret)
  await eventually(async () => expect(await look(id)).not.toHaveProperty('failing_since'))
})

it('a receiver that says 410 is left alone, and told nothing of what happened meanwhile once it is back', async () => {
  const { id } = await endpoint({ types: ['caller.created'] })
  to.answer(plainly(410))
  await caller({ name: 'gone' })
  await eventually(async () =>
    expect(await look(id)).toMatchObject({ enabled: false, disabled: { reason: 'gone' }, open: 0 }),
  )
  await caller({ name: 'meanwhile' })
  to.answer(plainly(200))
  await admin.json('PATCH', `/v1/endpoints/${id}`, { enabled: true })
  await caller({ name: 'afterwards' })
  const arrivals = await to.until('caller.created', 2)
  expect(arrivals.map(({ event }) => event.data.caller?.name)).toEqual(['gone', 'afterwards'])
})

describe('a replay', () => {
  it('brings what came after a number, or one event', async () => {
    const { id } = await endpoint({ types: ['caller.created'] })
    for (const name of ['one', 'two', 'three']) await caller({ name })
    const [one, two] = await to.until('caller.created', 3)
    const { seq: after } = one?.event ?? {}
    await eventually(async () => expect(await look(id)).toMatchObject({ open: 0 }))
    const replay = (body: object) => admin.send('POST', `/v1/endpoints/${id}/replay`, body)
    expect((await replay({ after })).status).toBe(202)
    const names = (await to.until('caller.created', 5)).map(({ event }) => event.data.caller?.name)
    expect(names.slice(3).sort()).toEqual(['three', 'two'])
    expect((await replay({ event: two?.event.id })).status).toBe(202)
    const again = await to.until('caller.created', 6)
    expect(again.at(-1)?.event).toEqual(two?.event)
  })

  it.each([
    [{}, 400],
    [{ after: 1, event: 'evt_1' }, 400],
    [{ after: -1 }, 400],
    [{ after: 1.5 }, 400],
    [{ after: 1_000_000 }, 400],
    [{ event: 'evt_1' }, 400],
  ])('of %o is refused', async (body, status) => {
    const { id } = await endpoint()
    expect((await admin.send('POST', `/v1/endpoints/${id}/replay`, body)).status).toBe(status)
  })

  it('of an endpoint that is switched off is refused', async () => {
    const { id } = await endpoint()
    await admin.json('PATCH', `/v1/endpoints/${id}`, { enabled: false })
    const refused = await admin.send('POST', `/v1/endpoints/${id}/replay`, { after: 0 })
    expect([refused.status, await refused.json()]).toMatchObject([
      409,
      { code: 'endpoint_disabled' },
    ])
  })
})

describe('a test', () => {
  it('says how the receiver answered, to the admin with its words', async () => {
    const { id, secret } = await endpoint()
    to.answer((response) => {
      response.writeHead(500).end('x'.repeat(5000))
    })
    const test = (by = admin) => by.json('POST', `/v1/endpoints/${id}/test`)
    expect(await test()).toEqual({
      delivered: false,
      status: 500,
      ms: expect.any(Number),
      text: 'x'.repeat(1000),
    })
    const [arrival] = await to.until('endpoint.test')
    expect(arrival && verified(arrival, secret)).toMatchObject({ data: { endpoint: { id } } })
    to.answer(plainly(200))
    expect(await test()).toMatchObject({ delivered: true, status: 200 })
    const { events } = await admin.json<{ events: unknown[] }>(
      'GET',
      '/v1/events?type=endpoint.test',
    )
    expect(events).toEqual([])
  })

  it('tells a caller the status alone', async () => {
    const { key } = await caller()
    const bot = program(world, key)
    const { id } = await endpoint({}, bot)
    to.answer((response) => {
      response.writeHead(500).end('the words of a network that the caller does not see')
    })
    const answer = await bot.json('POST', `/v1/endpoints/${id}/test`)
    expect(answer).toEqual({ delivered: false, status: 500, ms: expect.any(Number) })
  })
})

it('a limited caller’s endpoint is told nothing that is about none of its accounts, and ends with it', async () => {
  const made = await caller({ accounts: ['1'] })
  const { id } = await endpoint({}, program(world, made.key))
  const all = await receiver()
  await endpoint({ url: all.url })
  await admin.send('DELETE', `/v1/callers/${made.id}`)
  await all.until('endpoint.deleted')
  expect(to.arrivals).toEqual([])
  expect((await admin.send('GET', `/v1/endpoints/${id}`)).status).toBe(404)
  all.stop()
})

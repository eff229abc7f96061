/** Every type of event is brought about, is as the catalogue shows it, as docs/events.md and the page of codes do, and arrives. */
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeAll, beforeEach, expect, it } from 'vitest'
import { hmacSha256 } from '../../../src/crypto/hmac'
import type { Endpoint } from '../../../src/endpoint/endpoint'
import { CATALOGUE } from '../../../src/events/catalogue'
import type { EventData, LoggedEvent } from '../../../src/events/event'
import type { Events } from '../../../src/events/log'
import { untilTrue } from '../../eventually'
import { arrivals, checked, nameReceiver, receiverUrl } from '../arrivals'
import { ADMIN, api, atX, later, newUser, PERCH, perch, resetX, useFreshWorld, x } from '../world'

useFreshWorld()

const log = () => env.EVENTS.getByName('events')
let listener = { id: '', secret: '' }
beforeAll(async () => {
  await resetX()
  await runInDurableObject(log(), (_: Events, state) => state.storage.deleteAll())
  await evictDurableObject(log())
  listener = await post('/v1/endpoints', { url: receiverUrl('ok', 'catalogue') })
})
beforeEach(nameReceiver)

/** Ids, names, times and texts of X's are what they are: two events are alike that differ in these alone. */
function shape(data: EventData): unknown {
  return JSON.parse(
    JSON.stringify(data, (key, value) => {
      if (key === 'id' || key === 'username' || key === 'event') return key
      if (key === 'url') return String(value).replace('receiver.example', 'app.example.com')
      if (key === 'from' || key === 'to' || key === 'raw') return key
      if (key === 'description' || key === 'message') return typeof value
      return typeof value === 'number' ? 'a number' : value
    }),
  )
}

const post = (path: string, body: object) =>
  api(path, { method: 'POST', body: JSON.stringify(body) })

async function seen(type: string): Promise<LoggedEvent> {
  const found = await untilTrue(async () => {
    const { events } = (await api(`/v1/events?type=${type}`)) as { events: LoggedEvent[] }
    return events[0]
  })
  return found as LoggedEvent
}

const expectShown = async (...types: (keyof typeof CATALOGUE)[]): Promise<void> => {
  for (const type of types)
    expect([type, shape((await seen(type)).data)]).toEqual([type, shape(CATALOGUE[type].data)])
}

/** A login of somebody, with these scopes; X names the user as it is told to. */
async function login(username: string, scope: string) {
  const made = await post('/v1/logins', { scope })
  const response_url = await atX(made.authorize_url, username)
  return post(`/v1/logins/${made.id}/complete`, { response_url })
}

it('of accounts', async () => {
  const { id, username } = await newUser()
  await login(username, 'users.read tweet.read tweet.write')
  await expectShown('account.connected')
  // X says nothing of use for half an hour; what is asked for by hand keeps its distance.
  later(7100)
  await x('POST', 'faults', { path: '/2/oauth2/token', fault: 'status:503', times: 99 })
  for (let n = 0; n < 4; n++) {
    await api(`/v1/accounts/${id}/refresh`, { method: 'POST' })
    later(700)
  }
  await expectShown('account.degraded')
  await x('DELETE', 'faults')
  const user = { data: { id, username: 'alicia', name: 'Alicia' } }
  await x('POST', 'faults', {
    path: '/2/users/me',
    fault: `reply:${JSON.stringify({ status: 200, body: user })}`,
    times: 1,
  })
  await login(username, 'users.read tweet.read')
  await expectShown('account.recovered', 'account.renamed', 'account.scope_reduced')
  await login(username, 'users.read tweet.read tweet.write')
  await expectShown('account.scope_restored')
  await x('POST', 'revoke', { username })
  await api(`/v1/accounts/${id}/refresh`, { method: 'POST' })
  await expectShown('account.login_required')
  await api(`/v1/accounts/${id}?force=true`, { method: 'DELETE' })
  await expectShown('account.disconnected')
})

it('of the app', async () => {
  await post('/v1/freeze', { refreshes: true })
  await api('/v1/freeze', { method: 'DELETE' })
  const app = env.APP.getByName('app')
  const webhook = { id: '1976325569252868099', url: `${PERCH}/x/webhook` }
  for (const valid of [true, false, true]) await app.webhookHeard({ ...webhook, valid })
  await expectShown('app.halted', 'app.resumed', 'app.webhook_invalid', 'app.webhook_valid')
})

it('of callers, and of what leaves', async () => {
  const { id } = await post('/v1/callers', { name: 'billing', scopes: ['accounts:read', 'tokens'] })
  await api(`/v1/callers/${id}`, {
    method: 'PATCH',
    body: '{"return_to":["https://a.example.com"]}',
  })
  await post(`/v1/callers/${id}/rotate`, {})
  await (await perch('/v1/exports', { headers: ADMIN })).text()
  await api(`/v1/callers/${id}`, { method: 'DELETE' })
  await expectShown('caller.created', 'caller.changed', 'caller.rotated', 'caller.deleted')
  const { data } = await seen('vault.exported')
  expect(Object.keys(data)).toEqual(Object.keys(CATALOGUE['vault.exported'].data))
})

it('of endpoints', async () => {
  const { id } = await post('/v1/endpoints', { url: 'https://app.example.com/events?key=a' })
  const change = (body: object) =>
    api(`/v1/endpoints/${id}`, { method: 'PATCH', body: JSON.stringify(body) })
  await change({ types: ['app.*'] })
  await post(`/v1/endpoints/${id}/rotate`, {})
  await change({ enabled: false })
  await change({ enabled: true })
  // An event that the log has forgotten, and that waits for one more try.
  const object = env.ENDPOINT.getByName(id)
  await runInDurableObject(object, async (endpoint: Endpoint, state) => {
    await endpoint.alarm()
    state.storage.sql.exec(
      'CREATE TABLE IF NOT EXISTS open (seq INTEGER PRIMARY KEY, next_at INTEGER NOT NULL, json TEXT NOT NULL)',
    )
    const row = { v: 1, seq: 1, event: 'evt_forgotten', tries: 38 }
    state.storage.sql.exec('INSERT INTO open VALUES (1, 0, ?)', JSON.stringify(row))
  })
  await evictDurableObject(object)
  await runInDurableObject(object, (endpoint: Endpoint) => endpoint.alarm())
  await api(`/v1/endpoints/${id}`, { method: 'DELETE' })
  await expectShown(
    'endpoint.created',
    'endpoint.changed',
    'endpoint.rotated',
    'endpoint.disabled',
    'endpoint.enabled',
    'endpoint.gave_up',
    'endpoint.deleted',
  )
})

it('of X’s', async () => {
  await post('/v1/callers', { name: 'listener', scopes: ['events', 'x:webhooks'] })
  const body = String(CATALOGUE['x.post.mention.create'].data.raw)
  const mac = await hmacSha256(env.X_CLIENT_SECRET, body)
  const headers = { 'x-twitter-webhooks-signature-oauth2': `sha256=${mac.toBase64()}` }
  expect((await perch('/x/webhook', { method: 'POST', body, headers })).status).toBe(200)
  await expectShown('x.post.mention.create')
  expect((await seen('x.post.mention.create')).data.raw).toBe(body)
})

it('all of them, each signed, at a receiver', async () => {
  expect(await post(`/v1/endpoints/${listener.id}/test`, {})).toMatchObject({ delivered: true })
  const types = new Set<string>()
  // Between two tests nothing led to the receiver: what failed then is sent again.
  const isThrough = async (): Promise<boolean> => {
    later(3600)
    await runDurableObjectAlarm(env.ENDPOINT.getByName(listener.id))
    const { cursor, open } = await api(`/v1/endpoints/${listener.id}`)
    return open === 0 && cursor === (await api('/v1/events?limit=1000')).after
  }
  await untilTrue(isThrough, { timeout: 20_000 })
  for (const arrival of await arrivals('catalogue')) {
    const event = checked(arrival, listener.secret) as LoggedEvent
    types.add(event.type)
    if (event.type === 'endpoint.test')
      expect(shape(event.data)).toEqual(shape(CATALOGUE['endpoint.test'].data))
  }
  expect([...types].toSorted()).toEqual(Object.keys(CATALOGUE).toSorted())
})

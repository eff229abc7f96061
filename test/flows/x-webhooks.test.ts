/** X's webhooks from end to end: registered, subscribed to, delivered, revoked; the emulator plays X. */
import { createHmac } from 'node:crypto'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { problemOf } from './answers.ts'
import { TOKEN, type XUser } from './emulators.ts'
import { decide, visitor } from './visitors.ts'
import { ADMIN_KEY, ALL_FLOWS, API_SECRET, CLIENT_SECRET, useWorld } from './worlds.ts'

const world = useWorld({
  X_SCOPES: 'tweet.read tweet.write users.read offline.access',
  ...ALL_FLOWS,
})

const send = (method: string, path: string, body?: unknown, key = ADMIN_KEY) =>
  fetch(world.perch + path, {
    method,
    headers: { authorization: `Bearer ${key}` },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })

// biome-ignore lint/suspicious/noExplicitAny: answers are looked at field by field
type Json = any

async function call(method: string, path: string, body?: unknown, key?: string): Promise<Json> {
  const response = await send(method, path, body, key)
  return { http: response.status, ...((await response.json()) as object) }
}
const refused = async (method: string, path: string, body?: unknown, key?: string) => {
  const { status, code, detail } = await problemOf(await send(method, path, body, key))
  return { status, code, detail }
}

interface XEvent {
  id: string
  type: string
  data: { raw: string; account?: { id: string }; tag?: string }
}
const eventsOf = async (account: string, key?: string): Promise<XEvent[]> =>
  (await call('GET', `/v1/events?limit=1000&type=x.*&account=${account}`, undefined, key)).events

/** The states that X has told of this replay job. */
async function statesOf(job: string): Promise<string[]> {
  const { events } = await call('GET', '/v1/events?limit=1000&type=x.replay_job_status')
  const said = events.map(({ data }: XEvent) => JSON.parse(data.raw).replay_job_status)
  return said.filter((of: Json) => of.job_id === job).map((of: Json) => of.job_state)
}

async function connect(query = ''): Promise<XUser> {
  const user = await world.emulator.user()
  const response = await visitor(world).login(user.username, `/login${query}`)
  expect(response.status).toBe(200)
  return user
}
const account = (id: string) => call('GET', `/v1/accounts/${id}`)

/** A post at X, by the API's newer version. */
async function post(by: XUser, text: string): Promise<void> {
  const { access_token } = await call('GET', `/v1/accounts/${by.id}/token`)
  const response = await fetch(`${world.x}/2/tweets`, {
    method: 'POST',
    headers: { authorization: `Bearer ${access_token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ text }),
  })
  expect(response.status, await response.text()).toBeLessThan(300)
}

const sign = (secret: string, body: string) =>
  `sha256=${createHmac('sha256', secret).update(body).digest('base64')}`
const SUBSCRIPTIONS = '/2/activity/subscriptions'
const OAUTH2 = 'x-twitter-webhooks-signature-oauth2'

/** As X sends it. */
const deliver = (
  body: string,
  headers: Record<string, string> = { [OAUTH2]: sign(CLIENT_SECRET, body) },
) => fetch(`${world.perch}/x/webhook`, { method: 'POST', body, headers })

const revokeBody = (user: XUser, at: Date, uuid = crypto.randomUUID()) =>
  JSON.stringify({
    data: {
      filter: {},
      event_type: 'oauth.revoke',
      event_uuid: uuid,
      payload: { date_time: at.toISOString(), user_id: user.id, app_id: '29820954' },
    },
  })

let listener = ''
beforeAll(async () => {
  const body = { name: 'listener', scopes: ['events', 'x:webhooks'] }
  listener = (await call('POST', '/v1/callers', body)).key
})
beforeEach(async () => {
  await world.emulator.app({ webhook_check: 'client_secret', webhook_signatures: 'both' })
  await send('DELETE', '/v1/x/webhook')
})

describe('the webhook', () => {
  it('is registered, looked at, checked anew and ended', async () => {
    expect(await refused('GET', '/v1/x/webhook')).toMatchObject({
      status: 409,
      code: 'webhook_missing',
    })
    const made = await call('PUT', '/v1/x/webhook', {})
    expect(made).toMatchObject({
      http: 200,
      url: `${world.perch}/x/webhook`,
      valid: true,
      secret: 'X_CLIENT_SECRET',
    })
    expect(await call('GET', '/v1/x/webhook')).toMatchObject({ id: made.id, valid: true })
    const { url, valid } = made
    const checked_at = expect.any(Number)
    expect((await call('GET', '/v1/status')).x_webhook).toEqual({ url, valid, checked_at })
    expect(await call('PUT', '/v1/x/webhook')).toMatchObject({ http: 200, id: made.id })
    expect(await call('DELETE', '/v1/x/webhook')).toMatchObject({ id: made.id, deleted: true })
    expect(await refused('DELETE', '/v1/x/webhook')).toMatchObject({ code: 'webhook_missing' })
    expect((await call('GET', '/v1/status')).x_webhook).toBeNull()
  })

  it('is that of the other secret where X checks with it', async () => {
    await world.emulator.app({ webhook_check: 'api_secret' })
    const made = await call('PUT', '/v1/x/webhook')
    expect(made).toMatchObject({ url: `${world.perch}/x/webhook/consumer`, secret: 'X_API_SECRET' })
    expect(await call('PUT', '/v1/x/webhook')).toMatchObject({ id: made.id, valid: true })
  })

  it('is not registered where X finds neither answer right, or has no room', async () => {
    await world.emulator.app({
      client_secret: 'another',
      api_secret: API_SECRET,
      webhook_check: 'client_secret',
    })
    expect(await refused('PUT', '/v1/x/webhook')).toMatchObject({
      status: 502,
      code: 'webhook_check_failed',
    })
    await world.calm()
    await world.emulator.app({ webhook_limit: 0 })
    expect(await refused('PUT', '/v1/x/webhook')).toMatchObject({
      status: 409,
      code: 'webhook_limit',
    })
    await world.emulator.app({ webhook_limit: 1 })
  })

  it('says so where X has found it invalid, and does again', async () => {
    await call('PUT', '/v1/x/webhook')
    await world.emulator.app({ webhook_check: 'api_secret' })
    expect(await refused('PUT', '/v1/x/webhook')).toMatchObject({ code: 'webhook_check_failed' })
    expect(await call('GET', '/v1/x/webhook')).toMatchObject({ valid: false })
    await world.emulator.app({ webhook_check: 'client_secret' })
    expect(await call('PUT', '/v1/x/webhook')).toMatchObject({ valid: true })
  })

  it('is asked to deliver again what is of the last day', async () => {
    const at = Math.floor(Date.now() / 1000)
    const again = (body: object) => refused('POST', '/v1/x/webhook/replay', body)
    expect(await again({ from: at - 60 })).toMatchObject({ code: 'webhook_missing' })
    await call('PUT', '/v1/x/webhook')
    for (const body of [
      {},
      { from: at - 86_500 },
      { from: at, to: at - 60 },
      { from: at, to: at + 600 },
    ])
      expect(await again(body)).toMatchObject({ status: 400, code: 'request_malformed' })
    // X counts by minutes, and has no minute that began before its day.
    expect(await call('POST', '/v1/x/webhook/replay', { from: at - 86_390 })).toMatchObject({
      http: 202,
    })
  })

  it('is for the admin alone', async () => {
    for (const method of ['GET', 'PUT', 'DELETE'])
      expect(await refused(method, '/v1/x/webhook', undefined, listener)).toMatchObject({
        code: 'scope_missing',
      })
  })
})

describe('a subscription', () => {
  it('brings what happens, by either secret', async () => {
    await call('PUT', '/v1/x/webhook')
    const alice = await connect()
    const wanted = { event_type: 'post.mention.create', tag: 'mine' }
    const path = `/v1/accounts/${alice.id}/subscriptions`
    const made = await call('POST', path, wanted, listener)
    expect(made).toMatchObject({ http: 201, ...wanted, cost_usd: 0.005 })
    expect(await call('GET', path, undefined, listener)).toMatchObject({
      subscriptions: [{ id: made.id, ...wanted }],
    })

    const texts = []
    for (const webhook_signatures of ['both', 'oauth2', 'oauth1']) {
      await world.emulator.app({ webhook_signatures })
      const text = `@${alice.username} signed ${webhook_signatures}, café`
      texts.push(text)
      await post(alice, text)
      await expect.poll(async () => (await eventsOf(alice.id, listener)).length).toBe(texts.length)
    }
    const events = await eventsOf(alice.id, listener)
    expect(events.map(({ type }) => type)).toEqual(texts.map(() => 'x.post.mention.create'))
    expect(events.map(({ data }) => JSON.parse(data.raw).data.payload.text)).toEqual(texts)
    expect(events[0]).toMatchObject({ data: { account: { id: alice.id }, tag: 'mine' } })

    // What was delivered comes again, and is in the log once; then X says that it is done: of this
    // job, for that of another test may have arrived before its webhook was ended.
    const span = { from: new Date(Date.now() - 60_000).toISOString() }
    const { http, job } = await call('POST', '/v1/x/webhook/replay', span)
    expect({ http, job }).toEqual({ http: 202, job: expect.any(String) })
    await expect.poll(() => statesOf(job)).toEqual(['Complete'])
    expect(await eventsOf(alice.id)).toHaveLength(texts.length)

    expect(await call('DELETE', `${path}/${made.id}`, undefined, listener)).toMatchObject({
      deleted: true,
    })
    expect((await call('GET', path)).subscriptions).toEqual([])
  })

  it.each(['nested', 'flat', 'array'])(
    'is understood in the form %s, and is there once',
    async (subscription_shape) => {
      await call('PUT', '/v1/x/webhook')
      await world.emulator.app({ subscription_shape })
      const { id } = await connect()
      const path = `/v1/accounts/${id}/subscriptions`
      const made = await call('POST', path, { event_type: 'post.create' })
      expect(made).toMatchObject({ http: 201, event_type: 'post.create' })
      expect(await call('POST', path, { event_type: 'post.create' })).toMatchObject({
        http: 200,
        id: made.id,
      })
    },
  )

  // X refused a second one, and no route of ours ended the first.
  it('to a webhook that has ended is taken over, one to another webhook is not', async () => {
    const before = await call('PUT', '/v1/x/webhook')
    await world.emulator.app({ webhook_subscriptions: 'stay', webhook_limit: 2 })
    const { id } = await connect()
    const path = `/v1/accounts/${id}/subscriptions`
    const former = await call('POST', path, { event_type: 'post.create', tag: 'former' })
    const kept = await call('POST', path, { event_type: 'post.delete' })
    await call('DELETE', '/v1/x/webhook')
    const { id: webhook_id } = await call('PUT', '/v1/x/webhook')
    expect(webhook_id).not.toBe(before.id)
    expect((await call('GET', path)).subscriptions).toEqual([])
    // The second time X moves it: of its first yes, in a form that nobody knows, the emulator does nothing.
    const yes = 'reply:{"status":200,"body":{"data":{"updated":true}}}'
    await world.emulator.fault(yes, `${SUBSCRIPTIONS}/${former.id}`)
    for (let times = 0; times < 2; times++)
      expect(await call('POST', path, { event_type: 'post.create', tag: 'now' })).toMatchObject({
        http: 200,
        id: former.id,
        webhook_id,
        tag: 'now',
      })
    expect((await call('GET', path)).subscriptions).toMatchObject([{ id: former.id, tag: 'now' }])

    const another = await atX('POST', '/2/webhooks', { url: `${world.perch}/x/webhook?another` })
    await atX('PUT', `/2/activity/subscriptions/${kept.id}`, { webhook_id: another.data.id })
    expect(await refused('POST', path, { event_type: 'post.delete' })).toMatchObject({
      code: 'subscription_refused',
      detail: expect.stringContaining('another webhook'),
    })
    await atX('DELETE', `/2/webhooks/${another.data.id}`)
    await world.emulator.app({ webhook_subscriptions: 'end', webhook_limit: 1 })
  })

  it('is made with the signature of an account that has nothing else', async () => {
    await call('PUT', '/v1/x/webhook')
    const { id } = await connect('?flow=oauth1')
    expect(
      await call('POST', `/v1/accounts/${id}/subscriptions`, { event_type: 'dm.received' }),
    ).toMatchObject({
      http: 201,
      cost_usd: 0.01,
    })
  })

  it('is made with the signature where X does not take the account’s pair', async () => {
    await call('PUT', '/v1/x/webhook')
    const alice = await connect()
    const response = await visitor(world).login(alice.username, '/login?flow=oauth1')
    expect(response.status).toBe(200)
    // The pair has no dm.read.
    const path = `/v1/accounts/${alice.id}/subscriptions`
    expect(await call('POST', path, { event_type: 'dm.received' })).toMatchObject({ http: 201 })
  })

  // What X's API could not be asked with just now kept the other token from being tried.
  it('is made with the signature while the pair cannot be had', async () => {
    await call('PUT', '/v1/x/webhook')
    await world.emulator.app({ access_token_ttl: 1 })
    const alice = await connect()
    await world.emulator.app({ access_token_ttl: 7200 })
    expect((await visitor(world).login(alice.username, '/login?flow=oauth1')).status).toBe(200)
    await call('POST', '/v1/freeze', { refreshes: true })
    const { expires_at } = await account(alice.id)
    await expect.poll(() => Date.now() / 1000).toBeGreaterThan(expires_at)
    const path = `/v1/accounts/${alice.id}/subscriptions`
    const wanted = { event_type: 'post.mention.create' }
    expect(await call('POST', path, wanted)).toMatchObject({ http: 201 })
    await call('DELETE', `/v1/accounts/${alice.id}/grants/oauth1`)
    expect(await refused('POST', path, { event_type: 'post.reply.create' })).toMatchObject({
      code: 'refreshes_frozen',
    })
    await call('DELETE', '/v1/freeze')
  })

  it('is seen beside one that is not as X’s pages say', async () => {
    const { id: webhook_id } = await call('PUT', '/v1/x/webhook')
    const { id } = await connect()
    const path = `/v1/accounts/${id}/subscriptions`
    const made = await call('POST', path, { event_type: 'post.create' })
    const odd = { subscription_id: 7, event_type: 'post.create', filter: { user_id: id } }
    const good = { ...odd, subscription_id: made.id, webhook_id }
    const body = { data: [odd, 'odd', good, null] }
    await world.emulator.fault(`reply:${JSON.stringify({ status: 200, body })}`, SUBSCRIPTIONS)
    const { subscriptions } = await call('GET', path)
    expect(subscriptions).toMatchObject([{ id: made.id }])
  })

  it('is refused in words', async () => {
    const { id } = await connect()
    const path = `/v1/accounts/${id}/subscriptions`
    expect(await refused('POST', path, { event_type: 'post.create' })).toMatchObject({
      code: 'webhook_missing',
    })
    await call('PUT', '/v1/x/webhook')
    expect(await refused('POST', path, { event_type: 'dm.received' })).toMatchObject({
      code: 'subscription_refused',
      detail: expect.stringContaining('dm.read'),
    })
    // X adds types: it is X that knows.
    expect(await refused('POST', path, { event_type: 'hologram.wave' })).toMatchObject({
      code: 'subscription_refused',
    })
    expect(
      await refused('POST', '/v1/accounts/99/subscriptions', { event_type: 'post.create' }),
    ).toMatchObject({
      code: 'account_unknown',
    })
  })

  it('is seen and ended by its own account alone', async () => {
    await call('PUT', '/v1/x/webhook')
    const [alice, bob] = [await connect(), await connect()]
    const { id } = await call('POST', `/v1/accounts/${alice.id}/subscriptions`, {
      event_type: 'post.create',
    })
    expect((await call('GET', `/v1/accounts/${bob.id}/subscriptions`)).subscriptions).toEqual([])
    expect(await refused('DELETE', `/v1/accounts/${bob.id}/subscriptions/${id}`)).toMatchObject({
      status: 404,
      code: 'subscription_unknown',
    })
    const body = { name: 'bob', scopes: ['x:webhooks', 'events'], accounts: [bob.id] }
    const { key } = await call('POST', '/v1/callers', body)
    expect(
      await refused('DELETE', `/v1/accounts/${alice.id}/subscriptions/${id}`, undefined, key),
    ).toMatchObject({
      code: 'account_unknown',
    })
    expect(await eventsOf(alice.id, key)).toEqual([])
  })

  it.each(['', '/grants/oauth2'])(
    'ends with its account, by a DELETE of it, or of its last grant%s',
    async (grant) => {
      await call('PUT', '/v1/x/webhook')
      const { id } = await connect()
      await call('POST', `/v1/accounts/${id}/subscriptions`, { event_type: 'post.create' })
      expect(await subscribedTo(id)).toHaveLength(1)
      await call('DELETE', `/v1/accounts/${id}${grant}`)
      await expect.poll(() => subscribedTo(id)).toEqual([])
    },
  )

  it('stays while a grant of its account does', async () => {
    await call('PUT', '/v1/x/webhook')
    const alice = await connect()
    expect((await visitor(world).login(alice.username, '/login?flow=oauth1')).status).toBe(200)
    const path = `/v1/accounts/${alice.id}`
    await call('POST', `${path}/subscriptions`, { event_type: 'post.create' })
    await call('DELETE', `${path}/grants/oauth1`)
    expect(await subscribedTo(alice.id)).toHaveLength(1)
  })
})

/** Calls X with the app's own token, beside Perch. */
async function atX(method: string, path: string, body?: object): Promise<Json> {
  const { access_token } = await call('GET', '/v1/app/token')
  const response = await fetch(world.x + path, {
    method,
    headers: { authorization: `Bearer ${access_token}`, 'content-type': 'application/json' },
    ...(body ? { body: JSON.stringify(body) } : {}),
  })
  return response.json()
}

/** What X has of a user, whoever subscribed. */
async function subscribedTo(id: string): Promise<Json[]> {
  const { data } = await atX('GET', '/2/activity/subscriptions')
  return data.filter(({ filter }: Json) => filter.user_id === id)
}

describe('a revocation', () => {
  // Whoever else is busy may take the second.
  it('is known within a second', { retry: 2 }, async () => {
    await call('PUT', '/v1/x/webhook')
    const alice = await connect()
    const begun = performance.now()
    await world.emulator.revoke(alice.username)
    await expect
      .poll(async () => (await account(alice.id)).status, { interval: 20, timeout: 1000 })
      .toBe('login_required')
    expect(performance.now() - begun).toBeLessThan(1000)
    expect(await account(alice.id)).toMatchObject({
      oauth2: { ended: { reason: 'revoked_by_user' } },
    })
    // X's word, and what came of it.
    const told = async () =>
      (await call('GET', `/v1/events?limit=1000&account=${alice.id}`)).events.slice(1)
    await expect.poll(async () => (await told()).length).toBe(2)
    expect(
      (await told()).toSorted((a: XEvent, b: XEvent) => (a.type < b.type ? -1 : 1)),
    ).toMatchObject([
      { type: 'account.login_required', data: { reason: 'revoked_by_user' } },
      { type: 'x.oauth.revoke' },
    ])
  })

  it('by the older API is as good', async () => {
    const alice = await connect()
    await world.emulator.revoke(alice.username)
    const date_time = new Date().toISOString()
    const revoke = { date_time, target: { app_id: '1' }, source: { user_id: alice.id } }
    expect((await deliver(JSON.stringify({ user_event: { revoke } }))).status).toBe(200)
    await expect.poll(async () => (await account(alice.id)).status).toBe('login_required')
  })

  it('of a pair that nothing can refresh ends that, by X’s own no', async () => {
    const alice = await world.emulator.user()
    const made = await call('POST', '/v1/logins', { offline: false })
    const response_url = await decide(made.authorize_url, alice.username)
    await call('POST', `/v1/logins/${made.id}/complete`, { response_url })
    expect(await account(alice.id)).toMatchObject({ status: 'ok', due_at: null })
    await world.emulator.revoke(alice.username)
    expect((await deliver(revokeBody(alice, new Date()))).status).toBe(200)
    await expect
      .poll(async () => (await account(alice.id)).oauth2.ended)
      .toMatchObject({ reason: 'revoked_by_user' })
    expect(await account(alice.id)).toMatchObject({ status: 'login_required' })
  })

  // The alarm, seconds later, found it.
  it('of such a pair beside an OAuth 1.0a token goes on to that at once', {
    retry: 2,
  }, async () => {
    const alice = await world.emulator.user()
    expect((await visitor(world).login(alice.username, '/login?flow=oauth1')).status).toBe(200)
    const made = await call('POST', '/v1/logins', { offline: false })
    const response_url = await decide(made.authorize_url, alice.username)
    await call('POST', `/v1/logins/${made.id}/complete`, { response_url })
    await world.emulator.revoke(alice.username)
    expect((await deliver(revokeBody(alice, new Date()))).status).toBe(200)
    await expect
      .poll(async () => (await account(alice.id)).status, { timeout: 3000 })
      .toBe('login_required')
    expect(await account(alice.id)).toMatchObject({
      oauth2: { ended: { reason: 'revoked_by_user' } },
      oauth1: { ended: { reason: 'revoked_by_user' } },
    })
  })

  it('of an OAuth 1.0a token alone ends that, by X’s own no', async () => {
    const alice = await connect('?flow=oauth1')
    const before = await account(alice.id)
    const first = new Date()
    expect((await deliver(revokeBody(alice, first))).status).toBe(200)
    // X takes the signature: nothing has ended.
    await expect.poll(() => world.emulator.calls('/2/users/me')).not.toEqual([])
    expect(await account(alice.id)).toEqual(before)
    await world.emulator.revoke(alice.username)
    // Of another second, so that it is another word.
    const second = new Date(first.getTime() + 1000)
    expect((await deliver(revokeBody(alice, second))).status).toBe(200)
    await expect
      .poll(async () => (await account(alice.id)).oauth1.ended)
      .toMatchObject({ reason: 'revoked_by_user' })
    const told = async () =>
      (await call('GET', `/v1/events?type=account.login_required&account=${alice.id}`)).events
    await expect
      .poll(told)
      .toMatchObject([{ data: { grant: 'oauth1', reason: 'revoked_by_user' } }])
  })

  it('is healed by the OAuth 1.0a token where X takes that, and only after X’s no', async () => {
    const alice = await connect()
    expect((await visitor(world).login(alice.username, '/login?flow=oauth1')).status).toBe(200)
    await world.emulator.revoke(alice.username, 'oauth2')
    await world.emulator.forgetCalls()
    await deliver(revokeBody(alice, new Date()))
    await expect.poll(async () => (await world.emulator.calls(TOKEN)).length).toBe(2)
    const calls = await world.emulator.calls(TOKEN)
    expect(calls.map(({ grant_type }) => grant_type?.split(':').at(-1))).toEqual([
      'refresh_token',
      'token-exchange',
    ])
    await expect.poll(async () => (await account(alice.id)).status).toBe('ok')
  })

  // The next healing was an hour away, and the token that it would have shown had ended as well.
  it('is known where the account was healed a moment ago, by a signature that X refuses', async () => {
    const alice = await connect()
    expect((await visitor(world).login(alice.username, '/login?flow=oauth1')).status).toBe(200)
    await world.emulator.revoke(alice.username, 'oauth2')
    const { generation } = await account(alice.id)
    await deliver(revokeBody(alice, new Date()))
    await expect.poll(async () => (await account(alice.id)).generation).toBeGreaterThan(generation)
    const { refreshed_at } = (await account(alice.id)).oauth2
    // The second after the healing: then the word is about the new pair.
    await expect.poll(() => Date.now() >= (refreshed_at + 1) * 1000).toBe(true)
    await world.emulator.revoke(alice.username)
    await deliver(revokeBody(alice, new Date()))
    await expect.poll(async () => (await account(alice.id)).status).toBe('login_required')
    expect(await account(alice.id)).toMatchObject({
      oauth2: { ended: { reason: 'revoked_by_user' } },
      oauth1: { ended: { reason: 'revoked_by_user' } },
    })
  })

  const refreshesOf = async () => (await world.emulator.tokenCalls('refresh_token')).length

  it('is known where the app may exchange nothing, by a signature that X refuses', async () => {
    const alice = await connect()
    expect((await visitor(world).login(alice.username, '/login?flow=oauth1')).status).toBe(200)
    await world.emulator.app({ token_exchange: 'off' })
    await world.emulator.revoke(alice.username)
    expect((await deliver(revokeBody(alice, new Date()))).status).toBe(200)
    await expect
      .poll(async () => (await account(alice.id)).oauth2.ended, { timeout: 15_000 })
      .toMatchObject({ reason: 'revoked_by_user' })
    await world.emulator.app({ token_exchange: 'on' })
    expect(await account(alice.id)).toMatchObject({
      status: 'login_required',
      oauth1: { ended: { reason: 'revoked_by_user' } },
    })
  })

  it('that is forged changes nothing', async () => {
    const alice = await connect()
    const before = await account(alice.id)
    const body = revokeBody(alice, new Date())
    for (const headers of [{}, { [OAUTH2]: sign(API_SECRET, body) }, { [OAUTH2]: sign('', body) }])
      expect((await deliver(body, headers as Record<string, string>)).status).toBe(401)
    expect(await account(alice.id)).toEqual(before)
    expect(await refreshesOf()).toBe(0)
  })

  it('that is stale changes nothing, and a wrong one costs one rotation, however often it comes', async () => {
    const alice = await connect()
    const before = await account(alice.id)
    expect((await deliver(revokeBody(alice, new Date(Date.now() - 60_000)))).status).toBe(200)
    expect(await account(alice.id)).toEqual(before)
    // The second after this login: then the word is about it.
    await expect.poll(() => Date.now() >= (before.oauth2.obtained_at + 1) * 1000).toBe(true)
    const wrong = revokeBody(alice, new Date(), 'the same')
    await deliver(wrong)
    await expect
      .poll(async () => (await account(alice.id)).generation)
      .toBeGreaterThan(before.generation)
    const after = await account(alice.id)
    expect(after).toMatchObject({ status: 'ok' })
    expect(await refreshesOf()).toBe(1)
    await deliver(revokeBody(alice, new Date((before.oauth2.obtained_at + 1) * 1000 - 1)))
    expect(await account(alice.id)).toEqual(after)
    expect(await refreshesOf()).toBe(1)
  })
})

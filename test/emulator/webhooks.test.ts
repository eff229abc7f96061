/** Webhooks: the check, deliveries and their signatures, tries again, subscriptions, replay. */
import { beforeEach, describe, expect, it } from 'vitest'
import { SEEDED_APP } from '../../emulator/seeds.ts'
import { type Row, useEmulator } from './emulator.ts'
import { useOAuth1 } from './oauth1.ts'
import { sign, useReceiver } from './receiver.ts'

const x = useEmulator()
const o = useOAuth1(x)
const hook = useReceiver(SEEDED_APP.client_secret)

const ALICE = '1000000001'
let bearer = ''
beforeEach(async () => {
  const Authorization = `Basic ${btoa(`${SEEDED_APP.api_key}:${SEEDED_APP.api_secret}`)}`
  const reply = await x.post(
    '/oauth2/token',
    { grant_type: 'client_credentials' },
    { Authorization },
  )
  bearer = ((await reply.json()) as { access_token: string }).access_token
})

async function call(method: string, path: string, body?: unknown, token = bearer) {
  const headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' }
  const init = body === undefined ? {} : { body: JSON.stringify(body) }
  const reply = await x.send(path, { method, headers, ...init })
  return { status: reply.status, body: (await reply.json()) as Row }
}
const create = (url = hook.url()) => call('POST', '/2/webhooks', { url })
const listed = async () => ((await call('GET', '/2/webhooks')).body.data as Row[])[0]
const idOf = (made: { body: Row }) => (made.body.data as { id: string }).id
const messageOf = (reply: { body: Row }) => (reply.body.errors as { message: string }[])[0]?.message
const subscribe = (
  event_type: string,
  webhook_id: string,
  token?: string,
  filter: Row = { user_id: ALICE },
) =>
  call('POST', '/2/activity/subscriptions', { event_type, filter, tag: 'mine', webhook_id }, token)
const post = async (text: string, user = 'alice') =>
  call('POST', '/2/tweets', { text }, (await x.login(user)).access_token)
const advance = (advance_seconds: number) => x.control('POST', 'clock', { advance_seconds })
const deliveries = async () =>
  (await x.control<{ deliveries: Row[] }>('GET', 'deliveries')).deliveries

describe('a webhook', () => {
  it('is kept once it has answered its check, listed, and deleted', async () => {
    const made = await create()
    expect(made).toMatchObject({ status: 200, body: { data: { url: hook.url(), valid: true } } })
    expect(idOf(made)).toMatch(/^\d{19}$/)
    expect(await call('GET', '/2/webhooks')).toEqual({
      status: 200,
      body: { data: [made.body.data], meta: { result_count: 1 } },
    })
    const path = `/2/webhooks/${idOf(made)}`
    expect((await call('DELETE', path)).body).toEqual({ data: { deleted: true } })
    expect(messageOf(await call('DELETE', path))).toMatch(/^WebhookIdInvalid: /)
  })

  it.each([
    ['http://example.com/hook', 'UrlValidationFailed'],
    ['https://example.com:8443/hook', 'UrlValidationFailed'],
    ['https://10.0.0.1/hook', 'UrlValidationFailed'],
    [`https://example.com/${'a'.repeat(200)}`, 'UrlValidationFailed'],
    ['hook', 'UrlValidationFailed'],
  ])('%s is refused: %s', async (url, reason) => {
    const reply = await create(url)
    expect([reply.status, messageOf(reply)?.split(':')[0]]).toEqual([400, reason])
  })

  it.each([
    ['hex', 200, () => '{"response_token":"sha256=e532293b2d4f"}'],
    [
      'the API secret',
      200,
      (token: string) => `{"response_token":"${sign(SEEDED_APP.api_secret, token)}"}`,
    ],
    ['a login page', 200, () => '<html>'],
    ['a redirect', 302, () => ''],
    ['an error', 500, () => ''],
  ])('a check answered with %s is refused', async (_, status, body) => {
    hook.manners.check = (token) => ({
      status,
      body: body(token),
      headers: { location: '/elsewhere' },
    })
    const reply = await create()
    expect([reply.status, messageOf(reply)?.split(':')[0]]).toEqual([400, 'CrcValidationFailed'])
    expect(await listed()).toBeUndefined()
  })

  it('checks with the API secret where that is set, and for a public app', async () => {
    hook.manners.check = (token) => ({
      status: 200,
      body: JSON.stringify({ response_token: sign(SEEDED_APP.api_secret, token) }),
    })
    for (const settings of [
      { webhook_check: 'api_secret' },
      { webhook_check: 'either' },
      { type: 'public', webhook_check: 'client_secret' },
    ]) {
      await x.control('PUT', 'app', settings)
      const made = await create()
      expect(made.status, JSON.stringify(settings)).toBe(200)
      await call('DELETE', `/2/webhooks/${idOf(made)}`)
    }
  })

  it('is there once, and there is one', async () => {
    await create()
    expect(messageOf(await create())).toMatch(/^DuplicateUrlFailed: /)
    expect(messageOf(await create(hook.url('/other')))).toMatch(/^WebhookLimitExceeded: /)
    await x.control('PUT', 'app', { webhook_limit: 2 })
    expect((await create(hook.url('/other'))).status).toBe(200)
  })

  it('takes the app’s own token, and the owner’s of OAuth 1.0a where X does', async () => {
    const { access_token } = await x.login()
    expect((await call('GET', '/2/webhooks', undefined, access_token)).status).toBe(403)
    const token = await o.connect()
    const json = { url: hook.url() }
    expect((await o.signed('POST', '/2/webhooks', { token, json })).status).toBe(200)
    expect((await o.signed('GET', '/2/webhooks', { token })).status).toBe(403)
  })
})

describe('its validity', () => {
  it('is checked after a day, and lasts while it answers', async () => {
    await create()
    await advance(23 * 3600)
    expect(hook.checks()).toBe(1)
    await advance(3600)
    await expect.poll(hook.checks).toBe(2)
    expect(await listed()).toMatchObject({ valid: true })
  })

  it('ends at once with a wrong answer, and a PUT brings it back', async () => {
    const id = idOf(await create())
    const good = hook.manners.check
    hook.manners.check = () => ({ status: 200, body: '{"response_token":"sha256=no"}' })
    expect((await call('PUT', `/2/webhooks/${id}`)).body).toEqual({ data: { valid: true } })
    expect(await listed()).toMatchObject({ valid: false })
    hook.manners.check = good
    await call('PUT', `/2/webhooks/${id}`)
    expect(await listed()).toMatchObject({ valid: true })
  })

  it('ends after more than 28 hours of errors, not before', async () => {
    await create()
    hook.manners.check = () => ({ status: 503, body: '' })
    await advance(27 * 3600)
    await expect.poll(hook.checks).toBe(2)
    expect(await listed()).toMatchObject({ valid: true })
    await advance(3600 + 60)
    await expect.poll(hook.checks).toBe(3)
    await expect.poll(listed).toMatchObject({ valid: false })
  })
})

describe('a delivery', () => {
  it('carries what happened, the subscription’s tag, and both signatures of its bytes', async () => {
    const id = idOf(await create())
    expect((await subscribe('post.create', id)).status).toBe(200)
    const made = await post('Grüße')
    const [event] = await hook.events(1)
    expect(event?.data).toMatchObject({
      event_type: 'post.create',
      filter: { user_id: ALICE },
      tag: 'mine',
      event_uuid: expect.stringMatching(/^-?\d+$/),
      payload: { id: idOf(made), text: 'Grüße', author_id: ALICE },
      includes: { users: [{ id: ALICE, username: 'alice' }] },
    })
    const { headers, body } = hook.received[0]!
    expect(headers).toMatchObject({
      'content-type': 'application/json',
      'x-twitter-webhooks-signature': sign(SEEDED_APP.api_secret, body),
      'x-twitter-webhooks-signature-oauth2': sign(SEEDED_APP.client_secret, body),
    })
  })

  it.each([
    ['oauth2', ['x-twitter-webhooks-signature-oauth2']],
    ['oauth1', ['x-twitter-webhooks-signature']],
  ])('is signed as webhook_signatures: %s says', async (webhook_signatures, names) => {
    await x.control('PUT', 'app', { webhook_signatures })
    await subscribe('post.create', idOf(await create()))
    await post('Hello')
    await hook.events(1)
    const signed = Object.keys(hook.received[0]?.headers ?? {}).filter((name) =>
      name.startsWith('x-twitter'),
    )
    expect(signed).toEqual(names)
  })

  it('is tried three times more in five minutes, then lost', async () => {
    await subscribe('post.create', idOf(await create()))
    hook.manners.delivery = 500
    await post('Hello')
    await hook.events(1)
    for (const [seconds, count] of [
      [30, 2],
      [90, 3],
      [180, 4],
    ] as const) {
      await advance(seconds)
      await hook.events(count)
    }
    await expect
      .poll(deliveries)
      .toMatchObject([{ tries: 4, status: 500, outcome: 'lost', due_at: null }])
    expect(new Set(hook.received.map(({ body }) => body)).size).toBe(1)
  })

  it('that succeeds at last is not tried again', async () => {
    await subscribe('post.create', idOf(await create()))
    hook.manners.delivery = 503
    await post('Hello')
    await hook.events(1)
    hook.manners.delivery = 200
    await advance(30)
    await hook.events(2)
    await expect.poll(deliveries).toMatchObject([{ tries: 2, outcome: 'delivered' }])
    await advance(600)
    expect(hook.received).toHaveLength(2)
  })

  it('does not go to a webhook that is invalid', async () => {
    const id = idOf(await create())
    await subscribe('post.create', id)
    hook.manners.check = () => ({ status: 200, body: 'no' })
    await call('PUT', `/2/webhooks/${id}`)
    await post('Hello')
    expect(await deliveries()).toMatchObject([{ tries: 0, outcome: 'webhook invalid' }])
    expect(hook.received).toEqual([])
  })
})

describe('a subscription', () => {
  it('is listed page by page, changed and deleted', async () => {
    const id = idOf(await create())
    for (const type of ['post.create', 'post.delete', 'follow.follow']) await subscribe(type, id)
    const first = await call('GET', '/2/activity/subscriptions?max_results=2')
    const { meta, data } = first.body as { meta: Row; data: Row[] }
    expect(data.map((each) => each.event_type)).toEqual(['post.create', 'post.delete'])
    const rest = await call('GET', `/2/activity/subscriptions?pagination_token=${meta.next_token}`)
    expect(rest.body).toMatchObject({
      data: [{ event_type: 'follow.follow' }],
      meta: { result_count: 1 },
    })
    const path = `/2/activity/subscriptions/${data[0]?.subscription_id}`
    const changed = await call('PUT', path, { tag: 'other' })
    expect(changed.body).toMatchObject({ data: { subscription: { tag: 'other' } } })
    expect((await call('DELETE', path)).body).toEqual({ data: { deleted: true } })
    expect((await call('DELETE', path)).status).toBe(404)
    const many = await call('DELETE', `/2/activity/subscriptions?ids=${data[1]?.subscription_id},1`)
    expect(many.body).toMatchObject({
      data: [{ deleted: true }, { deleted: false }],
      meta: { total_subscriptions: 1 },
    })
  })

  it.each(['nested', 'flat', 'array'])('is told in the shape %s', async (subscription_shape) => {
    await x.control('PUT', 'app', { subscription_shape })
    const { data } = (await subscribe('post.create', idOf(await create()))).body
    const one = { subscription_id: expect.any(String), event_type: 'post.create' }
    expect(data).toMatchObject(
      { nested: { subscription: one }, flat: one, array: [one] }[subscription_shape] as object,
    )
  })

  it('to what is private needs that user’s token, with the scope', async () => {
    const id = idOf(await create())
    const type = 'post.mention.create'
    const [alice, bob] = [
      (await x.login('alice')).access_token,
      (await x.login('bob')).access_token,
    ]
    expect((await subscribe(type, id)).status).toBe(403)
    expect((await subscribe(type, id, bob)).status).toBe(403)
    expect((await subscribe('like.create', id, alice)).status).toBe(403)
    expect((await subscribe(type, id, alice)).status).toBe(200)
    const token = await o.connect()
    const json = { event_type: 'dm.received', filter: { user_id: ALICE }, webhook_id: id }
    const signed = await o.signed('POST', '/2/activity/subscriptions', { token, json })
    expect(signed.status).toBe(200)
    await post('Hello @Alice, and @alice again', 'bob')
    const [event] = await hook.events(1)
    expect(event?.data).toMatchObject({ event_type: type, payload: { author_id: '1000000002' } })
  })

  it('is refused twice, of unknown types, and to unknown webhooks', async () => {
    const id = idOf(await create())
    await subscribe('post.create', id)
    expect((await subscribe('post.create', id)).status).toBe(409)
    expect((await subscribe('post.explode', id)).status).toBe(400)
    expect(messageOf(await subscribe('post.create', '1'))).toMatch(/^WebhookIdInvalid: /)
    expect((await subscribe('post.create', id, undefined, {})).status).toBe(400)
  })
})

describe('a revocation', () => {
  it('is told to every webhook, and ends the user’s subscriptions', async () => {
    await subscribe('post.create', idOf(await create()))
    await x.control('POST', 'revoke', { username: 'alice' })
    const [event] = await hook.events(1)
    expect(event).toMatchObject({
      data: {
        filter: {},
        event_type: 'oauth.revoke',
        payload: {
          user_id: ALICE,
          app_id: '29820954',
          date_time: expect.stringMatching(/\+00:00$/),
        },
      },
    })
    expect((await call('GET', '/2/activity/subscriptions')).body).toMatchObject({ data: [] })
  })

  it('goes to those alone that subscribed to it under revoke_events: subscribed', async () => {
    await x.control('PUT', 'app', { revoke_events: 'subscribed' })
    const id = idOf(await create())
    await x.control('POST', 'revoke', { username: 'bob' })
    await subscribe('oauth.revoke', id)
    await x.control('POST', 'revoke', { username: 'alice' })
    expect(await hook.events(1)).toMatchObject([{ data: { payload: { user_id: ALICE } } }])
  })
})

it('likes, follows and new names are events, each on its side', async () => {
  const id = idOf(await create())
  const scope = 'tweet.read tweet.write users.read like.read like.write follows.write'
  const alice = (await x.login('alice', scope)).access_token
  await subscribe('like.create', id, alice, { user_id: ALICE, direction: 'inbound' })
  await subscribe('follow.follow', id)
  await subscribe('profile.update.handle', id)
  const bob = (await x.login('bob', scope)).access_token
  const made = await call('POST', '/2/tweets', { text: 'Hello' }, alice)
  await call('POST', '/2/users/1000000002/likes', { tweet_id: idOf(made) }, bob)
  await call('POST', '/2/users/1000000002/following', { target_user_id: ALICE }, bob)
  await x.control('PUT', 'user', { username: 'alice', new_username: 'alice_2' })
  const events = (await hook.events(3)).map(({ data }) => [data.event_type, data.payload])
  expect(events).toEqual(
    expect.arrayContaining([
      ['like.create', { liked_tweet_id: idOf(made), user_id: '1000000002' }],
      [
        'follow.follow',
        expect.objectContaining({ target: expect.objectContaining({ id: ALICE }) }),
      ],
      ['profile.update.handle', { before: 'alice', after: 'alice_2' }],
    ]),
  )
})

describe('a post that refers to another', () => {
  const BOB = '1000000002'
  const WRITER = 'tweet.read tweet.write users.read'

  /** Alice’s post, her webhook that is told of these types, and bob’s token. */
  async function posted(...types: string[]) {
    const alice = (await x.login('alice', WRITER)).access_token
    const made = idOf(await call('POST', '/2/tweets', { text: 'Hello' }, alice))
    const id = idOf(await create())
    for (const type of types) expect((await subscribe(type, id, alice)).status).toBe(200)
    return { made, id, bob: (await x.login('bob', WRITER)).access_token }
  }
  const told = async (count: number) => (await hook.events(count)).map(({ data }) => data)

  it.each([
    ['post.reply.create', 'replied_to', (id: string) => ({ reply: { in_reply_to_tweet_id: id } })],
    ['post.quote.create', 'quoted', (id: string) => ({ quote_tweet_id: id })],
  ])('is %s to that one’s author', async (event_type, type, refer) => {
    const { made, bob } = await posted('post.create', 'post.reply.create', 'post.quote.create')
    const answer = await call('POST', '/2/tweets', { text: 'So it is', ...refer(made) }, bob)
    expect(await told(1)).toMatchObject([
      {
        event_type,
        filter: { user_id: ALICE },
        payload: {
          id: idOf(answer),
          text: 'So it is',
          author_id: BOB,
          referenced_tweets: [{ type, id: made }],
        },
        includes: { users: [{ id: BOB }, { id: ALICE }], tweets: [{ id: made, author_id: ALICE }] },
      },
    ])
    expect(await deliveries()).toHaveLength(1)
  })

  it('is post.create to those who follow its own author', async () => {
    const { made, id, bob } = await posted('post.quote.create')
    expect((await subscribe('post.create', id, undefined, { user_id: BOB })).status).toBe(200)
    await call('POST', '/2/tweets', { text: 'So it is', quote_tweet_id: made }, bob)
    const types = (await told(2)).map(({ event_type }) => event_type)
    expect(types.sort()).toEqual(['post.create', 'post.quote.create'])
  })

  it('is no event where the other is not there', async () => {
    const { bob } = await posted('post.reply.create')
    await call('POST', '/2/tweets', { text: 'Hm', reply: { in_reply_to_tweet_id: '12' } }, bob)
    expect(await deliveries()).toEqual([])
  })

  it('is post.repost.create for a repost, once, and nothing else', async () => {
    const { made, id, bob } = await posted('post.repost.create')
    await subscribe('post.create', id, undefined, { user_id: BOB })
    for (const _ of [1, 2]) await call('POST', `/2/users/${BOB}/retweets`, { tweet_id: made }, bob)
    await call('DELETE', `/2/users/${BOB}/retweets/${made}`, undefined, bob)
    expect(await told(1)).toMatchObject([
      {
        event_type: 'post.repost.create',
        payload: {
          text: 'RT @alice: Hello',
          author_id: BOB,
          referenced_tweets: [{ type: 'retweeted', id: made }],
        },
        includes: { tweets: [{ id: made, author_id: ALICE }] },
      },
    ])
    expect(await deliveries()).toHaveLength(1)
  })
})

it('POST events makes any event happen, in the direction that is asked for', async () => {
  const id = idOf(await create())
  const alice = (await x.login('alice', 'like.read users.read tweet.read')).access_token
  await subscribe('like.create', id, alice, { user_id: ALICE, direction: 'inbound' })
  const event = { event_type: 'like.create', username: 'alice', payload: { id: '1' } }
  expect(await x.control('POST', 'events', { ...event, direction: 'outbound' })).toEqual({
    subscriptions: 0,
  })
  expect(await x.control('POST', 'events', { ...event, direction: 'inbound' })).toEqual({
    subscriptions: 1,
  })
  expect(await hook.events(1)).toMatchObject([{ data: { payload: { id: '1' } } }])
  expect(await x.control('POST', 'events', { event_type: 'no', username: 'alice' })).toHaveProperty(
    'error',
  )
})

it('a replay sends again what was sent or tried, and then that it is done', async () => {
  const webhook_id = idOf(await create())
  await subscribe('post.create', webhook_id)
  await post('Hello')
  await hook.events(1)
  const { now } = await x.control<{ now: number }>('GET', 'state')
  const date = (seconds: number) =>
    new Date((now + seconds) * 1000).toISOString().replace(/[-T:]/g, '').slice(0, 12)
  const job = { webhook_id, from_date: date(-60), to_date: date(60) }
  const reply = await call('POST', '/2/webhooks/replay', job)
  expect(reply).toMatchObject({
    status: 200,
    body: { data: { job_id: expect.stringMatching(/^\d+$/) } },
  })
  await hook.events(3)
  const bodies = hook.received.map(({ body }) => body)
  const status = bodies.find((body) => body.startsWith('{"replay_job_status"')) ?? ''
  expect(JSON.parse(status)).toMatchObject({
    replay_job_status: { webhook_id, job_state: 'Complete' },
  })
  expect(bodies.filter((body) => body === bodies[0])).toHaveLength(2)
  expect(
    (await call('POST', '/2/webhooks/replay', { ...job, from_date: date(-90_000) })).status,
  ).toBe(400)
})

/** What clients do after a login: fields, lookups, timelines, likes, follows, uploads, a stream. */
import { describe, expect, it } from 'vitest'
import { SEEDED_APP } from '../../emulator/seeds.ts'
import { type Row, useEmulator } from './emulator.ts'
import { useOAuth1 } from './oauth1.ts'

const x = useEmulator()
const o = useOAuth1(x)

const [ALICE, BOB] = ['1000000001', '1000000002']
const EVERYTHING =
  'tweet.read tweet.write users.read users.email like.read like.write follows.read follows.write media.write offline.access'

/** Somebody who calls the API. */
async function person(username = 'alice', scope = EVERYTHING) {
  const { access_token } = await x.login(username, scope)
  return caller(`Bearer ${access_token}`)
}

function caller(Authorization: string) {
  const call = async (method: string, path: string, body?: unknown) => {
    const headers = {
      Authorization,
      ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
    }
    const reply = await x.send(path, {
      method,
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const json = (await reply.json()) as {
      data?: Row & Row[]
      meta?: Row
      errors?: Row[]
      includes?: Row
    }
    return { status: reply.status, headers: reply.headers, ...json }
  }
  return Object.assign(call, { authorization: Authorization })
}

async function appOnly() {
  const Authorization = `Basic ${btoa(`${SEEDED_APP.api_key}:${SEEDED_APP.api_secret}`)}`
  const reply = await x.post(
    '/oauth2/token',
    { grant_type: 'client_credentials' },
    { Authorization },
  )
  return caller(`Bearer ${((await reply.json()) as { access_token: string }).access_token}`)
}

type Person = Awaited<ReturnType<typeof person>>
const post = async (who: Person, text: string, more: Row = {}) =>
  String((await who('POST', '/2/tweets', { text, ...more })).data?.id)

const limitAt = async (who: Person, path: string) =>
  (await who('GET', path)).headers.get('x-rate-limit-limit')

describe('fields', () => {
  it('of a user come when they are asked for', async () => {
    const alice = await person()
    expect((await alice('GET', '/2/users/me')).data).toEqual({
      id: ALICE,
      name: 'Alice',
      username: 'alice',
    })
    const fields = 'confirmed_email,profile_image_url,verified,public_metrics,created_at'
    expect((await alice('GET', `/2/users/me?user.fields=${fields}`)).data).toEqual({
      id: ALICE,
      name: 'Alice',
      username: 'alice',
      confirmed_email: 'alice@example.com',
      profile_image_url: expect.stringMatching(/^https:\/\/.*_normal\.png$/),
      verified: false,
      public_metrics: { followers_count: 0, following_count: 0, tweet_count: 0, listed_count: 0 },
      created_at: '2020-01-01T00:00:00.000Z',
    })
  })

  it.each([
    ['without users.email', 'tweet.read users.read', {}],
    ['for an app that may not ask', EVERYTHING, { request_email: false }],
  ])('no confirmed_email %s', async (_, scope, settings) => {
    await x.control('PUT', 'app', settings)
    const alice = await person('alice', scope)
    expect((await alice('GET', '/2/users/me?user.fields=confirmed_email')).data).not.toHaveProperty(
      'confirmed_email',
    )
  })

  it('no confirmed_email of somebody else', async () => {
    const alice = await person()
    expect((await alice('GET', `/2/users/${BOB}?user.fields=confirmed_email`)).data).toEqual({
      id: BOB,
      name: 'Bob',
      username: 'bob',
    })
  })

  it.each([
    [
      '/2/users/me?user.fields=name,nickname',
      'The `user.fields` query parameter value [nickname] is not one of [',
    ],
    [
      '/2/users/me?userfields=name',
      'The query parameter [userfields] is not one of [id,expansions,',
    ],
    [
      '/2/tweets/1?tweet.fields=words',
      'The `tweet.fields` query parameter value [words] is not one of [',
    ],
    [
      '/2/tweets/1?expansions=author',
      'The `expansions` query parameter value [author] is not one of [',
    ],
  ])('%s is refused', async (path, message) => {
    const alice = await person()
    const reply = await alice('GET', path)
    expect([reply.status, String(reply.errors?.[0]?.message).slice(0, message.length)]).toEqual([
      400,
      message,
    ])
  })
})

describe('users', () => {
  it('are found by id and by name, one and many, by the app as well', async () => {
    for (const who of [await person(), await appOnly()]) {
      expect((await who('GET', `/2/users/${BOB}`)).data).toMatchObject({ username: 'bob' })
      expect((await who('GET', '/2/users/by/username/BOB')).data).toMatchObject({ id: BOB })
      expect((await who('GET', `/2/users?ids=${ALICE},${BOB},7`)).data).toMatchObject([
        { id: ALICE },
        { id: BOB },
      ])
      const many = await who('GET', '/2/users/by?usernames=bob,nobody')
      expect(many.data).toMatchObject([{ id: BOB }])
      expect(many.errors).toMatchObject([
        { value: 'nobody', parameter: 'usernames', title: 'Not Found Error' },
      ])
      expect((await who('GET', '/2/users/7')).errors).toMatchObject([
        { resource_type: 'user', value: '7' },
      ])
      expect((await who('GET', '/2/users?ids=')).status).toBe(400)
    }
  })

  it('follow and unfollow, and are counted', async () => {
    const alice = await person()
    expect(
      (await alice('POST', `/2/users/${ALICE}/following`, { target_user_id: BOB })).data,
    ).toEqual({ following: true, pending_follow: false })
    expect((await alice('GET', `/2/users/${BOB}/followers`)).data).toMatchObject([{ id: ALICE }])
    expect((await alice('GET', `/2/users/${ALICE}/following`)).data).toMatchObject([{ id: BOB }])
    const { data } = await alice('GET', `/2/users/${BOB}?user.fields=public_metrics`)
    expect(data).toMatchObject({ public_metrics: { followers_count: 1 } })
    expect((await alice('DELETE', `/2/users/${ALICE}/following/${BOB}`)).data).toEqual({
      following: false,
    })
    expect(await alice('GET', `/2/users/${BOB}/followers`)).toMatchObject({
      meta: { result_count: 0 },
    })
    expect(
      (await alice('POST', `/2/users/${BOB}/following`, { target_user_id: ALICE })).status,
    ).toBe(400)
  })
})

describe('posts', () => {
  it('are looked up with fields and expansions', async () => {
    const [alice, bob] = [await person('alice'), await person('bob')]
    const first = await post(alice, 'Hello @bob')
    const reply = await post(bob, 'Hello back', { reply: { in_reply_to_tweet_id: first } })
    const fields =
      'author_id,conversation_id,in_reply_to_user_id,referenced_tweets,public_metrics,created_at'
    const found = await alice(
      'GET',
      `/2/tweets/${reply}?tweet.fields=${fields}&expansions=author_id,referenced_tweets.id&user.fields=verified`,
    )
    expect(found.data).toMatchObject({
      id: reply,
      text: 'Hello back',
      edit_history_tweet_ids: [reply],
      author_id: BOB,
      conversation_id: first,
      in_reply_to_user_id: ALICE,
      referenced_tweets: [{ type: 'replied_to', id: first }],
      public_metrics: { like_count: 0 },
      created_at: expect.stringMatching(/Z$/),
    })
    expect(found.includes).toMatchObject({
      users: [{ id: BOB, name: 'Bob', username: 'bob', verified: false }],
      tweets: [{ id: first }],
    })
    const many = await alice('GET', `/2/tweets?ids=${first},7`)
    expect(many).toMatchObject({
      data: [{ id: first }],
      errors: [{ value: '7', resource_type: 'tweet' }],
    })
    expect((await alice('GET', '/2/tweets/7')).errors).toMatchObject([{ resource_id: '7' }])
  })

  it('stand in timelines, page by page, newest first', async () => {
    const alice = await person()
    const ids: string[] = []
    for (let count = 0; count < 12; count += 1) ids.unshift(await post(alice, `Post ${count}`))
    const seen: string[] = []
    let token = ''
    for (const size of [5, 5, 2]) {
      const page = await alice(
        'GET',
        `/2/users/${ALICE}/tweets?max_results=5${token && `&pagination_token=${token}`}`,
      )
      expect(page.meta).toMatchObject({ result_count: size, newest_id: ids[seen.length] })
      seen.push(...(page.data ?? []).map((each) => String(each.id)))
      token = String(page.meta?.next_token ?? '')
    }
    expect([seen, token]).toEqual([ids, ''])
    expect((await alice('GET', `/2/users/${ALICE}/tweets?since_id=${ids[2]}`)).data).toHaveLength(2)
    expect((await alice('GET', `/2/users/${ALICE}/tweets?until_id=${ids[9]}`)).data).toHaveLength(2)
    expect((await alice('GET', `/2/users/${ALICE}/tweets?max_results=3`)).status).toBe(400)
    expect((await alice('GET', `/2/users/${ALICE}/tweets?pagination_token=x`)).status).toBe(400)
  })

  it('are found by mention and by search', async () => {
    const [alice, bob] = [await person('alice'), await person('bob')]
    const mention = await post(bob, 'Morning @Alice #tea')
    await post(bob, 'Mail to @alicea')
    expect((await alice('GET', `/2/users/${ALICE}/mentions`)).data).toMatchObject([{ id: mention }])
    const search = async (query: string) =>
      (await alice('GET', `/2/tweets/search/recent?query=${encodeURIComponent(query)}`)).meta
        ?.result_count
    for (const [query, count] of [
      ['from:bob', 2],
      ['from:bob -mail', 1],
      ['#tea', 1],
      ['"mail to"', 1],
      ['from:alice', 0],
    ] as const)
      expect(await search(query), query).toBe(count)
    expect((await alice('GET', '/2/tweets/search/recent')).status).toBe(400)
  })

  it('are liked and reposted, and no longer', async () => {
    const [alice, bob] = [await person('alice'), await person('bob')]
    const id = await post(bob, 'Hello')
    const metrics = async () =>
      ((await alice('GET', `/2/tweets/${id}?tweet.fields=public_metrics`)).data as Row)
        .public_metrics
    expect((await alice('POST', `/2/users/${ALICE}/likes`, { tweet_id: id })).data).toEqual({
      liked: true,
    })
    expect((await alice('POST', `/2/users/${ALICE}/retweets`, { tweet_id: id })).data).toEqual({
      retweeted: true,
    })
    expect(await metrics()).toMatchObject({ like_count: 1, retweet_count: 1 })
    expect((await alice('GET', `/2/users/${ALICE}/liked_tweets`)).data).toMatchObject([{ id }])
    expect((await alice('GET', `/2/users/${ALICE}/tweets`)).data).toMatchObject([
      { text: 'RT @bob: Hello' },
    ])
    expect((await alice('DELETE', `/2/users/${ALICE}/likes/${id}`)).data).toEqual({ liked: false })
    expect((await alice('DELETE', `/2/users/${ALICE}/retweets/${id}`)).data).toMatchObject({
      retweeted: false,
    })
    expect(await metrics()).toMatchObject({ like_count: 0, retweet_count: 0 })
    expect((await alice('POST', `/2/users/${ALICE}/likes`, { tweet_id: '7' })).status).toBe(400)
    expect((await alice('POST', `/2/users/${BOB}/likes`, { tweet_id: id })).status).toBe(400)
  })

  it('with a field that X does not have are refused', async () => {
    const reply = await (await person())('POST', '/2/tweets', { text: 'a', status: 'b' })
    expect(reply.errors?.[0]?.message).toMatch(/^\$\.status: is not defined in the schema/)
  })
})

describe('uploads', () => {
  const file = new Blob([new Uint8Array(2000).fill(255)], { type: 'image/png' })
  const send = async (who: Person, path: string, body: FormData) => {
    const Authorization = who.authorization
    const reply = await x.send(path, { method: 'POST', headers: { Authorization }, body })
    return { status: reply.status, body: (await reply.json()) as { data: Row; errors?: Row[] } }
  }
  const form = (fields: Record<string, string | Blob>) => {
    const made = new FormData()
    for (const [name, value] of Object.entries(fields)) made.append(name, value)
    return made
  }

  it('in one call, and the post has it', async () => {
    const alice = await person()
    const made = await send(
      alice,
      '/2/media/upload',
      form({ media: file, media_category: 'tweet_image' }),
    )
    expect(made).toMatchObject({
      status: 200,
      body: { data: { id: expect.stringMatching(/^\d+$/), size: 2000 } },
    })
    const id = await post(alice, 'Look', { media: { media_ids: [made.body.data.id] } })
    const found = await alice(
      'GET',
      `/2/tweets/${id}?tweet.fields=attachments&expansions=attachments.media_keys`,
    )
    expect(found.data).toMatchObject({ attachments: { media_keys: [made.body.data.media_key] } })
    expect(found.includes).toMatchObject({ media: [{ type: 'photo' }] })
  })

  it('of a part without a file name, which is bytes all the same', async () => {
    const alice = await person()
    const bytes = Buffer.alloc(500, 200)
    const head = '--b\r\nContent-Disposition: form-data; name="media"\r\n\r\n'
    const body = Buffer.concat([Buffer.from(head), bytes, Buffer.from('\r\n--b--\r\n')])
    const headers = {
      Authorization: alice.authorization,
      'Content-Type': 'multipart/form-data; boundary=b',
    }
    const reply = await x.send('/2/media/upload', { method: 'POST', headers, body })
    expect(await reply.json()).toMatchObject({ data: { size: 500 } })
  })

  it('as JSON with base64, as X’s XDK sends it', async () => {
    const alice = await person()
    const media = Buffer.alloc(300, 1).toString('base64')
    const made = await alice('POST', '/2/media/upload', {
      media,
      media_category: 'tweet_image',
      media_type: 'image/png',
    })
    expect(made.data).toMatchObject({ size: 300 })
  })

  it('in three steps of API 2, refused while bytes are missing', async () => {
    const alice = await person()
    const begun = await alice('POST', '/2/media/upload/initialize', {
      total_bytes: 4000,
      media_type: 'video/mp4',
      media_category: 'tweet_video',
    })
    const path = `/2/media/upload/${begun.data?.id}`
    expect(
      (await send(alice, `${path}/append`, form({ media: file, segment_index: '0' }))).status,
    ).toBe(200)
    expect((await alice('POST', `${path}/finalize`, {})).errors?.[0]?.message).toBe(
      'Received 2000 of 4000 bytes',
    )
    await send(alice, `${path}/append`, form({ media: file, segment_index: '1' }))
    expect((await alice('POST', `${path}/finalize`, {})).data).toMatchObject({ size: 4000 })
  })

  it('by command, as API 1.1 does on its own host, signed', async () => {
    const token = await o.connect()
    const path = '/1.1/media/upload.json'
    const told = async (reply: Promise<Response>) => {
      const { status, ...rest } = await reply
      return { status, body: (await (await reply).json()) as Row, rest }
    }
    const init = { command: 'INIT', total_bytes: '3', media_type: 'image/png' }
    const begun = await told(o.signed('POST', path, { token, form: init }))
    expect(begun.status).toBe(202)
    const media_id = String(begun.body.media_id_string)
    expect(String(begun.body.media_id)).toBe(media_id)
    const append = { command: 'APPEND', media_id, segment_index: '0', media_data: 'AAAA' }
    await o.signed('POST', path, { token, form: append })
    const done = await told(
      o.signed('POST', path, { token, form: { command: 'FINALIZE', media_id } }),
    )
    expect(done).toMatchObject({ status: 200, body: { media_id_string: media_id, size: 3 } })
    const status = await told(
      o.signed('GET', `${path}?command=STATUS&media_id=${media_id}`, { token }),
    )
    expect(status.status).toBe(200)
  })
})

describe('the filtered stream', () => {
  it('stays open, says that it is alive, and brings the posts and reposts that a rule fits', async () => {
    const app = await appOnly()
    const rules = '/2/tweets/search/stream/rules'
    const made = await app('POST', rules, { add: [{ value: 'tea from:alice', tag: 'mine' }] })
    expect(made).toMatchObject({ status: 201, meta: { summary: { created: 1 } } })
    expect((await app('GET', rules)).data).toMatchObject([{ value: 'tea from:alice', tag: 'mine' }])
    const bearer = (await x.grants()).find(({ kind }) => kind === 'app')?.access_token
    const leave = new AbortController()
    const open = () =>
      x.send('/2/tweets/search/stream?tweet.fields=author_id', {
        headers: { Authorization: `Bearer ${bearer}` },
        signal: leave.signal,
      })
    const stream = await open()
    expect(stream.status).toBe(200)
    const reader = stream.body!.pipeThrough(new TextDecoderStream()).getReader()
    expect((await reader.read()).value).toBe('\r\n')
    expect((await open()).status).toBe(429)
    const alice = await person()
    await post(alice, 'coffee')
    const id = await post(alice, 'tea')
    const line = JSON.parse((await reader.read()).value ?? '') as {
      data: Row
      matching_rules: Row[]
    }
    expect(line).toMatchObject({
      data: { id, author_id: ALICE },
      matching_rules: [{ tag: 'mine' }],
    })
    // A repost is a post of who reposts, and of the same words.
    const bob = await person('bob')
    const added = await app('POST', rules, {
      add: [{ value: 'tea from:bob', tag: 'all' }, { value: 'tea from:bob -is:retweet' }],
    })
    await bob('POST', `/2/users/${BOB}/retweets`, { tweet_id: id })
    expect(JSON.parse((await reader.read()).value ?? '')).toEqual({
      data: expect.objectContaining({ text: 'RT @alice: tea', author_id: BOB }),
      matching_rules: [{ id: added.data?.[0]?.id, tag: 'all' }],
    })
    leave.abort()
    const ids = [String(made.data?.[0]?.id)]
    expect((await app('POST', rules, { delete: { ids } })).meta).toMatchObject({
      summary: { deleted: 1 },
    })
  })
})

describe('limits and credentials', () => {
  it('are each operation’s own: headers, and 429 at the limit', async () => {
    await x.control('PUT', 'app', { rate_limits: true })
    const alice = await person()
    expect(await limitAt(alice, '/2/users/me')).toBe('75')
    expect(await limitAt(alice, `/2/users/${ALICE}/mentions`)).toBe('300')
    for (let calls = 1; calls < 75; calls += 1) await alice('GET', '/2/users/me')
    expect(await alice('GET', '/2/users/me')).toMatchObject({ status: 429 })
    expect((await alice('GET', `/2/users/${ALICE}/mentions`)).status).toBe(200)
  })

  it.each([
    ['/2/tweets?ids=1', '5000', '3500'],
    ['/2/tweets/1', '900', '450'],
    ['/2/tweets/search/recent?query=tea', '300', '450'],
    [`/2/users/${ALICE}/tweets`, '900', '10000'],
    [`/2/users/${ALICE}/mentions`, '300', '450'],
    [`/2/users/${ALICE}`, '900', '300'],
    // Not played, and limited as at X.
    ['/2/spaces/search?query=tea', '300', '300'],
    ['/2/tweets/1/quote_tweets', '75', '75'],
    // X's page has no limit of these.
    ['/2/lists/1/followers', '900', '900'],
  ])('%s: %s for a user, %s for the app', async (path, user, app) => {
    const scope = `${EVERYTHING} space.read list.read`
    expect(await limitAt(await person('alice', scope), path)).toBe(user)
    expect(await limitAt(await appOnly(), path)).toBe(app)
  })

  it.each([
    [
      'GET',
      '/2/dm_events',
      'OAuth 2.0 Application-Only',
      '[OAuth 1.0a User Context, OAuth 2.0 User Context]',
    ],
    [
      'GET',
      '/2/users/me',
      'OAuth 2.0 Application-Only',
      '[OAuth 1.0a User Context, OAuth 2.0 User Context]',
    ],
  ])('%s %s refuses the app’s token', async (method, path, shown, taken) => {
    const reply = await (await appOnly())(method, path)
    const detail = `Authenticating with ${shown} is forbidden for this endpoint.  Supported authentication types are ${taken}.`
    expect(reply).toMatchObject({ status: 403, detail })
  })

  it.each([
    ['GET', '/2/tweets/search/stream', 403],
    ['GET', '/2/dm_events', 403],
    ['GET', '/2/lists/1', 403],
    ['GET', '/2/no/such/thing', 404],
  ])('%s %s with a user’s token: %d', async (method, path, status) => {
    expect((await (await person())(method, path)).status).toBe(status)
  })

  it('what is not played says so, to those who may call it', async () => {
    const reply = await (await person('alice', `${EVERYTHING} list.read`))('GET', '/2/lists/1')
    expect(reply).toMatchObject({ status: 501, title: 'Not Played' })
  })
})

it('a reset empties all of it', async () => {
  const alice = await person()
  const id = await post(alice, 'Hello')
  await alice('POST', `/2/users/${ALICE}/likes`, { tweet_id: id })
  await alice('POST', `/2/users/${ALICE}/following`, { target_user_id: BOB })
  await x.control('POST', 'reset')
  const again = await person()
  expect((await again('GET', `/2/tweets/${id}`)).errors).toHaveLength(1)
  expect((await again('GET', `/2/users/${BOB}/followers`)).meta).toEqual({ result_count: 0 })
  expect((await again('GET', `/2/users/${ALICE}/liked_tweets`)).meta).toEqual({ result_count: 0 })
})

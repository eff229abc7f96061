import { describe, expect, it } from 'vitest'
import { answer, REDIRECT, type Row, useEmulator } from './emulator.ts'
import {
  BAD_DATA,
  type Changes,
  DEAD_TOKEN,
  NOT_AUTHENTICATED,
  refusal,
  type Token,
  told,
  useOAuth1,
} from './oauth1.ts'

const x = useEmulator()
const o = useOAuth1(x)

const ME = '/2/users/me'
const VERIFY = '/1.1/account/verify_credentials.json'
const UPDATE = '/1.1/statuses/update.json'
const PROBLEM = 'application/problem+json'
const NO_ACCESS = refusal(403, 220, 'Your credentials do not allow access to this resource')

const CALLS: [string, string, number, Changes][] = [
  ['GET', ME, 200, {}],
  ['POST', '/2/tweets', 201, { json: { text: 'Hello' } }],
  ['DELETE', '/2/tweets/1', 200, {}],
  ['GET', '/2/users/by/username/bob', 200, {}],
  ['GET', VERIFY, 200, {}],
  ['POST', UPDATE, 200, { form: { status: 'Hello Ladies + Gentlemen ☃' } }],
]

const call = (
  token: Token,
  [method, path, , more]: (typeof CALLS)[number],
  changes: Changes = {},
) => o.signed(method, path, { token, ...more, ...changes })

describe.each(CALLS)('%s %s', (...each) => {
  const [, path, status] = each

  it('takes a signature, counts, and says the access level', async () => {
    const token = await o.connect('bob')
    const reply = await call(token, each)
    expect(reply.status).toBe(status)
    expect(reply.headers.get('x-access-level')).toBe('read-write')
    expect(reply.headers.get('x-rate-limit-remaining')).toMatch(/^\d+$/)
    const listed = { auth: 'oauth1', user_id: '1000000002', outcome: 'ok' }
    expect((await x.calls()).at(-1)).toMatchObject(listed)
  })

  it.each<[string, Changes, object, string]>([
    ['a wrong secret', { secret: 'wrong' }, NOT_AUTHENTICATED, 'bad_signature'],
    ['a dead token', { token: { token: '1-x', secret: 'y' } }, DEAD_TOKEN, 'dead_token'],
    [
      'an old time',
      { oauth: { oauth_timestamp: '1000000000' } },
      refusal(401, 135, 'Timestamp out of bounds.'),
      'timestamp_out_of_bounds',
    ],
    ['no token', { oauth: { oauth_token: undefined } }, BAD_DATA, 'malformed'],
  ])('refuses %s, in its own words', async (_, changes, coded, outcome) => {
    const reply = await told(await call(await o.connect(), each, changes))
    const detail = {
      title: 'Unauthorized',
      type: 'about:blank',
      status: 401,
      detail: 'Unauthorized',
    }
    const problem = { status: 401, type: PROBLEM, text: JSON.stringify(detail) }
    expect(reply).toEqual(path.startsWith('/2/') ? problem : coded)
    expect((await x.calls()).at(-1)).toMatchObject({ outcome })
  })

  it.each([
    ['suspended', 64, /^Your account is suspended/],
    ['locked', 326, /this account is temporarily locked/],
  ])('refuses a user who is %s', async (state, code, message) => {
    const token = await o.connect('bob')
    await x.control('PUT', 'user', { username: 'bob', status: state })
    const errors = [{ code, message: expect.stringMatching(message) }]
    const reply = await answer(await call(token, each))
    expect(reply).toMatchObject({ status: 403, body: { errors } })
    await x.control('PUT', 'user', { username: 'bob', status: 'active' })
    expect((await call(token, each)).status).toBe(status)
  })

  it('refuses an app that has not paid', async () => {
    const token = await o.connect()
    await x.control('PUT', 'app', { plan: 'none' })
    const body = path.startsWith('/2/')
      ? { title: 'Client Forbidden', reason: 'client-not-enrolled' }
      : { errors: [{ code: 453 }] }
    expect(await answer(await call(token, each))).toMatchObject({ status: 403, body })
  })
})

describe('who am I', () => {
  it('by API 2', async () => {
    const token = await o.connect('bob')
    const body = { data: { id: '1000000002', name: 'Bob', username: 'bob' } }
    expect(await answer(await o.signed('GET', ME, { token }))).toMatchObject({ status: 200, body })
  })

  it('by API 1.1, the id a number with all its digits', async () => {
    await x.control('POST', 'users', { username: 'Dave', id: '18446744073709551615' })
    const token = await o.connect('dave')
    const { text } = await told(await o.signed('GET', VERIFY, { token }))
    expect(text).toBe(
      '{"id":18446744073709551615,"id_str":"18446744073709551615","name":"Dave","screen_name":"Dave","verified":false,"profile_image_url_https":"https://abs.twimg.com/sticky/default_profile_images/default_profile_normal.png"}',
    )
  })

  it.each([
    ['?include_email=true', true, 'alice@example.com'],
    ['?include_email=false', true, undefined],
    ['', true, undefined],
    ['?include_email=true', false, undefined],
  ])('%s with request_email %s: %s', async (query, request_email, email) => {
    await x.control('PUT', 'app', { request_email })
    const token = await o.connect()
    const reply = await o.signed('GET', `${VERIFY}${query}`, { token })
    expect(((await reply.json()) as { email?: string }).email).toBe(email)
  })
})

describe('writing', () => {
  const FORBIDDEN = {
    status: 403,
    type: PROBLEM,
    body: {
      title: 'Forbidden',
      status: 403,
      detail:
        'Your client app is not configured with the appropriate oauth1 app permissions for this endpoint.',
      type: 'https://api.twitter.com/2/problems/oauth1-permissions',
    },
  }
  const post = (token: Token) => o.signed('POST', '/2/tweets', { token, json: { text: 'a' } })
  const update = (token: Token, form: Record<string, string> = { status: 'a' }) =>
    o.signed('POST', UPDATE, { token, form })

  it.each<[string, () => Promise<Token>]>([
    [
      'the app may only read',
      async () => {
        await x.control('PUT', 'app', { permissions: 'read' })
        return o.connect()
      },
    ],
    ['the app asked for reading only', () => o.connect('alice', { x_auth_access_type: 'read' })],
    [
      'the app may write since the user allowed it to read',
      async () => {
        await x.control('PUT', 'app', { permissions: 'read' })
        const token = await o.connect()
        await x.control('PUT', 'app', { permissions: 'read-write' })
        return token
      },
    ],
    [
      'the app may no longer',
      async () => {
        const token = await o.connect()
        await x.control('PUT', 'app', { permissions: 'read' })
        return token
      },
    ],
  ])('is refused when %s', async (_, make) => {
    const token = await make()
    expect(await answer(await post(token))).toEqual(FORBIDDEN)
    const expected = refusal(403, 261, 'Application cannot perform write actions.')
    expect(await told(await update(token))).toEqual(expected)
    expect((await o.signed('GET', ME, { token })).status).toBe(200)
  })

  it('is allowed by a new consent, with the same token', async () => {
    await x.control('PUT', 'app', { permissions: 'read' })
    const token = await o.connect()
    await x.control('PUT', 'app', { permissions: 'read-write' })
    expect(await o.connect()).toEqual(token)
    expect((await post(token)).status).toBe(201)
  })

  it('makes a post by API 1.1 that API 2 can delete', async () => {
    const token = await o.connect()
    const text = 'Hello Ladies + Gentlemen, a signed OAuth request!'
    const { body } = await answer(await update(token, { status: text, include_entities: 'true' }))
    expect(body).toMatchObject({
      text,
      created_at: expect.stringMatching(/^\w{3} \w{3} \d\d [\d:]{8} \+0000 20\d\d$/),
      user: { id_str: '1000000001', screen_name: 'alice' },
    })
    const path = `/2/tweets/${(body as { id_str: string }).id_str}`
    const deleted = await answer(await o.signed('DELETE', path, { token }))
    expect(deleted).toMatchObject({ status: 200, body: { data: { deleted: true } } })
  })

  it('needs a status', async () => {
    const expected = refusal(403, 170, 'Missing required parameter: status.')
    expect(await told(await update(await o.connect(), { other: 'a' }))).toEqual(expected)
  })
})

describe('the wrong kind of access', () => {
  it.each([
    ['GET', VERIFY],
    ['POST', UPDATE],
  ])('%s %s refuses OAuth 2.0', async (method, path) => {
    const { access_token } = await x.login()
    const send = (token: string) =>
      x.send(path, { method, headers: { Authorization: `Bearer ${token}` } })
    expect(await told(await send(access_token))).toEqual(NO_ACCESS)
    expect(await told(await send('made-up'))).toEqual(DEAD_TOKEN)
    expect(await told(await x.send(path, { method }))).toEqual(BAD_DATA)
  })

  it('bookmarks refuse OAuth 1.0a', async () => {
    const token = await o.connect()
    const detail =
      'Authenticating with OAuth 1.0a User Context is forbidden for this endpoint.  Supported authentication types are [OAuth 2.0 User Context].'
    const reply = await o.signed('GET', '/2/users/1000000001/bookmarks', { token })
    expect(await answer(reply)).toMatchObject({ status: 403, type: PROBLEM, body: { detail } })
  })

  it('a user token of OAuth 1.0a is no bearer token', async () => {
    expect((await x.me((await o.connect()).token)).status).toBe(401)
  })
})

it('plan v2 leaves out API 1.1', async () => {
  const token = await o.connect()
  await x.control('PUT', 'app', { plan: 'v2' })
  expect((await o.signed('GET', ME, { token })).status).toBe(200)
  const reply = await answer(await o.signed('GET', VERIFY, { token }))
  expect(reply).toMatchObject({ status: 403, body: { errors: [{ code: 453 }] } })
})

it('a post by API 1.1 has the upload and the reply that it names', async () => {
  const token = await o.connect()
  const json = async (method: string, path: string, form?: Record<string, string>) =>
    (await o.signed(method, path, { token, ...(form ? { form } : {}) })).json() as Promise<Row>
  const media_data = Buffer.alloc(300, 1).toString('base64')
  const { media_id_string: media_ids = '' } = (await json('POST', '/1.1/media/upload.json', {
    media_data,
  })) as Record<string, string>
  const { id_str: in_reply_to_status_id = '' } = (await json('POST', UPDATE, {
    status: 'First',
  })) as Record<string, string>
  const { id_str } = await json('POST', UPDATE, {
    status: 'Second',
    media_ids,
    in_reply_to_status_id,
  })
  const fields = 'tweet.fields=attachments,referenced_tweets'
  expect(await json('GET', `/2/tweets/${id_str}?${fields}`)).toMatchObject({
    data: {
      attachments: { media_keys: [`3_${media_ids}`] },
      referenced_tweets: [{ type: 'replied_to', id: in_reply_to_status_id }],
    },
  })
})

it('API 1.1 says in its own words that it is too often', async () => {
  await x.control('PUT', 'app', { rate_limits: true })
  const token = await o.connect()
  const replies = Array.from({ length: 76 }, () => o.signed('GET', VERIFY, { token }))
  const statuses = (await Promise.all(replies)).map((reply) => reply.status)
  expect(statuses.filter((status) => status === 429)).toHaveLength(1)
})

describe.each(['/1.1/oauth/invalidate_token', '/1.1/oauth/invalidate_token.json'])('%s', (path) => {
  it('ends the token that signs it', async () => {
    const [alice, bob] = [await o.connect('alice'), await o.connect('bob')]
    const reply = await answer(await o.signed('POST', path, { token: alice }))
    expect(reply).toEqual({
      status: 200,
      type: 'application/json;charset=utf-8',
      body: { access_token: alice.token },
    })
    expect(await told(await o.signed('POST', path, { token: alice }))).toEqual(DEAD_TOKEN)
    expect((await o.signed('GET', ME, { token: alice })).status).toBe(401)
    expect((await o.signed('GET', ME, { token: bob })).status).toBe(200)
    expect(await x.grants()).toMatchObject([
      { kind: 'oauth1', live: false, ended: 'revoked', access_token: null },
      { kind: 'oauth1', live: true, access_token: bob.token },
    ])
  })

  it('wants a signature', async () => {
    expect(await told(await x.send(path, { method: 'POST' }))).toEqual(BAD_DATA)
    const token = await o.connect()
    expect(await told(await o.signed('POST', path, { token, secret: 'x' }))).toEqual(
      NOT_AUTHENTICATED,
    )
    expect((await o.signed('GET', ME, { token })).status).toBe(200)
  })
})

it('a token stays with the API key that it was issued to', async () => {
  const token = await o.connect()
  await x.control('PUT', 'app', { api_key: 'another' })
  expect(await told(await o.signed('GET', VERIFY, { token, key: 'another' }))).toEqual(DEAD_TOKEN)
  expect((await x.calls()).at(-1)).toMatchObject({ why: 'issued to another API key' })
})

it('OAuth 2.0 and OAuth 1.0a live beside each other', async () => {
  const { access_token, refresh_token } = await x.login()
  const token = await o.connect()
  expect((await x.refresh(refresh_token)).status).toBe(200)
  expect((await x.me(access_token)).status).toBe(401)
  expect((await o.signed('GET', ME, { token })).status).toBe(200)
  expect(await o.requestToken(REDIRECT)).toHaveProperty('token')
})

import { describe, expect, it } from 'vitest'
import { answer, useEmulator } from './emulator.ts'

const x = useEmulator()

const PROBLEM = 'application/problem+json'
const UNAUTHORIZED = {
  status: 401,
  type: PROBLEM,
  body: { title: 'Unauthorized', type: 'about:blank', status: 401, detail: 'Unauthorized' },
}
const FORBIDDEN = {
  status: 403,
  type: PROBLEM,
  body: { title: 'Forbidden', type: 'about:blank', status: 403, detail: 'Forbidden' },
}

const call = (method: string, path: string, token: string, body?: unknown) =>
  x.send(path, {
    method,
    headers: {
      Authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })

const ENDPOINTS = [
  ['GET', '/2/users/me', 'tweet.read users.read'],
  ['GET', '/2/users/1000000001/bookmarks', 'bookmark.read tweet.read users.read'],
  ['POST', '/2/tweets', 'tweet.read tweet.write users.read'],
  ['DELETE', '/2/tweets/1', 'tweet.read tweet.write users.read'],
] as const

describe.each(ENDPOINTS)('%s %s', (method, path, scopes) => {
  it('takes a token with the scopes, and counts', async () => {
    const { access_token } = await x.login('alice', scopes)
    const reply = await call(
      method,
      path,
      access_token,
      method === 'POST' ? { text: 'a' } : undefined,
    )
    expect(reply.ok).toBe(true)
    const [limit, left, reset] = ['limit', 'remaining', 'reset'].map((name) =>
      Number(reply.headers.get(`x-rate-limit-${name}`)),
    )
    expect(left).toBe((limit ?? 0) - 1)
    expect(reset).toBeGreaterThan(Date.now() / 1000 + 14 * 60)
  })

  it.each(scopes.split(' '))('needs %s', async (scope) => {
    const others = scopes.split(' ').filter((each) => each !== scope)
    const { access_token } = await x.login('alice', others.join(' '))
    expect(await answer(await call(method, path, access_token))).toEqual(FORBIDDEN)
  })

  it('refuses a token that is expired or made up', async () => {
    const { access_token } = await x.login('alice', scopes)
    await x.control('POST', 'clock', { advance_seconds: 7200 })
    expect(await answer(await call(method, path, access_token))).toEqual(UNAUTHORIZED)
    expect(await answer(await call(method, path, 'made-up'))).toEqual(UNAUTHORIZED)
    expect(await answer(await x.send(path, { method }))).toEqual(UNAUTHORIZED)
    const reasons = (await x.calls()).slice(-3).map((each) => each.why)
    expect(reasons).toEqual(['expired', 'unknown', 'no bearer token'])
  })
})

it('GET /2/users/me says whose token it is', async () => {
  const { access_token } = await x.login('bob')
  const body = { data: { id: '1000000002', name: 'Bob', username: 'bob' } }
  expect(await answer(await x.me(access_token))).toMatchObject({ status: 200, body })
})

it('bookmarks are one’s own only', async () => {
  const { access_token } = await x.login('bob')
  const reply = await call('GET', '/2/users/1000000001/bookmarks', access_token)
  expect(await answer(reply)).toMatchObject({
    status: 400,
    body: { title: 'Invalid Request', errors: [{ parameters: { id: ['1000000001'] } }] },
  })
})

it('a post can be made and deleted, by its author', async () => {
  const [alice, bob] = [await x.login('alice'), await x.login('bob')]
  const made = await answer(await call('POST', '/2/tweets', alice.access_token, { text: 'Hello' }))
  expect(made).toMatchObject({ status: 201, body: { data: { text: 'Hello' } } })
  const path = `/2/tweets/${(made.body as { data: { id: string } }).data.id}`
  expect(await answer(await call('DELETE', path, bob.access_token))).toEqual(FORBIDDEN)
  for (const deleted of [true, false]) {
    const reply = await answer(await call('DELETE', path, alice.access_token))
    expect(reply).toMatchObject({ status: 200, body: { data: { deleted } } })
  }
})

it.each(['application/x-www-form-urlencoded', 'text/plain', ''])(
  'a post of content type %j is refused in X’s words',
  async (type) => {
    const { access_token } = await x.login()
    const body = Buffer.from('{"text":"Hello"}')
    const headers = {
      Authorization: `Bearer ${access_token}`,
      ...(type ? { 'Content-Type': type } : {}),
    }
    const reply = await answer(await x.send('/2/tweets', { method: 'POST', headers, body }))
    const message = 'Requests with bodies must have content-type of application/json.'
    expect(reply).toMatchObject({ status: 400, body: { errors: [{ message }] } })
  },
)

it('what API 1.1 does not have is a page that does not exist', async () => {
  const reply = await answer(await x.send('/1.1/statuses/home_timeline_of_yore.json'))
  const errors = [{ code: 34, message: 'Sorry, that page does not exist.' }]
  expect(reply).toMatchObject({ status: 404, body: { errors } })
})

it.each([[{}], [{ text: '' }], ['text']])('a post of %j is refused', async (body) => {
  const { access_token } = await x.login()
  const reply = await answer(await call('POST', '/2/tweets', access_token, body))
  expect(reply).toMatchObject({ status: 400, type: PROBLEM, body: { title: 'Invalid Request' } })
})

it.each([
  [true, 429],
  [false, 200],
])('with rate_limits %s the 76th call gets %i', async (rate_limits, status) => {
  await x.control('PUT', 'app', { rate_limits })
  const { access_token } = await x.login()
  await Promise.all(Array.from({ length: 75 }, () => x.me(access_token)))
  const reply = await x.me(access_token)
  expect(reply.status).toBe(status)
  expect(reply.headers.get('x-rate-limit-remaining')).toBe('0')
  await x.control('POST', 'clock', { advance_seconds: 900 })
  expect((await x.me(access_token)).status).toBe(200)
})

it('a suspended app’s tokens do not work', async () => {
  const { access_token } = await x.login()
  await x.control('PUT', 'app', { suspended: true })
  const body = { title: 'Client Forbidden' }
  expect(await answer(await x.me(access_token))).toMatchObject({ status: 403, type: PROBLEM, body })
})

it('what is not played here is 404 and listed', async () => {
  expect((await x.send('/2/lists')).status).toBe(404)
  expect(await x.calls()).toMatchObject([{ path: '/2/lists', outcome: 'no such endpoint' }])
})

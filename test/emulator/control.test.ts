import { afterAll, describe, expect, it } from 'vitest'
import { createTestHarness } from 'wrangler'
import { SEEDED_APP, SEEDED_LOGIN_APP, SEEDED_USERS } from '../../emulator/seeds.ts'
import { type Row, useEmulator } from './emulator.ts'

// One of its own, whose object can be ended.
const server = createTestHarness({ workers: [{ configPath: 'emulator/wrangler.toml' }] })
afterAll(() => server.close())
const x = useEmulator(async () => (await server.listen()).url.origin)

describe('state', () => {
  it('starts with the seeds', async () => {
    const state = await x.control('GET', 'state')
    expect(state).toMatchObject({
      apps: [SEEDED_APP, SEEDED_LOGIN_APP],
      users: SEEDED_USERS,
      grants: [],
    })
    expect(Math.abs(Number(state.now) - Date.now() / 1000)).toBeLessThan(2)
  })

  it('shows a grant with its live tokens and their expiry', async () => {
    const { access_token, refresh_token } = await x.login('bob', 'tweet.read offline.access')
    const { now, grants } = (await x.control('GET', 'state')) as { now: number; grants: Row[] }
    const [grant] = grants
    expect(grant).toMatchObject({
      kind: 'oauth2',
      client_id: SEEDED_APP.client_id,
      user_id: '1000000002',
      username: 'bob',
      scope: 'tweet.read offline.access',
      live: true,
      access_token,
      refresh_token,
    })
    expect(Number(grant?.access_token_expires_at) - now).toBeGreaterThan(7190)
    expect(Number(grant?.refresh_token_expires_at) - now).toBeGreaterThan(179 * 86_400)
  })

  it('shows no token that has expired', async () => {
    const { refresh_token } = await x.login('alice')
    await x.login('bob', 'tweet.read')
    await x.control('POST', 'clock', { advance_seconds: 7200 })
    expect(await x.grants()).toMatchObject([
      { live: true, access_token: null, refresh_token },
      { live: false, access_token: null, refresh_token: null },
    ])
  })

  it('can be narrowed to a user and to the newest', async () => {
    for (const username of ['alice', 'bob', 'alice']) await x.login(username)
    expect((await x.grants('?username=ALICE')).map((grant) => grant.live)).toEqual([false, true])
    expect((await x.grants('?limit=1')).map((grant) => grant.username)).toEqual(['alice'])
    expect(await x.control('GET', 'state?limit=1')).toMatchObject({
      users_total: 2,
      grants_total: 3,
    })
  })

  it('survives the object’s end', async () => {
    const { access_token } = await x.login()
    await x.control('POST', 'clock', { advance_seconds: 1000 })
    await server.getWorker().evictDurableObject('Emulator', { name: 'x' })
    expect((await x.me(access_token)).status).toBe(200)
    expect(Number((await x.control('GET', 'state')).now)).toBeGreaterThan(Date.now() / 1000 + 990)
  })
})

describe('calls', () => {
  it('are complete, in order, and hold no token', async () => {
    const code = await x.code()
    const tokens = (await (await x.redeem(code)).json()) as Record<string, string>
    await x.me(tokens.access_token ?? '')
    await x.refresh('made-up-token')
    await x.post('/2/oauth2/token?a=b', { client_id: 'a', client_secret: 'made-up-secret' }, {})
    const calls = await x.calls()
    expect(calls.map(({ at: _, ...call }) => call)).toEqual([
      {
        seq: 1,
        method: 'POST',
        path: '/i/oauth2/authorize',
        query: true,
        user_id: '1000000001',
        status: 302,
        outcome: 'authorized',
      },
      {
        seq: 2,
        method: 'POST',
        path: '/2/oauth2/token',
        grant_type: 'authorization_code',
        auth: 'basic',
        has_client_secret_in_body: false,
        query: false,
        user_id: '1000000001',
        status: 200,
        outcome: 'issued',
      },
      {
        seq: 3,
        method: 'GET',
        path: '/2/users/me',
        query: false,
        user_id: '1000000001',
        status: 200,
        outcome: 'ok',
      },
      {
        seq: 4,
        method: 'POST',
        path: '/2/oauth2/token',
        grant_type: 'refresh_token',
        auth: 'basic',
        has_client_secret_in_body: false,
        query: false,
        status: 400,
        outcome: 'refused: Value passed for the token was invalid.',
        why: 'unknown',
        hint: 'Nothing like it was given out here, or not since the last reset: GET /_emulator/state shows what lives.',
      },
      {
        seq: 5,
        method: 'POST',
        path: '/2/oauth2/token',
        auth: 'body',
        has_client_secret_in_body: true,
        query: true,
        status: 401,
        outcome: 'refused: Missing valid authorization header',
        why: 'client_secret in the body',
        hint: 'X does not take client_secret in the body alone: send Basic with client id and client secret.',
      },
    ])
    const text = JSON.stringify(calls)
    for (const secret of [code, ...Object.values(tokens).slice(2, 3), 'made-up']) {
      expect(text).not.toContain(secret)
    }
  })

  it('can be narrowed and emptied; numbering goes on', async () => {
    for (const path of ['/2/a', '/2/b', '/2/a']) await x.send(path)
    const seqs = async (query: string) => (await x.calls(query)).map((call) => call.seq)
    expect(await seqs('?path=/2/a')).toEqual([1, 3])
    expect(await seqs('?since=1')).toEqual([2, 3])
    expect(await seqs('?path=/2/a&since=1')).toEqual([3])
    expect(await seqs('?limit=1')).toEqual([1])
    expect(await x.control('DELETE', 'calls')).toEqual({ calls: [] })
    await x.send('/2/a')
    expect(await seqs('')).toEqual([4])
  })

  it('leave out the emulator’s own paths', async () => {
    await x.send('/')
    await x.send('/favicon.ico')
    await x.send('/_emulator/nothing')
    expect(await x.calls()).toEqual([])
  })
})

describe('clock', () => {
  it('moves forward', async () => {
    const { now } = await x.control('POST', 'clock', { advance_seconds: 100.5 })
    expect(Number(now) - Date.now() / 1000).toBeGreaterThan(98)
    expect((await x.control('POST', 'clock', { advance_seconds: 0 })).now).toBeGreaterThanOrEqual(
      Number(now),
    )
  })
})

describe('users', () => {
  it('are made one at a time, with what is missing made up', async () => {
    const users = [{ id: '1000000003', username: 'carol', name: 'carol', status: 'active' }]
    expect(await x.control('POST', 'users', { username: 'carol' })).toEqual({ users })
    const id = '18446744073709551615'
    const full = { username: 'Dave', name: 'D. Ave', id, status: 'locked' }
    expect(await x.control('POST', 'users', full)).toEqual({ users: [full] })
  })

  it('are made by the thousand, all or none', async () => {
    const many = Array.from({ length: 5000 }, (_, index) => ({ username: `load_${index}` }))
    expect((await x.control('POST', 'users', many)).users).toHaveLength(5000)
    const refused = await x.control('POST', 'users', [{ username: 'new' }, { username: 'ALICE' }])
    expect(refused).toEqual({ error: 'The username "ALICE" is taken.' })
    expect((await x.control('GET', 'state?limit=1')).users_total).toBe(5002)
  })
})

describe('app', () => {
  it('changes what is named and keeps the rest', async () => {
    const changes = { name: 'Other', type: 'public', permissions: 'read', client_secret: 'new' }
    expect(await x.control('PUT', 'app', changes)).toEqual({ app: { ...SEEDED_APP, ...changes } })
  })

  it('keeps grants bound to the client id that they were issued to', async () => {
    const { access_token } = await x.login()
    await x.control('PUT', 'app', { client_id: 'another' })
    expect(await x.grants()).toMatchObject([{ client_id: SEEDED_APP.client_id, live: true }])
    expect((await x.me(access_token)).status).toBe(200)
  })
})

it('reset goes back to the seeds', async () => {
  await x.login()
  await x.fault('status:500')
  await x.control('POST', 'users', { username: 'carol' })
  await x.control('PUT', 'app', { name: 'Other' })
  await x.control('POST', 'clock', { advance_seconds: 5000 })
  await x.control('POST', 'reset')
  const state = await x.control('GET', 'state')
  expect(state).toMatchObject({
    apps: [SEEDED_APP, SEEDED_LOGIN_APP],
    users: SEEDED_USERS,
    grants: [],
  })
  expect(Number(state.now)).toBeLessThan(Date.now() / 1000 + 1)
  expect(await x.control('GET', 'faults')).toEqual({ faults: [] })
  expect(await x.calls()).toEqual([])
})

describe('bad input', () => {
  it.each([
    ['POST', 'clock', {}, 'advance_seconds'],
    ['POST', 'clock', { advance_seconds: -400_000_000 }, 'ten years'],
    ['POST', 'clock', { advance_seconds: '5' }, 'number'],
    ['POST', 'clock', [], 'object'],
    ['POST', 'clock', { advance_seconds: 1, x: 1 }, 'Unknown field "x"'],
    ['POST', 'users', {}, 'username'],
    ['POST', 'users', [], 'at least one'],
    ['POST', 'users', { username: 'a b' }, 'letters'],
    ['POST', 'users', { username: 'alice' }, 'taken'],
    ['POST', 'users', { username: 'x', id: '1000000001' }, 'id "1000000001" is taken'],
    ['POST', 'users', { username: 'x', id: 7 }, 'digits'],
    ['POST', 'users', { username: 'x', status: 'gone' }, 'active or suspended or locked'],
    ['PUT', 'user', { username: 'nobody', status: 'locked' }, 'No user "nobody"'],
    ['PUT', 'user', { username: 'alice' }, 'status'],
    ['POST', 'tokens', { username: 'nobody' }, 'No user "nobody"'],
    ['POST', 'revoke', { username: 'nobody' }, 'No user "nobody"'],
    [
      'POST',
      'faults',
      { path: '/2/x', fault: 'explode' },
      'drop_after_commit, cut:<n>, stall, slow:<ms>',
    ],
    ['POST', 'faults', { path: '/2/x', fault: 'status:99' }, 'status:<200-599>'],
    ['POST', 'faults', { path: '/2/x', fault: 'delay:-1' }, 'delay:<ms>'],
    ['POST', 'faults', { path: '/2/x', fault: 'mangle:x' }, 'no_token_type'],
    ['POST', 'faults', { path: '/2/x', fault: 'reply:{' }, 'reply:{'],
    ['POST', 'faults', { path: '/2/x', fault: 'html', times: 0 }, 'times'],
    ['POST', 'faults', { path: '/_emulator/state', fault: 'html' }, 'path'],
    ['POST', 'faults', { path: 'x', fault: 'html' }, 'path'],
    ['POST', 'faults', { path: '/2/x', fault: 'html', grant_type: 5 }, 'grant_type'],
    ['PUT', 'app', { type: 'secret' }, 'confidential or public'],
    ['PUT', 'app', { callbacks: ['/callback'] }, 'absolute URL'],
    ['PUT', 'app', { callbacks: ['javascript:alert(1)'] }, 'scheme "javascript:"'],
    ['PUT', 'app', { callbacks: Array(11).fill('http://a/') }, 'at most 10'],
    ['PUT', 'app', { suspended: 'yes' }, 'true or false'],
    ['PUT', 'app', { access_token_ttl: 0 }, 'at least 1'],
    ['PUT', 'app', { colour: 'red' }, 'Unknown field "colour"'],
    ['PUT', 'app', { client_id: 'a b' }, 'client_id'],
    ['PUT', 'app', { client_id: SEEDED_LOGIN_APP.client_id }, 'another app has it'],
    ['PUT', 'app', { api_key: SEEDED_LOGIN_APP.api_key }, 'another app has it'],
    ['PUT', 'app?client_id=none', { name: 'None' }, 'no app "none"'],
    ['PUT', 'app', { owner: 'a b' }, 'owner'],
    ['PUT', 'app', { plan: 'gold' }, 'full or v2 or none'],
    ['PUT', 'app', { callback_errors: 'html' }, 'xml or json'],
    ['PUT', 'app', { app_only_invalidate: 'nobody' }, 'owner or basic or both'],
    ['GET', 'state?limit=x', undefined, '?limit='],
    ['GET', 'state?username=nobody', undefined, 'No user "nobody"'],
    ['GET', 'calls?since=-1', undefined, '?since='],
  ])('%s %s %j', async (method, path, body, expected) => {
    const init = body === undefined ? { method } : { method, body: JSON.stringify(body) }
    const reply = await x.send(`/_emulator/${path}`, init)
    expect(reply.status).toBe(400)
    expect(((await reply.json()) as { error: string }).error).toContain(expected)
  })

  it('is a body that is not JSON, too', async () => {
    const reply = await x.send('/_emulator/clock', { method: 'POST', body: '{' })
    expect([reply.status, await reply.json()]).toEqual([400, { error: 'The body must be JSON.' }])
  })

  it('an unknown endpoint is 404, and another site may not steer', async () => {
    expect((await x.send('/_emulator/nothing')).status).toBe(404)
    const headers = { 'Sec-Fetch-Site': 'cross-site' }
    expect((await x.send('/_emulator/reset', { method: 'POST', headers })).status).toBe(403)
  })
})

it('the front page says what a client needs', async () => {
  const html = await (await x.send('/')).text()
  for (const text of [
    SEEDED_APP.client_id,
    SEEDED_APP.client_secret,
    SEEDED_APP.api_key,
    SEEDED_APP.api_secret,
    '@alice',
    '/_emulator/state',
  ]) {
    expect(html).toContain(text)
  }
})

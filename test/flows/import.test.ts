/** Tokens brought from elsewhere: X says whose they are, none is spent, and each grant can be ended by itself. */
import { describe, expect, it } from 'vitest'
import { eventually } from '../eventually.ts'
import { problemOf } from './answers.ts'
import { INVALIDATE, ME, REVOKE, TOKEN, type XUser } from './emulators.ts'
import { type Account, program } from './programs.ts'
import { keyOf, pairOf, SCOPE } from './tokens.ts'
import { ALL_FLOWS, API_KEY, CLIENT_ID, useWorld } from './worlds.ts'

const world = useWorld(ALL_FLOWS)
const admin = program(world)

type Kind = 'oauth1' | 'oauth2'
type Body = Record<string, unknown>
const KINDS: Kind[] = ['oauth1', 'oauth2']
const OTHER = { oauth1: 'oauth2', oauth2: 'oauth1' } as const
const ENDS_AT = { oauth1: INVALIDATE, oauth2: REVOKE }
/** X does not say whose a token is, each in its way. */
const SILENT = [
  'status:503',
  'status:401',
  'status:429',
  'html',
  'html:200',
  'drop_before',
  'reply:{"body":{"data":{"id":"0","username":"a","name":"a"}}}',
]
const withSilence = KINDS.flatMap((kind) => SILENT.map((fault) => [kind, fault] as const))

const bring = (kind: Kind, { username }: XUser): Promise<Body> =>
  kind === 'oauth1' ? keyOf(world, username) : pairOf(world, username).then((pair) => ({ ...pair }))
const grantAt = (id: string, kind: string) => `/v1/accounts/${id}/grants/${kind}`
const put = (id: string, kind: string, body: unknown, query = '') =>
  admin.send('PUT', grantAt(id, kind) + query, body)
const imported = (id: string, kind: Kind, body: Body) =>
  admin.json<Account>('PUT', grantAt(id, kind), body)
const end = (id: string, kind: string, query = '') =>
  admin.send('DELETE', grantAt(id, kind) + query)
const tryAccount = (id: string) => admin.send('GET', `/v1/accounts/${id}`)
const connect = (kind: Kind, user?: XUser) => admin.connect(user, { flow: kind })

/** What needs a grant of this kind: a signature, or a lease. */
const use = (kind: Kind, id: string): Promise<Response> =>
  kind === 'oauth2'
    ? admin.tryLease(id)
    : admin.send('POST', `/v1/accounts/${id}/sign`, { method: 'GET', url: world.x + ME })

/** Whose a grant is, by X's word on what a use of it gave. */
async function userBy(kind: Kind, id: string): Promise<string | undefined> {
  const response = await use(kind, id)
  const given = (await response.json()) as { authorization?: string; access_token?: string }
  expect(response.status, `${kind} ${response.status}`).toBe(200)
  const authorization = given.authorization ?? `Bearer ${given.access_token}`
  const me = await fetch(world.x + ME, { headers: { authorization } })
  return ((await me.json()) as { data?: { id: string } }).data?.id
}

/** What X was asked since `forgetCalls`. */
const asked = async () => (await world.emulator.calls()).map(({ path }) => path)

describe.each(KINDS)('PUT …/grants/%s', (kind) => {
  it('takes in what X confirms, asking it once', async () => {
    const user = await world.emulator.user()
    const body = await bring(kind, user)
    await world.emulator.forgetCalls()
    const account = await imported(user.id, kind, body)
    expect(await asked()).toEqual([ME])
    expect(account).toMatchObject({ ...user, status: 'ok', grants: [kind] })
    const issuedTo = kind === 'oauth1' ? { api_key: API_KEY } : { client_id: CLIENT_ID }
    expect(account[kind]).toMatchObject({ ...issuedTo, obtained_at: expect.any(Number) })
    expect(account[kind]).not.toHaveProperty('unconfirmed')
    expect(await admin.account(user.id)).toEqual(account)
    expect(await userBy(kind, user.id)).toBe(user.id)
  })

  it('beside a grant of the other kind changes nothing of that one', async () => {
    const user = await world.emulator.user()
    const before = await connect(OTHER[kind], user)
    const account = await imported(user.id, kind, await bring(kind, user))
    expect(account.grants.toSorted()).toEqual(KINDS)
    expect(account[OTHER[kind]]).toEqual(before[OTHER[kind]])
    for (const each of KINDS) expect(await userBy(each, user.id)).toBe(user.id)
  })

  it('replaces a grant, be it only a moment old, once X has confirmed', async () => {
    for (const _ of ['once', 'twice', 'three times']) {
      const user = await world.emulator.user()
      await connect(kind, user)
      await world.emulator.revoke(user.username)
      expect(await userBy(kind, user.id)).toBeUndefined()
      await imported(user.id, kind, await bring(kind, user))
      expect(await userBy(kind, user.id)).toBe(user.id)
    }
  })

  it('brings an account back that was deleted only a moment ago', async () => {
    for (const _ of ['once', 'twice', 'three times']) {
      const user = await world.emulator.user()
      await connect(kind, user)
      await admin.json('DELETE', `/v1/accounts/${user.id}`)
      await imported(user.id, kind, await bring(kind, user))
      expect(await userBy(kind, user.id)).toBe(user.id)
    }
  })

  it('of another user is refused, and nothing changes', async () => {
    const [user, stranger] = [await world.emulator.user(), await world.emulator.user()]
    const theirs = await bring(kind, stranger)
    expect(await problemOf(await put(user.id, kind, theirs))).toMatchObject({
      status: 409,
      code: 'grant_of_another',
    })
    expect((await tryAccount(user.id)).status).toBe(404)
    const before = await connect(kind, user)
    expect((await put(user.id, kind, theirs)).status).toBe(409)
    expect(await admin.account(user.id)).toEqual(before)
    expect(await userBy(kind, user.id)).toBe(user.id)
    expect((await tryAccount(stranger.id)).status).toBe(404)
  })
})

describe('while X does not say whose it is', () => {
  it.each(withSilence)('%s, %s: nothing changes', async (kind, fault) => {
    const user = await world.emulator.user()
    // Of a token that is known to live X's no says nothing: it is not refreshed for that.
    const life = kind === 'oauth2' ? { obtained_at: new Date().toISOString() } : {}
    const body = { ...(await bring(kind, user)), ...life }
    await world.emulator.fault(fault, ME, 9)
    const problem = await problemOf(await put(user.id, kind, body))
    expect(problem).toMatchObject({ status: 503, code: 'grant_unconfirmed', detail: /X / })
    expect((await tryAccount(user.id)).status).toBe(404)
    await world.emulator.forgetFaults()
    const before = await connect(kind, user)
    await world.emulator.fault(fault, ME, 9)
    expect((await put(user.id, kind, body)).status).toBe(503)
    await world.emulator.forgetFaults()
    expect(await admin.account(user.id)).toEqual(before)
    expect(await userBy(kind, user.id)).toBe(user.id)
  })
})

describe('a token pair', () => {
  it('is not spent by being imported: its refresh token works afterwards', async () => {
    const user = await world.emulator.user()
    const body = await bring('oauth2', user)
    await world.emulator.forgetCalls()
    const obtained_at = new Date().toISOString()
    const { generation } = await imported(user.id, 'oauth2', { ...body, obtained_at })
    expect(await world.emulator.calls(TOKEN)).toEqual([])
    expect(await admin.lease(user.id)).toMatchObject({ access_token: body.access_token })
    expect(await world.emulator.calls(TOKEN)).toEqual([])
    const path = `/v1/accounts/${user.id}/refresh`
    const lease = await admin.json<{ generation: number; degraded?: unknown }>('POST', path)
    expect(lease.generation).toBeGreaterThan(generation)
    expect(lease.degraded).toBeUndefined()
    expect(await world.emulator.tokenCalls('refresh_token')).toHaveLength(1)
    expect(await userBy('oauth2', user.id)).toBe(user.id)
  })

  it.each<[string, (now: number) => Body, Body]>([
    ['as X gives it, now', (now) => ({ obtained_at: now }), { scope: SCOPE }],
    [
      'as Tweepy keeps it',
      (now) => ({ scope: SCOPE.split(' '), expires_at: now + 7200.123, token_type: 'bearer' }),
      { scope: SCOPE },
    ],
    ['with its expiry both ways', (now) => ({ expires_in: 1, expires_at: now + 7200 }), {}],
    ['with its beginning', (now) => ({ obtained_at: now }), {}],
    [
      'as twitter-api-v2 keeps it',
      (now) => ({ expires_in: undefined, expires_at: (now + 7200) * 1000 }),
      {},
    ],
    [
      'with dates in ISO 8601',
      (now) => ({ expires_at: new Date((now + 7200) * 1000).toISOString() }),
      {},
    ],
    ['without scopes', (now) => ({ scope: undefined, obtained_at: now }), { scope: '' }],
    ['with a Bearer in capitals', (now) => ({ token_type: 'Bearer', obtained_at: now }), {}],
  ])('%s is taken', async (_, change, expected) => {
    const user = await world.emulator.user()
    const now = Math.floor(Date.now() / 1000)
    const body = { ...(await bring('oauth2', user)), ...change(now) }
    const account = await imported(user.id, 'oauth2', body)
    expect(Number.isInteger(account.expires_at)).toBe(true)
    expect(Math.abs(account.expires_at - now - 7200)).toBeLessThan(60)
    expect(account.oauth2).toMatchObject(expected)
    expect((await admin.lease(user.id)).access_token).toBe(body.access_token)
  })

  it.each([
    ['nobody knows', undefined],
    ['is a life without its beginning', 7200],
  ])('whose expiry %s is refreshed on its first lease, once', async (_, expires_in) => {
    const user = await world.emulator.user()
    const { access_token, refresh_token } = await bring('oauth2', user)
    const body = { access_token, refresh_token, ...(expires_in ? { expires_in } : {}) }
    const account = await imported(user.id, 'oauth2', body)
    expect(account.due_at).toBeLessThanOrEqual(Date.now() / 1000)
    const lease = await admin.lease(user.id)
    expect(lease.access_token).not.toBe(access_token)
    expect(lease.expires_in).toBeGreaterThan(7000)
    expect(await userBy('oauth2', user.id)).toBe(user.id)
    expect(await world.emulator.tokenCalls('refresh_token')).toHaveLength(1)
  })

  it('without a refresh token is leased as long as it lives', async () => {
    const user = await world.emulator.user()
    const { access_token, expires_in } = await bring('oauth2', user)
    const account = await imported(user.id, 'oauth2', { access_token, expires_in })
    expect(account.expires_at - Date.now() / 1000).toBeGreaterThan(7000)
    expect(account.due_at).toBeNull()
    expect(await userBy('oauth2', user.id)).toBe(user.id)
    const rejected = await admin.tryLease(user.id, `?rejected=${account.generation}`)
    expect(await problemOf(rejected)).toMatchObject({ code: 'login_required' })
  })
})

describe('a pair whose access token has expired', () => {
  const EXPIRED: [string, (body: Body) => Body][] = [
    ['alone, without it', ({ refresh_token }) => ({ refresh_token })],
    ['with its expiry in the past', (body) => ({ ...body, expires_at: '2026-01-01T00:00:00Z' })],
    ['with a life that is over', (body) => ({ ...body, expires_in: 7200, obtained_at: 1 })],
    ['without a word of how long it lived', (body) => ({ ...body, expires_in: undefined })],
    ['with a life without its beginning', (body) => ({ ...body, expires_in: 7200 })],
  ]

  /** A pair as another program holds it, a while after it was given. */
  async function old(user: XUser): Promise<Body> {
    await world.emulator.app({ access_token_ttl: 1 })
    const body = await bring('oauth2', user)
    await world.emulator.app({ access_token_ttl: 7200 })
    const at = () => world.emulator.me(String(body.access_token)).then(({ status }) => status)
    await expect.poll(at, { timeout: 5000 }).toBe(401)
    await world.emulator.forgetCalls()
    return body
  }

  it.each(EXPIRED)('%s: is refreshed once, and asked whose it is', async (_, change) => {
    const user = await world.emulator.user()
    const body = change(await old(user))
    const account = await imported(user.id, 'oauth2', body)
    expect(account).toMatchObject({ ...user, status: 'ok', grants: ['oauth2'] })
    expect(account.oauth2).not.toHaveProperty('unconfirmed')
    expect(await world.emulator.tokenCalls('refresh_token')).toHaveLength(1)
    expect(await admin.account(user.id)).toEqual(account)
    expect(await userBy('oauth2', user.id)).toBe(user.id)
    expect((await admin.lease(user.id)).expires_in).toBeGreaterThan(7000)
    // Sent again, it tells what came of it: X is not asked to refresh a token that it has ended.
    expect(await imported(user.id, 'oauth2', body)).toEqual(account)
    expect(await world.emulator.tokenCalls('refresh_token')).toHaveLength(1)
  })

  it('of whom nobody knows comes in by POST /v1/imports', async () => {
    const user = await world.emulator.user()
    const { refresh_token, scope } = await old(user)
    const body = { oauth2: { refresh_token, scope } }
    const account = await admin.json<Account>('POST', '/v1/imports', body)
    expect(account).toMatchObject({ ...user, status: 'ok' })
    expect(await userBy('oauth2', user.id)).toBe(user.id)
    await admin.send('POST', `/v1/accounts/${user.id}/refresh`)
    expect(await userBy('oauth2', user.id)).toBe(user.id)
  })

  it.each(['status:503', 'status:401', 'status:429:{"reset_in":-400}', 'html:200', 'drop_before'])(
    'is kept while X does not say whose it is (%s), and no pair is lost',
    async (fault) => {
      const user = await world.emulator.user()
      const { refresh_token } = await old(user)
      await world.emulator.fault(fault, ME, 9)
      for (const _ of ['asked', 'asked again']) {
        const response = await put(user.id, 'oauth2', { refresh_token })
        expect(await problemOf(response)).toMatchObject({ status: 503, code: 'import_unfinished' })
      }
      expect((await tryAccount(user.id)).status).toBe(404)
      await world.emulator.forgetFaults()
      expect(await imported(user.id, 'oauth2', { refresh_token })).toMatchObject(user)
      expect(await world.emulator.tokenCalls('refresh_token')).toHaveLength(1)
      expect(await userBy('oauth2', user.id)).toBe(user.id)
    },
  )

  it('is kept while X does not refresh it', async () => {
    const user = await world.emulator.user()
    const { refresh_token } = await old(user)
    // X asks to wait for a second: nobody presents it earlier, and nothing of it is lost.
    await world.emulator.fault('status:429:{"reset_in":-5}')
    expect(await problemOf(await put(user.id, 'oauth2', { refresh_token }))).toMatchObject({
      status: 503,
      code: 'import_unfinished',
      retry_after: 1,
    })
    await eventually(
      async () => expect(await imported(user.id, 'oauth2', { refresh_token })).toMatchObject(user),
      { timeout: 10_000, interval: 500 },
    )
    expect(await userBy('oauth2', user.id)).toBe(user.id)
  })

  // It was presented again at once, while the call that broke might still run at X, which ends a grant for that.
  it('is not presented again before a call that broke is over', async () => {
    const user = await world.emulator.user()
    const { refresh_token } = await old(user)
    await world.emulator.fault('status:503')
    for (const _ of ['asked', 'asked again']) {
      const problem = await problemOf(await put(user.id, 'oauth2', { refresh_token }))
      expect(problem).toMatchObject({ status: 503, code: 'import_unfinished' })
      expect(problem.retry_after).toBeGreaterThan(20)
    }
    expect(await world.emulator.tokenCalls('refresh_token')).toHaveLength(1)
  })

  it('that X has ended is refused, and nothing changes', async () => {
    const user = await world.emulator.user()
    const { refresh_token } = await old(user)
    await world.emulator.revoke(user.username)
    for (const _ of ['asked', 'remembered'])
      expect(await problemOf(await put(user.id, 'oauth2', { refresh_token }))).toMatchObject({
        status: 400,
        code: 'refresh_token_refused',
        detail: /token was invalid/,
      })
    expect(await world.emulator.tokenCalls('refresh_token')).toHaveLength(1)
    expect((await tryAccount(user.id)).status).toBe(404)
  })

  it('of another user is kept where it belongs, and the one that was named stays as it was', async () => {
    const stranger = await world.emulator.user()
    const { id } = await admin.connect()
    const before = await admin.account(id)
    const { refresh_token } = await old(stranger)
    expect(await problemOf(await put(id, 'oauth2', { refresh_token }))).toMatchObject({
      status: 409,
      code: 'grant_of_another',
      detail: 'It is kept under the account that it belongs to.',
    })
    expect(await admin.account(id)).toEqual(before)
    expect(await userBy('oauth2', stranger.id)).toBe(stranger.id)
  })

  it('by a caller limited to accounts: for another account it says no more than that', async () => {
    const [user, stranger] = [await world.emulator.user(), await world.emulator.user()]
    const made = { name: 'limited', scopes: ['accounts:write'], accounts: [user.id] }
    const { key } = await admin.json<{ key: string }>('POST', '/v1/callers', made)
    const limited = program(world, key)
    const theirs = { oauth2: { refresh_token: (await old(stranger)).refresh_token } }
    const problem = await problemOf(await limited.send('POST', '/v1/imports', theirs))
    expect(problem).toMatchObject({ status: 409, code: 'grant_of_another' })
    expect(JSON.stringify(problem)).not.toContain(stranger.id)
    const own = { oauth2: { refresh_token: (await old(user)).refresh_token } }
    expect((await limited.send('POST', '/v1/imports', own)).status).toBe(200)
  })

  it('takes the place of a grant that works: X has ended that one', async () => {
    const user = await admin.connect()
    const { refresh_token } = await old(user)
    const account = await imported(user.id, 'oauth2', { refresh_token })
    expect(account.generation).toBeGreaterThan(user.generation)
    expect(await userBy('oauth2', user.id)).toBe(user.id)
  })

  it.each<[unknown, RegExp]>([
    [{}, /oauth2: /],
    [{ oauth2: {} }, /oauth2\.refresh_token: it is missing/],
    [{ oauth2: { refresh_token: 'a b' } }, /oauth2\.refresh_token: .*no spaces/],
    [{ oauth2: { refresh_token: 'a', access_token: 'b' } }, /oauth2\.access_token: unknown field/],
    [{ refresh_token: 'a' }, /oauth2: |refresh_token: unknown field/],
  ])('POST /v1/imports %j is refused by name', async (body, detail) => {
    const problem = await problemOf(await admin.send('POST', '/v1/imports', body))
    expect(problem).toMatchObject({ status: 400, code: 'request_malformed', detail })
  })
})

describe.each(KINDS)('PUT …/grants/%s by a caller', (kind) => {
  it('that is limited to accounts works for those, and for no other', async () => {
    const [user, off] = [await world.emulator.user(), await world.emulator.user()]
    const caller = { name: 'limited', scopes: ['accounts:write'], accounts: [user.id] }
    const { key } = await admin.json<{ key: string }>('POST', '/v1/callers', caller)
    const limited = program(world, key)
    const body = await bring(kind, user)
    expect((await limited.send('PUT', grantAt(user.id, kind), body)).status).toBe(200)
    for (const method of ['PUT', 'DELETE']) {
      const response = await limited.send(method, grantAt(off.id, kind), body)
      expect(await problemOf(response)).toMatchObject({ status: 404, code: 'account_unknown' })
    }
  })

  it('does not go without X’s word: ?confirm=false, which a former build had, is named', async () => {
    const user = await world.emulator.user()
    const body = await bring(kind, user)
    await world.emulator.forgetCalls()
    expect(await problemOf(await put(user.id, kind, body, '?confirm=false'))).toMatchObject({
      status: 400,
      code: 'request_malformed',
      detail: 'confirm: unknown field.',
    })
    expect(await asked()).toEqual([])
    expect((await tryAccount(user.id)).status).toBe(404)
  })
})

describe('bad input', () => {
  const long = 'x'.repeat(1025)
  const key = { oauth_token: 'a', oauth_token_secret: 'b' }
  it.each<[string, string, unknown, RegExp]>([
    ['nothing', 'oauth1', undefined, /oauth_token: it is missing/],
    ['nothing', 'oauth2', undefined, /access_token: it is missing/],
    ['no JSON', 'oauth1', 'oauth_token=a', /not JSON/],
    ['a list', 'oauth2', [{}], /not a JSON object/],
    ['no secret', 'oauth1', { oauth_token: 'a' }, /oauth_token_secret: it is missing/],
    ['an empty secret', 'oauth1', { ...key, oauth_token_secret: '' }, /oauth_token_secret: /],
    ['a token that is a number', 'oauth1', { ...key, oauth_token: 1 }, /oauth_token: /],
    ['a token that is null', 'oauth2', { access_token: null }, /access_token: /],
    ['a token with a space', 'oauth1', { ...key, oauth_token: 'a b' }, /oauth_token: .*no spaces/],
    ['a token with a newline', 'oauth2', { access_token: 'a\n' }, /access_token: .*no spaces/],
    ['a token beyond ASCII', 'oauth2', { access_token: 'ä' }, /access_token: .*visible/],
    ['a token that is too long', 'oauth2', { access_token: long }, /access_token: at most 1024/],
    ['an unknown field', 'oauth1', { ...key, user_id: '1' }, /user_id: unknown field/],
    ['fields of the other kind', 'oauth2', key, /oauth_token: unknown field/],
    [
      'a refresh token of no type',
      'oauth2',
      { access_token: 'a', refresh_token: 7 },
      /refresh_token: /,
    ],
    [
      'an expiry in words',
      'oauth2',
      { access_token: 'a', expires_at: 'soon' },
      /expires_at: a time is expected/,
    ],
    [
      'an expiry without a zone',
      'oauth2',
      { access_token: 'a', expires_at: '2026-11-28T12:00:00' },
      /expires_at: .*with its zone/,
    ],
    [
      'a beginning in the future',
      'oauth2',
      { access_token: 'a', expires_in: 7200, obtained_at: 4_102_444_800 },
      /obtained_at: it lies in the future/,
    ],
    [
      'an expiry beyond numbers',
      'oauth2',
      '{"access_token":"a","expires_at":1e999}',
      /expires_at: a time is expected/,
    ],
    [
      'an expiry that no token of X has',
      'oauth2',
      { access_token: 'a', expires_at: 4_102_444_800 },
      /expires_at: no token/,
    ],
    [
      'a life that is an expiry',
      'oauth2',
      { access_token: 'a', expires_in: 1_795_354_598 },
      /expires_in: seconds .*from obtained_at on/,
    ],
    [
      'a life that is beyond all time',
      'oauth2',
      { access_token: 'a', expires_in: 1e12 },
      /expires_in: seconds/,
    ],
    [
      'a life that is a text',
      'oauth2',
      { access_token: 'a', expires_in: '7200' },
      /expires_in: .*number/,
    ],
    ['a life below zero', 'oauth2', { access_token: 'a', expires_in: -1 }, /expires_in: seconds/],
    ['scopes of no type', 'oauth2', { access_token: 'a', scope: 1 }, /scope: scopes/],
    ['a list of other things', 'oauth2', { access_token: 'a', scope: [1] }, /scope/],
    [
      'a token among the scopes',
      'oauth2',
      { access_token: 'a', scope: `tweet.read ${'T'.repeat(90)}` },
      /scope: scopes/,
    ],
    [
      'another token type',
      'oauth2',
      { access_token: 'a', token_type: 'mac' },
      /token_type: bearer is expected/,
    ],
  ])('%s (%s)', async (_, kind, body, message) => {
    const { id } = await world.emulator.user()
    await world.emulator.forgetCalls()
    const problem = await problemOf(await put(id, kind, body))
    expect(problem).toMatchObject({ status: 400, code: 'request_malformed' })
    expect(problem.detail).toMatch(message)
    expect(await asked()).toEqual([])
    expect((await tryAccount(id)).status).toBe(404)
  })

  it.each(['oauth3', 'OAuth1', 'app', 'oauth1%20'])('kind %s', async (kind) => {
    const { id } = await admin.connect()
    for (const response of [await put(id, kind, key), await end(id, kind)])
      expect(await problemOf(response)).toMatchObject({
        status: 404,
        code: 'grant_unknown',
        detail: /oauth2, oauth1/,
      })
  })

  it.each(['junk', '0', '01', '-1', '1.5', '1'.repeat(21), '%00'])('account id %s', async (id) => {
    for (const kind of KINDS)
      for (const response of [await put(id, kind, key), await end(id, kind)])
        expect(await problemOf(response)).toMatchObject({ status: 400, code: 'request_malformed' })
  })

  it.each(['confirm=true', 'confirm=false&confirm=false', 'force=true', 'junk=1'])(
    'query %s',
    async (query) => {
      const user = await world.emulator.user()
      const response = await put(user.id, 'oauth1', await bring('oauth1', user), `?${query}`)
      expect(await problemOf(response)).toMatchObject({ status: 400, code: 'request_malformed' })
      expect((await tryAccount(user.id)).status).toBe(404)
    },
  )

  it('no key, and a key without accounts:write', async () => {
    const { id } = await admin.connect()
    const scopes = ['accounts:read', 'tokens', 'sign', 'app', 'logins']
    const made = await admin.json<{ key: string }>('POST', '/v1/callers', { name: 'a', scopes })
    for (const [who, code] of [
      [null, 'key_missing'],
      [made.key, 'scope_missing'],
    ] as const)
      for (const method of ['PUT', 'DELETE']) {
        const response = await program(world, who).send(method, grantAt(id, 'oauth2'), key)
        expect((await problemOf(response)).code).toBe(code)
      }
    expect(await userBy('oauth2', id)).toBe(id)
  })
})

/** An account with a grant of either kind. */
async function withBoth(): Promise<XUser> {
  const user = await world.emulator.user()
  for (const kind of KINDS) await connect(kind, user)
  return user
}

/** What X has of a user: which kinds live. */
const liveAtX = async ({ username }: XUser): Promise<string[]> =>
  (await world.emulator.grants(username)).flatMap(({ kind, live }) => (live ? [kind] : []))

async function expectGone(id: string): Promise<void> {
  for (const response of [
    await tryAccount(id),
    ...(await Promise.all(KINDS.flatMap((kind) => [use(kind, id), end(id, kind)]))),
  ])
    expect(await problemOf(response)).toMatchObject({ status: 404, code: 'account_unknown' })
}

describe.each(KINDS)('DELETE …/grants/%s', (kind) => {
  const other = OTHER[kind]

  it('ends that one at X and here; the last one takes the account with it', async () => {
    const user = await withBoth()
    const { id } = user
    expect(await (await end(id, kind)).json()).toEqual({
      id,
      grant: kind,
      ended: true,
      revoked: true,
    })
    expect(await liveAtX(user)).toEqual([other])
    const account = await admin.account(id)
    expect(account).toMatchObject({ ...user, status: 'ok', grants: [other] })
    expect(account).not.toHaveProperty(kind)
    expect(await problemOf(await use(kind, id))).toMatchObject({ code: 'login_required' })
    expect(await problemOf(await end(id, kind))).toMatchObject({
      status: 404,
      code: 'grant_unknown',
    })
    expect(await userBy(other, id)).toBe(id)
    expect(await (await end(id, other)).json()).toMatchObject({ grant: other, revoked: true })
    expect(await liveAtX(user)).toEqual([])
    await expectGone(id)
  })

  it('leaves a place that can be filled again', async () => {
    const user = await withBoth()
    await end(user.id, kind)
    await imported(user.id, kind, await bring(kind, user))
    for (const each of KINDS) expect(await userBy(each, user.id)).toBe(user.id)
  })

  it('counts as revoked what the user took away at X before', async () => {
    const user = await withBoth()
    await world.emulator.revoke(user.username)
    expect(await (await end(user.id, kind)).json()).toMatchObject({ revoked: true })
    expect((await admin.account(user.id)).grants).toEqual([other])
  })

  it('twice at once is done once, and leaves the other', async () => {
    const user = await withBoth()
    const answers = await Promise.all([end(user.id, kind), end(user.id, kind)])
    expect(answers.map(({ status }) => status)).toContain(200)
    expect((await admin.account(user.id)).grants).toEqual([other])
    expect(await userBy(other, user.id)).toBe(user.id)
  })

  /** The account but for the note that X may have ended this grant, and whether there is one. */
  const noted = async (id: string): Promise<[Account, boolean]> => {
    const account = await admin.account(id)
    const { ended_at_x, ...grant } = { ended_at_x: undefined, ...account[kind] }
    return [{ ...account, [kind]: grant }, ended_at_x !== undefined]
  }

  it.each(['status:503', 'status:429', 'html', 'html:200', 'drop_before'])(
    'while X does not confirm (%s) nothing changes but what is known of it, unless forced',
    async (fault) => {
      const user = await withBoth()
      const { id } = user
      const before = await admin.account(id)
      await world.emulator.fault(fault, ENDS_AT[kind], 99)
      expect(await problemOf(await end(id, kind))).toMatchObject({
        status: 503,
        code: 'revoke_failed',
        detail: /X /,
      })
      // Only where X said no it has not acted for certain.
      expect(await noted(id)).toEqual([before, fault !== 'status:429'])
      for (const each of KINDS) expect(await userBy(each, id)).toBe(id)
      expect(await (await end(id, kind, '?force=true')).json()).toMatchObject({
        grant: kind,
        ended: true,
        revoked: false,
        note: expect.stringContaining('X did not confirm'),
        detail: /X /,
      })
      expect((await admin.account(id)).grants).toEqual([other])
      expect(await userBy(other, id)).toBe(id)
    },
  )

  it('the last one, while X does not confirm: the account stays, unless forced', async () => {
    const account = await connect(kind)
    await world.emulator.fault('status:503', ENDS_AT[kind], 99)
    expect(await problemOf(await end(account.id, kind))).toMatchObject({ code: 'revoke_failed' })
    expect(await noted(account.id)).toEqual([account, true])
    expect(await userBy(kind, account.id)).toBe(account.id)
    expect(await (await end(account.id, kind, '?force=true')).json()).toMatchObject({
      revoked: false,
    })
    await expectGone(account.id)
  })
})

describe('DELETE /v1/accounts/:id', () => {
  it('ends both grants at X', async () => {
    const user = await withBoth()
    expect(await admin.json('DELETE', `/v1/accounts/${user.id}`)).toEqual({
      id: user.id,
      disconnected: true,
      revoked: true,
    })
    const invalidated = await world.emulator.calls(INVALIDATE)
    expect(invalidated.map(({ auth, outcome }) => [auth, outcome])).toEqual([['oauth1', 'revoked']])
    expect(await world.emulator.calls(REVOKE)).toHaveLength(2)
    expect(await liveAtX(user)).toEqual([])
    await expectGone(user.id)
  })

  it.each(KINDS)(
    'is not done while X does not end the %s grant, and can be repeated',
    async (kind) => {
      const user = await withBoth()
      await world.emulator.fault('status:503', ENDS_AT[kind])
      const response = await admin.send('DELETE', `/v1/accounts/${user.id}`)
      expect(await problemOf(response)).toMatchObject({ status: 503, code: 'revoke_failed' })
      expect((await admin.account(user.id)).grants).toContain(kind)
      expect(await liveAtX(user)).toContain(kind)
      expect(await userBy(kind, user.id)).toBe(user.id)
      expect(await admin.json('DELETE', `/v1/accounts/${user.id}`)).toMatchObject({ revoked: true })
      expect(await liveAtX(user)).toEqual([])
      await expectGone(user.id)
    },
  )
})

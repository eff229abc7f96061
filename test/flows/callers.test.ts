/** Callers: keys are shown once, do what their scopes and accounts allow, and end. */
import { describe, expect, it } from 'vitest'
import { problemOf } from './answers.ts'
import { program } from './programs.ts'
import { decide, visitor } from './visitors.ts'
import { useWorld } from './worlds.ts'

const world = useWorld()
const admin = program(world)

interface Made {
  id: string
  key: string
}

const make = (request: Record<string, unknown>) =>
  admin.json<Made>('POST', '/v1/callers', { name: 'a bot', ...request })

const keyed = async (request: Record<string, unknown>) => program(world, (await make(request)).key)

/** What the app learns when a browser comes back: id and proof. */
const backTo = (response: Response) =>
  new URL(response.headers.get('location') ?? '').searchParams.get('login')

describe('managing callers', () => {
  it('shows a key once', async () => {
    const made = await make({ scopes: ['tokens', 'tokens'] })
    expect(made).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{16}$/),
      name: 'a bot',
      scopes: ['tokens'],
      limited: false,
      created_at: expect.any(Number),
      // Letters and digits alone: some OAuth clients split a token at `-`.
      key: expect.stringMatching(new RegExp(`^perch_${made.id}_[A-Za-z0-9]{49}$`)),
    })
    const list = await admin.json<{ callers: Made[] }>('GET', '/v1/callers')
    const { key, ...rest } = made
    expect(list.callers).toContainEqual(rest)
    expect(JSON.stringify(list)).not.toContain(key.slice(-49))
    expect(JSON.stringify(list)).not.toMatch(/hash/i)
  })

  it('shows the addresses that are a caller’s own, in its answer and in the list', async () => {
    const longest = Array.from({ length: 20 }, (_, n) =>
      `https://app.example.com/${n}/`.padEnd(2048, 'x'),
    )
    const some = ['https://app.example.com/after', 'http://localhost:3000', 'myapp://callback']
    for (const [asked, kept] of [
      [[...some, ...some], some],
      [longest, longest],
      [[], []],
      [undefined, undefined],
    ]) {
      const made = await make({ scopes: ['logins'], return_to: asked })
      const { key: _, ...rest } = made
      expect(rest).toEqual({
        id: made.id,
        name: 'a bot',
        scopes: ['logins'],
        limited: false,
        ...(kept ? { return_to: kept } : {}),
        created_at: expect.any(Number),
      })
      const { callers } = await admin.json<{ callers: Made[] }>('GET', '/v1/callers')
      expect(callers).toContainEqual(rest)
    }
  })

  it('shows the accounts that a caller is limited to, in the list too', async () => {
    const { key: _, ...made } = await make({ scopes: ['tokens'], accounts: ['2', '1', '2'] })
    expect(made).toMatchObject({ limited: true, accounts: ['2', '1'] })
    expect(await admin.json('GET', `/v1/callers/${made.id}`)).toEqual(made)
    const { callers } = await admin.json<{ callers: Made[] }>('GET', '/v1/callers')
    expect(callers).toContainEqual(made)
  })

  it('changes what it is told to, and takes away what is null', async () => {
    const expires_at = Math.floor(Date.now() / 1000) + 1000
    const all = {
      scopes: ['tokens'],
      accounts: ['1'],
      return_to: ['https://app.example.com'],
      expires_at,
    }
    const { id, key, ...made } = await make(all)
    const change = (body: unknown) => admin.json('PATCH', `/v1/callers/${id}`, body)
    expect(await change({})).toEqual({ id, ...made })
    expect(await change({ name: 'another', scopes: ['tokens', 'sign', 'sign'] })).toEqual({
      id,
      ...made,
      name: 'another',
      scopes: ['tokens', 'sign'],
    })
    const bare = { accounts: null, return_to: null, expires_at: null }
    const {
      accounts: _,
      return_to: __,
      expires_at: ___,
      ...left
    } = made as typeof made & typeof all
    const now = { ...left, limited: false, name: 'another', scopes: ['accounts:read'] }
    expect(await change({ ...bare, scopes: ['accounts:read'] })).toEqual({ id, ...now })
    expect(await admin.json('GET', `/v1/callers/${id}`)).toEqual({ id, ...now })
    // At once where it was changed.
    expect((await program(world, key).send('GET', '/v1/accounts')).status).toBe(200)
  })

  it.each([
    ['a name of null', { name: null }],
    ['no scope', { scopes: [] }],
    ['an unknown scope', { scopes: ['admin'] }],
    ['a scope beyond the accounts that it has', { scopes: ['app'] }],
    ['an account that is no id', { accounts: ['alice'] }],
    ['an address by plain http', { return_to: ['http://app.example.com'] }],
    ['an expiry in the past', { expires_at: 1_000_000_000 }],
    ['an expiry in milliseconds', { expires_at: Date.now() + 86_400_000 }],
    ['an expiry beyond all time', { expires_at: 1e308 }],
    ['an unknown field', { id: '0123456789abcdef' }],
    ['a list', []],
  ])('refuses a change to %s, and changes nothing', async (_, body) => {
    const { key: __, ...made } = await make({ scopes: ['tokens'], accounts: ['1'] })
    const problem = await problemOf(await admin.send('PATCH', `/v1/callers/${made.id}`, body))
    expect(problem).toMatchObject({ status: 400, code: 'request_malformed' })
    expect(await admin.json('GET', `/v1/callers/${made.id}`)).toEqual(made)
  })

  it('refuses accounts for a caller whose scopes reach beyond any list', async () => {
    const { id } = await make({ scopes: ['status'] })
    const change = (body: unknown) => admin.send('PATCH', `/v1/callers/${id}`, body)
    expect(await problemOf(await change({ accounts: ['1'] }))).toMatchObject({ status: 400 })
    expect((await change({ accounts: ['1'], scopes: ['tokens'] })).status).toBe(200)
  })

  it('rotates a key: both work, and with no overlap the new one alone', async () => {
    const { id, key: first } = await make({ scopes: ['accounts:read'] })
    const rotate = (body?: unknown) =>
      admin.json<Made & { former_keys_end_at?: number[] }>('POST', `/v1/callers/${id}/rotate`, body)
    const works = async (key: string) =>
      (await program(world, key).send('GET', '/v1/accounts')).status
    const { key: second, former_keys_end_at: [end = 0] = [] } = await rotate()
    expect(Math.abs(end - Date.now() / 1000 - 86_400)).toBeLessThan(60)
    expect(await admin.json('GET', `/v1/callers/${id}`)).toMatchObject({
      former_keys_end_at: [end],
    })
    expect(await Promise.all([first, second].map(works))).toEqual([200, 200])
    const { key: third } = await rotate({ overlap_seconds: 0 })
    expect(await Promise.all([first, second, third].map(works))).toEqual([401, 401, 200])
    expect(JSON.stringify(await admin.json('GET', '/v1/callers'))).not.toContain(third.slice(-49))
  })

  it.each([-1, 1.5, 7 * 86_400 + 1, '60', null])(
    'refuses an overlap of %s',
    async (overlap_seconds) => {
      const { id, key } = await make({ scopes: ['accounts:read'] })
      const answer = await admin.send('POST', `/v1/callers/${id}/rotate`, { overlap_seconds })
      const problem = await problemOf(answer)
      expect(problem).toMatchObject({ status: 400, code: 'request_malformed' })
      expect(problem.detail).toMatch(/^overlap_seconds: seconds/)
      expect((await program(world, key).send('GET', '/v1/accounts')).status).toBe(200)
    },
  )

  it('pages through callers, and names a cursor that is none', async () => {
    const junk = await problemOf(await admin.send('GET', '/v1/callers?cursor=zzz'))
    expect(junk).toMatchObject({ status: 400, code: 'request_malformed' })
    const { id } = await make({ scopes: ['tokens'] })
    const after = await admin.json<{ callers: Made[] }>('GET', `/v1/callers?cursor=${id}`)
    expect(after.callers.map((caller) => caller.id)).not.toContain(id)
  })

  it('ends a key', async () => {
    const { id, key } = await make({ scopes: ['accounts:read'] })
    const list = () => program(world, key).send('GET', '/v1/accounts')
    expect((await list()).status).toBe(200)
    expect((await admin.send('DELETE', `/v1/callers/${id}`)).status).toBe(204)
    expect(await problemOf(await list())).toMatchObject({ status: 401, code: 'key_invalid' })
    expect((await admin.send('DELETE', `/v1/callers/${id}`)).status).toBe(204)
  })

  it.each(['x', 'caller', '__proto__', '0'.repeat(17)])('knows no caller %s', async (id) => {
    const response = await admin.send('DELETE', `/v1/callers/${id}`)
    expect(await problemOf(response)).toMatchObject({ code: 'caller_unknown' })
  })

  it.each([
    ['GET', ''],
    ['PATCH', ''],
    ['POST', '/rotate'],
  ])('%s of a caller that is not there%s says so', async (method, rest) => {
    for (const id of ['0'.repeat(16), 'x']) {
      const body = method === 'GET' ? undefined : {}
      const response = await admin.send(method, `/v1/callers/${id}${rest}`, body)
      expect(await problemOf(response)).toMatchObject({ status: 404, code: 'caller_unknown' })
    }
  })

  it('is for the admin key alone', async () => {
    const all = ['logins', 'accounts:read', 'accounts:write', 'tokens', 'sign', 'app', 'status']
    const caller = await keyed({ scopes: all })
    const tries: [string, string][] = [
      ['GET', '/v1/callers'],
      ['POST', '/v1/callers'],
      ['GET', `/v1/callers/${'0'.repeat(16)}`],
      ['PATCH', `/v1/callers/${'0'.repeat(16)}`],
      ['POST', `/v1/callers/${'0'.repeat(16)}/rotate`],
      ['DELETE', `/v1/callers/${'0'.repeat(16)}`],
    ]
    for (const [method, path] of tries)
      expect(await problemOf(await caller.send(method, path))).toMatchObject({
        status: 403,
        code: 'scope_missing',
      })
  })

  it.each([
    ['no name', { name: undefined, scopes: ['tokens'] }],
    ['an empty name', { name: '', scopes: ['tokens'] }],
    ['a name with nothing that is seen', { name: '\u202e\u200b ', scopes: ['tokens'] }],
    ['no scope', { scopes: [] }],
    ['an unknown scope', { scopes: ['admin'] }],
    ['the scope app for a limited caller', { scopes: ['app'], accounts: ['1'] }],
    ['the scope status for a limited caller', { scopes: ['tokens', 'status'], accounts: ['1'] }],
    ['an account that is no id', { scopes: ['tokens'], accounts: ['alice'] }],
    ['an account that is a number', { scopes: ['tokens'], accounts: [1] }],
    ['an expiry in the past', { scopes: ['tokens'], expires_at: 1 }],
    ['an expiry that is a text', { scopes: ['tokens'], expires_at: '2099-01-01' }],
    ['an address that is a text', { scopes: ['logins'], return_to: 'https://app.example.com' }],
    ['an address without a scheme', { scopes: ['logins'], return_to: ['app.example.com'] }],
    ['an address by plain http', { scopes: ['logins'], return_to: ['http://app.example.com'] }],
    ['an address with a query', { scopes: ['logins'], return_to: ['https://app.example.com/?x'] }],
    ['an address with a star', { scopes: ['logins'], return_to: ['https://*.example.com'] }],
    ['21 addresses', { scopes: ['logins'], return_to: Array(21).fill('https://app.example.com') }],
    ['an expiry that is digits in a text', { scopes: ['tokens'], expires_at: '1999999999' }],
    ['an expiry that is nothing', { scopes: ['tokens'], expires_at: null }],
    ['an expiry of zero', { scopes: ['tokens'], expires_at: 0 }],
    ['an expiry below zero', { scopes: ['tokens'], expires_at: -1_999_999_999 }],
    ['an expiry with a fraction', { scopes: ['tokens'], expires_at: 1_999_999_999.5 }],
    [
      'an expiry a second ago',
      { scopes: ['tokens'], expires_at: Math.floor(Date.now() / 1000) - 1 },
    ],
    ['an expiry in milliseconds', { scopes: ['tokens'], expires_at: Date.now() + 86_400_000 }],
    ['an expiry in microseconds', { scopes: ['tokens'], expires_at: 1_999_999_999_000_000 }],
    ['an expiry beyond all time', { scopes: ['tokens'], expires_at: 1e308 }],
    ['an unknown field', { scopes: ['tokens'], key: 'mine' }],
  ])('refuses %s', async (_, request) => {
    const response = await admin.send('POST', '/v1/callers', { name: 'a bot', ...request })
    const problem = await problemOf(response)
    expect(problem).toMatchObject({ status: 400, code: 'request_malformed' })
    if ('return_to' in request) expect(problem.detail).toMatch(/^return_to(\.0)?: \w/)
    if ('expires_at' in request) expect(problem.detail).toMatch(/^expires_at: /)
  })

  it('refuses an expiry that JSON can write and no number can hold', async () => {
    const body = '{"name":"a bot","scopes":["tokens"],"expires_at":1e999}'
    const problem = await problemOf(await admin.send('POST', '/v1/callers', body))
    expect(problem).toMatchObject({ status: 400, code: 'request_malformed' })
    expect(problem.detail).toMatch(/^expires_at: Unix seconds/)
  })
})

describe('a caller', () => {
  it('does what its scopes say, and no more', async () => {
    const { id } = await admin.connect()
    const needs: [string, string, string][] = [
      ['GET', '/v1/accounts', 'accounts:read'],
      ['GET', `/v1/accounts/${id}`, 'accounts:read'],
      ['GET', `/v1/accounts/${id}/token`, 'tokens'],
      ['POST', `/v1/accounts/${id}/refresh`, 'tokens'],
      ['POST', '/v1/logins', 'logins'],
      ['DELETE', `/v1/accounts/${id}`, 'accounts:write'],
    ]
    for (const [method, path, scope] of needs) {
      const others = [...new Set(needs.map(([, , each]) => each))].filter((s) => s !== scope)
      const response = await (await keyed({ scopes: others })).send(method, path)
      const problem = await problemOf(response)
      expect(problem, path).toMatchObject({ status: 403, code: 'scope_missing' })
      expect(problem.detail).toContain(scope)
      expect((await (await keyed({ scopes: [scope] })).send(method, path)).ok, path).toBe(true)
    }
  })

  it('ends when it expires', async () => {
    const expires_at = Math.floor(Date.now() / 1000) + 3
    const { key } = await make({ scopes: ['accounts:read'], expires_at })
    const list = () => program(world, key).send('GET', '/v1/accounts')
    expect((await list()).status).toBe(200)
    await expect.poll(async () => (await list()).status, { timeout: 10_000 }).toBe(401)
    expect(await problemOf(await list())).toMatchObject({ code: 'key_invalid' })
  })

  it('limited to some accounts sees those alone', async () => {
    const [mine, other] = [await admin.connect(), await admin.connect()]
    const scopes = ['accounts:read', 'accounts:write', 'tokens', 'logins']
    const limited = await keyed({ scopes, accounts: [mine.id, '99'] })
    expect(await limited.account(mine.id)).toEqual(await admin.account(mine.id))
    expect((await limited.lease(mine.id)).generation).toBe(mine.generation)
    for (const [method, path] of [
      ['GET', ''],
      ['GET', '/token'],
      ['POST', '/refresh'],
      ['DELETE', ''],
    ] as const)
      expect(
        await problemOf(await limited.send(method, `/v1/accounts/${other.id}${path}`)),
      ).toMatchObject({ status: 404, code: 'account_unknown' })
    const { accounts } = await limited.json<{ accounts: { id: string }[] }>('GET', '/v1/accounts')
    expect(accounts.map(({ id }) => id)).toEqual([mine.id])
    const junk = await limited.send('GET', '/v1/accounts?cursor=junk')
    expect(await problemOf(junk)).toMatchObject({ code: 'request_malformed' })
    expect((await admin.lease(other.id)).generation).toBe(other.generation)
  })

  it('limited to some accounts does not see the logins of others', async () => {
    const { id, authorize_url } = await admin.begin()
    const limited = await keyed({ scopes: ['logins'], accounts: ['99'] })
    const { username } = await world.emulator.user()
    const response_url = await decide(authorize_url, username)
    const begun = await visitor(world).login(username, '/login?return_to=http://localhost:3000')
    const [browsers, proof] = (backTo(begun) ?? '').split('.')
    const unlimited = await keyed({ scopes: ['logins'], return_to: ['http://localhost:3000'] })
    expect(await unlimited.json('GET', `/v1/logins/${browsers}?proof=${proof}`)).toMatchObject({
      status: 'complete',
    })
    for (const response of [
      await limited.send('GET', `/v1/logins/${browsers}`),
      await limited.send('GET', `/v1/logins/${id}`),
      await limited.complete(id, { response_url }),
    ])
      expect(await problemOf(response)).toMatchObject({ status: 404, code: 'login_unknown' })
  })

  it('a login that is refused does the account no harm: it lives on the grant that X has left it', async () => {
    const other = await admin.connect()
    const limited = await keyed({ scopes: ['logins'], accounts: ['99'] })
    const { id, authorize_url } = await limited.begin()
    const response_url = await decide(authorize_url, other.username)
    expect(await problemOf(await limited.complete(id, { response_url }))).toMatchObject({
      code: 'account_not_allowed',
    })
    // X keeps one live grant per app and user, so what the account held is dead, and the new one has taken its place.
    expect(await admin.account(other.id)).toMatchObject({ status: 'ok' })
    const live = (await world.emulator.grants(other.username)).filter(({ live }) => live)
    expect(live.map(({ access_token }) => access_token)).toEqual([
      (await admin.lease(other.id)).access_token,
    ])
  })

  it('pages through accounts', async () => {
    const made = [await admin.connect(), await admin.connect(), await admin.connect()]
    const ids = made.map(({ id }) => id)
    const limited = await keyed({ scopes: ['accounts:read'], accounts: ids })
    for (const reader of [limited, admin]) {
      const seen: string[] = []
      let query = '?limit=1'
      for (let page = 0; page < 50 && query !== ''; page++) {
        const { accounts, cursor } = await reader.json<{
          accounts: { id: string }[]
          cursor?: string
        }>('GET', `/v1/accounts${query}`)
        seen.push(...accounts.map(({ id }) => id))
        query = cursor === undefined ? '' : `?limit=1&cursor=${encodeURIComponent(cursor)}`
      }
      expect(seen).toEqual(expect.arrayContaining(ids))
      expect(new Set(seen).size).toBe(seen.length)
    }
  })
})

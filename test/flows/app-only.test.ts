/** The app-only bearer: fetched once and kept, handed out verbatim, and ended in the way that X takes. */
import { beforeEach, describe, expect, it } from 'vitest'
import { problemOf } from './answers.ts'
import { APP_INVALIDATE, APP_TOKEN, ME } from './emulators.ts'
import { program } from './programs.ts'
import { ALL_FLOWS, useWorld } from './worlds.ts'

const ALICE = { id: '1000000001', username: 'alice', name: 'Alice' }
const world = useWorld({ ...ALL_FLOWS, X_APP_OWNER: ALICE.id })
const admin = program(world)
const PATH = '/v1/app/token'

const tryGet = () => admin.send('GET', PATH)
const get = async () => (await admin.json<{ access_token: string }>('GET', PATH)).access_token
const end = (query = '') => admin.send('DELETE', PATH + query)
/** The app's owner logs in, so that Perch can sign in her name. */
const ownerLogsIn = () => admin.connectBy('oauth1', {}, ALICE)

/** What X says to this bearer where an app may call for itself. */
const use = (token: string) =>
  fetch(`${world.x}/2/users/by/username/alice`, { headers: { authorization: `Bearer ${token}` } })

/** The attempts to end it: how Perch showed who it is, and what X said. */
const attempts = async () =>
  (await world.emulator.calls(APP_INVALIDATE)).map(({ auth, status }) => [auth, status])

beforeEach(async () => {
  // No bearer here, none at X, and no token of the owner.
  await end()
  await admin.send('DELETE', `/v1/accounts/${ALICE.id}`)
  await world.emulator.forgetCalls()
})

describe('GET /v1/app/token', () => {
  it('is the bearer as X gave it, percent signs and all, and works', async () => {
    const response = await tryGet()
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toMatch(/^application\/json/)
    expect(response.headers.get('cache-control')).toBe('no-store')
    const body = (await response.json()) as { access_token: string }
    expect(body).toEqual({
      access_token: expect.stringMatching(/^AAAA\w+%2F\w+%3D\w+$/),
      token_type: 'bearer',
    })
    const user = await use(body.access_token)
    expect(await user.json()).toMatchObject({ data: ALICE })
    const calls = await world.emulator.calls(APP_TOKEN)
    expect(calls).toMatchObject([{ auth: 'basic', grant_type: 'client_credentials' }])
  })

  it('is the bearer alone for Accept: text/plain', async () => {
    const response = await admin.send('GET', PATH, undefined, { accept: 'text/plain' })
    expect(response.headers.get('content-type')).toMatch(/^text\/plain/)
    expect(response.headers.get('cache-control')).toBe('no-store')
    expect(response.headers.get('vary')).toMatch(/accept/i)
    const token = await response.text()
    expect((await use(token)).status).toBe(200)
    expect(token).toBe(await get())
  })

  it('twenty at once ask X once, and one more not at all', async () => {
    const tokens = await Promise.all(Array.from({ length: 20 }, get))
    expect(new Set(tokens).size).toBe(1)
    expect(await world.emulator.calls(APP_TOKEN)).toHaveLength(1)
    expect(await get()).toBe(tokens[0])
    expect(await world.emulator.calls(APP_TOKEN)).toHaveLength(1)
  })

  it('twenty at once fail alike, and ask X once', async () => {
    await world.emulator.app({ api_secret: 'another' })
    await world.emulator.fault('delay:500', APP_TOKEN)
    const answers = await Promise.all(Array.from({ length: 20 }, tryGet))
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([502]))
    expect(await world.emulator.calls(APP_TOKEN)).toHaveLength(1)
  })

  it('and DELETE need the scope app', async () => {
    const keyWith = async (scopes: string[]) =>
      (await admin.json<{ key: string }>('POST', '/v1/callers', { name: 'a', scopes })).key
    const without = await keyWith(['tokens', 'sign', 'logins', 'accounts:read', 'accounts:write'])
    for (const [key, status, code] of [
      [null, 401, 'key_missing'],
      [without, 403, 'scope_missing'],
    ] as const)
      for (const method of ['GET', 'DELETE']) {
        const response = await program(world, key).send(method, PATH)
        expect(await problemOf(response)).toMatchObject({ status, code })
      }
    expect(await world.emulator.calls()).toEqual([])
    const bot = program(world, await keyWith(['app']))
    for (const method of ['GET', 'DELETE']) expect((await bot.send(method, PATH)).status).toBe(200)
  })

  it.each([
    ['GET', '?force=true'],
    ['GET', '?junk=1'],
    ['DELETE', '?force=yes'],
    ['DELETE', '?force=true&force=true'],
    ['DELETE', '?junk=1'],
  ])('%s with %s is refused', async (method, query) => {
    await get()
    await world.emulator.forgetCalls()
    const response = await admin.send(method, PATH + query)
    expect(await problemOf(response)).toMatchObject({ status: 400, code: 'request_malformed' })
    expect(await world.emulator.calls()).toEqual([])
  })
})

const reply = (body: unknown, status = 200) => `reply:${JSON.stringify({ status, body })}`
const error = (code: number, status = 403) =>
  reply({ errors: [{ code, message: 'Unable to verify your credentials' }] }, status)
const REFUSED = [502, 'app_credentials_refused', /X answered 403.*X_API_KEY.*X_API_SECRET/] as const
const UNUSABLE = [503, 'x_unreachable'] as const

describe('GET while X gives none', () => {
  it.each<[string, Record<string, unknown>]>([
    ['the API secret is wrong', { api_secret: 'another' }],
    ['the API key is wrong', { api_key: 'another' }],
    ['the app is suspended', { suspended: true }],
  ])('%s: says what to check', async (_, changes) => {
    await world.emulator.app(changes)
    const [status, code, detail] = REFUSED
    expect(await problemOf(await tryGet())).toMatchObject({
      status,
      code,
      detail: expect.stringMatching(detail),
    })
    await world.calm()
    expect((await use(await get())).status).toBe(200)
  })

  it.each<[string, string, readonly [number, string, RegExp?]]>([
    ['503', 'status:503', [...UNUSABLE, /X answered 503/]],
    ['500', 'status:500', [...UNUSABLE, /X answered 500/]],
    ['a web page', 'html', [...UNUSABLE, /X answered 503/]],
    ['a web page with 200', 'html:200', [...UNUSABLE, /X answered 200/]],
    ['half a reply, and nothing done', 'drop_before', [...UNUSABLE, /not be reached/]],
    ['half a reply', 'drop_after_commit', [...UNUSABLE, /not be reached/]],
    ['that it has to wait', 'status:429', [503, 'x_rate_limited', /429/]],
    ['code 99', error(99), REFUSED],
    ['code 89, which is no word on a bearer', error(89), UNUSABLE],
    [
      'another token type',
      reply({ token_type: 'mac', access_token: 'AAAAmac' }),
      [...UNUSABLE, /X answered 200/],
    ],
    ['no token type', reply({ access_token: 'AAAAnone' }), UNUSABLE],
    ['no token', reply({ token_type: 'bearer' }), UNUSABLE],
    ['an empty token', reply({ token_type: 'bearer', access_token: '' }), UNUSABLE],
    ['a token that is a number', reply({ token_type: 'bearer', access_token: 7 }), UNUSABLE],
    ['a token with 201', reply({ token_type: 'bearer', access_token: 'AAAA201' }, 201), UNUSABLE],
    ['null', reply(null), UNUSABLE],
    ['a redirect', reply('', 302), UNUSABLE],
  ])('but %s: nothing is kept', async (_, fault, [status, code, message = /X /]) => {
    await world.emulator.fault(fault, APP_TOKEN)
    const problem = await problemOf(await tryGet())
    expect(problem).toMatchObject({ status, code })
    expect(problem.detail).toMatch(message)
    expect(problem.retry_after === undefined).toBe(code !== 'x_rate_limited')
    expect(problem.retry_after ?? 1).toBeGreaterThan(0)
    expect(await problemOf(await end())).toMatchObject({ code: 'bearer_unknown' })
    expect((await use(await get())).status).toBe(200)
    expect(await world.emulator.calls(APP_TOKEN)).toHaveLength(2)
  })
})

describe('DELETE /v1/app/token', () => {
  it('signed by the owner, who logged in here', async () => {
    await ownerLogsIn()
    const old = await get()
    await world.emulator.app({ app_only_invalidate: 'owner' })
    const response = await end()
    expect(response.status).toBe(200)
    expect(await response.json()).toEqual({
      forgotten: true,
      invalidated: true,
      by: 'oauth1_owner',
    })
    expect(await attempts()).toEqual([['oauth1', 200]])
    expect((await use(old)).status).toBe(401)
  })

  it('with Basic, where the owner has no token here', async () => {
    const old = await get()
    expect(await (await end()).json()).toEqual({
      forgotten: true,
      invalidated: true,
      by: 'basic',
    })
    expect(await attempts()).toEqual([['basic', 200]])
    expect((await use(old)).status).toBe(401)
  })

  it('the next GET fetches another, and the old one is dead at X', async () => {
    const old = await get()
    await end()
    await world.emulator.forgetCalls()
    const next = await get()
    expect(next).not.toBe(old)
    expect(await world.emulator.calls(APP_TOKEN)).toHaveLength(1)
    expect([(await use(old)).status, (await use(next)).status]).toEqual([401, 200])
    expect(await get()).toBe(next)
  })

  it('leaves the owner’s own token alone', async () => {
    await ownerLogsIn()
    await get()
    await end()
    const signed = { method: 'GET', url: world.x + ME }
    const { authorization } = await admin.json<{ authorization: string }>(
      'POST',
      `/v1/accounts/${ALICE.id}/sign`,
      signed,
    )
    expect((await fetch(signed.url, { headers: { authorization } })).status).toBe(200)
  })

  it.each<[string, () => Promise<unknown>, RegExp]>([
    [
      'takes Basic alone',
      () => world.emulator.app({ app_only_invalidate: 'basic' }),
      /^Signed by the owner: X answered 403 \(code 99\)/,
    ],
    [
      'takes her for somebody else',
      () => world.emulator.app({ owner: 'bob' }),
      /^Signed by the owner: X answered 403/,
    ],
    [
      'has ended her token',
      () => world.emulator.revoke('alice'),
      /^Signed by the owner: X answered 401 \(code 89\)/,
    ],
    [
      'answers her with a web page',
      () => world.emulator.fault('html:200', APP_INVALIDATE),
      /^Signed by the owner: X answered 200/,
    ],
    [
      'does not answer her',
      () => world.emulator.fault('drop_before', APP_INVALIDATE),
      /^Signed by the owner: X could not be reached/,
    ],
  ])('falls back to Basic where X %s, and tells what it said', async (_, at, message) => {
    await ownerLogsIn()
    const old = await get()
    await at()
    const answer = (await (await end()).json()) as { detail: string }
    expect(answer).toMatchObject({ forgotten: true, invalidated: true, by: 'basic' })
    expect(answer.detail).toMatch(message)
    expect(answer.detail).not.toMatch(/With Basic/)
    expect((await attempts()).map(([auth]) => auth)).toEqual(['oauth1', 'basic'])
    expect((await use(old)).status).toBe(401)
    await world.emulator.app({ owner: 'alice' })
  })

  it('both ways refused: says what X said to each, and keeps the bearer, unless forced', async () => {
    await ownerLogsIn()
    const held = await get()
    await world.emulator.fault('status:503', APP_INVALIDATE)
    await world.emulator.fault(error(99), APP_INVALIDATE)
    const problem = await problemOf(await end())
    expect(problem).toMatchObject({ status: 502, code: 'invalidate_failed' })
    expect(problem.detail).toMatch(
      /^Signed by the owner: X answered 503.* With Basic: X answered 403 \(code 99\)/,
    )
    expect(problem.fix).toMatch(/developer portal/)
    expect(await attempts()).toEqual([
      ['oauth1', 503],
      ['basic', 403],
    ])
    expect(await get()).toBe(held)
    expect(await world.emulator.calls(APP_TOKEN)).toHaveLength(1)
    expect((await use(held)).status).toBe(200)

    await world.emulator.fault('html', APP_INVALIDATE, 2)
    const forced = await end('?force=true')
    expect(forced.status).toBe(200)
    expect(await forced.json()).toEqual({
      forgotten: true,
      invalidated: false,
      detail: expect.stringMatching(/^Signed by the owner: X .* With Basic: X /),
    })
    expect(await problemOf(await end())).toMatchObject({ code: 'bearer_unknown' })
    await get()
    expect(await world.emulator.calls(APP_TOKEN)).toHaveLength(2)
  })

  it('forced, X is asked all the same', async () => {
    const old = await get()
    expect(await (await end('?force=true')).json()).toMatchObject({ invalidated: true })
    expect((await use(old)).status).toBe(401)
  })

  it('without a bearer: there is nothing to end, and X is not asked', async () => {
    for (const query of ['', '?force=true'])
      expect(await problemOf(await end(query))).toMatchObject({
        status: 404,
        code: 'bearer_unknown',
      })
    expect(await world.emulator.calls()).toEqual([])
  })

  it('twice at once ends it once, and neither claims that X refused', async () => {
    await get()
    const answers = await Promise.all([end(), end()])
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 404])
    expect(await attempts()).toEqual([['basic', 200]])
  })

  it('while one is being fetched waits for it, and ends it', async () => {
    await world.emulator.fault('delay_reply:300', APP_TOKEN)
    const fetched = get()
    await expect.poll(() => world.emulator.calls(APP_TOKEN)).toHaveLength(1)
    expect((await end()).status).toBe(200)
    expect((await use(await fetched)).status).toBe(401)
    expect((await use(await get())).status).toBe(200)
  })
})

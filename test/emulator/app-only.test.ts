import { describe, expect, it } from 'vitest'
import { SEEDED_APP } from '../../emulator/seeds.ts'
import { answer, basic, useEmulator } from './emulator.ts'
import { BAD_DATA, NOT_AUTHENTICATED, type Token, told, useOAuth1 } from './oauth1.ts'

const x = useEmulator()
const o = useOAuth1(x)

const { api_key, api_secret } = SEEDED_APP
const JSON_TYPE = 'application/json;charset=utf-8'
const INVALIDATE = '/oauth2/invalidate_token'
const APP = basic(api_key, api_secret)

const REFUSED = {
  status: 403,
  type: JSON_TYPE,
  body: {
    errors: [
      { code: 99, label: 'authenticity_token_error', message: 'Unable to verify your credentials' },
    ],
  },
}
const DEAD = {
  status: 401,
  type: JSON_TYPE,
  body: { errors: [{ code: 89, message: 'Invalid or expired token' }] },
}

const ask = (headers: Record<string, string> = APP, form = { grant_type: 'client_credentials' }) =>
  x.post('/oauth2/token', form, headers)

async function bearer(): Promise<string> {
  return ((await (await ask()).json()) as { access_token: string }).access_token
}

const use = (token: string, path = '/2/users/by/username/bob') =>
  x.send(path, { headers: { Authorization: `Bearer ${token}` } })

const byBasic = (access_token: string) => x.post(INVALIDATE, { access_token }, APP)
const byOwner = (access_token: string, token: Token) =>
  o.signed('POST', `${INVALIDATE}?access_token=${encodeURIComponent(access_token)}`, { token })

describe('POST /oauth2/token', () => {
  it('gives a bearer token with escapes in it, the same one again', async () => {
    const first = await answer(await ask())
    expect(first).toEqual({
      status: 200,
      type: JSON_TYPE,
      body: {
        token_type: 'bearer',
        access_token: expect.stringMatching(/^AAAA\w+%2F\w+%3D\w+$/),
      },
    })
    expect(await answer(await ask())).toEqual(first)
    const outcomes = (await x.calls()).map(({ auth, outcome }) => [auth, outcome])
    expect(outcomes).toEqual([
      ['basic', 'issued'],
      ['basic', 'issued_again'],
    ])
  })

  it('gives one however many ask at once', async () => {
    const tokens = await Promise.all(Array.from({ length: 20 }, bearer))
    expect(new Set(tokens).size).toBe(1)
  })

  it('decodes key and secret', async () => {
    const encoded = (text: string) => text.replaceAll('-', '%2D').replaceAll('_', '%5f')
    expect((await ask(basic(encoded(api_key), encoded(api_secret)))).status).toBe(200)
  })

  it.each([
    ['no header', {}, 'no Basic header'],
    ['a wrong secret', basic(api_key, 'wrong'), 'API secret wrong'],
    ['an unknown key', basic('unknown', api_secret), 'API key unknown'],
    ['a broken escape', basic(api_key, '%'), 'API secret wrong'],
    ['the client id', basic(), 'this is the client id, app-only takes the API key'],
  ])('with %s is refused', async (_, headers, why) => {
    expect(await answer(await ask(headers as Record<string, string>))).toEqual(REFUSED)
    expect((await x.calls()).at(-1)).toMatchObject({ outcome: 'app_refused', why })
  })

  it.each(['', 'authorization_code'])('with grant_type "%s" is refused', async (grant_type) => {
    expect(await answer(await ask(APP, { grant_type }))).toEqual(REFUSED)
  })

  it('of a suspended app is refused, and its token does not work', async () => {
    const token = await bearer()
    await x.control('PUT', 'app', { suspended: true })
    expect(await answer(await ask())).toEqual(REFUSED)
    expect(await answer(await use(token))).toMatchObject({ status: 403 })
  })
})

describe('a bearer token', () => {
  it('works as it stands where the app may call for itself', async () => {
    const token = await bearer()
    const body = { data: { id: '1000000002', name: 'Bob', username: 'bob' } }
    expect(await answer(await use(token))).toMatchObject({ status: 200, body })
    expect((await use(decodeURIComponent(token))).status).toBe(401)
  })

  it.each([
    ['GET', '/2/users/me', '[OAuth 1.0a User Context, OAuth 2.0 User Context]'],
    ['POST', '/2/tweets', '[OAuth 1.0a User Context, OAuth 2.0 User Context]'],
    ['GET', '/2/users/1000000001/bookmarks', '[OAuth 2.0 User Context]'],
  ])('%s %s wants a user', async (method, path, types) => {
    const headers = { Authorization: `Bearer ${await bearer()}` }
    expect(await answer(await x.send(path, { method, headers }))).toEqual({
      status: 403,
      type: 'application/problem+json',
      body: {
        title: 'Unsupported Authentication',
        detail: `Authenticating with OAuth 2.0 Application-Only is forbidden for this endpoint.  Supported authentication types are ${types}.`,
        type: 'https://api.twitter.com/2/problems/unsupported-authentication',
        status: 403,
      },
    })
  })

  it.each([
    ['GET', '/1.1/account/verify_credentials.json'],
    ['POST', '/1.1/statuses/update.json'],
  ])('%s %s wants a user, in its own words', async (method, path) => {
    const headers = { Authorization: `Bearer ${await bearer()}` }
    const message = 'Your credentials do not allow access to this resource'
    expect(await answer(await x.send(path, { method, headers }))).toEqual({
      status: 403,
      type: JSON_TYPE,
      body: { errors: [{ code: 220, message }] },
    })
  })

  it('stands in the state, without a user', async () => {
    const access_token = await bearer()
    expect(await x.grants()).toMatchObject([
      { kind: 'app', client_id: api_key, user_id: null, username: null, live: true, access_token },
    ])
  })
})

describe('POST /oauth2/invalidate_token', () => {
  it.each<[string, (token: string) => Promise<Response>]>([
    ['Basic', byBasic],
    ['Basic, the token as it stands in the form', (token) => byBasic(decodeURIComponent(token))],
    ['the owner, in the query', async (token) => byOwner(token, await o.connect('alice'))],
    [
      'the owner, in the form',
      async (access_token) => {
        const token = await o.connect('alice')
        return o.signed('POST', INVALIDATE, { token, form: { access_token } })
      },
    ],
  ])('by %s ends it', async (_, invalidate) => {
    const access_token = await bearer()
    expect(await answer(await invalidate(access_token))).toEqual({
      status: 200,
      type: JSON_TYPE,
      body: { access_token },
    })
    expect(await answer(await use(access_token))).toEqual(DEAD)
    expect(await answer(await use(access_token, '/2/users/me'))).toEqual(DEAD)
    expect(await answer(await use(access_token, '/1.1/account/verify_credentials.json'))).toEqual(
      DEAD,
    )
    expect(await bearer()).not.toBe(access_token)
  })

  it.each([
    ['owner', 200, 403],
    ['basic', 403, 200],
    ['both', 200, 200],
  ])('set to %s: owner %i, Basic %i', async (app_only_invalidate, owner, basicStatus) => {
    await x.control('PUT', 'app', { app_only_invalidate })
    const token = await o.connect('alice')
    expect((await byOwner(await bearer(), token)).status).toBe(owner)
    expect((await byBasic(await bearer())).status).toBe(basicStatus)
  })

  it('by somebody other than the owner is refused; the owner can be changed', async () => {
    const [access_token, bob] = [await bearer(), await o.connect('bob')]
    expect(await answer(await byOwner(access_token, bob))).toEqual(REFUSED)
    await x.control('PUT', 'app', { owner: 'bob' })
    expect((await byOwner(access_token, bob)).status).toBe(200)
  })

  it('refuses a wrong token, key or signature, and harms nothing', async () => {
    const [access_token, token] = [await bearer(), await o.connect('alice')]
    expect(await answer(await byBasic('AAAA'))).toEqual(REFUSED)
    expect(await answer(await x.post(INVALIDATE, { access_token }, {}))).toEqual(REFUSED)
    expect(await told(await byOwner(access_token, { ...token, secret: 'x' }))).toEqual(
      NOT_AUTHENTICATED,
    )
    const unsigned = { Authorization: 'OAuth oauth_token="x"' }
    expect(await told(await x.post(INVALIDATE, { access_token }, unsigned))).toEqual(BAD_DATA)
    expect((await use(access_token)).status).toBe(200)
    expect(await answer(await byBasic(''))).toEqual(REFUSED)
  })
})

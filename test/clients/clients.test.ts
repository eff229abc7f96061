/** Clients of X that others wrote, unmodified and with X's hosts built in: they log in, refresh, revoke and call. */
import { describe, expect, it } from 'vitest'
import { useClients } from './play.ts'

const x = useClients()

/** What was taken though no document has it, each once. */
const noted = async () => [
  ...new Set((await x.calls()).flatMap(({ why, status }) => (why && status < 400 ? [why] : []))),
]
const outcomes = async (path: string) =>
  (await x.calls()).filter((call) => call.path === path).map(({ outcome }) => outcome)

const TOKEN = '/2/oauth2/token'
const REVOKE = '/2/oauth2/revoke'
const JSON_AND_SECRET = 'parameters as JSON; client_secret in the body beside Basic'
const BODY_SECRET = 'client_secret in the body beside Basic'
const BY_GET = 'GET where X documents POST'
const VERSION_1_0A = 'oauth_version is 1.0A'
const IN_QUERY = 'parameters in the query'

describe('OAuth 2.0', () => {
  it('twitter-api-v2: both OAuths, refresh, revocation, an upload in three steps, the app alone', async () => {
    expect(await x.play('twitter-api-v2')).toEqual({
      me: 'alice',
      picture_url: expect.stringMatching(/_normal\.png$/),
      posted: 'Hello from twitter-api-v2',
      timeline: 1,
      refreshed: 'alice',
      revoked: 401,
      signed: 'alice',
      uploaded: 'With a picture',
      app: '1000000002',
    })
    expect(await outcomes(TOKEN)).toEqual(['issued', 'rotated'])
    expect(await outcomes(REVOKE)).toEqual(['revoked'])
    expect(await noted()).toContain(JSON_AND_SECRET)
  })

  it('its token refresher: by itself, once the access token has expired', async () => {
    expect(await x.play('token-refresher')).toEqual({ me: 'alice', updates: 1 })
    expect(await outcomes(TOKEN)).toEqual(['issued', 'rotated'])
  })

  it('X’s XDK: both OAuths, refresh, a post', async () => {
    expect(await x.play('xdk')).toEqual({
      me: 'alice',
      posted: 'Hello from the XDK',
      refreshed: 'alice',
      signed: 'alice',
    })
    expect(await outcomes(TOKEN)).toEqual(['issued', 'rotated'])
    expect(await outcomes('/i/oauth/authenticate')).toEqual(['authorized'])
  })

  it('X’s twitter-api-sdk: refresh, revocation, a post, a lookup', async () => {
    expect(await x.play('twitter-api-sdk')).toEqual({
      me: 'alice',
      posted: 'Hello from twitter-api-sdk',
      refreshed: 'alice',
      bob: '1000000002',
      said: true,
      revoked: 401,
    })
    expect(await outcomes(TOKEN)).toEqual(['issued', 'rotated'])
    expect(await outcomes(REVOKE)).toEqual(['revoked'])
    expect(await noted()).toEqual([IN_QUERY])
  })

  it('arctic: refresh; its revocation lacks the hint that X wants, and is refused as at X', async () => {
    expect(await x.play('arctic')).toEqual({
      refreshed: 'alice',
      spent: 'status 401',
      revoked: 'Missing required parameter [token_type_hint].',
      after: 'alice',
    })
    expect(await outcomes(TOKEN)).toEqual(['issued', 'rotated'])
  })

  it('openid-client: refresh, revocation; its Basic needs basic_encoding', async () => {
    await x.set({ basic_encoding: 'both' })
    expect(await x.play('openid-client')).toEqual({ refreshed: 'alice', revoked: 401 })
    expect(await outcomes(TOKEN)).toEqual(['issued', 'rotated'])
    expect(await outcomes(REVOKE)).toEqual(['revoked'])
    expect(await noted()).toEqual(['Basic is percent-encoded'])
    await x.set({ basic_encoding: 'raw' })
    await expect(x.play('openid-client')).rejects.toThrow()
    expect((await x.calls()).at(-1)?.hint).toMatch(/basic_encoding/)
  })

  it('Auth.js: its whole web flow', async () => {
    expect(await x.play('auth-core')).toMatchObject({
      user: { name: 'Alice', image: expect.stringMatching(/\.png$/) },
    })
  })

  it('better-auth: its web flow, with the address that it wants; refresh', async () => {
    expect(await x.play('better-auth')).toEqual({
      name: 'Alice',
      email: 'alice@example.com',
      refreshed: 'alice',
      spent: 'status 401',
      kept: true,
    })
    expect(await outcomes(TOKEN)).toEqual(['issued', 'rotated'])
  })

  it('Passport’s strategy of OAuth 2.0', async () => {
    expect(await x.play('passport-twitter-oauth2')).toEqual({ username: 'alice', refresh: true })
    expect(await noted()).toEqual([BODY_SECRET])
  })

  it('simple-oauth2: refresh, revocation, at the emulator’s origin', async () => {
    expect(await x.play('simple-oauth2')).toEqual({ refreshed: 'alice', revoked: 'status 401' })
    expect(await outcomes(TOKEN)).toEqual(['issued', 'rotated'])
    expect(await outcomes(REVOKE)).toEqual(['revoked'])
  })

  it('oauth4webapi: refresh, revocation; its Basic needs basic_encoding', async () => {
    await x.set({ basic_encoding: 'both' })
    expect(await x.play('oauth4webapi')).toEqual({ refreshed: 'alice', revoked: 401 })
    expect(await outcomes(TOKEN)).toEqual(['issued', 'rotated'])
    expect(await outcomes(REVOKE)).toEqual(['revoked'])
    expect(await noted()).toEqual(['Basic is percent-encoded'])
    await x.set({ basic_encoding: 'raw' })
    await expect(x.play('oauth4webapi')).rejects.toThrow()
    expect((await x.calls()).at(-1)?.hint).toMatch(/basic_encoding/)
  })

  it('@badgateway/oauth2-client: refresh, revocation', async () => {
    expect(await x.play('badgateway-oauth2-client')).toEqual({
      refreshed: 'alice',
      revoked: 'status 401',
    })
    expect(await outcomes(TOKEN)).toEqual(['issued', 'rotated'])
    expect(await outcomes(REVOKE)).toEqual(['revoked'])
    expect(await noted()).toEqual([])
  })

  it('Passport’s general strategy of OAuth 2.0, with Basic as a header', async () => {
    expect(await x.play('passport-oauth2')).toEqual({ username: 'alice', refresh: true })
    expect(await noted()).toEqual([BODY_SECRET])
  })

  it('node’s oauth, its OAuth2: refresh; without Basic it is refused', async () => {
    expect(await x.play('oauth-2')).toEqual({
      without_basic: 401,
      refreshed: 'alice',
      spent: 'status 401',
    })
    expect((await outcomes(TOKEN)).slice(1)).toEqual(['issued', 'rotated'])
    expect(await noted()).toEqual([BODY_SECRET])
  })

  it('@hono/oauth-providers: its middleware, refresh, revocation', async () => {
    expect(await x.play('hono-oauth-providers')).toEqual({
      me: 'alice',
      refreshed: 'alice',
      said: true,
      revoked: 'status 401',
    })
    expect(await outcomes(TOKEN)).toEqual(['issued', 'rotated'])
    expect(await outcomes(REVOKE)).toEqual(['revoked'])
    expect(await noted()).toEqual([IN_QUERY])
  })
})

describe('OAuth 1.0a', () => {
  it('Passport’s strategy of OAuth 1.0a', async () => {
    expect(await x.play('passport-twitter')).toEqual({
      username: 'alice',
      id: '1000000001',
      email: 'alice@example.com',
    })
  })

  it('grant: both OAuths by its web server, at twitter.com', async () => {
    expect(await x.play('grant')).toEqual({ oauth1: 'alice', oauth2: 'alice' })
  })

  it('node’s oauth, with the version of its README', async () => {
    expect(await x.play('oauth')).toEqual({ login: 'alice', me: 'alice' })
    expect(await noted()).toEqual([VERSION_1_0A])
  })

  it('oauth-1.0a: calls, a post with odd characters, and the end of the token', async () => {
    expect(await x.play('oauth-1.0a')).toEqual({
      me: 'alice',
      posted: 'Hello (really!)',
      after: 401,
    })
  })

  it('twitter-lite: its access_token call is signed without the token’s secret', async () => {
    expect(await x.play('twitter-lite')).toEqual({ login: 'alice', me: 'alice', app: 'string' })
    expect(await noted()).toEqual(['taken all the same: signature wrong'])
  })

  it('remix-auth-twitter: both OAuths; GET, an unsigned access_token call, parameters in the query', async () => {
    expect(await x.play('remix-auth-twitter')).toEqual({ oauth1: 'alice', oauth2: 'alice' })
    expect(await noted()).toEqual([
      BY_GET,
      'taken all the same: oauth_signature_method is missing or wrong',
      IN_QUERY,
    ])
  })

  it('node-twitter-api: a login and a post', async () => {
    const posted = 'Hello from node-twitter-api'
    expect(await x.play('node-twitter-api')).toEqual({ me: 'alice', posted })
    expect(await noted()).toEqual([VERSION_1_0A])
  })
})

describe('clients without a login of their own', () => {
  it('twit: API 1.1, an upload; the app alone', async () => {
    const posted = 'Hello (really!) from twit'
    // The call is for users alone.
    expect(await x.play('twit')).toEqual({ me: 'alice', posted, alone: 220 })
    expect(await outcomes('/oauth2/token')).toEqual(['issued'])
    expect(await noted()).toEqual([])
  })

  it('twitter: API 1.1, an upload', async () => {
    const posted = 'Hello (really!) from twitter'
    expect(await x.play('twitter')).toEqual({ me: 'alice', posted })
    expect(await noted()).toEqual([])
  })

  it('twitter-api-client: API 1.1, an upload', async () => {
    const posted = 'Hello from twitter-api-client'
    expect(await x.play('twitter-api-client')).toEqual({ me: 'alice', posted })
    expect(await noted()).toEqual([VERSION_1_0A])
  })

  it('twitter-v2: API 2, signed and by the app alone; its signed posts are refused, as at X', async () => {
    expect(await x.play('twitter-v2')).toEqual({ me: 'alice', post: 401, app: '1000000002' })
    expect(await outcomes('/2/tweets')).toEqual(['bad_signature'])
    expect(await noted()).toEqual([])
  })
})

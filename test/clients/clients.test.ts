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
    expect(await noted()).toEqual(['client_secret in the body beside Basic'])
  })

  it('simple-oauth2: refresh, revocation, at the emulator’s origin', async () => {
    expect(await x.play('simple-oauth2')).toEqual({ refreshed: 'alice', revoked: 'status 401' })
    expect(await outcomes(TOKEN)).toEqual(['issued', 'rotated'])
    expect(await outcomes(REVOKE)).toEqual(['revoked'])
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
    expect(await noted()).toEqual(['oauth_version is 1.0A'])
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
})

import { describe, expect, it } from 'vitest'
import { SEEDED_APP, SEEDED_LOGIN_APP } from '../../emulator/seeds.ts'
import { useEmulator } from './emulator.ts'
import { ACCESS_TOKEN, REQUEST_TOKEN, tokenOf, told, useOAuth1, verifierOf } from './oauth1.ts'

const x = useEmulator()
const o = useOAuth1(x)

describe('state', () => {
  it('shows a grant with its token and secret', async () => {
    const { token, secret } = await o.connect('bob')
    const [grant] = await x.grants()
    expect(grant).toEqual({
      kind: 'oauth1',
      client_id: SEEDED_APP.api_key,
      user_id: '1000000002',
      username: 'bob',
      scope: 'read-write',
      created_at: expect.any(Number),
      live: true,
      ended: null,
      access_token: token,
      access_token_secret: secret,
      access_token_expires_at: null,
      refresh_token: null,
      refresh_token_expires_at: null,
    })
  })

  it('has both kinds of a user in one list, and both end with the user’s will', async () => {
    const token = await o.connect()
    const { access_token } = await x.login()
    expect((await x.grants('?username=alice')).map((grant) => grant.kind)).toEqual([
      'oauth1',
      'oauth2',
    ])
    expect(await x.control('POST', 'revoke', { username: 'alice' })).toEqual({ ended: 2 })
    expect((await x.me(access_token)).status).toBe(401)
    expect((await o.signed('GET', '/2/users/me', { token })).status).toBe(401)
    expect((await x.calls()).at(-1)).toMatchObject({ why: 'revoked_by_user' })
    expect(await x.grants()).toMatchObject([
      { live: false, ended: 'revoked_by_user', access_token: null, access_token_secret: null },
      { live: false, ended: 'revoked_by_user' },
    ])
  })

  it('is empty after a reset, nonces included', async () => {
    const oauth = { oauth_nonce: 'once', oauth_timestamp: String(Math.floor(Date.now() / 1000)) }
    const token = await o.connect()
    await o.askForToken('oob', { oauth })
    await x.control('PUT', 'app', { api_key: 'k', owner: 'bob', plan: 'none' })
    await x.control('PUT', 'user', { username: 'alice', status: 'locked' })
    await x.control('POST', 'reset')
    expect(await x.control('GET', 'state')).toMatchObject({
      apps: [SEEDED_APP, SEEDED_LOGIN_APP],
      users: [{ status: 'active' }, { status: 'active' }],
      grants: [],
    })
    expect((await o.askForToken('oob', { oauth })).status).toBe(200)
    expect((await o.signed('GET', '/2/users/me', { token })).status).toBe(401)
  })
})

it('POST tokens gives the token that X’s portal would show', async () => {
  const made = await x.control('POST', 'tokens', { username: 'bob' })
  const token = { token: String(made.access_token), secret: String(made.access_token_secret) }
  expect(token.token).toMatch(/^1000000002-/)
  expect((await o.signed('GET', '/2/users/me', { token })).status).toBe(200)
  expect(await o.connect('bob')).toEqual(token)
})

it('calls are listed in a word, and hold no secret', async () => {
  const request = await o.requestToken()
  await o.show(request)
  const verifier = verifierOf(await o.decide(request))
  const token = await tokenOf(await o.redeem(request, verifier))
  await o.signed('GET', '/2/users/me', { token })
  await x.control('PUT', 'app', { access_token_signature: 'required' })
  await o.redeem({ ...request, secret: 'wrong' }, verifier)
  const calls = await x.calls()
  expect(calls.map(({ path, auth, status, outcome }) => [path, auth, status, outcome])).toEqual([
    [REQUEST_TOKEN, 'oauth1', 200, 'request_token'],
    ['/oauth/authorize', undefined, 200, 'consent_shown'],
    ['/oauth/authorize', undefined, 302, 'authorized'],
    [ACCESS_TOKEN, 'oauth1', 200, 'access_token'],
    ['/2/users/me', 'oauth1', 200, 'ok'],
    [ACCESS_TOKEN, 'oauth1', 401, 'bad_signature'],
  ])
  expect(calls.map((call) => call.user_id)).toEqual([
    undefined,
    undefined,
    '1000000001',
    '1000000001',
    '1000000001',
    undefined,
  ])
  const text = JSON.stringify(calls)
  for (const secret of [request.token, request.secret, verifier, token.token, token.secret]) {
    expect(text).not.toContain(secret)
  }
})

describe('faults', () => {
  it.each([
    ['status:503', 503],
    ['html', 503],
    ['reply:{"status":200,"body":"oauth_token=a&oauth_token_secret=b"}', 200],
  ])('%s: X does nothing', async (fault, status) => {
    const request = await o.requestToken()
    const verifier = verifierOf(await o.decide(request))
    await x.fault(fault, ACCESS_TOKEN)
    expect((await o.redeem(request, verifier)).status).toBe(status)
    expect((await x.calls()).at(-1)).toMatchObject({ fault, outcome: 'not processed' })
    expect((await o.redeem(request, verifier)).status).toBe(200)
  })

  it.each([
    ['drop_before', 'dropped', 200],
    ['drop_after_commit', 'access_token', 401],
  ])('%s: half a reply arrives', async (fault, outcome, again) => {
    const request = await o.requestToken()
    const verifier = verifierOf(await o.decide(request))
    await x.fault(fault, ACCESS_TOKEN)
    await expect((await o.redeem(request, verifier)).text()).rejects.toThrow('terminated')
    expect((await x.calls()).at(-1)).toMatchObject({ fault, outcome })
    expect((await o.redeem(request, verifier)).status).toBe(again)
  })

  it('delay:50: X waits, then acts', async () => {
    await x.fault('delay:50', REQUEST_TOKEN)
    expect((await o.askForToken()).status).toBe(200)
    expect((await x.calls()).at(-1)).toMatchObject({ fault: 'delay:50', outcome: 'request_token' })
  })

  it('leave other paths alone', async () => {
    await x.fault('status:503', '/oauth/*')
    expect((await x.send('/2/oauth2/token', { method: 'POST' })).status).toBe(401)
    expect((await told(await o.askForToken())).status).toBe(503)
  })
})

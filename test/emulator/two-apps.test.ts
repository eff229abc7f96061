/** X plays two apps of one developer: each has grants, codes and tokens of its own. */
import { describe, expect, it } from 'vitest'
import { SEEDED_APP, SEEDED_LOGIN_APP } from '../../emulator/seeds.ts'
import { answer, basic, type Tokens, useEmulator } from './emulator.ts'
import { tokenOf, useOAuth1, verifierOf } from './oauth1.ts'

const x = useEmulator()
const o = useOAuth1(x)

const { client_id, client_secret, api_key: key, api_secret: secret } = SEEDED_LOGIN_APP
const second = basic(client_id, client_secret)
const codeOfSecond = (scope = 'tweet.read users.read') => x.code({ client_id, scope })
const loginBySecond = async (scope?: string): Promise<Tokens> =>
  (await x.redeem(await codeOfSecond(scope), {}, second)).json() as Promise<Tokens>
const UNKNOWN_CODE = 'Value passed for the authorization code was invalid.'
const UNKNOWN_TOKEN = 'Value passed for the token was invalid.'

describe('by OAuth 2.0', () => {
  it('a login by the one leaves the other’s grant alone, and ends its own former one', async () => {
    const first = await x.login()
    const [former, latter] = [await loginBySecond(), await loginBySecond()]
    const statuses = await Promise.all(
      [first, former, latter].map(async (each) => (await x.me(each.access_token)).status),
    )
    expect(statuses).toEqual([200, 401, 200])
    expect((await x.refresh(first.refresh_token)).status).toBe(200)
    expect(await x.grants()).toMatchObject([
      { client_id: SEEDED_APP.client_id, live: true },
      { client_id, live: false, ended: 'replaced' },
      { client_id, live: true, scope: 'tweet.read users.read', refresh_token: null },
    ])
  })

  it('a code belongs to the app that asked for it', async () => {
    const code = await codeOfSecond()
    expect((await answer(await x.redeem(code))).body).toMatchObject({
      error_description: UNKNOWN_CODE,
    })
    expect((await x.redeem(code, {}, second)).status).toBe(200)
  })

  it('a refresh token works for its own app, and is spent there', async () => {
    await x.control('PUT', 'app', { reuse: 'ends_family' })
    const { refresh_token } = await loginBySecond('tweet.read users.read offline.access')
    const first = await x.login()
    expect((await answer(await x.refresh(refresh_token))).body).toMatchObject({
      error_description: UNKNOWN_TOKEN,
    })
    expect((await x.refresh(refresh_token, second)).status).toBe(200)
    // Spent at the second app, it is a stranger's to the first one, whose grant it does not end.
    expect((await x.refresh(refresh_token)).status).toBe(400)
    expect((await x.calls()).at(-1)).toMatchObject({ why: 'issued to another client' })
    expect((await x.me(first.access_token)).status).toBe(200)
  })

  it('an app revokes its own tokens alone', async () => {
    const { access_token } = await loginBySecond()
    const form = { token: access_token, token_type_hint: 'access_token' }
    await x.post('/2/oauth2/revoke', form)
    expect((await x.me(access_token)).status).toBe(200)
    await x.post('/2/oauth2/revoke', form, second)
    expect((await x.me(access_token)).status).toBe(401)
  })

  it('each has its own secret', async () => {
    const mixed = basic(client_id, SEEDED_APP.client_secret)
    expect((await x.redeem(await codeOfSecond(), {}, mixed)).status).toBe(401)
  })
})

it('PUT app?client_id= changes that one alone', async () => {
  const path = `app?${new URLSearchParams({ client_id })}`
  expect(await x.control('PUT', path, { suspended: true })).toMatchObject({
    app: { ...SEEDED_LOGIN_APP, suspended: true },
  })
  expect((await x.redeem('any', {}, second)).status).toBe(401)
  expect((await x.decide({ client_id }, { username: 'alice', decision: 'authorize' })).status).toBe(
    400,
  )
  expect((await x.me((await x.login()).access_token)).status).toBe(200)
})

it('by OAuth 1.0a each gives a token of its own', async () => {
  const first = await o.connect()
  const request = await tokenOf(await o.askForToken(undefined, { key, secret }))
  const verifier = verifierOf(await o.decide(request))
  expect((await o.redeem(request, verifier)).status).toBe(401)
  const token = await tokenOf(await o.redeem(request, verifier, { key, secret }))
  expect(token.token).not.toBe(first.token)
  const status = async (changes: object) =>
    (await o.signed('GET', '/2/users/me', { ...changes })).status
  expect(await status({ token, key, secret })).toBe(200)
  expect(await status({ token })).toBe(401)
  expect(await status({ token: first })).toBe(200)
})

it('the app-only token is the app’s own', async () => {
  const form = { grant_type: 'client_credentials' }
  const bearers = await Promise.all(
    [basic(SEEDED_APP.api_key, SEEDED_APP.api_secret), basic(key, secret)].map(async (headers) => {
      const reply = (await x.post('/oauth2/token', form, headers)).json() as Promise<Tokens>
      return (await reply).access_token
    }),
  )
  expect(new Set(bearers).size).toBe(2)
})

/** The exchange of an OAuth 1.0a token for a pair of OAuth 2.0. */
import { describe, expect, it } from 'vitest'
import { SEEDED_APP } from '../../emulator/seeds.ts'
import { answer, basic, type Tokens, useEmulator } from './emulator.ts'
import { type Token, useOAuth1 } from './oauth1.ts'

const x = useEmulator()
const o = useOAuth1(x)

const GRANT = {
  grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
  subject_token_type: 'urn:x:params:oauth:token-type:oauth1_token',
}
const READ =
  'tweet.read users.read follows.read mute.read block.read list.read like.read timeline.read broadcast.read'
const WRITE =
  'tweet.write tweet.moderate.write follows.write like.write list.write mute.write block.write media.write broadcast.write'

type Fields = Record<string, string | undefined>

const exchange = ({ token, secret }: Token, more: Fields = {}, headers = basic()) =>
  x.token({ ...GRANT, subject_token: token, oauth_token_secret: secret, ...more }, headers)
const pairOf = async (reply: Response) => (await reply.json()) as Tokens
const last = async () => (await x.calls()).at(-1)

describe('what it gives', () => {
  it.each([
    ['read', READ],
    ['read-write', `${READ} ${WRITE}`],
    ['read-write-directmessages', `${READ} ${WRITE} dm.read dm.write`],
  ])('to a token of level %s', async (permissions, scopes) => {
    await x.control('PUT', 'app', { permissions, request_email: false })
    const reply = await answer(await exchange(await o.connect()))
    expect(reply).toMatchObject({
      status: 200,
      body: {
        token_type: 'bearer',
        expires_in: 7200,
        scope: `${scopes} offline.access`,
        access_token: expect.any(String),
        refresh_token: expect.any(String),
      },
    })
    expect(await last()).toMatchObject({ outcome: 'exchanged', user_id: '1000000001' })
  })

  it('with users.email for an app that may ask for it', async () => {
    const { scope } = await pairOf(await exchange(await o.connect()))
    expect(scope).toBe(`${READ} ${WRITE} users.email offline.access`)
  })

  it('the scopes that are asked for, which work, refresh and know the user', async () => {
    const reply = await exchange(await o.connect(), { scope: 'users.read tweet.read' })
    const pair = await pairOf(reply)
    expect(pair.scope).toBe('users.read tweet.read offline.access')
    expect((await x.me(pair.access_token)).status).toBe(200)
    expect((await x.refresh(pair.refresh_token)).status).toBe(200)
  })

  it.each(['bookmark.read', 'space.read', 'dm.read', 'tweet.reed'])('never %s', async (scope) => {
    const reply = await answer(await exchange(await o.connect(), { scope: `tweet.read ${scope}` }))
    expect(reply).toMatchObject({ status: 400, body: { error: 'invalid_scope' } })
    expect(await last()).toMatchObject({ why: `${scope} is not mapped` })
  })
})

it('works again: the pair before ends, the OAuth 1.0a token stays', async () => {
  const token = await o.connect()
  const first = await pairOf(await exchange(token))
  const second = await pairOf(await exchange(token))
  expect((await x.me(first.access_token)).status).toBe(401)
  expect((await x.refresh(first.refresh_token)).status).toBe(400)
  expect((await x.me(second.access_token)).status).toBe(200)
  expect((await o.signed('GET', '/2/users/me', { token })).status).toBe(200)
})

it('ends the pair of a login by OAuth 2.0, and a login ends its pair', async () => {
  const token = await o.connect()
  const login = await x.login()
  const pair = await pairOf(await exchange(token))
  expect((await x.me(login.access_token)).status).toBe(401)
  await x.login()
  expect((await x.me(pair.access_token)).status).toBe(401)
})

describe('invalid_grant is the answer to', () => {
  it.each<[string, string, (token: Token) => Promise<Token> | Token]>([
    ['an unknown token', 'unknown', () => ({ token: '1000000001-made-up', secret: 's' })],
    ['a wrong secret', 'secret wrong', ({ token }) => ({ token, secret: 'wrong' })],
    [
      'a token of OAuth 2.0',
      'unknown',
      async () => ({ token: (await x.login()).access_token, secret: 's' }),
    ],
    [
      'a token that was revoked',
      'revoked_by_user',
      async (token) => {
        await x.control('POST', 'revoke', { username: 'alice' })
        return token
      },
    ],
    [
      'a token of another app',
      'issued to another API key',
      async (token) => {
        await x.control('PUT', 'app', { api_key: 'another' })
        return token
      },
    ],
  ])('%s', async (_, why, spoil) => {
    const reply = await answer(await exchange(await spoil(await o.connect())))
    expect(reply).toMatchObject({ status: 400, body: { error: 'invalid_grant' } })
    expect((await last())?.why).toContain(why)
  })
})

describe('refuses', () => {
  it.each(['subject_token', 'subject_token_type', 'oauth_token_secret'])(
    'a call without %s',
    async (name) => {
      const reply = await answer(await exchange(await o.connect(), { [name]: undefined }))
      const error_description = `Missing required parameter [${name}].`
      expect(reply).toMatchObject({
        status: 400,
        body: { error: 'invalid_request', error_description },
      })
    },
  )

  it('another type of token', async () => {
    const more = { subject_token_type: 'urn:ietf:params:oauth:token-type:access_token' }
    const reply = await answer(await exchange(await o.connect(), more))
    expect(reply).toMatchObject({ status: 400, body: { error: 'invalid_request' } })
  })

  it.each([
    ['wrong credentials', {}, () => basic(SEEDED_APP.client_id, 'wrong')],
    ['an app without OAuth 2.0', { token_exchange: 'off' }, () => basic()],
  ])('%s', async (_, settings, headers) => {
    const token = await o.connect()
    await x.control('PUT', 'app', settings)
    const reply = await answer(await exchange(token, {}, headers()))
    expect(reply).toMatchObject({ status: 400, body: { error: 'unauthorized_client' } })
  })

  it('more than the limit, for fifteen minutes', async () => {
    const token = await o.connect()
    await x.control('PUT', 'app', { exchange_limit: 1 })
    expect((await exchange(token)).status).toBe(200)
    expect(await answer(await exchange(token))).toMatchObject({
      status: 429,
      body: { error: 'rate_limited' },
    })
    await x.control('POST', 'clock', { advance_seconds: 15 * 60 })
    expect((await exchange(token)).status).toBe(200)
  })
})

it('a public client shows its id', async () => {
  const token = await o.connect()
  await x.control('PUT', 'app', { type: 'public' })
  const reply = await exchange(
    token,
    { client_id: SEEDED_APP.client_id },
    {} as ReturnType<typeof basic>,
  )
  expect(reply.status).toBe(200)
})

it('a reply that is lost is made good by asking again', async () => {
  const token = await o.connect()
  await x.fault('drop_after_commit', '/2/oauth2/token', { grant_type: GRANT.grant_type })
  await expect((await exchange(token)).text()).rejects.toThrow('terminated')
  const pair = await pairOf(await exchange(token))
  expect((await x.me(pair.access_token)).status).toBe(200)
})

import { describe, expect, it } from 'vitest'
import { SEEDED_APP } from '../../emulator/seeds.ts'
import { answer, basic, CODE_GRANT, type Tokens, useEmulator, VERIFIER } from './emulator.ts'

const x = useEmulator()

const JSON_TYPE = 'application/json;charset=utf-8'
const UNAUTHORIZED = 'Missing valid authorization header'
const INVALID_CODE = 'Value passed for the authorization code was invalid.'
const INVALID_TOKEN = 'Value passed for the token was invalid.'

function refusal(status: number, error: string, description: string) {
  return { status, type: JSON_TYPE, body: { error, error_description: description } }
}

const invalid = (description: string) => refusal(400, 'invalid_request', description)
const tokensOf = async (reply: Response) => (await reply.json()) as Tokens
const type = (token: string) => Buffer.from(token, 'base64url').toString().split(':').at(-2)

describe('a code', () => {
  it('becomes a token pair, field for field', async () => {
    const reply = await x.redeem(await x.code({ scope: 'tweet.read users.read offline.access' }))
    expect(reply.headers.get('Cache-Control')).toBe('no-store')
    const { status, type: contentType, body } = await answer(reply)
    expect([status, contentType]).toEqual([200, JSON_TYPE])
    expect(body).toEqual({
      token_type: 'bearer',
      expires_in: 7200,
      access_token: expect.any(String),
      scope: 'tweet.read users.read offline.access',
      refresh_token: expect.any(String),
    })
  })

  it('and the tokens carry their type and time', async () => {
    const { access_token, refresh_token } = await x.login()
    const tags = [await x.code(), access_token, refresh_token].map(type)
    expect(tags).toEqual(['ac', 'at', 'rt'])
    expect(Buffer.from(access_token, 'base64url').toString()).toMatch(/^[\w-]{43}:\d{13}:1:1:at:1$/)
  })

  it('without offline.access comes without a refresh token', async () => {
    expect(await x.login('alice', 'tweet.read users.read')).not.toHaveProperty('refresh_token')
  })

  it('works once, and its second use harms nothing', async () => {
    const code = await x.code()
    const { access_token } = await tokensOf(await x.redeem(code))
    expect(await answer(await x.redeem(code))).toEqual(invalid(INVALID_CODE))
    expect((await x.me(access_token)).status).toBe(200)
  })

  it('works 30 seconds', async () => {
    const [early, late] = [await x.code(), await x.code()]
    await x.control('POST', 'clock', { advance_seconds: 28 })
    expect((await x.redeem(early)).status).toBe(200)
    await x.control('POST', 'clock', { advance_seconds: 2 })
    expect(await answer(await x.redeem(late))).toEqual(invalid(INVALID_CODE))
  })

  it.each([
    [
      'redirect_uri',
      'Value passed for the redirect uri did not match the uri of the authorization code.',
    ],
    ['code_verifier', 'Value passed for the code verifier did not match the code challenge.'],
    ['code', INVALID_CODE],
  ])('with another %s is refused, and still good afterwards', async (name, description) => {
    const code = await x.code()
    expect(await answer(await x.redeem(code, { [name]: 'another' }))).toEqual(invalid(description))
    expect((await x.redeem(code)).status).toBe(200)
  })

  it.each(['code', 'redirect_uri', 'code_verifier', 'grant_type'])('needs %s', async (name) => {
    const reply = await x.redeem(await x.code(), { [name]: undefined })
    expect(await answer(reply)).toEqual(invalid(`Missing required parameter [${name}].`))
  })

  it.each([
    ['S256', VERIFIER, undefined],
    ['s256', VERIFIER, undefined],
    ['plain', 'the verifier', 'the verifier'],
    ['PLAIN', 'the verifier', 'the verifier'],
    [undefined, 'the verifier', 'the verifier'],
  ])('takes PKCE method %s', async (code_challenge_method, code_verifier, plain) => {
    const challenge = plain === undefined ? {} : { code_challenge: plain }
    const code = await x.code({ code_challenge_method, ...challenge })
    expect((await x.redeem(code, { code_verifier })).status).toBe(200)
  })

  it('of another client id is refused', async () => {
    const code = await x.code()
    await x.control('PUT', 'app', { client_id: 'another' })
    const reply = await x.redeem(code, {}, basic('another'))
    expect(await answer(reply)).toEqual(invalid(INVALID_CODE))
  })

  it('ends the grant that the app held for this user, and no other user’s', async () => {
    const [first, bob] = [await x.login('alice'), await x.login('bob')]
    const second = await x.login('alice')
    expect((await x.me(first.access_token)).status).toBe(401)
    expect(await answer(await x.refresh(first.refresh_token))).toEqual(invalid(INVALID_TOKEN))
    expect((await x.me(second.access_token)).status).toBe(200)
    expect((await x.me(bob.access_token)).status).toBe(200)
    expect((await x.grants()).map((grant) => [grant.username, grant.live, grant.ended])).toEqual([
      ['alice', false, 'replaced'],
      ['bob', true, null],
      ['alice', true, null],
    ])
  })
})

describe('a refresh token', () => {
  it('gives a new pair and is spent, the old access token with it', async () => {
    const first = await x.login()
    const second = await tokensOf(await x.refresh(first.refresh_token))
    expect(Object.keys(second)).toEqual(Object.keys(first))
    expect(second.refresh_token).not.toBe(first.refresh_token)
    expect((await x.me(first.access_token)).status).toBe(401)
    expect((await x.me(second.access_token)).status).toBe(200)
  })

  it('spent is refused and harms nothing else', async () => {
    const first = await x.login()
    const second = await tokensOf(await x.refresh(first.refresh_token))
    expect(await answer(await x.refresh(first.refresh_token))).toEqual(invalid(INVALID_TOKEN))
    expect((await x.refresh(second.refresh_token)).status).toBe(200)
    expect((await x.calls('?path=/2/oauth2/token')).at(-2)).toMatchObject({
      why: 'spent',
      user_id: '1000000001',
    })
  })

  it('rotates once however many ask at once', async () => {
    const { refresh_token } = await x.login()
    const replies = await Promise.all(Array.from({ length: 20 }, () => x.refresh(refresh_token)))
    expect(replies.filter((reply) => reply.status === 200)).toHaveLength(1)
  })

  it('lives half a year', async () => {
    const { refresh_token } = await x.login()
    await x.control('POST', 'clock', { advance_seconds: 180 * 86_400 })
    expect(await answer(await x.refresh(refresh_token))).toEqual(invalid(INVALID_TOKEN))
  })

  it.each([
    ['missing', undefined, 'Missing required parameter [refresh_token].'],
    ['unknown', 'made up', INVALID_TOKEN],
  ])('%s is refused', async (_, refresh_token, description) => {
    const reply = await x.token({ grant_type: 'refresh_token', refresh_token })
    expect(await answer(reply)).toEqual(invalid(description))
  })

  it('of another client id is refused; back under its own it works', async () => {
    const { refresh_token } = await x.login()
    await x.control('PUT', 'app', { client_id: 'another' })
    const reply = await x.refresh(refresh_token, basic('another'))
    expect(await answer(reply)).toEqual(invalid(INVALID_TOKEN))
    await x.control('PUT', 'app', { client_id: SEEDED_APP.client_id })
    expect((await x.refresh(refresh_token)).status).toBe(200)
  })
})

describe('any other grant type', () => {
  it.each(['client_credentials', 'password', 'x'])('%s is refused', async (grant_type) => {
    const description =
      'Value passed for the grant type was invalid. Grant type should be one of [authorization_code, refresh_token].'
    expect(await answer(await x.token({ grant_type }))).toEqual(invalid(description))
  })
})

describe('a confidential client', () => {
  const { client_id, client_secret } = SEEDED_APP
  const percent = client_secret.replaceAll('-', '%2D').replaceAll('_', '%5F')

  it.each([
    ['no header', {}, {}],
    ['a wrong secret', basic(client_id, 'wrong'), {}],
    ['a trailing newline', basic(client_id, `${client_secret}\n`), {}],
    ['a percent-encoded secret', basic(client_id, percent), {}],
    ['an unknown client id', basic('unknown'), {}],
    ['no base64', { Authorization: 'Basic !' }, {}],
    ['another scheme', { Authorization: 'Bearer x' }, {}],
    ['client_id in the body alone', {}, { client_id }],
    ['client_secret in the body', {}, { client_id, client_secret }],
    ['client_secret in the body alone', {}, { client_secret, client_id }],
    ['two client ids', basic(), { client_id: 'another' }],
  ])('with %s is refused', async (_, headers, more) => {
    const reply = await x.redeem(await x.code(), more, headers)
    expect(await answer(reply)).toEqual(refusal(401, 'unauthorized_client', UNAUTHORIZED))
  })

  it('may send client_id beside Basic', async () => {
    expect((await x.redeem(await x.code(), { client_id })).status).toBe(200)
  })

  it('that is suspended is refused', async () => {
    const { refresh_token } = await x.login()
    await x.control('PUT', 'app', { suspended: true })
    const expected = refusal(401, 'unauthorized_client', UNAUTHORIZED)
    expect(await answer(await x.refresh(refresh_token))).toEqual(expected)
  })
})

describe('a public client', () => {
  it('shows its client_id in the body', async () => {
    await x.control('PUT', 'app', { type: 'public' })
    const { client_id } = SEEDED_APP
    const { refresh_token } = await tokensOf(await x.redeem(await x.code(), { client_id }, {}))
    const grant = { grant_type: 'refresh_token', refresh_token }
    expect((await x.token({ ...grant, client_id }, {})).status).toBe(200)
  })

  it.each([
    ['without client_id', {}, invalid('Missing required parameter [client_id].')],
    [
      'with an unknown one',
      { client_id: 'unknown' },
      refusal(401, 'invalid_client', 'Value passed for the client id was invalid.'),
    ],
    [
      'with a secret in the body',
      { client_id: SEEDED_APP.client_id, client_secret: 'x' },
      refusal(401, 'unauthorized_client', UNAUTHORIZED),
    ],
  ])('%s is refused', async (_, more, expected) => {
    await x.control('PUT', 'app', { type: 'public' })
    expect(await answer(await x.redeem(await x.code(), more, {}))).toEqual(expected)
  })
})

it('may be told to read no parameter from the URL, and none from a body that is not a form', async () => {
  await x.control('PUT', 'app', { token_parameters: 'form' })
  const code = await x.code()
  const query = new URLSearchParams({ ...CODE_GRANT, code })
  const missing = invalid('Missing required parameter [grant_type].')
  expect(await answer(await x.post(`/2/oauth2/token?${query}`, {}))).toEqual(missing)
  const headers = { ...basic(), 'Content-Type': 'application/json' }
  const json = { method: 'POST', headers, body: JSON.stringify({ ...CODE_GRANT, code }) }
  expect(await answer(await x.send('/2/oauth2/token', json))).toEqual(missing)
})

it('access_token_ttl is the life of tokens issued from then on', async () => {
  await x.control('PUT', 'app', { access_token_ttl: 60 })
  const { access_token, expires_in } = await x.login()
  expect(expires_in).toBe(60)
  await x.control('POST', 'clock', { advance_seconds: 60 })
  expect((await x.me(access_token)).status).toBe(401)
})

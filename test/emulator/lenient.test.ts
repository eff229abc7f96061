/** What X takes though no specification has it, each noted, and each with a setting for strictness. */
import { describe, expect, it } from 'vitest'
import { SEEDED_APP } from '../../emulator/seeds.ts'
import { authorization, basic, CODE_GRANT, REDIRECT, type Tokens, useEmulator } from './emulator.ts'
import {
  ACCESS_TOKEN,
  NOT_AUTHENTICATED,
  REQUEST_TOKEN,
  tokenOf,
  told,
  useOAuth1,
  verifierOf,
} from './oauth1.ts'

const x = useEmulator()
const o = useOAuth1(x)

const { client_id, client_secret } = SEEDED_APP
const TOKEN = '/2/oauth2/token'
const set = (settings: Record<string, unknown>) => x.control('PUT', 'app', settings)
const last = async () => (await x.calls()).at(-1)
const send = (path: string, parameters: Record<string, string>, way: string) => {
  const headers = basic()
  const query = new URLSearchParams(parameters)
  if (way === 'the query') return x.send(`${path}?${query}`, { method: 'POST', headers })
  const json = { ...headers, 'Content-Type': 'application/json' }
  return x.send(path, { method: 'POST', headers: json, body: JSON.stringify(parameters) })
}

describe.each([
  ['JSON', 'parameters as JSON'],
  ['the query', 'parameters in the query'],
])('parameters of the token endpoint in %s', (way, why) => {
  it('log in, refresh and revoke, and it is noted', async () => {
    const login = await send(TOKEN, { ...CODE_GRANT, code: await x.code() }, way)
    const pair = (await login.json()) as Tokens
    expect(await last()).toMatchObject({ grant_type: 'authorization_code', outcome: 'issued', why })
    const { refresh_token } = pair
    const refreshed = await send(TOKEN, { grant_type: 'refresh_token', refresh_token }, way)
    expect(await last()).toMatchObject({ grant_type: 'refresh_token', outcome: 'rotated', why })
    const { access_token: token } = (await refreshed.json()) as Tokens
    await send('/2/oauth2/revoke', { token, token_type_hint: 'access_token' }, way)
    expect(await last()).toMatchObject({ status: 200, outcome: 'revoked', why })
  })

  it('are not there under token_parameters: form', async () => {
    await set({ token_parameters: 'form' })
    expect((await send(TOKEN, { ...CODE_GRANT, code: await x.code() }, way)).status).toBe(400)
    expect(await last()).toMatchObject({
      outcome: 'refused: Missing required parameter [grant_type].',
    })
  })
})

it('a fault for a grant type finds it in JSON as well', async () => {
  const { refresh_token } = await x.login()
  await x.fault('status:500', TOKEN, { grant_type: 'refresh_token' })
  expect((await send(TOKEN, { grant_type: 'refresh_token', refresh_token }, 'JSON')).status).toBe(
    500,
  )
})

describe('client_secret in the body', () => {
  it('may stand beside a good Basic header', async () => {
    expect((await x.redeem(await x.code(), { client_secret })).status).toBe(200)
    expect(await last()).toMatchObject({ why: 'client_secret in the body beside Basic' })
  })

  it('is refused under body_secret: refuse', async () => {
    await set({ body_secret: 'refuse' })
    expect((await x.redeem(await x.code(), { client_secret })).status).toBe(401)
    expect(await last()).toMatchObject({ why: 'client_secret in the body' })
  })
})

describe('Basic, percent-encoded', () => {
  const encoded = basic(client_id, client_secret.replaceAll('-', '%2D').replaceAll('_', '%5F'))

  it.each([
    ['raw', 401, 'client secret wrong; Basic is percent-encoded'],
    ['decoded', 200, 'Basic is percent-encoded'],
    ['both', 200, 'Basic is percent-encoded'],
  ])('basic_encoding: %s answers %d', async (basic_encoding, status, why) => {
    await set({ basic_encoding })
    expect((await x.redeem(await x.code(), {}, encoded)).status).toBe(status)
    expect(await last()).toMatchObject({ why })
    expect((await x.redeem(await x.code())).status).toBe(200)
  })

  it('a secret that holds a percent sign is told apart', async () => {
    await set({ client_secret: '50%25' })
    for (const [basic_encoding, secret, status] of [
      ['raw', '50%25', 200],
      ['decoded', '50%25', 401],
      ['decoded', '50%2525', 200],
      ['both', '50%25', 200],
    ] as const) {
      await set({ basic_encoding })
      const reply = await x.redeem(await x.code(), {}, basic(client_id, secret))
      expect(reply.status, `${basic_encoding} ${secret}`).toBe(status)
    }
  })
})

describe('a scope that X does not have', () => {
  const scope = 'tweet.read users.reed'
  const show = () => x.send(`/i/oauth2/authorize?${authorization({ scope })}`)

  it('leads back to the app with invalid_scope, from the page and from its form', async () => {
    const location = `${REDIRECT}?error=invalid_scope&state=a%20state`
    for (const reply of [
      await show(),
      await x.decide({ scope }, { username: 'alice', decision: 'authorize' }),
    ]) {
      expect([reply.status, reply.headers.get('Location')]).toEqual([302, location])
      expect(await last()).toMatchObject({
        outcome: 'refused: invalid_scope',
        why: 'X has no scope users.reed',
      })
    }
  })

  it('is granted as asked under unknown_scopes: grant', async () => {
    await set({ unknown_scopes: 'grant' })
    expect((await show()).status).toBe(200)
    expect(await last()).toMatchObject({
      outcome: 'consent_shown',
      why: 'X has no scope users.reed',
    })
    expect(await x.login('alice', scope)).toMatchObject({ scope })
  })
})

describe('a spent refresh token', () => {
  it.each([
    ['refused', 200, true],
    ['ends_family', 401, false],
  ])('reuse: %s leaves the newer pair answered with %d', async (reuse, status, live) => {
    await set({ reuse })
    const { refresh_token } = await x.login()
    const newer = (await (await x.refresh(refresh_token)).json()) as Tokens
    expect((await x.refresh(refresh_token)).status).toBe(400)
    expect((await x.me(newer.access_token)).status).toBe(status)
    expect(await x.grants()).toMatchObject([{ live, ended: live ? null : 'reused' }])
  })
})

describe('OAuth 1.0a', () => {
  it('GET asks for a token and redeems it', async () => {
    const oauth = { oauth_callback: REDIRECT }
    const token = await tokenOf(await o.signed('GET', REQUEST_TOKEN, { oauth }))
    expect(await last()).toMatchObject({
      outcome: 'request_token',
      why: 'GET where X documents POST',
    })
    const verifier = verifierOf(await o.decide(token))
    const redeemed = await o.signed('GET', `${ACCESS_TOKEN}?oauth_verifier=${verifier}`, { token })
    expect((await tokenOf(redeemed)).token).toMatch(/^1000000001-/)
    await set({ token_methods: 'post' })
    expect((await o.signed('GET', REQUEST_TOKEN, { oauth })).status).toBe(404)
  })

  it.each(['1.0a', '1.0A'])(
    'oauth_version %s is taken, and signed as it stands',
    async (version) => {
      const oauth = { oauth_version: version }
      expect((await o.askForToken(REDIRECT, { oauth })).status).toBe(200)
      expect(await last()).toMatchObject({ why: `oauth_version is ${version}` })
      await set({ oauth_version: '1.0' })
      expect((await o.askForToken(REDIRECT, { oauth })).status).toBe(400)
    },
  )

  it.each([
    [
      'unsigned, in the query',
      (token: string, verifier: string) =>
        x.send(`${ACCESS_TOKEN}?oauth_token=${token}&oauth_verifier=${verifier}`, {
          method: 'POST',
        }),
    ],
    [
      'unsigned, in the form',
      (oauth_token: string, oauth_verifier: string) =>
        x.post(ACCESS_TOKEN, { oauth_token, oauth_verifier }, {}),
    ],
    [
      'signed without the secret',
      (token: string, verifier: string) => o.redeem({ token, secret: '' }, verifier),
    ],
  ])('access_token %s is taken, and it is noted', async (_, redeem) => {
    const request = await o.requestToken()
    const verifier = verifierOf(await o.decide(request))
    await set({ access_token_signature: 'required' })
    expect((await redeem(request.token, verifier)).status).toBeGreaterThanOrEqual(400)
    await set({ access_token_signature: 'optional' })
    expect((await tokenOf(await redeem(request.token, verifier))).token).toMatch(/^1000000001-/)
    expect((await last())?.why).toMatch(/^taken all the same: /)
    expect((await redeem(request.token, verifier)).status).toBe(401)
  })

  it('an unknown API key is refused all the same', async () => {
    const request = await o.requestToken()
    const verifier = verifierOf(await o.decide(request))
    expect(await told(await o.redeem(request, verifier, { key: 'another' }))).toEqual(
      NOT_AUTHENTICATED,
    )
  })

  it('/i/oauth/authenticate is the same page, and knows the browser', async () => {
    const request = await o.requestToken()
    const shown = await x.send(`/i/oauth/authenticate?oauth_token=${request.token}`)
    expect(await shown.text()).toContain('wants to access an X account')
    const form = { username: 'alice', decision: 'authorize' }
    const decided = await x.post(`/i/oauth/authenticate?oauth_token=${request.token}`, form, {})
    expect((await o.redeem(request, verifierOf(decided))).status).toBe(200)
    const Cookie = decided.headers.getSetCookie()[1]?.split(';')[0] ?? ''
    const again = await o.requestToken()
    const skipped = await x.send(`/i/oauth/authenticate?oauth_token=${again.token}`, {
      headers: { Cookie },
    })
    expect(skipped.status).toBe(302)
  })

  it('a desktop app gets X’s document under callback_errors: hash', async () => {
    await set({ callbacks: [], callback_errors: 'hash' })
    expect(await told(await o.askForToken())).toEqual({
      status: 401,
      type: 'application/xml;charset=utf-8',
      text: `<?xml version="1.0" encoding="UTF-8"?>
<hash>
  <error>Desktop applications only support the oauth_callback value 'oob'</error>
  <request>/oauth/request_token</request>
</hash>
`,
    })
  })
})

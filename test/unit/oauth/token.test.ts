/** A server that answers as told, to see what is made of odd replies. */
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { authorizationCodeGrant, refreshTokenGrant, revocation } from '../../../src/oauth/token'
import { Secret } from '../../../src/secret'

let answer: (response: ServerResponse) => void
let seen: { url: string; headers: IncomingHttpHeaders; body: URLSearchParams }
const server = createServer((request, response) => {
  let body = ''
  request.on('data', (chunk) => {
    body += chunk
  })
  request.on('end', () => {
    seen = { url: request.url ?? '', headers: request.headers, body: new URLSearchParams(body) }
    answer(response)
  })
})
let origin: string
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => server.close())

const client = (clientSecret?: string, timeoutMs = 5000) => ({
  tokenEndpoint: `${origin}/token`,
  revocationEndpoint: `${origin}/revoke`,
  clientId: 'client:id',
  clientSecret: clientSecret === undefined ? undefined : new Secret(clientSecret),
  userAgent: 'perch-test',
  timeoutMs,
})
const json = (status: number, body: unknown, type = 'application/json') => {
  answer = (response) =>
    response.writeHead(status, { 'content-type': type }).end(JSON.stringify(body))
}
const good = {
  token_type: 'bearer',
  expires_in: 7200,
  access_token: 'at',
  refresh_token: 'rt',
  scope: 's',
}
const refresh = () => refreshTokenGrant(client('secret'), new Secret('old'))

describe('tokens are lifted out of whatever a 2xx brings', () => {
  it.each([
    ['as it should be', 200, good, { refresh: 'rt', scope: 's', expiresIn: 7200 }, undefined],
    [
      'a 201',
      201,
      good,
      { refresh: 'rt', scope: 's', expiresIn: 7200 },
      'OAUTH_RESPONSE_IS_NOT_CONFORM',
    ],
    [
      'an empty refresh token',
      200,
      { ...good, refresh_token: '' },
      { scope: 's', expiresIn: 7200 },
      'OAUTH_INVALID_RESPONSE',
    ],
    [
      'no refresh token',
      200,
      { ...good, refresh_token: undefined },
      { scope: 's', expiresIn: 7200 },
      undefined,
    ],
    [
      'a null expiry',
      200,
      { ...good, expires_in: null },
      { refresh: 'rt', scope: 's' },
      'expires_in, OAUTH_INVALID_RESPONSE',
    ],
    [
      'an expiry as text',
      200,
      { ...good, expires_in: '60' },
      { refresh: 'rt', scope: 's', expiresIn: 60 },
      'expires_in',
    ],
    [
      'no expiry',
      200,
      { ...good, expires_in: undefined },
      { refresh: 'rt', scope: 's' },
      undefined,
    ],
    [
      'the longest life that is believed',
      200,
      { ...good, expires_in: 180 * 86_400 },
      { refresh: 'rt', scope: 's', expiresIn: 180 * 86_400 },
      undefined,
    ],
    [
      'no token type',
      200,
      { ...good, token_type: undefined },
      { refresh: 'rt', scope: 's', expiresIn: 7200 },
      'OAUTH_INVALID_RESPONSE',
    ],
    [
      'a null scope',
      200,
      { ...good, scope: null },
      { refresh: 'rt', expiresIn: 7200 },
      'OAUTH_INVALID_RESPONSE',
    ],
  ])('%s', async (_, status, body, expected, nonconformity) => {
    json(status, body)
    const { tokens, nonconformity: odd } = await refresh()
    expect(tokens?.accessToken.reveal()).toBe('at')
    expect(tokens?.refreshToken?.reveal()).toBe(
      'refresh' in expected ? expected.refresh : undefined,
    )
    expect(tokens?.scope).toBe('scope' in expected ? expected.scope : undefined)
    expect(tokens?.expiresIn).toBe('expiresIn' in expected ? expected.expiresIn : undefined)
    if (nonconformity === undefined) expect(odd).toBeUndefined()
    else expect(odd?.startsWith(nonconformity), odd).toBe(true)
  })
})

describe('a life that cannot be true', () => {
  it.each([
    0,
    -1,
    7199.5,
    180 * 86_400 + 1,
    7_200_000_000,
    1e308,
    null,
    '',
    'soon',
    '-60',
    '1e3',
    '0x3c',
    [7200],
    {},
    true,
  ])('%j is not believed, and said in the log', async (life) => {
    json(200, { ...good, expires_in: life })
    const { tokens, nonconformity } = await refresh()
    expect(tokens?.refreshToken?.reveal()).toBe('rt')
    expect(tokens?.expiresIn).toBeUndefined()
    expect(nonconformity).toMatch(/^expires_in\b/)
  })
})

/** Sends the first `bytes` of a body, and breaks the connection once the client has them. */
function sendCut(response: ServerResponse, status: number, text: string, bytes: number): void {
  const head = { 'content-type': 'application/json', 'content-length': String(text.length + 1) }
  response.writeHead(status, head)
  response.write(text.slice(0, bytes), () => setImmediate(() => response.destroy()))
}

describe('what arrived of a 2xx that breaks off is read', () => {
  // X's own order: the refresh token comes last.
  const text = JSON.stringify({
    token_type: 'bearer',
    expires_in: 7200,
    access_token: 'an "escaped" \\ at',
    scope: 's',
    refresh_token: 'rt',
  })
  const accessEnds = text.indexOf(',"scope"')
  const refreshEnds = text.indexOf('"rt"') + 4

  it.each(Array.from({ length: text.length + 1 }, (_, bytes) => bytes))(
    '%i bytes of it',
    async (bytes) => {
      answer = (response) => sendCut(response, 200, text, bytes)
      const { status, isWhole, tokens } = await refresh()
      expect({ status, isWhole }).toEqual({ status: 200, isWhole: false })
      expect(tokens?.accessToken.reveal()).toBe(
        bytes >= accessEnds ? 'an "escaped" \\ at' : undefined,
      )
      expect(tokens?.refreshToken?.reveal()).toBe(bytes >= refreshEnds ? 'rt' : undefined)
    },
  )

  it('a number that was cut is none: 72 may have been 7200', async () => {
    const cut = '{"access_token":"at","refresh_token":"rt","expires_in":72'
    answer = (response) => sendCut(response, 200, cut, cut.length)
    const { tokens } = await refresh()
    expect(tokens?.refreshToken?.reveal()).toBe('rt')
    expect(tokens?.expiresIn).toBeUndefined()
  })

  it('a body that never ends is given up with its deadline, and what it brought is taken', async () => {
    answer = (response) => void response.writeHead(200).write(text)
    const reply = await refreshTokenGrant(client('secret', 100), new Secret('old'))
    expect(reply).toMatchObject({ status: 200, isWhole: false, nonconformity: 'TimeoutError' })
    expect(reply.tokens?.refreshToken?.reveal()).toBe('rt')
  })

  it('headers alone, and no body ever: the deadline holds for the body as well', async () => {
    answer = (response) => response.writeHead(200).flushHeaders()
    const reply = await refreshTokenGrant(client('secret', 100), new Secret('old'))
    expect(reply).toMatchObject({ status: 200, isWhole: false, tokens: undefined })
  })

  it('a body without end that does end up in no memory', async () => {
    let sent = 0
    answer = (response) => {
      response.writeHead(200)
      const more = (): void => {
        while (!response.destroyed && response.write(' '.repeat(65_536))) sent += 65_536
      }
      response.on('drain', more)
      response.write(text.slice(0, -1))
      more()
    }
    const reply = await refresh()
    expect(reply).toMatchObject({ status: 200, isWhole: false, nonconformity: 'RangeError' })
    expect(reply.tokens?.refreshToken?.reveal()).toBe('rt')
    expect(sent).toBeLessThan(20_000_000)
  })
})

describe('no tokens', () => {
  it.each([
    ['a 200 without an access token', 200, { ...good, access_token: undefined }, undefined],
    ['a 200 that is a list', 200, [good], undefined],
    [
      'an OAuth error',
      400,
      { error: 'invalid_request', error_description: 'd' },
      'invalid_request',
    ],
    ['tokens in a 400', 400, good, undefined],
  ])('%s', async (_, status, body, error) => {
    json(status, body)
    expect(await refresh()).toMatchObject({ status, tokens: undefined, error })
  })

  it('an OAuth error labelled text/html is read all the same', async () => {
    json(400, { error: 'invalid_request' }, 'text/html')
    expect(await refresh()).toMatchObject({ status: 400, error: 'invalid_request' })
  })

  it.each([
    [{ title: 'Forbidden', detail: 'Your account is suspended.' }, 'Your account is suspended.'],
    [{ title: 'Forbidden' }, 'Forbidden'],
    [{ errors: [{ code: 64, message: 'Suspended.' }] }, 'Suspended.'],
    [{ errors: ['odd'] }, 'odd'],
    [{ errors: [] }, undefined],
    [{ errors: [null] }, undefined],
  ])('an error without the name that OAuth gives it: %j', async (body, problem) => {
    json(403, body)
    expect(await refresh()).toMatchObject({ status: 403, tokens: undefined, problem })
  })

  it('HTML', async () => {
    answer = (response) => response.writeHead(503).end('<html>')
    expect(await refresh()).toMatchObject({ status: 503, tokens: undefined, error: undefined })
  })

  it('an error that breaks off, however much of it arrived', async () => {
    const text = JSON.stringify({ error: 'invalid_request', error_description: 'd' })
    answer = (response) => sendCut(response, 400, text, text.length)
    expect(await refresh()).toMatchObject({ status: 0, tokens: undefined, error: undefined })
  })

  it('no reply in time', async () => {
    answer = () => {}
    const late = await refreshTokenGrant(client('secret', 50), new Secret('old'))
    expect(late).toMatchObject({ status: 0, tokens: undefined, nonconformity: 'TimeoutError' })
  })

  it('a redirect is not followed', async () => {
    answer = (response) => response.writeHead(302, { location: `${origin}/elsewhere` }).end()
    expect((await refresh()).status).toBe(302)
    expect(seen.url).toBe('/token')
  })
})

describe('what is sent', () => {
  const grant = {
    code: 'c',
    state: 's',
    redirectUri: 'https://p.example/callback',
    codeVerifier: 'v'.repeat(43),
  }

  it('confidential: Basic with - and _ as they are, and client_id; no secret in the body', async () => {
    json(200, good)
    await authorizationCodeGrant(client('-se_cret'), grant)
    expect(seen.headers.authorization).toBe(`Basic ${btoa('client%3Aid:-se_cret')}`)
    expect(Object.fromEntries(seen.body)).toEqual({
      grant_type: 'authorization_code',
      code: 'c',
      redirect_uri: grant.redirectUri,
      code_verifier: grant.codeVerifier,
      client_id: 'client:id',
    })
    expect(seen.url).toBe('/token')
    expect(seen.headers['user-agent']).toBe('perch-test')
  })

  it('public: client_id in the body, no Basic', async () => {
    json(200, good)
    await refreshTokenGrant(client(), new Secret('old'))
    expect(seen.headers.authorization).toBeUndefined()
    expect(Object.fromEntries(seen.body)).toEqual({
      grant_type: 'refresh_token',
      refresh_token: 'old',
      client_id: 'client:id',
    })
  })

  it('revocation names the kind of token', async () => {
    json(200, { revoked: true })
    const reply = await revocation(client('s'), new Secret('old'), 'refresh_token')
    expect(reply.status).toBe(200)
    expect(seen.url).toBe('/revoke')
    expect(seen.body.get('token_type_hint')).toBe('refresh_token')
  })
})

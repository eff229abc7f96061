/** Signatures for callers: X takes them once, as they were signed, and nothing but calls of its API is signed. */
import { beforeAll, describe, expect, it } from 'vitest'
import { problemOf } from './answers.ts'
import { type Account, program } from './programs.ts'
import { ALL_FLOWS, API_KEY, API_SECRET, useWorld } from './worlds.ts'

const world = useWorld(ALL_FLOWS)
const admin = program(world)
let account: Account

beforeAll(async () => {
  account = await admin.connectBy('oauth1')
})

interface Signed {
  authorization: string
  signed_url: string
}

const sign = (body: Record<string, unknown>, id = account.id) =>
  admin.json<Signed>('POST', `/v1/accounts/${id}/sign`, body)
const trySign = (body: unknown, id = account.id) =>
  admin.send('POST', `/v1/accounts/${id}/sign`, body)

/** Sends what was signed. */
const use = ({ authorization, signed_url }: Signed, init: RequestInit = {}) =>
  fetch(signed_url, { ...init, headers: { authorization, ...init.headers } })

describe('X takes', () => {
  it('a GET with a query, as it was written', async () => {
    // API 2 refuses parameters that an operation does not have; API 1.1 looks at the signature alone.
    const call = '/1.1/account/verify_credentials.json'
    const url = `${world.x}${call}?fields=id,name&a=%7E+b&a='1'&empty=&bare&%C3%A4=%E2%98%83`
    const signed = await sign({ method: 'get', url })
    expect(signed.signed_url).toBe(url.replaceAll("'", '%27'))
    expect(await (await use(signed)).json()).toMatchObject({ id_str: account.id })
  })

  it.each<[string, unknown, [string, string][]]>([
    [
      'an object',
      { status: 'Hello Ladies + Gentlemen!' },
      [['status', 'Hello Ladies + Gentlemen!']],
    ],
    [
      'a list of pairs, names repeated',
      [
        ['status', "(it's) *5* ☃ 🦜"],
        ['media_ids', '2'],
        ['media_ids', '1'],
        ['empty', ''],
      ],
      [
        ['status', "(it's) *5* ☃ 🦜"],
        ['media_ids', '2'],
        ['media_ids', '1'],
        ['empty', ''],
      ],
    ],
    [
      'names that are empty or numbers, and a pair twice',
      [
        ['', 'nameless'],
        ['status', 'a'],
        ['10', 'ten'],
        ['9', ''],
        ['same', 'pair'],
        ['same', 'pair'],
        ['', ''],
      ],
      [
        ['', 'nameless'],
        ['status', 'a'],
        ['10', 'ten'],
        ['9', ''],
        ['same', 'pair'],
        ['same', 'pair'],
        ['', ''],
      ],
    ],
    [
      'an object with fields that every object has',
      // Written out, since __proto__ in a literal would be no field.
      JSON.parse('{"status":"a","__proto__":"b","constructor":"c","prototype":"d","toString":"e"}'),
      [
        ['status', 'a'],
        ['__proto__', 'b'],
        ['constructor', 'c'],
        ['prototype', 'd'],
        ['toString', 'e'],
      ],
    ],
  ])('a form: %s', async (_, form, pairs) => {
    const url = `${world.x}/1.1/statuses/update.json`
    const signed = await sign({ method: 'POST', url, form })
    const response = await use(signed, { method: 'POST', body: new URLSearchParams(pairs) })
    expect(response.status, await response.text()).toBe(200)
  })

  it('a JSON body, which is not signed', async () => {
    const signed = await sign({ method: 'POST', url: `${world.x}/2/tweets` })
    const body = JSON.stringify({ text: 'any text' })
    const headers = { 'content-type': 'application/json' }
    expect((await use(signed, { method: 'POST', body, headers })).status).toBe(201)
  })

  it('a realm, which is not signed', async () => {
    const url = `${world.x}/2/users/me`
    const signed = await sign({ method: 'GET', url, realm: 'a "quoted" realm' })
    expect(signed.authorization).toMatch(/^OAuth realm="a \\"quoted\\" realm", oauth_consumer_key=/)
    expect((await use(signed)).status).toBe(200)
  })

  it('each signature once: a replayed nonce is refused', async () => {
    const signed = await sign({ method: 'GET', url: `${world.x}/2/users/me` })
    expect([(await use(signed)).status, (await use(signed)).status]).toEqual([200, 401])
    const outcomes = (await world.emulator.calls('/2/users/me')).map((call) => call.outcome)
    expect(outcomes.slice(-1)).toEqual(['nonce_replayed'])
  })

  it('nothing else with it', async () => {
    const url = `${world.x}/1.1/statuses/update.json`
    const signed = () => sign({ method: 'POST', url, form: { status: 'one' } })
    const posted = async (text: string) =>
      (await use(await signed(), { method: 'POST', body: new URLSearchParams({ status: text }) }))
        .status
    expect([await posted('one'), await posted('two')]).toEqual([200, 401])
    const { authorization } = await signed()
    const elsewhere = { authorization, signed_url: `${url}?more=1` }
    const body = new URLSearchParams({ status: 'one' })
    expect((await use(elsewhere, { method: 'POST', body })).status).toBe(401)
  })
})

it('Accept: text/plain gives the header’s value alone', async () => {
  const url = `${world.x}/2/users/me`
  const path = `/v1/accounts/${account.id}/sign`
  const response = await admin.send('POST', path, { method: 'GET', url }, { accept: 'text/plain' })
  expect(response.headers.get('cache-control')).toBe('no-store')
  const authorization = await response.text()
  expect((await use({ authorization, signed_url: url })).status).toBe(200)
})

it('no secret is in what is handed out', async () => {
  const grants = await world.emulator.grants(account.username)
  const { access_token_secret } = grants.find(({ kind }) => kind === 'oauth1') ?? {}
  expect(access_token_secret).toMatch(/\S{20}/)
  const text = JSON.stringify(await sign({ method: 'GET', url: `${world.x}/2/users/me` }))
  expect(text).not.toContain(access_token_secret)
  expect(text).not.toContain(API_SECRET)
})

describe('as the app alone', () => {
  const body = { method: 'GET', url: 'https://api.x.com/1.1/application/rate_limit_status.json' }

  it('there is no token in the signature, and it needs the scope app', async () => {
    const signed = await admin.json<Signed>('POST', '/v1/app/sign', body)
    expect(signed.authorization).toContain(`oauth_consumer_key="${API_KEY}"`)
    expect(signed.authorization).not.toContain('oauth_token=')
    const signer = await keyed({ scopes: ['sign'] })
    expect(await problemOf(await signer.send('POST', '/v1/app/sign', body))).toMatchObject({
      status: 403,
      code: 'scope_missing',
    })
  })

  it('OAuth’s own endpoints are not signed either', async () => {
    const request_token = { method: 'POST', url: 'https://api.x.com/oauth/request_token' }
    expect(await problemOf(await admin.send('POST', '/v1/app/sign', request_token))).toMatchObject({
      status: 400,
      code: 'not_signable',
    })
  })
})

async function keyed(request: Record<string, unknown>) {
  const made = { name: 'signer', ...request }
  const { key } = await admin.json<{ key: string }>('POST', '/v1/callers', made)
  return program(world, key)
}

describe('who may', () => {
  const body = { method: 'GET', url: 'https://api.x.com/2/users/me' }

  it('the scope sign may, others may not', async () => {
    const path = `/v1/accounts/${account.id}/sign`
    const tokens = await keyed({ scopes: ['tokens', 'app'] })
    expect(await problemOf(await tokens.send('POST', path, body))).toMatchObject({ status: 403 })
    const signer = await keyed({ scopes: ['sign'] })
    expect((await signer.send('POST', path, body)).status).toBe(200)
    const other = await keyed({ scopes: ['sign'], accounts: ['99'] })
    expect(await problemOf(await other.send('POST', path, body))).toMatchObject({
      status: 404,
      code: 'account_unknown',
    })
  })

  it('an account without OAuth 1.0a is told to log in', async () => {
    const { id } = await admin.connectBy('oauth2')
    expect(await problemOf(await trySign(body, id))).toMatchObject({
      status: 409,
      code: 'login_required',
      detail: expect.stringContaining('OAuth 1.0a'),
    })
    expect(await problemOf(await trySign(body, '12345'))).toMatchObject({
      status: 404,
      code: 'account_unknown',
    })
  })
})

describe('not signed through the door', () => {
  it.each([
    ['/oauth/access_token'],
    ['/2/oauth2/token'],
    ['/1.1/oauth/invalidate_token.json'],
    ['/2/%6fauth2/token'],
    ['/2/OAUTH2/token'],
    ['/2//oauth2/token'],
    ['/2/../oauth/access_token'],
    ['/2/tweets?oauth_callback=oob'],
    ['/2/tweets?x_auth_access_type=write'],
  ])('%s', async (path) => {
    expect(await problemOf(await trySign({ method: 'POST', url: world.x + path }))).toMatchObject({
      status: 400,
      code: 'not_signable',
    })
  })

  it('user information, other schemes, oauth_ in the form', async () => {
    const url = `${world.x}/2/tweets`
    for (const body of [
      { method: 'GET', url: url.replace('//', '//user@') },
      { method: 'GET', url: url.replace('http:', 'ftp:') },
      { method: 'GET', url: 'http://api.x.com/2/tweets' },
      { method: 'GET', url: 'https://evil.example/2/tweets' },
      { method: 'GET', url: 'https://api.x.com:8443/2/tweets' },
      { method: 'POST', url, form: { oauth_verifier: 'v' } },
      { method: 'POST', url, form: [['x_auth_mode', 'client_auth']] },
    ])
      expect(await problemOf(await trySign(body))).toMatchObject({ code: 'not_signable' })
  })
})

describe('bad input is named', () => {
  const url = 'https://api.x.com/2/tweets'
  it.each<[string, unknown, RegExp]>([
    ['nothing', {}, /^method: it is missing/],
    ['no URL', { method: 'GET' }, /^url: it is missing/],
    ['a method that is none', { method: 'G E T', url }, /^method: an HTTP method/],
    ['a form that is a text', { method: 'POST', url, form: 'a=b' }, /^form: an object of texts/],
    ['a form with numbers', { method: 'POST', url, form: { a: 1 } }, /^form/],
    ['a form with a number deep in', { method: 'POST', url, form: { a: 'b', c: ['d'] } }, /^form/],
    [
      'a number in a field that every object has',
      `{"method":"POST","url":"${url}","form":{"__proto__":1}}`,
      /^form/,
    ],
    ['a form that is null', { method: 'POST', url, form: null }, /^form/],
    ['a form that is a list of texts', { method: 'POST', url, form: ['a', 'b'] }, /^form/],
    ['a triple', { method: 'POST', url, form: [['a', 'b', 'c']] }, /^form/],
    ['half a character', { method: 'POST', url, form: { status: '\ud83e' } }, /^form.*surrogate/],
    ['a realm with a line break', { method: 'GET', url, realm: 'a\r\nb' }, /^realm/],
    ['an unknown field', { method: 'GET', url, body: '{}' }, /^body: unknown field/],
    [
      'an unknown field that every object has',
      `{"method":"GET","url":"${url}","__proto__":{"realm":"r"}}`,
      /^__proto__: unknown field/,
    ],
    ['no JSON', 'method=GET', /not JSON/],
  ])('%s', async (_, body, detail) => {
    const problem = await problemOf(await trySign(body))
    expect(problem).toMatchObject({ status: 400, code: 'request_malformed' })
    expect(problem.detail).toMatch(detail)
  })
})

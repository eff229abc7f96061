import { describe, expect, it } from 'vitest'
import { SEEDED_APP } from '../../emulator/seeds.ts'
import { REDIRECT, useEmulator } from './emulator.ts'
import {
  BAD_DATA,
  type Changes,
  NOT_AUTHENTICATED,
  REQUEST_TOKEN,
  refusal,
  told,
  useOAuth1,
} from './oauth1.ts'
import { authorizationHeader, signedPairs } from './signer.ts'

const x = useEmulator()
const o = useOAuth1(x)

const OUT_OF_BOUNDS = refusal(401, 135, 'Timestamp out of bounds.')
const DESKTOP = "Desktop applications only support the oauth_callback value 'oob'"
const inSeconds = (seconds: number) => String(Math.floor(Date.now() / 1000) + seconds)
const last = async () => (await x.calls()).at(-1)

describe('a signature', () => {
  it.each<[string, Changes, object, string]>([
    ['with a wrong secret', { secret: 'wrong' }, NOT_AUTHENTICATED, 'bad_signature'],
    ['by an unknown key', { key: 'unknown' }, NOT_AUTHENTICATED, 'unknown_key'],
    ['by the client id', { key: SEEDED_APP.client_id }, NOT_AUTHENTICATED, 'unknown_key'],
    [
      'made up',
      { oauth: { oauth_signature: 'AAAAAAAAAAAAAAAAAAAAAAAAAAA=' } },
      NOT_AUTHENTICATED,
      'bad_signature',
    ],
    ['made up and short', { oauth: { oauth_signature: 'x' } }, NOT_AUTHENTICATED, 'bad_signature'],
    [
      'an hour late',
      { oauth: { oauth_timestamp: inSeconds(-3600) } },
      OUT_OF_BOUNDS,
      'timestamp_out_of_bounds',
    ],
    [
      'an hour early',
      { oauth: { oauth_timestamp: inSeconds(3600) } },
      OUT_OF_BOUNDS,
      'timestamp_out_of_bounds',
    ],
    ['without a time', { oauth: { oauth_timestamp: undefined } }, BAD_DATA, 'malformed'],
    ['with a time that is none', { oauth: { oauth_timestamp: 'now' } }, BAD_DATA, 'malformed'],
    ['without a nonce', { oauth: { oauth_nonce: undefined } }, BAD_DATA, 'malformed'],
    ['with a nonce that is no ASCII', { oauth: { oauth_nonce: 'é' } }, BAD_DATA, 'malformed'],
    ['without a key', { oauth: { oauth_consumer_key: undefined } }, BAD_DATA, 'malformed'],
    [
      'by another method',
      { oauth: { oauth_signature_method: 'PLAINTEXT' } },
      BAD_DATA,
      'malformed',
    ],
    ['of another version', { oauth: { oauth_version: '2.0' } }, BAD_DATA, 'malformed'],
    ['without a callback', { oauth: { oauth_callback: undefined } }, BAD_DATA, 'malformed'],
  ])('%s is refused', async (_, changes, expected, outcome) => {
    expect(await told(await o.askForToken(REDIRECT, changes))).toEqual(expected)
    expect(await last()).toMatchObject({ outcome, auth: 'oauth1' })
  })

  it.each([
    ['no header', undefined],
    ['another scheme', 'Bearer x'],
    ['an empty header', 'OAuth'],
    ['no quotes', 'OAuth oauth_consumer_key=a'],
    ['half an escape', 'OAuth oauth_consumer_key="%4"'],
    ['a comma too many', 'OAuth oauth_consumer_key="a",'],
  ])('with %s is refused', async (_, header) => {
    const headers: HeadersInit = header === undefined ? {} : { Authorization: header }
    expect(await told(await x.send(REQUEST_TOKEN, { method: 'POST', headers }))).toEqual(BAD_DATA)
  })

  it.each([
    ['the same in the header', 'oob', 'header', 400],
    ['another in the header', 'http://a/', 'header', 400],
    ['another in the query', 'http://a/', 'query', 400],
    ['another in the form', 'http://a/', 'form', 400],
    // twitter-api-v2 does so with oauth_token, which counts once.
    ['the same in the query', 'oob', 'query', 200],
    ['the same in the form', 'oob', 'form', 200],
  ])('with a second callback, %s', async (_, value, place, status) => {
    const again = new URLSearchParams({ oauth_callback: value })
    const url = `${x.origin()}${REQUEST_TOKEN}`
    const header = authorizationHeader({ method: 'POST', url, oauth: { oauth_callback: 'oob' } })
    const second = `${header}, oauth_callback="${encodeURIComponent(value)}"`
    const reply = await x.send(`${REQUEST_TOKEN}${place === 'query' ? `?${again}` : ''}`, {
      method: 'POST',
      headers: { Authorization: place === 'header' ? second : header },
      ...(place === 'form' ? { body: again } : {}),
    })
    expect(reply.status).toBe(status)
    const told = { 200: 'request_token', 400: 'malformed' }[status]
    expect(await last()).toMatchObject({ outcome: told })
  })

  it.each(['query', 'form'])('may stand in the %s', async (place) => {
    const signing = { method: 'POST', url: `${x.origin()}${REQUEST_TOKEN}` }
    const pairs = new URLSearchParams(signedPairs({ ...signing, oauth: { oauth_callback: 'oob' } }))
    const path = `${REQUEST_TOKEN}${place === 'query' ? `?${pairs}` : ''}`
    const reply = await x.send(path, {
      method: 'POST',
      ...(place === 'form' ? { body: pairs } : {}),
    })
    expect(reply.status).toBe(200)
    expect(await last()).toMatchObject({ auth: 'oauth1', outcome: 'request_token' })
  })

  it.each<[string, string, Changes]>([
    ['a query', '?b=2&a=1&a=0&empty=&none&plus=a+b&space=a%20b', {}],
    ['what encodeURIComponent leaves', "?q=!*'()~-._", {}],
    ['more than ASCII', '?snow=%E2%98%83&face=%F0%9F%98%80', {}],
    ['a form', '', { form: { 'a b': '1+1=2&3', é: '☃😀', empty: '' } }],
    ['no version', '', { oauth: { oauth_version: undefined } }],
    ['JSON, which is not signed', '', { json: { text: 'a=b&c=d' } }],
    ['a token that is empty', '', { oauth: { oauth_token: '' } }],
    ['four minutes', '', { oauth: { oauth_timestamp: inSeconds(-240) } }],
  ])('holds over %s', async (_, query, changes) => {
    const oauth = { oauth_callback: 'oob', ...changes.oauth }
    const reply = await o.signed('POST', `${REQUEST_TOKEN}${query}`, { ...changes, oauth })
    expect(reply.status).toBe(200)
  })

  it('goes by the emulator’s clock', async () => {
    await x.control('POST', 'clock', { advance_seconds: 400 })
    expect(await told(await o.askForToken())).toEqual(OUT_OF_BOUNDS)
    const oauth = { oauth_timestamp: inSeconds(400) }
    expect((await o.askForToken(REDIRECT, { oauth })).status).toBe(200)
  })
})

describe('a nonce', () => {
  const oauth = { oauth_nonce: 'once', oauth_timestamp: inSeconds(0) }

  it('works once', async () => {
    expect((await o.askForToken(REDIRECT, { oauth })).status).toBe(200)
    expect(await told(await o.askForToken(REDIRECT, { oauth }))).toEqual(NOT_AUTHENTICATED)
    expect(await last()).toMatchObject({ outcome: 'nonce_replayed' })
  })

  it('is not used up by a wrong signature, and is another with another time or token', async () => {
    await o.askForToken(REDIRECT, { oauth, secret: 'wrong' })
    const token = await o.connect()
    const later = { ...oauth, oauth_timestamp: inSeconds(1) }
    const statuses = [
      (await o.askForToken(REDIRECT, { oauth })).status,
      (await o.askForToken(REDIRECT, { oauth: later })).status,
      (await o.signed('GET', '/2/users/me', { token, oauth })).status,
      (await o.signed('GET', '/2/users/me', { token, oauth })).status,
    ]
    expect(statuses).toEqual([200, 200, 200, 401])
  })
})

describe('a callback', () => {
  const XML = 'application/xml;charset=utf-8'
  const asXml = (status: number, code: number, text: string) => ({
    status,
    type: XML,
    text: `<?xml version='1.0' encoding='UTF-8'?><errors><error code="${code}">${text}</error></errors>`,
  })
  const NOT_APPROVED = 'Callback URL not approved for this client application.'
  const WHERE = `${NOT_APPROVED} Approved callback URLs can be adjusted in your application settings`

  it.each([`${REDIRECT}/`, `${REDIRECT}?a=b`, 'http://evil.example/', 'OOB'])(
    '%s that is not registered is refused in XML',
    async (callback) => {
      expect(await told(await o.askForToken(callback))).toEqual(asXml(403, 415, WHERE))
      expect(await last()).toMatchObject({
        outcome: 'callback_not_approved',
        why: `not registered: ${callback}`,
      })
    },
  )

  it('of an app that has none must be oob', async () => {
    await x.control('PUT', 'app', { callbacks: [] })
    expect((await told(await o.askForToken())).text).toMatch(
      /^<\?xml [^>]*>\s*<hash>\s*<error>Desktop applications only support [^<]*'oob'<\/error>/,
    )
    await x.control('PUT', 'app', { callback_errors: 'xml' })
    expect(await told(await o.askForToken())).toEqual(asXml(401, 417, DESKTOP))
    expect((await o.askForToken('oob')).status).toBe(200)
  })

  it('is refused in JSON if so set', async () => {
    await x.control('PUT', 'app', { callback_errors: 'json' })
    expect(await told(await o.askForToken('http://a/'))).toEqual(refusal(403, 415, NOT_APPROVED))
    await x.control('PUT', 'app', { callbacks: [] })
    expect(await told(await o.askForToken('http://a/'))).toEqual(refusal(401, 417, DESKTOP))
  })
})

it('a suspended app is told so', async () => {
  await x.control('PUT', 'app', { suspended: true })
  const expected = refusal(401, 416, 'Invalid / suspended application')
  expect(await told(await o.askForToken())).toEqual(expected)
})

it('a new API secret is asked for at once', async () => {
  await x.control('PUT', 'app', { api_key: 'new-key', api_secret: '-new_secret' })
  expect(await told(await o.askForToken())).toEqual(NOT_AUTHENTICATED)
  const changes = { key: 'new-key', secret: '-new_secret' }
  expect((await o.askForToken(REDIRECT, changes)).status).toBe(200)
})

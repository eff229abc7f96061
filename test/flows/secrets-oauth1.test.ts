/** Marked secrets of OAuth 1.0a and of the app-only bearer through every failure: none is in a log, an error or a page. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import {
  ACCESS_TOKEN,
  APP_INVALIDATE,
  APP_TOKEN,
  type Emulator,
  FAULTS,
  INVALIDATE,
  ME,
  REQUEST_TOKEN,
} from './emulators.ts'
import { type MadeLogin, program } from './programs.ts'
import { keyOf } from './tokens.ts'
import { approveForPin, decide, visitor } from './visitors.ts'
import { type Watch, watch } from './watch.ts'
import { ADMIN_KEY, ALL_FLOWS, API_KEY, API_SECRET, SEALING_KEY, useWorld } from './worlds.ts'

const ALICE = { id: '1000000001', username: 'alice', name: 'Alice' }
const world = useWorld({ ...ALL_FLOWS, X_APP_OWNER: ALICE.id })
const admin = program(world)
let watched: Watch

/** What X never tells the emulator's state: the test makes it up and X gives it. */
const REQUEST_SECRET = 'request-token-secret-0123456789'
const USER_SECRET = 'user-token-secret-0123456789abcdefghijklmnopq'

beforeAll(async () => {
  watched = watch(world, {
    [API_SECRET]: 'API secret',
    [`${API_KEY}:${API_SECRET}`]: 'Basic credentials',
    [`${API_SECRET}&`]: 'signing key',
    [ADMIN_KEY]: 'admin key',
    [SEALING_KEY]: 'sealing key',
    [REQUEST_SECRET]: 'request token secret',
    [USER_SECRET]: 'token secret',
  })
  await admin.connectBy('oauth1', {}, ALICE)
})
afterAll(() => vi.restoreAllMocks())

/** Has the secrets learnt that are around now, and finds none of them where it must not be. */
async function expectNoLeak(): Promise<void> {
  await world.emulator.grants()
  expect(watched.leaks()).toEqual([])
}

const post = (path: string, body: unknown) => admin.send('POST', path, body)
const sign = (id: string, body: unknown = { method: 'GET', url: world.x + ME }) =>
  post(`/v1/accounts/${id}/sign`, body)
const importKey = async (id: string, key: unknown) =>
  admin.send('PUT', `/v1/accounts/${id}/grants/oauth1`, key)
const reply = (body: unknown, status = 200) => `reply:${JSON.stringify({ status, body })}`

type Flow = 'oauth1' | 'signin' | 'pin'

/** A login made by the program, as far as X lets it be made. */
async function begin(flow: Flow): Promise<MadeLogin | undefined> {
  const response = await post('/v1/logins', { flow })
  return response.status === 201 ? ((await response.json()) as MadeLogin) : undefined
}

/** A login in a browser, as far as X lets it be begun; the PIN's is on the page that shows its form. */
async function beginInBrowser(flow: Flow, query = '') {
  const browser = visitor(world)
  const response = await browser.open(`/login?flow=${flow}${query}`)
  const html = await response.text()
  const link = /href="([^"]*\/oauth\/authorize\?[^"]*)"/.exec(html)?.[1]
  const login = /name="login" value="([^"]*)"/.exec(html)?.[1] ?? ''
  return { browser, toX: response.headers.get('location') ?? link, login }
}

/** Every way through what is about OAuth 1.0a here, whatever comes of it. */
async function wander(username: string, id: string): Promise<void> {
  for (const flow of ['oauth1', 'signin'] as const) {
    const { browser, toX } = await beginInBrowser(flow)
    if (toX) {
      const callback = await decide(toX, username)
      for (const _ of ['once', 'again']) await browser.open(callback)
      await visitor(world).open(callback)
    }
    const made = await begin(flow)
    if (!made) continue
    const response_url = await decide(made.authorize_url, username)
    for (const _ of ['once', 'again']) await admin.complete(made.id, { response_url })
    await admin.send('GET', `/v1/logins/${made.id}`)
  }
  const { browser, toX, login } = await beginInBrowser('pin')
  if (toX) {
    const pin = await approveForPin(toX, username)
    for (const typed of ['1234567', pin, pin])
      await browser.submit('/login/pin', { login, pin: typed })
  }
  const made = await begin('pin')
  if (made) {
    const pin = await approveForPin(made.authorize_url, username)
    for (const typed of ['1234567', pin, pin]) await admin.complete(made.id, { pin: typed })
    await admin.send('GET', `/v1/logins/${made.id}`)
  }
  await importKey(id, await keyOf(world, username))
  await sign(id)
  await post('/v1/app/sign', { method: 'GET', url: `${world.x}/2/users/by/username/alice` })
  for (const path of [`/v1/accounts/${id}`, '/v1/accounts', '/v1/app/token', '/healthz', '/'])
    await admin.send('GET', path)
  for (const path of ['/v1/app/token', `/v1/accounts/${id}/grants/oauth1`, `/v1/accounts/${id}`])
    for (const query of ['', '?force=true']) await admin.send('DELETE', path + query)
}

describe('no secret leaves', () => {
  it('in what ends well, and what is then shown', async () => {
    const { id, username } = await world.emulator.user()
    await wander(username, id)
    const { browser, toX } = await beginInBrowser('oauth1', '&return_to=http://localhost:3000')
    await browser.open(await decide(toX ?? '', username))
    const made = await begin('signin')
    await visitor(world).open(made?.login_url ?? '')
    await sign(id)
    await sign(id, {
      method: 'POST',
      url: `${world.x}/1.1/statuses/update.json?a=b`,
      form: { status: 'any text' },
      realm: 'a realm',
    })
    const plain = { accept: 'text/plain' }
    await admin.send('GET', '/v1/app/token', undefined, plain)
    const outcomes = (await world.emulator.calls()).map(({ outcome }) => outcome)
    for (const outcome of [
      'request_token',
      'access_token',
      'invalid_verifier',
      'issued',
      'revoked',
    ])
      expect(outcomes).toContain(outcome)
    await expectNoLeak()
  })

  it.each(
    [REQUEST_TOKEN, ACCESS_TOKEN, INVALIDATE, APP_TOKEN, APP_INVALIDATE, ME].flatMap((path) =>
      FAULTS.map((fault) => [path, fault] as const),
    ),
  )('while %s does this: %s', async (path, fault) => {
    const { id, username } = await world.emulator.user()
    await world.emulator.fault(fault, path, 99)
    await wander(username, id)
    const calls = await world.emulator.calls(path)
    expect(calls.map((call) => call.fault)).toContain(fault)
    await expectNoLeak()
  })

  it.each<[string, Record<string, unknown>]>([
    ['wrong API secret', { api_secret: 'another' }],
    ['unknown API key', { api_key: 'another' }],
    ['suspended app', { suspended: true }],
    ['callback not approved', { callbacks: ['https://elsewhere.example/callback'] }],
    ['desktop-only app', { callbacks: [] }],
    ['an app of no plan', { plan: 'none' }],
  ])('from the beginning, or from the middle on: %s', async (_, changes) => {
    const { id, username } = await world.emulator.user()
    await importKey(id, await keyOf(world, username))
    await admin.send('GET', '/v1/app/token')
    const made = await begin('oauth1')
    const response_url = await decide(made?.authorize_url ?? '', username)
    await world.emulator.app(changes)
    await admin.complete(made?.id ?? '', { response_url })
    await admin.send('GET', `/v1/logins/${made?.id}`)
    for (const path of ['/v1/app/token', `/v1/accounts/${id}`]) await admin.send('DELETE', path)
    for (const flow of ['oauth1', 'signin', 'pin'] as const) {
      await begin(flow)
      await beginInBrowser(flow)
    }
    await importKey(id, { oauth_token: 'a', oauth_token_secret: USER_SECRET })
    await sign(id)
    await admin.send('GET', '/v1/app/token')
    await expectNoLeak()
  })
})

describe('in logins that end badly', () => {
  const nothing = async () => {}
  const expired = reply({ errors: [{ code: 89, message: 'Invalid or expired token.' }] }, 401)
  const alter = (change: (query: URLSearchParams) => void) => change
  it.each<[string, (x: Emulator) => Promise<unknown>, ((query: URLSearchParams) => void)?]>([
    ['request token expired', (x) => x.fault(expired, ACCESS_TOKEN, 9)],
    ['access taken away', (x) => x.fault(expired, ACCESS_TOKEN, 9)],
    ['another verifier', nothing, alter((query) => query.set('oauth_verifier', 'another'))],
    ['no verifier', nothing, alter((query) => query.delete('oauth_verifier'))],
    ['two verifiers', nothing, alter((query) => query.append('oauth_verifier', 'b'))],
    [
      'a long verifier',
      nothing,
      alter((query) => query.append('oauth_verifier', 'x'.repeat(2000))),
    ],
    ['denied and a verifier', nothing, alter((query) => query.set('denied', 'a'))],
    ['state beside it', nothing, alter((query) => query.set('state', 'a'))],
    ['another request token', nothing, alter((query) => query.set('oauth_token', 'another'))],
    [
      'verifier and token exchanged',
      nothing,
      alter((query) => {
        const [token, verifier] = [query.get('oauth_token'), query.get('oauth_verifier')]
        query.set('oauth_token', verifier ?? '')
        query.set('oauth_verifier', token ?? '')
      }),
    ],
    [
      'the verifier for a code',
      nothing,
      alter((query) => query.set('code', query.get('oauth_verifier') ?? '')),
    ],
  ])('%s', async (_, at, change) => {
    const { username } = await world.emulator.user()
    for (const flow of ['oauth1', 'signin'] as const) {
      const { browser, toX } = await beginInBrowser(flow)
      const made = await begin(flow)
      const [inBrowser, inProgram] = await Promise.all(
        [toX, made?.authorize_url].map(async (page) => new URL(await decide(page ?? '', username))),
      )
      for (const url of [inBrowser, inProgram]) change?.(url!.searchParams)
      await at(world.emulator)
      await browser.open(inBrowser!.href)
      await visitor(world).open(inBrowser!.href)
      await admin.complete(made?.id ?? '', { response_url: inProgram!.href })
      await admin.send('GET', `/v1/logins/${made?.id}`)
      await world.emulator.forgetFaults()
    }
    await expectNoLeak()
  })

  it('the user says no', async () => {
    const { username } = await world.emulator.user()
    for (const flow of ['oauth1', 'signin'] as const) {
      const { browser, toX } = await beginInBrowser(flow, '&return_to=http://localhost:3000')
      const made = await begin(flow)
      await browser.open(await decide(toX ?? '', username, 'cancel'))
      const response_url = await decide(made?.authorize_url ?? '', username, 'cancel')
      await admin.complete(made?.id ?? '', { response_url })
      await admin.send('GET', `/v1/logins/${made?.id}`)
    }
    await expectNoLeak()
  })

  it('five wrong PINs and then the right one; a PIN in the wrong login', async () => {
    const { username } = await world.emulator.user()
    const { browser, toX, login } = await beginInBrowser('pin')
    const made = await begin('pin')
    const pin = await approveForPin(toX ?? '', username)
    const other = await approveForPin(made?.authorize_url ?? '', username)
    for (const typed of ['1', '2', other, '4', '5', pin]) {
      await browser.submit('/login/pin', { login, pin: typed })
      await visitor(world).submit('/login/pin', { login, pin: typed })
      await visitor(world).submit('/login/pin', { login: typed, pin: login })
    }
    for (const body of [{ pin: '1' }, { pin: '2' }, { code: other }, { pin: [other] }, { pin }])
      await admin.complete(made?.id ?? '', body)
    await admin.complete(made?.id ?? '', { [other]: other })
    await admin.complete(made?.id ?? '', { verifier: other })
    await admin.send('GET', `/v1/logins/${made?.id}`)
    await expectNoLeak()
  })

  it('with a request token whose secret is known, and a user token whose secret is', async () => {
    const user = await world.emulator.user()
    const key = `oauth_token=${user.id}-token&oauth_token_secret=${USER_SECRET}`
    const steps: [begun: [confirmed: string, status?: number], ended?: string][] = [
      [['&oauth_callback_confirmed=false']],
      [['']],
      [['&oauth_callback_confirmed=true', 500]],
      [['&oauth_callback_confirmed=true']],
      [['&oauth_callback_confirmed=true'], reply(key)],
      [['&oauth_callback_confirmed=true'], reply(`${key}&user_id=junk&screen_name=a`)],
      [['&oauth_callback_confirmed=true'], reply(`${key}&user_id=${user.id}&screen_name=a`, 500)],
      [['&oauth_callback_confirmed=true'], reply(`${key}&user_id=${user.id}&screen_name=a`)],
    ]
    for (const [n, [[confirmed, status], ended]] of steps.entries()) {
      // The request token is the login's name.
      const token = `request-token-${n}`
      const given = `oauth_token=${token}&oauth_token_secret=${REQUEST_SECRET}${confirmed}`
      await world.emulator.fault(reply(given, status), REQUEST_TOKEN)
      const { browser } = await beginInBrowser('oauth1')
      if (ended) await world.emulator.fault(ended, ACCESS_TOKEN, 2)
      await browser.open(`/callback?oauth_token=${token}&oauth_verifier=a-verifier`)
      await world.emulator.forgetFaults()
    }
    // The last one did connect, so all of this is about the account that holds the secret.
    expect((await sign(user.id)).status).toBe(200)
    await admin.send('DELETE', `/v1/accounts/${user.id}`)
    await expectNoLeak()
  })
})

/** X says back what it was sent, as servers do in their error texts; in each of the shapes its errors come in. */
const ECHOES: [string, (said: string) => string][] = [
  ['an error with a code', (said) => reply({ errors: [{ code: 32, message: said }] }, 401)],
  ['an error that ends it', (said) => reply({ errors: [{ code: 89, message: said }] }, 401)],
  ['a code for a plan', (said) => reply({ errors: [{ code: 453, message: said }] }, 403)],
  ['a problem', (said) => reply({ title: said, detail: said, type: said, reason: said }, 403)],
  ['RFC 6749’s error', (said) => reply({ error: said, error_description: said }, 400)],
  ['text', (said) => reply(said, 401)],
  ['text about a verifier', (said) => reply(`Invalid oauth_verifier parameter ${said}`, 401)],
  ['XML', (said) => reply(`<errors><error code="415">${said}</error></errors>`, 403)],
  ['a form', (said) => reply(`oauth_problem=${said}&oauth_token_secret=${said}`, 401)],
  ['JSON that breaks off', (said) => reply(`{"errors":[{"message":"${said}`, 401)],
  ['a page', (said) => reply(`<html>${said}</html>`, 500)],
  ['a 200', (said) => reply(said)],
  ['a 200 of another shape', (said) => reply({ token_type: said, error: said, errors: [said] })],
]

describe('even when X repeats our secrets in', () => {
  it.each(ECHOES)('%s', async (_, echo) => {
    const user = await world.emulator.user()
    const say = async (path: string, ...secrets: (string | undefined | null)[]) => {
      await world.emulator.forgetFaults()
      const said = secrets.map((secret) => `Value ${secret} is not "${secret}".`).join(' ')
      await world.emulator.fault(echo(said), path, 99)
    }
    const basic = btoa(`${API_KEY}:${API_SECRET}`)
    const made = await begin('oauth1')
    const { browser, toX } = await beginInBrowser('signin')
    const [inBrowser, inProgram] = [
      await decide(toX ?? '', user.username),
      await decide(made?.authorize_url ?? '', user.username),
    ]
    const bearer = (await admin.json<{ access_token: string }>('GET', '/v1/app/token')).access_token

    await say(REQUEST_TOKEN, API_SECRET, basic)
    await begin('oauth1')
    await beginInBrowser('pin')

    const verifiers = [inBrowser, inProgram].map((url) =>
      new URL(url).searchParams.get('oauth_verifier'),
    )
    await say(ACCESS_TOKEN, ...verifiers, API_SECRET)
    await browser.open(inBrowser)
    await admin.complete(made?.id ?? '', { response_url: inProgram })
    await admin.send('GET', `/v1/logins/${made?.id}`)

    const key = await keyOf(world, user.username)
    await importKey(user.id, key)
    await say(
      ME,
      key.oauth_token,
      key.oauth_token_secret,
      `${API_SECRET}&${key.oauth_token_secret}`,
    )
    await importKey(user.id, key)
    await sign(user.id)
    await admin.send('GET', `/v1/accounts/${user.id}`)

    await say(INVALIDATE, key.oauth_token, key.oauth_token_secret)
    await admin.send('DELETE', `/v1/accounts/${user.id}/grants/oauth1`)
    await admin.send('DELETE', `/v1/accounts/${user.id}?force=true`)

    await say(APP_INVALIDATE, bearer, decodeURIComponent(bearer), encodeURIComponent(bearer))
    await admin.send('DELETE', '/v1/app/token')
    await admin.send('DELETE', '/v1/app/token?force=true')
    await say(APP_TOKEN, basic, API_SECRET, bearer)
    await admin.send('GET', '/v1/app/token')

    const calls = await world.emulator.calls()
    const heard = new Set(calls.flatMap(({ path, fault }) => (fault ? [path] : [])))
    for (const path of [REQUEST_TOKEN, ACCESS_TOKEN, ME, INVALIDATE, APP_INVALIDATE, APP_TOKEN])
      expect(heard).toContain(path)
    await expectNoLeak()
  })
})

describe('misplaced by a caller, as', () => {
  /** What is misplaced, each in turn. */
  async function secrets(): Promise<string[]> {
    const { username } = await world.emulator.user()
    const { oauth_token, oauth_token_secret } = await keyOf(world, username)
    const callback = await decide((await begin('oauth1'))?.authorize_url ?? '', username)
    const verifier = new URL(callback).searchParams.get('oauth_verifier') ?? ''
    const { access_token } = await admin.json<{ access_token: string }>('GET', '/v1/app/token')
    return [API_SECRET, oauth_token, oauth_token_secret, verifier, access_token]
  }
  const key = { oauth_token: 'a', oauth_token_secret: 'b' }

  it.each<[string, (mark: string) => unknown]>([
    ['the name of a field', (mark) => ({ ...key, [mark]: mark })],
    ['a token with a space', (mark) => ({ ...key, oauth_token: `${mark} ` })],
    ['a list', (mark) => ({ ...key, oauth_token_secret: [mark] })],
    ['an object', (mark) => ({ oauth_token: { [mark]: mark }, oauth_token_secret: mark })],
    ['a body', (mark) => mark],
    ['a form', (mark) => `oauth_token=a&oauth_token_secret=${mark}`],
    ['a list for a body', (mark) => [mark]],
    ['the token of a wrong secret', (mark) => ({ oauth_token: mark, oauth_token_secret: mark })],
    ['a scope', (mark) => ({ access_token: 'a', scope: mark })],
    ['a scope in a list', (mark) => ({ access_token: 'a', scope: ['tweet.read', mark] })],
    ['a token type', (mark) => ({ access_token: 'a', token_type: mark })],
    ['an expiry', (mark) => ({ access_token: mark, expires_at: mark, expires_in: [mark] })],
    ['an access token of nobody', (mark) => ({ access_token: mark, refresh_token: mark })],
  ])('an import: %s', async (_, body) => {
    const { id } = await world.emulator.user()
    for (const mark of await secrets()) {
      for (const kind of ['oauth1', 'oauth2', encodeURIComponent(mark)])
        await admin.send('PUT', `/v1/accounts/${id}/grants/${kind}`, body(mark))
      await admin.send('PUT', `/v1/accounts/${encodeURIComponent(mark)}/grants/oauth1`, key)
      const query = new URLSearchParams({ confirm: mark })
      await admin.send('PUT', `/v1/accounts/${id}/grants/oauth1?${query}`, key)
      await admin.send('GET', `/v1/accounts/${id}`)
      await admin.send('DELETE', `/v1/accounts/${id}?force=true`)
    }
    await expectNoLeak()
  })

  it('an import of another', async () => {
    const [user, stranger] = [await world.emulator.user(), await world.emulator.user()]
    const theirs = await keyOf(world, stranger.username)
    await importKey(user.id, theirs)
    await sign(user.id)
    await admin.send('GET', `/v1/accounts/${user.id}`)
    await expectNoLeak()
  })

  it.each<[string, (mark: string) => unknown]>([
    ['a host', (mark) => ({ method: 'GET', url: `http://${mark}.example/2/users/me` })],
    ['a password', (mark) => ({ method: 'GET', url: `https://a:${mark}@api.x.com/2/users/me` })],
    ['no address', (mark) => ({ method: 'GET', url: mark })],
    ['another path', (mark) => ({ method: 'GET', url: `https://api.x.com/3/${mark}` })],
    [
      'a parameter of the protocol',
      (mark) => ({ method: 'GET', url: `https://api.x.com/2/a?oauth_token_secret=${mark}` }),
    ],
    ['a method', (mark) => ({ method: mark, url: 'https://api.x.com/2/users/me' })],
    ['a field', (mark) => ({ method: 'GET', url: 'https://api.x.com/2/users/me', [mark]: mark })],
    [
      'a form',
      (mark) => ({ method: 'POST', url: 'https://api.x.com/2/a', form: { oauth_a: mark } }),
    ],
    [
      'a form of another shape',
      (mark) => ({ method: 'POST', url: 'https://api.x.com/2/a', form: [[mark]] }),
    ],
    [
      'a realm',
      (mark) => ({ method: 'GET', url: 'https://api.x.com/2/users/me', realm: `ä${mark}` }),
    ],
  ])('what is to be signed: %s', async (_, body) => {
    for (const mark of await secrets()) {
      const paths = [`/v1/accounts/${ALICE.id}/sign`, '/v1/app/sign']
      for (const path of paths) expect((await post(path, body(mark))).status).toBe(400)
    }
    await expectNoLeak()
  })

  it.each<[string, (mark: string) => unknown]>([
    ['a flow', (mark) => ({ flow: mark })],
    ['a username', (mark) => ({ flow: 'signin', screen_name: `${mark}!` })],
    ['an access type', (mark) => ({ flow: 'oauth1', access_type: mark })],
    ['a flag', (mark) => ({ flow: 'oauth1', force_login: mark })],
  ])('a login: %s', async (_, body) => {
    for (const mark of await secrets()) {
      expect((await post('/v1/logins', body(mark))).status).toBe(400)
      const query = new URLSearchParams(body(mark) as Record<string, string>)
      await visitor(world).open(`/login?${query}`)
    }
    await expectNoLeak()
  })

  it.each<[string, (mark: string) => unknown]>([
    ['a PIN', (mark) => ({ pin: mark })],
    ['a verifier', (mark) => ({ verifier: mark })],
    ['a code', (mark) => ({ code: mark })],
    ['a field', (mark) => ({ [mark]: mark })],
    [
      'a callback',
      (mark) => ({ response_url: `http://a/?oauth_token=${mark}&oauth_verifier=${mark}` }),
    ],
    ['a denial', (mark) => ({ response_url: `http://a/?denied=${mark}` })],
  ])('what completes a login: %s', async (_, body) => {
    for (const mark of await secrets())
      for (const flow of ['oauth1', 'pin', 'oauth2']) {
        const { id } = await admin.begin({ flow })
        await admin.complete(id, body(mark))
        await admin.send('GET', `/v1/logins/${id}`)
      }
    await expectNoLeak()
  })

  it.each<[string, (mark: string) => Record<string, string>]>([
    ['a login', (mark) => ({ login: mark, pin: '1' })],
    ['a PIN that is too long', (mark) => ({ login: 'a', pin: mark + mark })],
    ['a field', (mark) => ({ [mark]: mark })],
  ])('the form for a PIN: %s', async (_, form) => {
    const { begin, submit } = visitor(world)
    await begin()
    for (const mark of await secrets()) await submit('/login/pin', form(mark))
    await expectNoLeak()
  })
})

it('anywhere, looking back with all that is known now', async () => {
  await world.emulator.grants()
  expect(watched.leaks('all')).toEqual([])
  const kinds = watched.kinds()
  for (const kind of ['token secret', 'user token', 'verifier', 'PIN', 'bearer', 'cookie value'])
    expect(kinds).toContain(kind)
})

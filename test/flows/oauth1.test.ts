/** Every OAuth 1.0a way into X: authorize, authenticate (Sign in with X) and PIN, in a browser and by a program. */
import { describe, expect, it } from 'vitest'
import { pageOf, problemOf } from './answers.ts'
import { type Account, program } from './programs.ts'
import { approveForPin, decide, visitor } from './visitors.ts'
import { ALL_FLOWS, useWorld } from './worlds.ts'

const world = useWorld(ALL_FLOWS)
const admin = program(world)
const REQUEST_TOKEN = '/oauth/request_token'
const ACCESS_TOKEN = '/oauth/access_token'

/** What X was asked, in order, as far as OAuth 1.0a's endpoints go. */
const outcomes = async () =>
  (await world.emulator.calls())
    .filter(({ path }) => /^\/(oauth|2\/users)/.test(path))
    .map(({ path, outcome }) => [path, outcome])

const signsAs = async (id: string): Promise<unknown> => {
  const url = `${world.x}/2/users/me`
  const { authorization, signed_url } = await admin.json<{
    authorization: string
    signed_url: string
  }>('POST', `/v1/accounts/${id}/sign`, { method: 'GET', url })
  return (await fetch(signed_url, { headers: { authorization } })).json()
}

describe.each([
  ['oauth1', '/oauth/authorize'],
  ['signin', '/oauth/authenticate'],
] as const)('flow=%s', (flow, page) => {
  it('in a browser: there and back, and the account signs', async () => {
    const user = await world.emulator.user()
    const browser = visitor(world)
    const toX = new URL(await browser.begin(`/login?flow=${flow}`))
    expect(toX.origin + toX.pathname).toBe(world.x + page)
    expect([...toX.searchParams.keys()]).toEqual(['oauth_token'])
    const callback = await decide(toX.href, user.username)
    expect([...new URL(callback).searchParams.keys()]).toEqual(['oauth_token', 'oauth_verifier'])
    const { status, html } = await pageOf(await browser.open(callback))
    expect([status, html]).toEqual([200, expect.stringContaining(`@${user.username}`)])
    // The access-token reply names the user: nobody else is asked.
    expect(await outcomes()).toEqual([
      [REQUEST_TOKEN, 'request_token'],
      [page, 'authorized'],
      [ACCESS_TOKEN, 'access_token'],
    ])
    expect(await admin.account(user.id)).toMatchObject({
      grants: ['oauth1'],
      status: 'ok',
      expires_at: null,
      due_at: null,
    })
    expect(await signsAs(user.id)).toMatchObject({ data: { id: user.id } })
  })

  it('by a program, with the whole address or the bare verifier', async () => {
    for (const bare of [false, true]) {
      const user = await world.emulator.user()
      const { id, authorize_url } = await admin.begin({ flow })
      const response_url = await decide(authorize_url, user.username)
      const verifier = new URL(response_url).searchParams.get('oauth_verifier')
      const done = await admin.complete(id, bare ? { verifier } : { response_url })
      expect(await done.json()).toMatchObject({ id: user.id, username: user.username })
    }
  })

  it('a second callback gets the same answer and causes no second call', async () => {
    const { username } = await world.emulator.user()
    const browser = visitor(world)
    const callback = await decide(await browser.begin(`/login?flow=${flow}`), username)
    const answers = await Promise.all([browser.open(callback), browser.open(callback)])
    answers.push(await browser.open(callback))
    const pages = await Promise.all(answers.map(async (answer) => (await pageOf(answer)).html))
    expect(new Set(pages).size).toBe(1)
    expect(await world.emulator.calls(ACCESS_TOKEN)).toHaveLength(1)
  })

  it('another browser, or none of its cookies, gets nowhere', async () => {
    const { id, username } = await world.emulator.user()
    const callback = await decide(await visitor(world).begin(`/login?flow=${flow}`), username)
    expect(await pageOf(await visitor(world).open(callback))).toMatchObject({
      status: 403,
      code: 'login_elsewhere',
      html: expect.stringContaining('within 30 seconds'),
    })
    expect(await world.emulator.calls(ACCESS_TOKEN)).toEqual([])
    expect((await admin.send('GET', `/v1/accounts/${id}`)).status).toBe(404)
  })

  it('returns to return_to with the proof', async () => {
    const user = await world.emulator.user()
    const path = `/login?flow=${flow}&return_to=http://localhost:3000/after?csrf=1`
    const response = await visitor(world).login(user.username, path)
    const back = new URL(response.headers.get('location') ?? '')
    expect(back.searchParams.get('csrf')).toBe('1')
    const [id, proof] = (back.searchParams.get('login') ?? '').split('.')
    expect(await admin.json('GET', `/v1/logins/${id}?proof=${proof}`)).toMatchObject({
      account: { id: user.id },
    })
  })

  it('passes on force_login and screen_name, and never oauth_callback', async () => {
    const expected = [
      ['oauth_token', expect.any(String)],
      ['force_login', 'true'],
      ['screen_name', 'alice'],
    ]
    const path = `/login?flow=${flow}&force_login=true&screen_name=@alice`
    const hints = { flow, force_login: true, screen_name: 'alice' }
    for (const address of [
      await visitor(world).begin(path),
      (await admin.begin(hints)).authorize_url,
    ])
      expect([...new URL(address).searchParams]).toEqual(expected)
  })
})

describe('flow=pin', () => {
  it('in a browser: a form beside X’s page; a wrong PIN may be corrected', async () => {
    const user = await world.emulator.user()
    const browser = visitor(world)
    const { status, html } = await pageOf(await browser.open('/login?flow=pin'))
    expect(status).toBe(200)
    const toX = /href="([^"]*\/oauth\/authorize\?[^"]*)"/.exec(html)?.[1] ?? ''
    const login = /name="login" value="([^"]*)"/.exec(html)?.[1] ?? ''
    const pin = await approveForPin(toX, user.username)
    const type = (typed: string) => browser.submit('/login/pin', { login, pin: typed })
    const wrong = await pageOf(await type('1234567'))
    expect([wrong.status, wrong.html]).toEqual([
      400,
      expect.stringContaining('does not know this PIN'),
    ])
    expect(wrong.html).toContain(toX)
    expect(await pageOf(await type('seven'))).toMatchObject({ code: 'request_malformed' })
    const right = await pageOf(await type(` "${pin.slice(0, 3)} \u200b${pin.slice(3)}" `))
    expect([right.status, right.html]).toEqual([200, expect.stringContaining(`@${user.username}`)])
    expect(await signsAs(user.id)).toMatchObject({ data: { id: user.id } })
  })

  it('by a program', async () => {
    const user = await world.emulator.user()
    const { id, authorize_url } = await admin.begin({ flow: 'pin' })
    const pin = await approveForPin(authorize_url, user.username)
    expect(await problemOf(await admin.complete(id, { pin: '7654321' }))).toMatchObject({
      status: 400,
      code: 'pin_wrong',
    })
    expect(await admin.json('GET', `/v1/logins/${id}`)).toMatchObject({ status: 'pending' })
    expect(await (await admin.complete(id, { pin })).json()).toMatchObject({ id: user.id })
  })

  it('a PIN that can be none is not sent to X, and is not counted', async () => {
    const { username } = await world.emulator.user()
    const { id, authorize_url } = await admin.begin({ flow: 'pin' })
    const pin = await approveForPin(authorize_url, username)
    for (const typed of ['', '"', '12345a7', '1-2', 'one', '½'])
      expect(await problemOf(await admin.complete(id, { pin: typed })), typed).toMatchObject({
        code: 'request_malformed',
        detail: expect.stringMatching(/^pin: /),
      })
    expect(await world.emulator.calls(ACCESS_TOKEN)).toEqual([])
    const pasted = `\u200b“${pin.slice(0, 3)}\n${pin.slice(3)}”`
    expect((await admin.complete(id, { pin: pasted })).status).toBe(200)
  })

  it('a verifier with what copying added', async () => {
    const user = await world.emulator.user()
    const { id, authorize_url } = await admin.begin({ flow: 'oauth1' })
    const back = new URL(await decide(authorize_url, user.username))
    const verifier = back.searchParams.get('oauth_verifier') ?? ''
    for (const junk of ['a"b', back.href])
      expect(await problemOf(await admin.complete(id, { verifier: junk }))).toMatchObject({
        code: 'request_malformed',
      })
    const pasted = ` <${verifier.slice(0, 9)}\r\n ${verifier.slice(9)}>\u00a0`
    expect(await (await admin.complete(id, { verifier: pasted })).json()).toMatchObject({
      id: user.id,
    })
  })

  it('ends after five wrong PINs', async () => {
    const { username } = await world.emulator.user()
    const { id, authorize_url } = await admin.begin({ flow: 'pin' })
    const pin = await approveForPin(authorize_url, username)
    const codes: string[] = []
    for (const typed of ['1', '2', '3', '4', '5', pin])
      codes.push((await problemOf(await admin.complete(id, { pin: typed }))).code)
    expect(codes.slice(0, 4)).toEqual(Array(4).fill('pin_wrong'))
    expect(codes.slice(4)).toEqual(['verifier_refused', 'login_used_up'])
    expect(await world.emulator.calls(ACCESS_TOKEN)).toHaveLength(5)
  })

  it('a form from another browser gets nowhere', async () => {
    const { username } = await world.emulator.user()
    const { id, authorize_url } = await admin.begin({ flow: 'pin' })
    const pin = await approveForPin(authorize_url, username)
    const form = { login: id, pin }
    const odd = [{}, { login: id }, { login: id, pin: 'x'.repeat(50) }]
    // One that has no login at all is not even listened to.
    for (const any of [form, ...odd])
      expect(await pageOf(await visitor(world).submit('/login/pin', any))).toMatchObject({
        code: 'login_elsewhere',
      })
    const stranger = visitor(world)
    await stranger.begin()
    expect(await pageOf(await stranger.submit('/login/pin', form))).toMatchObject({
      code: 'login_elsewhere',
    })
    for (const any of odd)
      expect(await pageOf(await stranger.submit('/login/pin', any))).toMatchObject({
        code: 'request_malformed',
      })
    expect(await world.emulator.calls(ACCESS_TOKEN)).toEqual([])
  })
})

describe('access_type', () => {
  it.each([
    ['read', 403],
    ['write', 200],
  ] as const)('%s is what the token may do', async (access_type, status) => {
    const { id } = await admin.connectBy('oauth1', { access_type })
    const url = `${world.x}/1.1/statuses/update.json`
    const { authorization } = await admin.json<{ authorization: string }>(
      'POST',
      `/v1/accounts/${id}/sign`,
      { method: 'POST', url, form: { status: 'hello' } },
    )
    const body = new URLSearchParams({ status: 'hello' })
    expect((await fetch(url, { method: 'POST', body, headers: { authorization } })).status).toBe(
      status,
    )
  })
})

describe('two kinds of grant', () => {
  it.each([
    ['oauth1', 'oauth2'],
    ['oauth2', 'oauth1'],
  ] as const)('%s first, then %s: the account has both', async (first, second) => {
    const user = await world.emulator.user()
    const before = await admin.connectBy(first, {}, user)
    const after = await admin.connectBy(second, {}, user)
    expect(before.grants).toEqual([first])
    expect(after).toMatchObject({ id: user.id, grants: ['oauth2', 'oauth1'], status: 'ok' })
    expect((await admin.lease(user.id)).expires_in).toBeGreaterThan(7000)
    expect(await signsAs(user.id)).toMatchObject({ data: { id: user.id } })
  })

  it('an OAuth 1.0a login again changes nothing of the OAuth 2.0 grant', async () => {
    const user = await world.emulator.user()
    const { generation } = await admin.connectBy('oauth2', {}, user)
    for (const _ of ['once', 'again'])
      expect((await admin.connectBy('oauth1', {}, user)).generation).toBe(generation)
    expect(await world.emulator.tokenCalls('refresh_token')).toEqual([])
  })

  it('without an OAuth 2.0 grant there is no token to lease, and it says so', async () => {
    const { id } = await admin.connectBy('signin')
    expect(await problemOf(await admin.tryLease(id))).toMatchObject({
      status: 409,
      code: 'login_required',
      detail: expect.stringContaining('OAuth 2.0'),
    })
    await world.sweep()
    expect(await world.emulator.tokenCalls('refresh_token')).toEqual([])
  })
})

// It was given back, and ended for whoever else lived on it: X gives each login of a user the same one.
it('a login that the caller’s list refuses leaves the token alone', async () => {
  const key = async (accounts: string[]) => {
    const made = await admin.json<{ key: string }>('POST', '/v1/callers', {
      name: 'limited',
      scopes: ['logins'],
      accounts,
    })
    return program(world, made.key)
  }
  const limited = await key(['99'])
  const user = await world.emulator.user()
  const refuse = async () => {
    const { id, authorize_url } = await limited.begin({ flow: 'oauth1' })
    const response_url = await decide(authorize_url, user.username)
    expect(await problemOf(await limited.complete(id, { response_url }))).toMatchObject({
      code: 'account_not_allowed',
    })
  }
  await refuse()
  expect((await world.emulator.grants(user.username)).filter(({ live }) => live)).toHaveLength(1)
  const { id } = (await admin.connectBy('oauth1', {}, user)) as Account
  await refuse()
  expect(await signsAs(id)).toMatchObject({ data: { id } })
})

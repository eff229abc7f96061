/** Every way an OAuth 1.0a login can end but well, as a page and as a problem document, with the cure in words. */
import { describe, expect, it } from 'vitest'
import { failureOf, pageOf, problemOf } from './answers.ts'
import type { Emulator } from './emulators.ts'
import { program } from './programs.ts'
import { decide, visitor } from './visitors.ts'
import { ALL_FLOWS, useWorld } from './worlds.ts'

const world = useWorld(ALL_FLOWS)
const admin = program(world)
const REQUEST_TOKEN = '/oauth/request_token'
const ACCESS_TOKEN = '/oauth/access_token'

type AtX = (x: Emulator) => Promise<unknown>
const app =
  (changes: Record<string, unknown>): AtX =>
  (x) =>
    x.app(changes)
const fault =
  (kind: string, path: string, times = 1): AtX =>
  (x) =>
    x.fault(kind, path, times)
const xError = (code: number, message: string, status = 401): string =>
  `reply:${JSON.stringify({ status, body: { errors: [{ code, message }] } })}`

const xSays = (body: string, status = 401): string => `reply:${JSON.stringify({ status, body })}`

describe('a login cannot be begun', () => {
  it.each<[string, AtX, number, string, RegExp]>([
    [
      'callback not approved (415)',
      app({ callbacks: ['https://elsewhere.example/callback'] }),
      502,
      'callback_refused',
      /415.*exactly.*We sent http:\S+\/callback\./,
    ],
    [
      'the same, as JSON',
      app({ callbacks: ['https://elsewhere.example/callback'], callback_errors: 'json' }),
      502,
      'callback_refused',
      /415.*We sent http:\S+\/callback\./,
    ],
    ['desktop-only app (417)', app({ callbacks: [] }), 502, 'callback_refused', /Desktop.*PIN/],
    [
      'desktop-only app (417), with its code',
      app({ callbacks: [], callback_errors: 'xml' }),
      502,
      'callback_refused',
      /417.*PIN/,
    ],
    [
      'the same, as XML without a number',
      fault(
        xSays(
          "<?xml version='1.0'?><hash><error>Desktop applications only support the oauth_callback value 'oob'</error><request>/oauth/request_token</request></hash>",
        ),
        REQUEST_TOKEN,
      ),
      502,
      'callback_refused',
      /Desktop applications.*PIN.*We sent http:\S+\/callback\./,
    ],
    [
      'words that nobody knows',
      fault(xSays('This app may not do that today'), REQUEST_TOKEN),
      502,
      'login_refused_by_x',
      /may not do that today/,
    ],
    [
      'wrong API secret',
      app({ api_secret: 'another' }),
      502,
      'app_credentials_refused',
      /X_API_SECRET/,
    ],
    ['unknown API key', app({ api_key: 'another' }), 502, 'app_credentials_refused', /X_API_KEY/],
    ['suspended app (416)', app({ suspended: true }), 502, 'app_credentials_refused', /suspended/],
    ['X asks to wait', fault('status:429', REQUEST_TOKEN), 503, 'x_rate_limited', /429/],
    ['X answers 500', fault('status:500', REQUEST_TOKEN), 503, 'x_unreachable', /500/],
    ['X answers a web page', fault('html', REQUEST_TOKEN), 503, 'x_unreachable', /X answered/],
    ['X drops it', fault('drop_before', REQUEST_TOKEN), 503, 'x_unreachable', /not be reached/],
    [
      'callback not confirmed',
      fault(
        `reply:${JSON.stringify({ status: 200, text: 'oauth_token=a&oauth_token_secret=b&oauth_callback_confirmed=false' })}`,
        REQUEST_TOKEN,
      ),
      503,
      'x_unreachable',
      /X answered 200/,
    ],
    [
      'account locked (326)',
      fault(xError(326, 'locked', 403), REQUEST_TOKEN),
      403,
      'user_blocked',
      /unlocks/,
    ],
    [
      'not in the plan (453)',
      fault(xError(453, 'subset', 403), REQUEST_TOKEN),
      502,
      'plan_refused',
      /plan/,
    ],
  ])('%s', async (_, at, status, code, message) => {
    await at(world.emulator)
    const page = await pageOf(await visitor(world).open('/login?flow=oauth1'))
    expect(page).toMatchObject({ status, code })
    expect(page.html.replace(/&#39;/g, "'")).toMatch(message)
    await world.calm()
    await at(world.emulator)
    const problem = await problemOf(await admin.send('POST', '/v1/logins', { flow: 'signin' }))
    expect(problem).toMatchObject({ status, code })
    expect(problem.detail).toMatch(message)
    // Nothing was begun, and once X is well again it works.
    await world.calm()
    expect((await admin.begin({ flow: 'signin' })).id).toMatch(/^[\w-]{43}$/)
  })

  it('our clock is an hour off (135)', async () => {
    const clocked = program(world)
    await world.emulator.advance(3600)
    const problem = await problemOf(await clocked.send('POST', '/v1/logins', { flow: 'oauth1' }))
    expect(problem).toMatchObject({ status: 502, code: 'clock_wrong' })
    expect(problem.detail).toMatch(/135.*clock/)
    await world.emulator.reset()
    await world.calm()
  })
})

/** How a login ends between consent and callback; `open`: nothing is lost, and the true callback completes it later. */
interface End {
  name: string
  status: number
  code: string
  message?: RegExp
  open?: true
  cancel?: true
  at?: AtX
  alter?: (query: URLSearchParams) => void
}

const ENDS: End[] = [
  { name: 'the user says no', status: 403, code: 'login_cancelled', cancel: true },
  {
    name: 'request token expired',
    status: 400,
    code: 'request_token_expired',
    at: (x) => x.fault(xError(89, 'Invalid or expired token.'), ACCESS_TOKEN),
  },
  {
    name: 'X says no in words that nobody knows',
    status: 502,
    code: 'login_refused_by_x',
    message: /Reverse auth credentials/,
    at: fault(xSays('Reverse auth credentials are invalid'), ACCESS_TOKEN),
  },
  {
    name: 'X says no by a number that nobody knows',
    status: 502,
    code: 'login_refused_by_x',
    message: /code 87/,
    at: fault(xError(87, 'Client is not permitted to perform this action.', 403), ACCESS_TOKEN),
  },
  {
    name: 'another verifier',
    status: 400,
    code: 'verifier_refused',
    open: true,
    alter: (query) => query.set('oauth_verifier', 'another'),
  },
  {
    name: 'wrong API secret meanwhile',
    status: 502,
    code: 'app_credentials_refused',
    message: /X_API_SECRET/,
    open: true,
    at: app({ api_secret: 'another' }),
  },
  {
    name: 'our clock is wrong meanwhile',
    status: 502,
    code: 'clock_wrong',
    open: true,
    at: fault(xError(135, 'Timestamp out of bounds.'), ACCESS_TOKEN),
  },
  {
    name: 'app suspended meanwhile',
    status: 502,
    code: 'app_credentials_refused',
    open: true,
    at: app({ suspended: true }),
  },
  {
    name: 'X asks to wait',
    status: 503,
    code: 'x_rate_limited',
    open: true,
    at: fault('status:429', ACCESS_TOKEN),
  },
  {
    name: 'X’s reply is lost',
    status: 502,
    code: 'login_reply_lost',
    at: fault('drop_after_commit', ACCESS_TOKEN),
  },
  {
    name: 'X drops both tries',
    status: 502,
    code: 'login_reply_lost',
    at: fault('drop_before', ACCESS_TOKEN, 2),
  },
  {
    name: 'X answers a web page, twice',
    status: 502,
    code: 'login_reply_lost',
    at: fault('html', ACCESS_TOKEN, 2),
  },
  {
    name: 'both a verifier and a denial',
    status: 400,
    code: 'callback_malformed',
    open: true,
    alter: (query) => query.set('denied', query.get('oauth_token') ?? ''),
  },
  {
    name: 'the verifier twice',
    status: 400,
    code: 'callback_malformed',
    open: true,
    alter: (query) => query.append('oauth_verifier', 'v'),
  },
  {
    name: 'no verifier',
    status: 400,
    code: 'callback_malformed',
    open: true,
    alter: (query) => query.delete('oauth_verifier'),
  },
  {
    name: 'a code in the verifier’s place',
    status: 400,
    code: 'callback_malformed',
    open: true,
    alter: (query) => {
      query.delete('oauth_verifier')
      query.set('code', 'c')
    },
  },
]

describe('a login ends', () => {
  const approve = async (end: End, authorizeUrl: string, username: string) => {
    const callback = await decide(authorizeUrl, username, end.cancel ? 'cancel' : 'authorize')
    const arrives = new URL(callback)
    end.alter?.(arrives.searchParams)
    await end.at?.(world.emulator)
    return { callback, arrives: arrives.href }
  }

  it.each(ENDS)('in a browser: $name → $status $code', async (end) => {
    const user = await world.emulator.user()
    const { open, begin } = visitor(world)
    const { callback, arrives } = await approve(
      end,
      await begin('/login?flow=oauth1'),
      user.username,
    )
    expect(await pageOf(await open(arrives))).toMatchObject({
      status: end.status,
      code: end.code,
      html: expect.stringMatching(end.message ?? /./),
    })
    expect((await admin.send('GET', `/v1/accounts/${user.id}`)).status).toBe(404)
    await world.calm()
    const again = await open(callback)
    if (end.open) return expect(again.status).toBe(200)
    expect(await failureOf(again)).toEqual([end.status, end.code])
    expect(await world.emulator.calls()).toEqual([])
  })

  it.each(ENDS)('in a program: $name → $status $code', async (end) => {
    const user = await world.emulator.user()
    const { id, authorize_url } = await admin.begin({ flow: 'oauth1' })
    const { callback, arrives } = await approve(end, authorize_url, user.username)
    const complete = (response_url: string) => admin.complete(id, { response_url })
    expect(await failureOf(await complete(arrives))).toEqual([end.status, end.code])
    await world.calm()
    const again = await complete(callback)
    if (end.open) return expect(await again.json()).toMatchObject({ id: user.id })
    expect(await failureOf(again)).toEqual([end.status, end.code])
    expect(await world.emulator.calls()).toEqual([])
  })

  it('the first try is dropped, the second is not', async () => {
    const user = await world.emulator.user()
    const { open, begin } = visitor(world)
    const callback = await decide(await begin('/login?flow=signin'), user.username)
    await world.emulator.fault('drop_before', ACCESS_TOKEN)
    expect((await open(callback)).status).toBe(200)
    expect(await world.emulator.calls(ACCESS_TOKEN)).toHaveLength(2)
  })

  it('another login’s request token is another login', async () => {
    const { username } = await world.emulator.user()
    const [one, two] = [
      await admin.begin({ flow: 'oauth1' }),
      await admin.begin({ flow: 'oauth1' }),
    ]
    const response_url = await decide(one.authorize_url, username)
    expect(await problemOf(await admin.complete(two.id, { response_url }))).toMatchObject({
      code: 'callback_malformed',
      detail: 'It belongs to another login.',
    })
    expect((await admin.complete(one.id, { response_url })).status).toBe(200)
  })

  it.each([
    ['a code to an OAuth 1.0a login', 'oauth1', { code: 'c' }],
    ['a PIN to an OAuth 2.0 login', 'oauth2', { pin: '1234567' }],
  ] as const)('%s is named, and loses nothing', async (_, flow, body) => {
    const { username } = await world.emulator.user()
    const { id, authorize_url } = await admin.begin({ flow })
    const response_url = await decide(authorize_url, username)
    expect(await problemOf(await admin.complete(id, body))).toMatchObject({
      status: 400,
      code: 'callback_malformed',
      detail: 'It answers another kind of login.',
    })
    expect((await admin.complete(id, { response_url })).status).toBe(200)
  })
})

describe('an authorization code', () => {
  /** A code as X shapes them, issued so many seconds ago. */
  const codeOf = (secondsAgo: number): string =>
    Buffer.from(`junk:${Date.now() - secondsAgo * 1000}:1:1:ac:1`).toString('base64url')

  it.each([
    [31, 'code_expired', /30 seconds/],
    [5, 'code_refused', /once/],
  ] as const)('that is %i seconds old and refused → %s', async (age, code, fix) => {
    const { id } = await admin.begin()
    const problem = await problemOf(await admin.complete(id, { code: codeOf(age) }))
    expect(problem).toMatchObject({ status: 400, code, fix: expect.stringMatching(fix) })
  })
})

describe('what is refused', () => {
  it.each([
    ['an access_type of another kind', { flow: 'oauth1', access_type: 'directmessages' }],
    ['a screen_name that is none', { flow: 'oauth1', screen_name: 'a b' }],
    ['force_login that is no boolean', { flow: 'oauth1', force_login: 'yes' }],
  ])('%s', async (_, body) => {
    expect(await problemOf(await admin.send('POST', '/v1/logins', body))).toMatchObject({
      status: 400,
      code: 'request_malformed',
    })
    expect(await world.emulator.calls()).toEqual([])
  })
})

describe('a field that the flow does not have', () => {
  it.each<[string, Record<string, unknown>, RegExp]>([
    ['oauth2', { force_login: true }, /^force_login: flow=oauth2 does not have it, flow=oauth1/],
    ['oauth2', { force_login: false }, /^force_login/],
    ['oauth2', { screen_name: 'bob' }, /^screen_name/],
    ['oauth2', { access_type: 'read', screen_name: 'bob' }, /^access_type: .* screen_name: /],
    ['oauth1', { scope: 'tweet.write' }, /^scope: flow=oauth1 does not have it, flow=oauth2 has/],
    ['signin', { offline: false }, /^offline: flow=signin/],
    ['pin', { scope: ['tweet.write'] }, /^scope: flow=pin/],
  ])('flow=%s %j is refused, in a call and in a link', async (flow, fields, detail) => {
    const refused = { status: 400, code: 'request_malformed' }
    const called = await problemOf(await admin.send('POST', '/v1/logins', { flow, ...fields }))
    expect(called).toMatchObject({ ...refused, detail: expect.stringMatching(detail) })
    const query = new URLSearchParams({ flow })
    for (const [name, value] of Object.entries(fields)) query.set(name, String(value))
    expect(await pageOf(await visitor(world).open(`/login?${query}`))).toMatchObject(refused)
    expect(await world.emulator.calls()).toEqual([])
  })

  // Somebody else's link would take scopes away from the account of whoever opens it.
  it.each(['scope=tweet.read', 'offline=false'])('a link does not choose %s', async (query) => {
    const page = await pageOf(await visitor(world).open(`/login?${query}`))
    expect(page).toMatchObject({ status: 400, code: 'request_malformed' })
    expect(page.html).toContain('POST /v1/logins')
  })

  it('what others put into a link is passed over', async () => {
    const begun = await visitor(world).open('/login?utm_source=mail&fbclid=1')
    expect(begun.status).toBe(302)
  })
})

describe('LOGIN_FLOWS', () => {
  const oauth2Only = useWorld()

  it.each(['oauth1', 'signin', 'pin'])('without %s says what is offered', async (flow) => {
    const page = await pageOf(await visitor(oauth2Only).open(`/login?flow=${flow}`))
    expect(page).toMatchObject({ status: 400, code: 'flow_unavailable' })
    expect(page.html).toContain('oauth2')
  })
})

describe('without an API key', () => {
  const unset = useWorld(ALL_FLOWS, { X_API_KEY: '', X_API_SECRET: '' })

  it('OAuth 2.0 works, and the rest says what to set', async () => {
    expect((await visitor(unset).open('/login')).status).toBe(302)
    const page = await pageOf(await visitor(unset).open('/login?flow=pin'))
    expect(page).toMatchObject({ status: 500, code: 'config_incomplete' })
    expect(page.html).toMatch(/X_API_KEY: Set the API Key.*X_API_SECRET: Set the API Key Secret/)
    const { html } = await pageOf(await visitor(unset).open('/'))
    expect(html).not.toContain('flow=pin')
  })
})

/** What a login survives: one bad moment of X, a second callback, two tabs, another browser. */
import { describe, expect, it } from 'vitest'
import { eventually } from '../eventually.ts'
import { failureOf, pageOf, problemOf } from './answers.ts'
import { ME, TOKEN } from './emulators.ts'
import { program } from './programs.ts'
import { decide, visitor } from './visitors.ts'
import { useWorld } from './worlds.ts'

const world = useWorld()
const admin = program(world)

/** A browser that is back from X with this callback, not opened yet. */
async function back(path?: string) {
  const user = await world.emulator.user()
  const browser = visitor(world)
  const callback = await decide(await browser.begin(path), user.username)
  return { user, ...browser, callback }
}

describe('one bad moment of X', () => {
  it.each(['drop_before', 'status:503', 'html'])('token endpoint: %s, then well', async (fault) => {
    const { open, callback } = await back()
    await world.emulator.fault(fault)
    expect((await open(callback)).status).toBe(200)
    expect(await world.emulator.tokenCalls()).toHaveLength(2)
  })

  it.each([
    'mangle:no_token_type',
    'mangle:null_expires_in',
    'mangle:status_201',
    'mangle:extra_fields',
    'mangle:empty_refresh_token',
  ])('an odd reply with tokens in it: %s', async (fault) => {
    const { open, callback, user } = await back()
    await world.emulator.fault(fault)
    expect((await open(callback)).status).toBe(200)
    const { due_at, oauth2 } = await admin.account(user.id)
    expect(due_at === null).toBe(fault === 'mangle:empty_refresh_token')
    expect(oauth2.scope).toBe('tweet.read users.read offline.access')
  })

  it('users/me fails: the grant is kept, the page says so, a reload asks X for the name alone', async () => {
    const { open, callback, user } = await back()
    await world.emulator.fault('status:503', ME, 9)
    const page = await pageOf(await open(callback))
    expect(page).toMatchObject({ status: 503, code: 'login_unfinished' })
    expect(page.html).toMatch(/kept/)
    expect(await world.emulator.grants(user.username)).toMatchObject([{ live: true }])
    await world.emulator.forgetFaults()
    expect((await pageOf(await open(callback))).html).toContain(`@${user.username}`)
    expect(await world.emulator.tokenCalls()).toHaveLength(1)
  })

  it('a browser that goes away during the exchange: it goes on, and a reload finds its end', async () => {
    const { open, callback, user } = await back()
    await world.emulator.fault('delay_reply:3000')
    const gone = new AbortController()
    const left = open(callback, {}, 'GET', undefined, gone.signal)
    await eventually(async () => expect(await world.emulator.tokenCalls()).toHaveLength(1))
    gone.abort()
    await expect(left).rejects.toThrow()
    await eventually(async () => expect((await admin.account(user.id)).status).toBe('ok'), 10_000)
    expect((await open(callback)).status).toBe(200)
    expect(await world.emulator.tokenCalls()).toHaveLength(1)
  })

  it('429: the page says when, and the code is tried again', async () => {
    const { id, authorize_url } = await admin.begin()
    const { username } = await world.emulator.user()
    const response_url = await decide(authorize_url, username)
    await world.emulator.fault('status:429')
    const problem = await problemOf(await admin.complete(id, { response_url }))
    expect(problem.code).toBe('x_rate_limited')
    expect(problem.retry_after).toBeGreaterThan(0)
    expect(problem.retry_after).toBeLessThanOrEqual(16)
    expect((await admin.complete(id, { response_url })).status).toBe(200)
  })

  it('app credentials: the page speaks to the operator', async () => {
    const { open, callback } = await back()
    await world.emulator.app({ client_secret: 'another' })
    const { html } = await pageOf(await open(callback))
    for (const setting of ['X_CLIENT_ID', 'X_CLIENT_SECRET', 'X_CLIENT_TYPE'])
      expect(html).toContain(setting)
    expect(html).not.toContain('Start again')
  })
})

describe('two callbacks of one login', () => {
  it('one after the other get the same answer for one token call', async () => {
    const { open, callback } = await back()
    const first = await pageOf(await open(callback))
    const second = await pageOf(await open(callback))
    expect(first.status).toBe(200)
    expect({ ...second, html: noTimes(second.html) }).toEqual({
      ...first,
      html: noTimes(first.html),
    })
    expect(await world.emulator.tokenCalls()).toHaveLength(1)
    expect(await world.emulator.calls(ME)).toHaveLength(1)
  })

  it('at once get the same answer for one token call', async () => {
    const { open, callback } = await back('/login?return_to=http://localhost:3000/')
    await world.emulator.fault('delay_reply:300')
    const answers = await Promise.all([open(callback), open(callback), open(callback)])
    const places = answers.map((each) => each.headers.get('location'))
    expect(places[0]).toMatch(/^http:\/\/localhost:3000\/\?login=/)
    expect(new Set(places).size).toBe(1)
    expect(await world.emulator.tokenCalls()).toHaveLength(1)
    expect(await world.emulator.calls(ME)).toHaveLength(1)
  })

  it('a denial after the approval changes nothing', async () => {
    const { open, callback } = await back()
    await open(callback)
    const state = new URL(callback).searchParams.get('state')
    const response = await open(`/callback?error=access_denied&state=${state}`)
    expect(response.status).toBe(200)
  })
})

describe('browsers', () => {
  it('two tabs at once both arrive, whichever comes back first', async () => {
    const { begin, open } = visitor(world)
    const [one, two] = [await world.emulator.user(), await world.emulator.user()]
    const first = await decide(await begin(), one.username)
    const second = await decide(await begin(), two.username)
    expect((await pageOf(await open(second))).html).toContain(`@${two.username}`)
    expect((await pageOf(await open(first))).html).toContain(`@${one.username}`)
  })

  it('another browser than the one that began is refused, and nothing is spent', async () => {
    const { open, callback, jar } = await back()
    const stranger = visitor(world)
    for (const [name] of jar) stranger.jar.set(name, 'x'.repeat(43))
    for (const other of [visitor(world), stranger]) {
      const page = await pageOf(await other.open(callback))
      expect([page.status, page.code]).toEqual([403, 'login_elsewhere'])
      expect(page.html).toContain('30 seconds')
    }
    expect(await world.emulator.calls(TOKEN)).toEqual([])
    expect((await open(callback)).status).toBe(200)
  })

  it('a cookie does not carry over to another login', async () => {
    const mine = await back()
    const theirs = await back()
    expect(await failureOf(await mine.open(theirs.callback))).toEqual([403, 'login_elsewhere'])
  })

  it('an unknown state is unknown', async () => {
    const response = await visitor(world).open(`/callback?state=${'s'.repeat(43)}&code=c`)
    expect(await failureOf(response)).toEqual([404, 'login_unknown'])
  })

  it('a failed login with return_to offers the way back', async () => {
    const { begin, open } = visitor(world)
    const { username } = await world.emulator.user()
    const at = await begin('/login?return_to=http://localhost:3000/in')
    const back = await decide(at, username)
    const { html, status } = await pageOf(await open(back.replace(/code=[^&]*/, 'code=made-up')))
    expect(status).toBe(400)
    expect(html).toMatch(/href="http:\/\/localhost:3000\/in\?login=[\w.-]+"/)
    expect(html).toContain(
      'href="/login?flow=oauth2&amp;return_to=http%3A%2F%2Flocalhost%3A3000%2Fin"',
    )
  })
})

describe('the same user again', () => {
  it('stays one account, with a higher generation and a living token', async () => {
    const user = await world.emulator.user()
    const { login } = visitor(world)
    await login(user.username)
    const first = await admin.account(user.id)
    await login(user.username)
    const second = await admin.account(user.id)
    expect(second.generation).toBeGreaterThan(first.generation)
    const { accounts } = await admin.json<{ accounts: { id: string }[] }>('GET', '/v1/accounts')
    expect(accounts.filter(({ id }) => id === user.id)).toHaveLength(1)
    const { access_token } = await admin.lease(user.id)
    expect((await world.emulator.me(access_token)).status).toBe(200)
  })
})

/** A page without the times on it, which pass. */
const noTimes = (html: string): string => html.replace(/\d+ (hours|minutes|seconds)/g, '')

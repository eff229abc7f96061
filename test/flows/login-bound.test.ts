/** A finished login is bound to the app that it returned to, as an authorization code is: thieves get nothing for it. */
import { describe, expect, it } from 'vitest'
import { problemOf } from './answers.ts'
import { program } from './programs.ts'
import { approveForPin, decide, type Visitor, visitor } from './visitors.ts'
import { ALL_FLOWS, useWorld } from './worlds.ts'

const A = 'https://app.example.com'
const B = 'https://appb.example.com'
const world = useWorld({ ...ALL_FLOWS, RETURN_TO: `${A} ${B}` })
const admin = program(world)

interface Told {
  id: string
  status: string
  return_to?: string
  account?: { id: string }
  problem?: { code: string }
}

/** What a session of an app remembers. */
interface Session {
  csrf: string
  login?: string
}

/** A program with a key of its own, for logins. */
async function caller(request: Record<string, unknown> = {}) {
  const made = { name: 'an app', scopes: ['logins'], ...request }
  return program(world, (await admin.json<{ key: string }>('POST', '/v1/callers', made)).key)
}

/** What a program is told about a login, or the failure. */
async function ask(asking: Awaited<ReturnType<typeof caller>>, id: string, proof?: string) {
  const query = proof === undefined ? '' : `?proof=${proof}`
  const response = await asking.send('GET', `/v1/logins/${id}${query}`)
  if (response.ok) return (await response.json()) as Told
  const { status, code } = await problemOf(response)
  return `${status} ${code}`
}

let sessions = 0
const newSession = (): Session => ({ csrf: `session-${++sessions}` })
const afterOf = (origin: string, { csrf }: Session) => `${origin}/after?csrf=${csrf}`
const loginPath = (returnTo: string, flow = 'oauth2') =>
  `/login?flow=${flow}&return_to=${encodeURIComponent(returnTo)}`

/** Where a browser is sent after it logged in. */
async function loggedIn(browser: Visitor, username: string, path: string): Promise<URL> {
  const response = await browser.login(username, path)
  expect(response.status).toBe(302)
  return new URL(response.headers.get('location') ?? '')
}

const resultIn = (back: URL) =>
  (back.searchParams.get('login') ?? '').split('.') as [id: string, proof: string]

/** An app as its users meet it: who is signed in when a browser with this session comes to this address. */
function site(asking: Awaited<ReturnType<typeof caller>>) {
  return async (session: Session, back: URL): Promise<string> => {
    if (back.searchParams.get('csrf') !== session.csrf) return 'refused by the address'
    const [id, proof] = resultIn(back)
    if (session.login !== undefined && session.login !== id) return 'refused by the id'
    const told = await ask(asking, id, proof)
    if (typeof told === 'string') return told
    const begun = new URL(told.return_to ?? 'about:blank').searchParams.get('csrf')
    if (begun !== session.csrf) return 'refused by return_to'
    return told.account?.id ?? told.status
  }
}

/** The address that a thief opens: somebody's result, beside the thief's own session. */
function stolen(origin: string, session: Session, back: URL): URL {
  const url = new URL(afterOf(origin, session))
  url.searchParams.set('login', back.searchParams.get('login') ?? '')
  return url
}

describe('a result that was stolen signs nobody in', () => {
  it('at the app, at another program of it, at another app, and at programs without addresses', async () => {
    const alice = await world.emulator.user()
    const [own, twin] = [await caller({ return_to: [A] }), await caller({ return_to: [`${A}/`] })]
    const other = await caller({ return_to: [B] })
    const [nowhere, empty] = [await caller(), await caller({ return_to: [] })]
    const limited = await caller({ return_to: [A], accounts: [alice.id] })
    const [session, thief] = [newSession(), newSession()]
    const back = await loggedIn(visitor(world), alice.username, loginPath(afterOf(A, session)))
    const tries = async () => [
      await site(other)(thief, stolen(B, thief, back)),
      await site(nowhere)(thief, stolen(A, thief, back)),
      await site(empty)(thief, stolen(A, thief, back)),
      await site(limited)(thief, stolen(A, thief, back)),
    ]
    const hidden = [
      '404 login_unknown',
      '403 return_to_not_covered',
      '403 return_to_not_covered',
      '404 login_unknown',
    ]
    // Whoever may not ask spends nothing, …
    expect(await tries()).toEqual(hidden)
    expect(await site(own)(session, back)).toBe(alice.id)
    // … and learns nothing afterwards.
    expect(await tries()).toEqual(hidden)
    expect(await site(own)(thief, stolen(A, thief, back))).toBe('refused by return_to')
    expect(await site(twin)(thief, stolen(A, thief, back))).toBe('403 proof_spent')
    expect(await ask(admin, ...resultIn(back))).toBe('403 proof_spent')
  })

  it('at an app that begins with POST /v1/logins: another id is not the one it kept', async () => {
    const [alice, mallory] = [await world.emulator.user(), await world.emulator.user()]
    const app = await caller()
    const other = await caller({ return_to: [A, B] })
    const begin = async (user: { username: string }) => {
      const session = newSession()
      const { id, login_url } = await app.begin({ return_to: afterOf(A, session) })
      session.login = id
      const browser = visitor(world)
      const callback = await decide(await browser.begin(login_url), user.username)
      const back = new URL((await browser.open(callback)).headers.get('location') ?? '')
      return { session, back }
    }
    const [hers, his] = [await begin(alice), await begin(mallory)]
    const [id, proof] = resultIn(hers.back)
    expect(await site(app)(his.session, stolen(A, his.session, hers.back))).toBe(
      'refused by the id',
    )
    expect(await ask(other, id, proof)).toBe('404 login_unknown')
    expect(await ask(app, id)).toBe('403 proof_wrong')
    expect(await ask(app, id, resultIn(his.back)[1])).toBe('403 proof_wrong')
    expect(await site(app)(hers.session, hers.back)).toBe(alice.id)
    expect(await site(app)(his.session, his.back)).toBe(mallory.id)
    expect(await ask(admin, id, proof)).toBe('403 proof_spent')
  })

  it.each(['oauth2', 'oauth1', 'signin'])('by %s', async (flow) => {
    const user = await world.emulator.user()
    const [own, twin] = [await caller({ return_to: [A] }), await caller({ return_to: [A] })]
    const path = loginPath(afterOf(A, newSession()), flow)
    const [id, proof] = resultIn(await loggedIn(visitor(world), user.username, path))
    expect(await ask(own, id)).toBe('403 proof_wrong')
    expect(await ask(own, id, proof)).toMatchObject({ account: { id: user.id } })
    expect(await ask(twin, id, proof)).toBe('403 proof_spent')
  })

  it('by PIN', async () => {
    const user = await world.emulator.user()
    const [own, twin] = [await caller({ return_to: [A] }), await caller({ return_to: [A] })]
    const browser = visitor(world)
    const path = loginPath(afterOf(A, newSession()), 'pin')
    const html = await (await browser.open(path)).text()
    const toX = /href="([^"]*\/oauth\/authorize\?[^"]*)"/.exec(html)?.[1] ?? ''
    const login = /name="login" value="([^"]*)"/.exec(html)?.[1] ?? ''
    const pin = await approveForPin(toX, user.username)
    expect(await ask(own, login)).toMatchObject({ status: 'pending' })
    const done = await browser.submit('/login/pin', { login, pin })
    const [id, proof] = resultIn(new URL(done.headers.get('location') ?? ''))
    expect(await ask(own, id, proof)).toMatchObject({ account: { id: user.id } })
    expect(await ask(twin, id, proof)).toBe('403 proof_spent')
  })

  it('from the admin key, which asks like everybody', async () => {
    const user = await world.emulator.user()
    const own = await caller({ return_to: [A] })
    const path = loginPath(afterOf(A, newSession()))
    const [id, proof] = resultIn(await loggedIn(visitor(world), user.username, path))
    expect(await ask(admin, id)).toBe('403 proof_wrong')
    expect(await ask(admin, id, `${proof}x`)).toBe('403 proof_wrong')
    expect(await ask(admin, id, proof)).toMatchObject({ account: { id: user.id } })
    expect(await ask(own, id, proof)).toBe('403 proof_spent')
  })
})

describe('who may ask', () => {
  it('is decided by whole segments of the address as it was begun', async () => {
    const { username } = await world.emulator.user()
    const app = await caller({ return_to: [`${A}/after`] })
    for (const [path, covered] of [
      ['/after', true],
      ['/after/x?y=/other', true],
      ['/afterwards', false],
      ['/after/../other', false],
      ['/after/%2e%2e/other', false],
      ['/after/..%2fother', false],
      ['/other/../after', true],
    ] as const) {
      const back = await loggedIn(visitor(world), username, loginPath(A + path))
      const told = await ask(app, ...resultIn(back))
      if (covered) expect(told, path).toMatchObject({ status: 'complete', return_to: A + path })
      else expect(told, path).toBe('404 login_unknown')
    }
  })

  it('is the same before the browser is back, whatever proof is made up', async () => {
    const browser = visitor(world)
    const returnTo = afterOf(A, newSession())
    const toX = await browser.begin(loginPath(returnTo))
    const { username } = await world.emulator.user()
    const callback = await decide(toX, username)
    const state = new URL(toX).searchParams.get('state') ?? ''
    const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(state))
    const id = Buffer.from(digest).toString('base64url')
    const own = await caller({ return_to: [A] })
    for (const proof of [undefined, 'x'.repeat(43)])
      expect(await ask(own, id, proof)).toEqual({
        id,
        status: 'pending',
        return_to: returnTo,
        expires_at: expect.any(Number),
      })
    expect(await ask(await caller(), id)).toBe('403 return_to_not_covered')
    expect(await ask(await caller({ return_to: [B] }), id)).toBe('404 login_unknown')
    const proof = resultIn(new URL((await browser.open(callback)).headers.get('location') ?? ''))[1]
    expect(await ask(own, id, proof)).toMatchObject({ status: 'complete' })
  })

  it('a caller with addresses begins no login that returns elsewhere', async () => {
    const app = await caller({ return_to: [`${A}/after`] })
    for (const return_to of [B, `${A}/other`, `${A}/afterwards`]) {
      const response = await app.send('POST', '/v1/logins', { return_to })
      expect(await problemOf(response)).toMatchObject({
        status: 403,
        code: 'return_to_not_covered',
        detail: expect.stringMatching(/^return_to: /),
      })
    }
    expect((await app.begin({ return_to: `${A}/after?csrf=1` })).id).toMatch(/^[\w-]{43}$/)
    expect((await app.begin()).id).toMatch(/^[\w-]{43}$/)
  })
})

describe('a login that failed', () => {
  it('says why to whom it may be shown, with its proof or none, as often as asked; not for a wrong one', async () => {
    const { username } = await world.emulator.user()
    const [own, twin] = [await caller({ return_to: [A] }), await caller({ return_to: [A] })]
    const browser = visitor(world)
    const session = newSession()
    const toX = await browser.begin(loginPath(afterOf(A, session)))
    const cancelled = await browser.open(await decide(toX, username, 'cancel'))
    const [id, proof] = resultIn(new URL(cancelled.headers.get('location') ?? ''))
    const failed = {
      id,
      status: 'failed',
      return_to: afterOf(A, session),
      problem: { code: 'login_cancelled' },
    }
    for (const each of [own, twin, admin])
      for (const given of [undefined, proof])
        expect(await ask(each, id, given)).toMatchObject(failed)
    expect(await ask(own, id, `${proof}x`)).toBe('403 proof_wrong')
    expect(await ask(await caller({ return_to: [B] }), id, proof)).toBe('404 login_unknown')
    expect(await ask(await caller(), id)).toBe('403 return_to_not_covered')
  })
})

describe('the proof is the browser’s whose code X took', () => {
  it('another browser that opened the same link has one that is worth nothing', async () => {
    const user = await world.emulator.user()
    const app = await caller()
    const { id, login_url } = await app.begin({ return_to: afterOf(A, newSession()) })
    const [first, second] = [visitor(world), visitor(world)]
    const toX = await first.begin(login_url)
    const denied = await first.open(
      `/callback?state=${new URL(toX).searchParams.get('state')}&error=server_error`,
    )
    const [, early = ''] = /login=[\w-]{43}\.([\w-]{43})/.exec(await denied.text()) ?? []
    expect(early).not.toBe('')
    expect(await ask(app, id, early)).toMatchObject({ status: 'pending' })
    const callback = await decide(await second.begin(login_url), user.username)
    const back = new URL((await second.open(callback)).headers.get('location') ?? '')
    expect(await ask(app, id, early)).toBe('403 proof_wrong')
    expect(await ask(app, ...resultIn(back))).toMatchObject({ account: { id: user.id } })
    expect(await ask(app, id, early)).toBe('403 proof_wrong')
  })
})

describe('a login that returned nowhere', () => {
  it('is shown as before, and to no app that brings a proof of another one', async () => {
    const user = await world.emulator.user()
    const [app, nowhere] = [await caller({ return_to: [A] }), await caller()]
    const browser = visitor(world)
    const toX = await browser.begin('/login')
    expect((await browser.open(await decide(toX, user.username))).status).toBe(200)
    const state = new URL(toX).searchParams.get('state') ?? ''
    const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(state))
    const id = Buffer.from(digest).toString('base64url')
    for (const each of [app, nowhere, nowhere, admin]) {
      const told = await ask(each, id)
      expect(told).toMatchObject({ status: 'complete', account: { id: user.id } })
      expect(told).not.toHaveProperty('return_to')
    }
    const path = loginPath(afterOf(A, newSession()))
    const [, proof] = resultIn(await loggedIn(visitor(world), user.username, path))
    expect(await ask(app, id, proof)).toBe('403 proof_wrong')
    const limited = await caller({ accounts: [user.id] })
    expect(await ask(limited, id)).toBe('404 login_unknown')
  })
})

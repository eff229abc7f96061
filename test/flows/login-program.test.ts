/** Logging in through the API: a program begins, a person approves anywhere, the program completes. */
import { describe, expect, it } from 'vitest'
import { pageOf, problemOf } from './answers.ts'
import type { Account } from './programs.ts'
import { program } from './programs.ts'
import { decide, visitor } from './visitors.ts'
import { useWorld } from './worlds.ts'

const world = useWorld()
const admin = program(world)

async function keyed(request: Record<string, unknown>) {
  const { key } = await admin.json<{ key: string }>('POST', '/v1/callers', {
    name: 'test',
    ...request,
  })
  return program(world, key)
}

describe('POST /v1/logins and complete', () => {
  it('takes the whole address that X sent the browser to', async () => {
    const user = await world.emulator.user()
    const login = await admin.begin()
    expect(login.expires_at - Date.now() / 1000).toBeGreaterThan(590)
    const response_url = await decide(login.authorize_url, user.username)
    const response = await admin.complete(login.id, { response_url })
    expect(response.status).toBe(200)
    expect(await response.json()).toMatchObject({ ...user, status: 'ok' })
  })

  it('takes the bare code', async () => {
    const user = await world.emulator.user()
    const { id, authorize_url } = await admin.begin()
    const callback = new URL(await decide(authorize_url, user.username))
    const response = await admin.complete(id, { code: callback.searchParams.get('code') })
    expect(await response.json()).toMatchObject(user)
  })

  it.each([
    ['code', (back: URL) => `\u200b“${back.searchParams.get('code')}”\n`],
    ['response_url', ({ href }: URL) => ` <${href.slice(0, 60)}\r\n  ${href.slice(60)}> `],
  ])(
    'takes a %s with what copying added; what can be none spends nothing',
    async (field, dirty) => {
      const user = await world.emulator.user()
      const { id, authorize_url } = await admin.begin()
      const back = new URL(await decide(authorize_url, user.username))
      const junk = ['"', 'a “b” c', `${back.href}…`, `${back.origin}/?state=${id}&code=%22`]
      for (const text of junk)
        expect((await admin.complete(id, { [field]: text })).status, text).toBe(400)
      expect(await world.emulator.tokenCalls()).toEqual([])
      const response = await admin.complete(id, { [field]: dirty(back) })
      expect(await response.json()).toMatchObject(user)
    },
  )

  it.each<[string, object, string]>([
    ['as a text', { scope: 'tweet.write' }, 'tweet.read users.read tweet.write offline.access'],
    [
      'as a list',
      { scope: ['like.read', 'tweet.write'] },
      'tweet.read users.read like.read tweet.write offline.access',
    ],
    [
      'with commas',
      { scope: 'tweet.write,like.read' },
      'tweet.read users.read tweet.write like.read offline.access',
    ],
    ['not to stay', { scope: 'tweet.write', offline: false }, 'tweet.read users.read tweet.write'],
    ['not at all, and not to stay', { offline: false }, 'tweet.read users.read'],
  ])('asks for the scopes named %s, with those that every login needs', async (_, body, asked) => {
    const login = await admin.begin(body)
    expect(new URL(login.authorize_url).searchParams.get('scope')).toBe(asked)
    expect(login).not.toHaveProperty('warnings')
  })

  it('asks for a scope that it does not know, and says so', async () => {
    const { authorize_url, ...login } = await admin.begin({ scope: 'tweet.wirte' })
    expect(new URL(authorize_url).searchParams.get('scope')).toContain('tweet.wirte')
    expect(login).toHaveProperty('warnings', [expect.stringContaining('tweet.write may be meant')])
  })

  it('tells its creator how far it is', async () => {
    const creator = await keyed({ scopes: ['logins'] })
    const { username } = await world.emulator.user()
    const { id, authorize_url, expires_at } = await creator.begin()
    const status = () => creator.json('GET', `/v1/logins/${id}`)
    expect(await status()).toEqual({ id, status: 'pending', expires_at })
    await creator.complete(id, { response_url: await decide(authorize_url, username) })
    expect(await status()).toMatchObject({ id, status: 'complete', account: { username } })
    const other = await keyed({ scopes: ['logins'] })
    expect(await problemOf(await other.send('GET', `/v1/logins/${id}`))).toMatchObject({
      code: 'login_unknown',
    })
  })

  it('is completed by its creator alone', async () => {
    const creator = await keyed({ scopes: ['logins'] })
    const other = await keyed({ scopes: ['logins'] })
    const { username } = await world.emulator.user()
    const { id, authorize_url } = await creator.begin()
    const response_url = await decide(authorize_url, username)
    for (const stranger of [other, admin])
      expect(await problemOf(await stranger.complete(id, { response_url }))).toMatchObject({
        status: 404,
        code: 'login_unknown',
      })
    expect(await world.emulator.tokenCalls()).toEqual([])
    expect((await creator.complete(id, { response_url })).status).toBe(200)
  })

  it('completes once: the second time gives the same account without a call', async () => {
    const { username } = await world.emulator.user()
    const { id, authorize_url } = await admin.begin()
    const response_url = await decide(authorize_url, username)
    const answers = [
      await admin.complete(id, { response_url }),
      await admin.complete(id, { response_url }),
    ]
    const [first, second] = await Promise.all(answers.map((a) => a.json() as Promise<Account>))
    expect(second).toEqual(first)
    expect(await world.emulator.tokenCalls()).toHaveLength(1)
  })
})

describe('login_url', () => {
  it('is the browser’s door into the login', async () => {
    const user = await world.emulator.user()
    const { id, login_url } = await admin.begin()
    const { open, begin } = visitor(world)
    const response = await open(await decide(await begin(login_url), user.username))
    expect(response.status).toBe(200)
    expect(await admin.json('GET', `/v1/logins/${id}`)).toMatchObject({
      status: 'complete',
      account: user,
    })
  })

  it('does not open without its ticket, for HEAD or for a prefetch', async () => {
    const { id, login_url } = await admin.begin()
    const { open } = visitor(world)
    for (const ticket of ['', '?ticket=', `?ticket=${id}`]) {
      const response = await open(`/login/${id}${ticket}`)
      expect([response.status, response.headers.getSetCookie()]).toEqual([404, []])
    }
    expect((await open(login_url, {}, 'HEAD')).headers.getSetCookie()).toEqual([])
    expect((await open(login_url, { purpose: 'prefetch' })).status).toBe(503)
  })

  it('returns to return_to, where the proof names the account', async () => {
    const user = await world.emulator.user()
    const { id, login_url } = await admin.begin({ return_to: 'http://localhost:3000/done' })
    const { open, begin } = visitor(world)
    const response = await open(await decide(await begin(login_url), user.username))
    const back = new URL(response.headers.get('location') ?? '')
    expect(back.origin + back.pathname).toBe('http://localhost:3000/done')
    const [, proof] = (back.searchParams.get('login') ?? '').split('.')
    const without = await admin.send('GET', `/v1/logins/${id}`)
    expect(await without.json()).toMatchObject({ status: 403, code: 'proof_wrong' })
    expect(await admin.json('GET', `/v1/logins/${id}?proof=${proof}`)).toMatchObject({
      account: user,
    })
  })
})

describe('a login link that more than one browser opened', () => {
  const backOf = (response: Response) => new URL(response.headers.get('location') ?? '')

  it('gives the proof to the browser that completed it alone, whatever others bring', async () => {
    const user = await world.emulator.user()
    const { id, login_url } = await admin.begin({ return_to: 'http://localhost:3000/done' })
    const [phisher, victim] = [visitor(world), visitor(world)]
    const state = new URL(await phisher.begin(login_url)).searchParams.get('state')
    const callback = await decide(await victim.begin(login_url), user.username)
    const [early, own] = await Promise.all([
      phisher.open(`/callback?state=${state}&error=access_denied_`),
      victim.open(callback),
    ])
    // Whichever of the two came first.
    expect(['login_refused_by_x', 'login_taken']).toContain((await pageOf(early)).code)
    const [, proof] = (backOf(own).searchParams.get('login') ?? '').split('.')
    for (const path of [`/callback?state=${state}&code=junk`, callback]) {
      const page = await pageOf(await phisher.open(path))
      expect(page).toMatchObject({ status: 409, code: 'login_taken' })
      expect(page.html).not.toContain(user.username)
      expect(page.html).not.toContain(proof)
    }
    expect(backOf(await victim.open(callback)).href).toBe(backOf(own).href)
    expect(await admin.json('GET', `/v1/logins/${id}?proof=${proof}`)).toMatchObject({
      account: user,
    })
  })

  it('does not tell its creator who it was, who brings junk, and stays what it was', async () => {
    const user = await world.emulator.user()
    for (const return_to of ['http://localhost:3000/done', undefined]) {
      const { id, login_url } = await admin.begin({ return_to })
      const { open, begin } = visitor(world)
      await open(await decide(await begin(login_url), user.username))
      const response = await admin.complete(id, { code: 'junk' })
      expect(await problemOf(response)).toMatchObject({ code: 'code_refused' })
      const status = await admin.send('GET', `/v1/logins/${id}`)
      // Where nothing is returned to, its creator may know.
      if (return_to) expect(await problemOf(status)).toMatchObject({ code: 'proof_wrong' })
      else expect(await status.json()).toMatchObject({ status: 'complete', account: user })
    }
  })
})

describe('what is refused', () => {
  it.each([
    ['a return_to off the list', { return_to: 'https://evil.example' }, 'return_to_refused'],
    ['a blob', { return_to: 'blob:https://app.example.com/in' }, 'return_to_refused'],
    ['another flow', { flow: 'oauth3' }, 'flow_unavailable'],
    ['an unknown field', { scopes: 'tweet.read' }, 'request_malformed'],
    ['a scope that is none', { scope: 'tweet.read\nx' }, 'request_malformed'],
    ['a scope that is misspelt', { scope: ['offline_access'] }, 'request_malformed'],
    ['a list of other things', { scope: [1] }, 'request_malformed'],
    ['an empty list of scopes', { scope: [] }, 'request_malformed'],
    ['an empty scope', { scope: '' }, 'request_malformed'],
    ['something that is no JSON', 'flow=oauth2', 'request_malformed'],
    ['a JSON list', '[]', 'request_malformed'],
  ])('%s to begin with', async (_, body, code) => {
    expect(await problemOf(await admin.send('POST', '/v1/logins', body))).toMatchObject({
      status: 400,
      code,
    })
  })

  it.each([
    ['nothing', {}, /^body: one of response_url/],
    ['no body', '', /^body: one of response_url/],
    [
      'both',
      { code: 'c', response_url: 'http://localhost/callback?state=s&code=c' },
      /^body: one of response_url/,
    ],
    ['no address', { response_url: 'callback?code=c' }, /^response_url: the whole address/],
    ['an empty code', { code: '' }, /^code: it is empty/],
    ['a code of 10 kB', { code: 'c'.repeat(10_000) }, /^code: at most 1024 characters/],
    ['a list', { code: ['c'] }, /^(code: expected string|body: one of response_url)/],
  ])('%s to complete with', async (_, body, detail) => {
    const { id } = await admin.begin()
    expect(await problemOf(await admin.complete(id, body))).toMatchObject({
      status: 400,
      code: 'request_malformed',
      detail: expect.stringMatching(detail),
    })
    expect(await admin.json('GET', `/v1/logins/${id}`)).toMatchObject({ status: 'pending' })
  })

  it('a body over 64 KiB', async () => {
    const response = await admin.send('POST', '/v1/logins', ' '.repeat(70_000))
    expect(await problemOf(response)).toMatchObject({ status: 413, code: 'request_too_large' })
  })
})

/** Logging in from a browser: to X and back, and how an app learns who it was. */
import { describe, expect, it } from 'vitest'
import { failureOf, pageOf, problemOf } from './answers.ts'
import { program } from './programs.ts'
import { decide, visitor } from './visitors.ts'
import { CLIENT_ID, useWorld } from './worlds.ts'

const world = useWorld()
const admin = program(world)

describe('the way to X', () => {
  it('is offered on the start page, with the callback URL to register', async () => {
    const { status, html } = await pageOf(await visitor(world).open('/'))
    expect(status).toBe(200)
    expect(html).toMatch(/<a class="button" href="\/login"[^>]*>\s*Log in with X/)
    expect(html).toContain(`${world.perch}/callback`)
  })

  it('asks for PKCE with S256, exactly X_SCOPES, a state and the registered callback', async () => {
    const url = new URL(await visitor(world).begin())
    expect(url.origin + url.pathname).toBe(`${world.x}/i/oauth2/authorize`)
    expect(Object.fromEntries(url.searchParams)).toEqual({
      response_type: 'code',
      client_id: CLIENT_ID,
      redirect_uri: `${world.perch}/callback`,
      scope: 'tweet.read users.read offline.access',
      state: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge_method: 'S256',
    })
    expect(url.search).toContain('scope=tweet.read%20users.read%20offline.access')
  })

  it('sets a cookie of its own, for this browser alone, as loopback http takes it', async () => {
    const response = await visitor(world).open('/login')
    const [cookie, back, ...more] = response.headers.getSetCookie()
    expect(back).toMatch(/^perch_back=v1\./)
    expect(more).toEqual([])
    const [pair, ...attributes] = cookie?.split('; ') ?? []
    expect(pair).toMatch(/^perch_login_[\w-]{16}=v1\.[0-9a-f]{8}\.[\w-]+\.[\w-]+$/)
    expect(attributes.sort()).toEqual(['HttpOnly', 'Max-Age=600', 'Path=/', 'SameSite=Lax'])
    expect(response.headers.get('cache-control')).toBe('no-store')
  })

  it('takes new secrets each time', async () => {
    const { begin, jar } = visitor(world)
    const seen = [new URL(await begin()), new URL(await begin())]
    for (const name of ['state', 'code_challenge'])
      expect(seen[0]?.searchParams.get(name)).not.toBe(seen[1]?.searchParams.get(name))
    const logins = [...jar].filter(([name]) => name.startsWith('perch_login_'))
    expect(new Set(logins.map(([, value]) => value)).size).toBe(2)
  })

  it('begins nothing for HEAD and prefetches', async () => {
    const { open } = visitor(world)
    const looks: [Response, number][] = [
      [await open('/login', {}, 'HEAD'), 204],
      [await open('/login', { 'sec-purpose': 'prefetch' }), 503],
      [await open('/login', { 'sec-purpose': 'prefetch;prerender' }), 503],
      [await open('/login', { purpose: 'prefetch' }), 503],
      [await open('/login', { 'x-moz': 'prefetch' }), 503],
    ]
    for (const [response, status] of looks) {
      expect(response.status).toBe(status)
      expect(response.headers.getSetCookie()).toEqual([])
      expect(response.headers.get('location')).toBeNull()
    }
    expect(await world.emulator.calls()).toEqual([])
  })

  it.each(['oauth3', 'pin', '__proto__', ''])('refuses the flow %j', async (flow) => {
    const response = await visitor(world).open(`/login?flow=${flow}`)
    expect(await failureOf(response)).toEqual([400, 'flow_unavailable'])
  })
})

describe('the way back', () => {
  it('ends on a page with name, scopes and expiry, and no token', async () => {
    const user = await world.emulator.user()
    const { status, html } = await pageOf(await visitor(world).login(user.username))
    expect(status).toBe(200)
    for (const text of [user.name, `@${user.username}`, user.id, '2 hours', 'offline.access'])
      expect(html).toContain(text)
    const [grant] = await world.emulator.grants(user.username)
    expect(html).not.toContain(grant?.access_token)
    expect(html).not.toContain(grant?.refresh_token)
    expect(await admin.account(user.id)).toMatchObject({
      ...user,
      status: 'ok',
      grants: ['oauth2'],
      oauth2: { scope: 'tweet.read users.read offline.access', client_id: CLIENT_ID },
    })
  })

  it('begins nothing for HEAD and prefetches: the code is not spent', async () => {
    const { username } = await world.emulator.user()
    const { begin, open } = visitor(world)
    const callback = await decide(await begin(), username)
    expect((await open(callback, {}, 'HEAD')).status).toBe(204)
    expect((await open(callback, { 'sec-purpose': 'prefetch' })).status).toBe(503)
    expect(await world.emulator.tokenCalls()).toEqual([])
    expect((await open(callback)).status).toBe(200)
  })
})

describe('return_to', () => {
  it('gets the browser back with a login id and proof; the proof alone names the account', async () => {
    const user = await world.emulator.user()
    const returnTo = encodeURIComponent('https://app.example.com/in?next=%2Fa&login=old')
    const response = await visitor(world).login(user.username, `/login?return_to=${returnTo}`)
    expect(response.status).toBe(302)
    const back = new URL(response.headers.get('location') ?? '')
    expect(back.origin + back.pathname).toBe('https://app.example.com/in')
    expect(back.searchParams.get('next')).toBe('/a')
    const [, id, proof] = /^([\w-]{43})\.([\w-]{43})$/.exec(back.searchParams.get('login') ?? '')!
    const ask = (query: string) => admin.send('GET', `/v1/logins/${id}${query}`)
    const wrong = async () => {
      for (const query of ['', '?proof=', `?proof=${id}`, `?proof=${proof}x`])
        expect(await failureOf(await ask(query))).toEqual([403, 'proof_wrong'])
    }
    await wrong()
    expect(await (await ask(`?proof=${proof}`)).json()).toMatchObject({
      status: 'complete',
      return_to: 'https://app.example.com/in?next=%2Fa&login=old',
      account: user,
    })
    await wrong()
  })

  it.each([
    [
      'https://app.example.com/in?sig=a+b%20%7e~&x&y=',
      'https://app.example.com/in?sig=a+b%20%7e~&x&y=&',
    ],
    ['myapp://callback', 'myapp://callback?'],
    ['myapp://callback?csrf=a+b%20', 'myapp://callback?csrf=a+b%20&'],
  ])('is sent byte for byte, the result behind it: %s', async (address, before) => {
    const { username } = await world.emulator.user()
    const path = `/login?return_to=${encodeURIComponent(address)}`
    const location = (await visitor(world).login(username, path)).headers.get('location') ?? ''
    expect(location.slice(0, before.length)).toBe(before)
    expect(location.slice(before.length)).toMatch(/^login=[\w-]{43}\.[\w-]{43}$/)
  })

  it('of an app: a login that failed leads back there', async () => {
    const { begin, open } = visitor(world)
    const { username } = await world.emulator.user()
    const at = await begin('/login?return_to=myapp://callback?csrf=1')
    const response = await open(await decide(at, username, 'cancel'))
    const leads =
      response.headers.get('location') ?? (await response.text()).replaceAll('&amp;', '&')
    expect(leads).toMatch(/myapp:\/\/callback\?csrf=1&login=[\w-]{43}\.[\w-]{43}/)
  })

  it.each([
    ['http://localhost:3000/#/after', 'has a fragment'],
    ['https://user@app.example.com/', 'has a user name'],
    ['http://app.example.com/', 'is plain http'],
    ['javascript:alert(1)', 'has a scheme'],
    ['/in', 'is not a whole address'],
    ['', 'is empty'],
    ['https://evil.example', 'RETURN_TO does not list'],
    ['http://localhost:3001/', 'RETURN_TO does not list'],
    ['myapp://elsewhere', 'RETURN_TO does not list'],
    [`https://app.example.com/${'x'.repeat(2048)}`, 'is longer than 2048'],
  ])('%s is refused with its cause, to people and to programs', async (address, cause) => {
    const response = await visitor(world).open(
      `/login?${new URLSearchParams({ return_to: address })}`,
    )
    expect((await pageOf(response)).html).toContain(cause)
    const body = { name: 'app', scopes: ['logins'], return_to: ['https://app.example.com/after'] }
    const { key } = await admin.json<{ key: string }>('POST', '/v1/callers', body)
    for (const caller of [admin, program(world, key)])
      expect(
        await problemOf(await caller.send('POST', '/v1/logins', { return_to: address })),
      ).toMatchObject({ code: 'return_to_refused', detail: expect.stringContaining(cause) })
  })

  it('is sent as it was judged, however it was written', async () => {
    const { username } = await world.emulator.user()
    const query = new URLSearchParams({ return_to: 'https:\\\\app.exam\nple.com\\@evil.example/' })
    const response = await visitor(world).login(username, `/login?${query}`)
    expect(response.headers.get('location')).toMatch(
      /^https:\/\/app\.example\.com\/@evil\.example\/\?login=/,
    )
  })

  it.each([
    ' https://app.example.com/in',
    'https://app.example.com/in\n',
    '\u0000https://app.example.com/in',
    'ht\ttps://app.example.com/in',
    'https://app.example.com/\tin',
    'https:\\\\app.example.com\\in',
    'https:/app.example.com/in',
    'https:app.example.com/in',
    'HTTPS://APP.EXAMPLE.COM/in',
    'https://app.example.com:443/in',
    'https://@app.example.com/in',
    'https://app%2eexample.com/in',
  ])('is sent as browsers read it: %j', async (address) => {
    const { username } = await world.emulator.user()
    const query = new URLSearchParams({ return_to: address })
    const response = await visitor(world).login(username, `/login?${query}`)
    expect(response.headers.get('location')).toMatch(/^https:\/\/app\.example\.com\/in\?login=/)
  })

  it.each([
    'blob:https://app.example.com/in',
    'blob:https://app.example.com/0c1e9b0e-6d5c-4c6e-8d0f-0d6f2a3b4c5d',
    'BLOB:https://app.example.com/in',
    ' b\nlob:https://app.example.com/in',
    'blob:http://localhost:3000/in',
    'blob:blob:https://app.example.com/in',
    'filesystem:https://app.example.com/temporary/in',
    'view-source:https://app.example.com/in',
    'ws://app.example.com/in',
    'wss://app.example.com/in',
    'ftp://app.example.com/in',
    'file://app.example.com/in',
    'intent://app.example.com/in#Intent;scheme=https;end',
    'https://evil.example\\@app.example.com/',
    'https://evil.example#@app.example.com/',
    'https://evil.example?@app.example.com/',
    'https://:pass@app.example.com/',
    'https://app.example.com\n.evil.example/',
    'https://app.example.com%2eevil.example/',
    'javascript://app.example.com/%0aalert(1)',
    ' javascript:alert(1)',
    'java\nscript:alert(1)',
    'null',
    'https://evil.example',
    'http://app.example.com/',
    'https://app.example.com:8443/',
    'https://app.example.com.evil.example/',
    'https://app.example.com@evil.example/',
    'https://user@app.example.com/',
    'https://user:pass@app.example.com/',
    'https://xapp.example.com/',
    'https://app.example.com/#fragment',
    '//app.example.com/',
    '/in',
    '',
    'app.example.com',
    'javascript:alert(1)',
    'data:text/html,hi',
    'http://localhost:3001/',
    `https://app.example.com/${'x'.repeat(3000)}`,
  ])('is refused as %s', async (address) => {
    const query = new URLSearchParams({ return_to: address })
    const response = await visitor(world).open(`/login?${query}`)
    expect(response.headers.getSetCookie()).toEqual([])
    expect(await failureOf(response)).toEqual([400, 'return_to_refused'])
  })
})

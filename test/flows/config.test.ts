/** What Perch says while it is not set up: each setting by name, never its value. */
import { describe, expect, it } from 'vitest'
import { FAILURES } from '../../src/failures.ts'
import { failureOf, pageOf, problemOf } from './answers.ts'
import { program } from './programs.ts'
import { visitor } from './visitors.ts'
import { useWorld, type World } from './worlds.ts'

interface Health {
  ok: boolean
  state: string
  config: string
  set: Record<string, string>
}

async function health(world: World): Promise<Health> {
  const response = await program(world, null).send('GET', '/healthz')
  const said = (await response.json()) as Health
  expect(response.status).toBe(said.ok ? 200 : 503)
  return said
}

describe('complete', () => {
  const world = useWorld()

  it('/healthz says so, to anybody, and nothing else', async () => {
    expect(await health(world)).toEqual({
      ok: true,
      state: 'ok',
      config: 'complete',
      set: {},
    })
  })

  it('the start page has nothing to set', async () => {
    expect((await pageOf(await visitor(world).open('/'))).html).not.toContain('Still to be set')
  })

  it('/problems explains every code', async () => {
    const { status, html } = await pageOf(await visitor(world).open('/problems'))
    expect(status).toBe(200)
    for (const code of Object.keys(FAILURES)) expect(html).toContain(`id="${code}"`)
  })

  it.each(['/nothing', '/login/x/y', '/callback/x', '/%'])(
    '%s is a page that is not there',
    async (path) => {
      expect(await failureOf(await visitor(world).open(path))).toEqual([404, 'not_found'])
    },
  )
})

describe('nothing is set', () => {
  const SECRETS = { X_CLIENT_ID: '', X_CLIENT_SECRET: '', SEALING_KEYS: '', ADMIN_KEY: '' }
  const world = useWorld({ LOGIN_ALLOW: '' }, SECRETS)

  it('/healthz names each setting, and what to put there', async () => {
    const { ok, config, set } = await health(world)
    expect({ ok, config }).toEqual({ ok: false, config: 'incomplete' })
    expect(Object.keys(set).sort()).toEqual(Object.keys(SECRETS).sort())
    for (const fix of Object.values(set)) expect(fix).toMatch(/^Set /)
  })

  it('so does the start page', async () => {
    const { status, html } = await pageOf(await visitor(world).open('/'))
    expect(status).toBe(200)
    for (const name of [...Object.keys(SECRETS), 'LOGIN_ALLOW']) expect(html).toContain(name)
  })

  const id = 'a'.repeat(43)
  it.each([
    ['/login', 'LOGIN_ALLOW'],
    [`/login/${id}?ticket=t`, 'SEALING_KEYS'],
    [`/callback?state=${id}&code=c`, 'SEALING_KEYS'],
  ])('%s names %s', async (path, setting) => {
    const response = await visitor(world).open(path)
    expect(response.headers.getSetCookie()).toEqual([])
    const page = await pageOf(response)
    expect(page).toMatchObject({ status: 500, code: 'config_incomplete' })
    // "Start again" led back to this page.
    expect(page.html).not.toContain('Start again')
    expect(page.html).toContain('To the start page')
    expect(page.html).toContain(setting)
  })

  it.each(['/v1/accounts', '/v1/accounts/1/token', '/v1/callers', `/v1/logins/${id}`])(
    '%s names ADMIN_KEY',
    async (path) => {
      for (const key of [null, 'x', 'x'.repeat(40)]) {
        const problem = await problemOf(await program(world, key).send('GET', path))
        expect(problem).toMatchObject({ status: 500, code: 'config_incomplete' })
        expect(problem.detail).toContain('ADMIN_KEY')
      }
    },
  )
})

describe('only the admin key is set', () => {
  const world = useWorld({}, { X_CLIENT_ID: '', X_CLIENT_SECRET: ' ', SEALING_KEYS: '' })

  it('a login names all that it lacks at once, on both ways', async () => {
    const page = await pageOf(await visitor(world).open('/login'))
    const problem = await problemOf(await program(world).send('POST', '/v1/logins'))
    expect(problem).toMatchObject({ status: 500, code: 'config_incomplete' })
    expect(page).toMatchObject({ status: 500, code: 'config_incomplete' })
    for (const name of ['X_CLIENT_ID', 'X_CLIENT_SECRET', 'SEALING_KEYS']) {
      expect(problem.detail).toContain(name)
      expect(page.html).toContain(name)
    }
  })

  it('accounts can be listed', async () => {
    expect(await program(world).json('GET', '/v1/accounts')).toEqual({ accounts: [] })
  })
})

describe('everything is set wrongly', () => {
  const VARS = {
    PUBLIC_ORIGIN: 'http://perch.example.com',
    X_API_ORIGIN: 'https://api.x.com/2',
    X_CLIENT_TYPE: 'native',
    LOGIN_FLOWS: 'oauth2 marked-telepathy',
    RETURN_TO: 'https://app.example.com marked.example.com',
  }
  const SECRETS = {
    X_CLIENT_ID: '<OAuth 2.0 Client ID>',
    X_CLIENT_SECRET: 'your-client-secret',
    SEALING_KEYS: 'marked-short-sealing-key',
    ADMIN_KEY: 'marked-short-admin-key',
  }
  const world = useWorld(VARS, SECRETS)

  it('/healthz names each, without a word of what stands in it', async () => {
    const { config, set } = await health(world)
    expect(config).toBe('incomplete')
    expect(Object.keys(set).sort()).toEqual(Object.keys({ ...VARS, ...SECRETS }).sort())
    expect(JSON.stringify(set)).not.toContain('marked')
    expect(set).toMatchObject({
      LOGIN_FLOWS: expect.stringMatching(/^1 of its 2 words name no flow; there is: oauth2,/),
      RETURN_TO: expect.stringMatching(/^Address 2 /),
    })
  })

  it('a short admin key opens nothing', async () => {
    const problem = await problemOf(
      await program(world, SECRETS.ADMIN_KEY).send('GET', '/v1/accounts'),
    )
    expect(problem).toMatchObject({ status: 500, code: 'config_incomplete' })
  })

  it.each(['/', '/login', '/callback?state=s&code=c'])('%s says what to set', async (path) => {
    const page = await pageOf(await visitor(world).open(path))
    expect(page).toMatchObject({ status: 500, code: 'config_incomplete' })
    expect(page.html).toContain('PUBLIC_ORIGIN')
  })
})

describe('X_SCOPES', () => {
  const misspelt = useWorld({ X_SCOPES: 'offline_access tweet.write' })
  const unknown = useWorld({ X_SCOPES: 'tweet.write,new.scope' })

  it('misspelt: the operator is told, and no login goes to X with it', async () => {
    const set = { X_SCOPES: 'offline_access is written offline.access.' }
    const health = await program(misspelt, null).send('GET', '/healthz')
    expect([health.status, await health.json()]).toMatchObject([503, { set }])
    expect((await pageOf(await visitor(misspelt).open('/'))).html).toContain(set.X_SCOPES)
    const begun = await program(misspelt).send('POST', '/v1/logins', {})
    expect(await problemOf(begun)).toMatchObject({ code: 'config_incomplete', detail: /X_SCOPES/ })
    // A program that names its own scopes needs none of it.
    await program(misspelt).begin({ scope: 'tweet.write' })
  })

  it('unknown: the operator is told, and logins ask for it', async () => {
    const warning = expect.stringContaining('new.scope is no scope of X that Perch knows')
    expect(await program(unknown, null).json('GET', '/healthz')).toMatchObject({ ok: true })
    expect((await pageOf(await visitor(unknown).open('/'))).html).toContain('To be looked at')
    const status = await program(unknown).json('GET', '/v1/status')
    expect(status).toMatchObject({ warnings: [warning] })
    const { authorize_url } = await program(unknown).begin()
    const scope = new URL(authorize_url).searchParams.get('scope')
    expect(scope).toBe('tweet.read users.read tweet.write new.scope offline.access')
  })
})

/** Where people reach Perch: the public origin, this machine itself, and nowhere else. */
import { request } from 'node:http'
import { describe, expect, it } from 'vitest'
import { pageOf, problemOf } from './answers.ts'
import { program } from './programs.ts'
import { decide, visitor } from './visitors.ts'
import { ADMIN_KEY, useWorld, type World } from './worlds.ts'

/** A request that says another host, as fetch may not. */
function ask(
  world: World,
  host: string,
  path: string,
  more: Record<string, string> = {},
): Promise<Response> {
  const headers = { host, authorization: `Bearer ${ADMIN_KEY}`, ...more }
  return new Promise((resolve, reject) => {
    const sent = request(world.perch + path, { headers }, (answer) => {
      const parts: Buffer[] = []
      answer.on('data', (part: Buffer) => parts.push(part))
      answer.on('end', () => {
        const all = new Headers()
        for (const [name, value] of Object.entries(answer.headersDistinct))
          for (const each of value ?? []) all.append(name, each)
        resolve(new Response(Buffer.concat(parts), { status: answer.statusCode!, headers: all }))
      })
    })
    sent.on('error', reject)
    sent.end()
  })
}

describe('without PUBLIC_ORIGIN', () => {
  const world = useWorld()

  it.each(['/', '/login', '/callback?state=s&code=c'])(
    'a page off loopback asks for it: %s',
    async (path) => {
      const response = await ask(world, 'evil.example', path)
      expect(response.headers.getSetCookie()).toEqual([])
      const page = await pageOf(response)
      expect(page).toMatchObject({ status: 500, code: 'config_incomplete' })
      expect(page.html).not.toContain('evil.example')
    },
  )

  it('the API off loopback takes no key over plain http', async () => {
    const problem = await problemOf(await ask(world, 'perch.example.com', '/v1/accounts'))
    expect(problem).toMatchObject({ status: 403, code: 'https_required' })
  })
})

describe('with PUBLIC_ORIGIN', () => {
  const origin = 'https://perch.example.com'
  const world = useWorld({ PUBLIC_ORIGIN: origin })

  it.each(['/', '/login?return_to=http%3A%2F%2Flocalhost%3A3000', '/callback?state=s&code=c'])(
    'pages elsewhere lead there before any cookie is set: %s',
    async (path) => {
      for (const response of [
        await visitor(world).open(path),
        await ask(world, 'old.example.com', path),
      ]) {
        expect(response.status).toBe(302)
        expect(response.headers.get('location')).toBe(origin + path)
        expect(response.headers.getSetCookie()).toEqual([])
      }
    },
  )

  it('is what X sends people back to, and where login_url leads', async () => {
    const { authorize_url, login_url } = await program(world).begin()
    const callback = new URL(authorize_url).searchParams.get('redirect_uri')
    expect(callback).toBe(`${origin}/callback`)
    expect(login_url).toMatch(/^https:\/\/perch\.example\.com\/login\//)
  })
})

describe('with a host that development names', () => {
  const host = 'perch.example.com'
  const world = useWorld({
    PUBLIC_ORIGIN: `https://${host}`,
    DEV_HTTP_HOSTS: `${host} host.docker.internal:8787`,
  })

  it('a proxy that speaks http to us logs people in, with the cookies of https', async () => {
    await world.emulator.app({ callbacks: [`https://${host}/callback`] })
    const { username } = await world.emulator.user()
    const begun = await ask(world, host, '/login')
    const [cookie = ''] = begun.headers.getSetCookie()
    expect(cookie).toMatch(/^__Host-perch_login_[^;]+; .*Secure/)
    const callback = new URL(await decide(begun.headers.get('location') ?? '', username))
    expect(callback.origin).toBe(`https://${host}`)
    const path = callback.pathname + callback.search
    const page = await pageOf(await ask(world, host, path, { cookie: cookie.split(';')[0] ?? '' }))
    expect([page.status, page.html]).toEqual([200, expect.stringContaining(`@${username}`)])
  })

  it.each([host, 'host.docker.internal:8787', 'localhost:8787', 'perch.localhost:8787'])(
    'the API takes a key over http: %s',
    async (each) => {
      expect((await ask(world, each, '/v1/accounts')).status).toBe(200)
    },
  )

  it.each(['host.docker.internal:8788', 'other.example.com', `${host}.evil.example`])(
    'no other host becomes ours by it: %s',
    async (each) => {
      const problem = await problemOf(await ask(world, each, '/v1/accounts'))
      expect(problem).toMatchObject({ code: 'https_required' })
      const page = await ask(world, each, '/login')
      expect(page.headers.get('location')).toBe(`https://${host}/login`)
    },
  )

  it('one that is not the public one leads there: cookies are set where the callback comes', async () => {
    const page = await ask(world, 'host.docker.internal:8787', '/login')
    expect(page.headers.get('location')).toBe(`https://${host}/login`)
    expect(page.headers.getSetCookie()).toEqual([])
  })
})

/** Where people reach Perch: the public origin, this machine itself, and nowhere else. */
import { request } from 'node:http'
import { describe, expect, it } from 'vitest'
import { pageOf, problemOf } from './answers.ts'
import { program } from './programs.ts'
import { visitor } from './visitors.ts'
import { ADMIN_KEY, useWorld, type World } from './worlds.ts'

/** A request that says another host, as fetch may not. */
function ask(world: World, host: string, path: string): Promise<Response> {
  const headers = { host, authorization: `Bearer ${ADMIN_KEY}` }
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

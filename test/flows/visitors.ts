/** A person's browser as far as HTTP goes: cookies are kept, redirects are looked at. */
import { expect } from 'vitest'
import type { World } from './worlds.ts'

let visitors = 0

export type Visitor = ReturnType<typeof visitor>

/** A browser of its own: an empty cookie jar and an address that nobody else has. */
export function visitor(world: World) {
  const jar = new Map<string, string>()
  visitors += 1
  const address = `10.0.${visitors >> 8}.${visitors & 255}`

  /** Opens an address of Perch. */
  async function open(
    url: string,
    headers: Record<string, string> = {},
    method = 'GET',
    body?: URLSearchParams,
    signal?: AbortSignal,
  ) {
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
    const response = await fetch(new URL(url, world.perch), {
      method,
      ...(body ? { body } : {}),
      ...(signal ? { signal } : {}),
      redirect: 'manual',
      headers: { cookie, 'cf-connecting-ip': address, ...headers },
    })
    for (const line of response.headers.getSetCookie()) {
      const [name = '', value = ''] = (line.split(';')[0] ?? '').split('=')
      jar.set(name, value)
    }
    return response
  }

  /** Sends a form of Perch's, as a browser does. */
  const submit = (path: string, form: Record<string, string>) =>
    open(path, {}, 'POST', new URLSearchParams(form))

  /** Begins a login and gives the address at X. */
  async function begin(path = '/login'): Promise<string> {
    const response = await open(path)
    expect(response.status, path).toBe(302)
    return response.headers.get('location') ?? ''
  }

  return {
    jar,
    open,
    submit,
    begin,
    /** The whole way to the callback, and the callback itself. */
    login: async (username: string, path = '/login') =>
      open(await decide(await begin(path), username)),
  }
}

/** Approves at X and reads the PIN from the page. */
export async function approveForPin(authorizeUrl: string, username: string): Promise<string> {
  const body = new URLSearchParams({ username, decision: 'authorize' })
  const response = await fetch(authorizeUrl, { method: 'POST', body, redirect: 'manual' })
  const html = await response.text()
  expect(response.status, html).toBe(200)
  return /<code id="pin">(\d+)</.exec(html)?.[1] ?? ''
}

/** Answers X's consent page and gives the address that X sends the browser to. */
export async function decide(
  authorizeUrl: string,
  username: string,
  decision: 'authorize' | 'cancel' = 'authorize',
): Promise<string> {
  const body = new URLSearchParams({ username, decision })
  const response = await fetch(authorizeUrl, { method: 'POST', body, redirect: 'manual' })
  expect(response.status, await response.text()).toBe(302)
  return response.headers.get('location') ?? ''
}

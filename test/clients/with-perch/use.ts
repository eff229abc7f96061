/** One Perch for a test file, at the emulator that its clients have, and what its operator does. */
import { type ChildProcess, fork } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach } from 'vitest'
import { freePort, printed, type useClients } from '../play.ts'
import { consent } from '../players/x.ts'

const ROOT = join(import.meta.dirname, '../../..')

/** Starts Perch for a test file, after the emulator. */
export function usePerch(x: ReturnType<typeof useClients>) {
  const adminKey = randomBytes(32).toString('base64url')
  let child: ChildProcess | undefined
  let perch = ''

  beforeAll(async () => {
    const port = String(await freePort())
    perch = `http://localhost:${port}`
    const PATH = `${join(ROOT, 'node_modules/.bin')}:${process.env.PATH}`
    child = fork(join(import.meta.dirname, 'start.ts'), [port, x.origin, adminKey], {
      cwd: ROOT,
      env: { ...process.env, PATH },
      silent: true,
    })
    await printed(child, 'Perch is up.')
  })

  afterAll(async () => {
    const ended = new Promise((resolve) => child?.once('exit', resolve))
    child?.kill()
    await ended
  })

  beforeEach(() => x.set({ callbacks: [`${perch}/callback`] }))

  async function call<T>(path: string, body: unknown): Promise<T> {
    const headers = { authorization: `Bearer ${adminKey}` }
    const init = { method: 'POST', headers, body: JSON.stringify(body) }
    const response = await fetch(perch + path, init)
    const text = await response.text()
    if (!response.ok) throw new Error(`${path}: ${text}`)
    return JSON.parse(text) as T
  }

  /**
   * Alice logs in by this flow, and a program gets a key that has this scope.
   *
   * @returns what that program finds in its environment
   */
  async function connect(flow: 'oauth2' | 'oauth1', scope: 'tokens' | 'sign') {
    const { id, authorize_url } = await call<Login>('/v1/logins', { flow })
    const response_url = (await consent(authorize_url)).href
    const account = await call<{ id: string }>(`/v1/logins/${id}/complete`, { response_url })
    const { key } = await call<{ key: string }>('/v1/callers', { name: 'bot', scopes: [scope] })
    return { PERCH: perch, ACCOUNT: account.id, KEY: key }
  }

  return { connect }
}

interface Login {
  id: string
  authorize_url: string
}

/**
 * Runs once before the workers ring: somebody's address for X's webhooks, which Perch in workerd has none of. It answers X's
 * check with the secret of the emulator's app, or, at a path that was sent `POST ?wrong`, with none; `POST ?right` mends that. By
 * path, since files of tests run beside each other.
 */
import { createHmac } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestProject } from 'vitest/node'
import { SEEDED_APP } from '../../emulator/seeds.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    hook: string
  }
}

export default async function setup(project: TestProject): Promise<() => void> {
  const wrong = new Set<string>()
  const server = createServer((request, answer) => {
    request.resume()
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost')
    const token = searchParams.get('crc_token')
    if (token === null) {
      if (searchParams.has('wrong')) wrong.add(pathname)
      else wrong.delete(pathname)
      return void answer.end()
    }
    const hmac = createHmac('sha256', SEEDED_APP.client_secret).update(token).digest('base64')
    answer.end(JSON.stringify({ response_token: wrong.has(pathname) ? '' : `sha256=${hmac}` }))
  })
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
  project.provide('hook', `http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  return () => {
    server.close()
    server.closeAllConnections()
  }
}

/**
 * Runs once before the workers ring: an X that answers every call with a redirect to a third place, which counts who
 * comes. The status stands first in the path: `<origin>/307/2/oauth2/token`.
 */
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  export interface ProvidedContext {
    redirector: string
  }
}

export default async function setup(project: TestProject): Promise<() => void> {
  const hits = { x: 0, elsewhere: 0 }
  const elsewhere = await listen((request, answer) => {
    hits.elsewhere += 1
    request.resume()
    answer.end('{"access_token":"a","token_type":"bearer"}')
  })
  const x = await listen((request, answer) => {
    request.resume()
    // The hits since they were last asked for.
    if (request.url === '/hits') {
      answer.end(JSON.stringify(hits))
      Object.assign(hits, { x: 0, elsewhere: 0 })
      return
    }
    hits.x += 1
    const [, status = '', ...path] = (request.url ?? '').split('/')
    answer.writeHead(Number(status), { location: `${elsewhere.origin}/${path.join('/')}` }).end()
  })
  project.provide('redirector', x.origin)
  return () => {
    x.stop()
    elsewhere.stop()
  }
}

async function listen(listener: RequestListener) {
  const server = createServer(listener)
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
  const stop = () => {
    server.close()
    server.closeAllConnections()
  }
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, stop }
}

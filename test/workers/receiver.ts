/**
 * Runs once before the workers ring: somebody’s server that events are delivered to. The first part of a path says how it
 * answers, the second one whose deliveries they are: `<origin>/<manner>/<key>`; `<origin>/seen/<key>` tells what came.
 */
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  export interface ProvidedContext {
    receiver: string
  }
}

const MANNERS: Record<string, (answer: ServerResponse) => void> = {
  ok: (answer) => answer.writeHead(200).end('thanks'),
  fail: (answer) => answer.writeHead(500).end('no'),
  gone: (answer) => answer.writeHead(410).end(),
  // Where it leads to is seen under the key of its own path.
  moved: (answer) => answer.writeHead(307, { location: '/ok/elsewhere' }).end(),
  wait: (answer) => answer.writeHead(429, { 'retry-after': '3600' }).end(),
  hang: () => undefined,
  // A status, and then nothing.
  stall: (answer) => answer.writeHead(200).write('x'),
  // A body without an end.
  endless: (answer) => {
    answer.writeHead(200)
    const more = setInterval(() => answer.write('x'.repeat(100)), 5)
    answer.on('close', () => clearInterval(more))
  },
}

export default async function setup(project: TestProject): Promise<() => void> {
  const seen = new Map<string, { type: string; name: string | undefined }[]>()
  const server = createServer((request, answer) => {
    const [, manner = '', key = ''] = (request.url ?? '').split('/')
    let text = ''
    request.on('data', (chunk: Buffer) => {
      text += chunk.toString()
    })
    request.on('end', () => {
      if (manner === 'seen') {
        answer.end(JSON.stringify(seen.get(key) ?? []))
        return
      }
      const { type, data } = JSON.parse(text)
      seen.set(key, [...(seen.get(key) ?? []), { type, name: data.caller?.name }])
      MANNERS[manner]?.(answer)
    })
  })
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
  project.provide('receiver', `http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  return () => {
    server.close()
    server.closeAllConnections()
  }
}

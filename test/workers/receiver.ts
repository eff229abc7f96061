/**
 * Runs once before the workers ring: somebody’s server that events are delivered to. The first part of a path says how it
 * answers, the second one whose deliveries they are: `<origin>/<manner>/<key>`; `<origin>/seen/<key>` tells what came, and
 * `<origin>/from-now/<key>/<manner>` has it answer those otherwise.
 */
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  export interface ProvidedContext {
    receiver: string
  }
}

const CHECKED = ['webhook-id', 'webhook-timestamp', 'webhook-signature']

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

/** A delivery as it came. */
export interface Arrival {
  type: string
  /** The caller's that it is about. */
  name: string | undefined
  body: string
  /** Of the headers those that a receiver checks. */
  headers: Record<string, string>
}

export default async function setup(project: TestProject): Promise<() => void> {
  const seen = new Map<string, Arrival[]>()
  const manners = new Map<string, string>()
  const server = createServer((request, answer) => {
    const [, manner = '', key = '', otherwise = ''] = (request.url ?? '').split('/')
    let text = ''
    request.on('data', (chunk: Buffer) => {
      text += chunk.toString()
    })
    request.on('end', () => {
      if (manner === 'seen') {
        answer.end(JSON.stringify(seen.get(key) ?? []))
        return
      }
      if (manner === 'from-now') {
        manners.set(key, otherwise)
        answer.end()
        return
      }
      const { type, data } = JSON.parse(text)
      const headers = Object.fromEntries(
        CHECKED.map((name) => [name, String(request.headers[name])]),
      )
      const arrival = { type, name: data.caller?.name, body: text, headers }
      seen.set(key, [...(seen.get(key) ?? []), arrival])
      MANNERS[manners.get(key) ?? manner]?.(answer)
    })
  })
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
  project.provide('receiver', `http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  return () => {
    server.close()
    server.closeAllConnections()
  }
}

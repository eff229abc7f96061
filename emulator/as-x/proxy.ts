/** A proxy on loopback that serves X's names by the emulator, and no others. */
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import { createServer as createTls } from 'node:https'
import { connect, type Socket } from 'node:net'
import { RESET_HEADER } from '../faults/answers.ts'
import type { Certificates } from './authority.ts'
import { ORIGIN_HEADER, X_NAMES } from './names.ts'

/** Replies below this are kept back until they are whole, so that they can say their length. */
const WHOLE_BYTES = 64 * 1024

const RESET = RESET_HEADER.toLowerCase()

/** A proxy that runs. */
export interface RunningProxy {
  port: number
  close: () => void
}

/**
 * Starts the proxy: CONNECT to one of X's names reaches the emulator, with TLS under that name; everything else is
 * refused.
 *
 * @param target - the emulator's port on loopback
 */
export async function startProxy(
  port: number,
  target: number,
  { key, cert }: Certificates,
): Promise<RunningProxy> {
  const tls = createTls({ key, cert }, (incoming, answer) => forward(incoming, answer, target))
  const front = createServer((_, answer) => {
    answer.writeHead(403, { 'Content-Type': 'text/plain' })
    answer.end('This proxy serves X over TLS (CONNECT), and nothing else.\n')
  })
  const sockets = new Set<Socket>()
  for (const server of [tls, front])
    server.on('connection', (socket: Socket) => {
      sockets.add(socket)
      socket.on('close', () => sockets.delete(socket))
    })
  await listen(tls, 0)
  await listen(front, port)
  front.on('connect', (asked: IncomingMessage, client: Socket, head: Buffer) => {
    client.on('error', () => client.destroy())
    const [host = '', at] = (asked.url ?? '').split(':')
    if (at !== '443' || !isX(host)) {
      client.end('HTTP/1.1 403 Forbidden\r\nContent-Type: text/plain\r\n\r\nNot a name of X.\n')
      return
    }
    const inner = connect(portOf(tls), '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n')
      inner.write(head)
      inner.pipe(client).pipe(inner)
    })
    inner.on('error', () => client.destroy())
    client.on('close', () => inner.destroy())
  })
  return {
    port: portOf(front),
    close: () => {
      for (const server of [tls, front]) server.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}

const isX = (host: string): boolean => (X_NAMES as readonly string[]).includes(host.toLowerCase())

/**
 * Hands a request on. The URL that the client has signed is said in a header of its own: the development server would
 * write another host into `Host` and into whatever looks like it.
 */
function forward(incoming: IncomingMessage, answer: ServerResponse, target: number): void {
  const headers = { ...incoming.headers }
  const host = headers.host ?? ''
  if (!isX(host.replace(/:443$/, ''))) {
    answer.writeHead(421).end('Not a name of X.\n')
    return
  }
  // Nothing on the way may compress or decompress what a client compares.
  delete headers['accept-encoding']
  const options = {
    host: '127.0.0.1',
    port: target,
    method: incoming.method,
    path: incoming.url,
    headers: { ...headers, host: `localhost:${target}`, [ORIGIN_HEADER]: `https://${host}` },
  }
  const outgoing = request(options, (reply) => {
    if (reply.headers[RESET]) incoming.socket.resetAndDestroy()
    else deliver(reply, answer)
  })
  outgoing.on('error', () => answer.destroy())
  answer.on('close', () => outgoing.destroy())
  incoming.pipe(outgoing)
}

/**
 * A reply without a length goes out whole and with one, for clients that want it; what is long, or says that it is sent
 * as it stands, goes out as it comes. A broken one breaks.
 */
function deliver(reply: IncomingMessage, answer: ServerResponse): void {
  const { 'transfer-encoding': _, 'content-encoding': encoding, ...headers } = reply.headers
  const status = reply.statusCode ?? 502
  // Half-closed, so that what was written still arrives.
  reply.on('close', () => reply.complete || answer.socket?.end())
  reply.on('error', () => answer.socket?.end())
  const kept: Buffer[] = []
  let open = false
  const send = () => {
    open = true
    answer.writeHead(status, headers)
    answer.flushHeaders()
    for (const chunk of kept) answer.write(chunk)
  }
  if (headers['content-length'] !== undefined || encoding === 'identity') send()
  reply.on('data', (chunk: Buffer) => {
    if (open) answer.write(chunk)
    else kept.push(chunk)
    if (!open && kept.reduce((sum, each) => sum + each.length, 0) >= WHOLE_BYTES) send()
  })
  reply.on('end', () => {
    if (open) {
      answer.end()
      return
    }
    const body = Buffer.concat(kept)
    const bodiless = status === 204 || status === 304
    answer.writeHead(status, bodiless ? headers : { ...headers, 'content-length': body.length })
    answer.end(body)
  })
}

interface Listening {
  listen: (port: number, host: string, then: () => void) => unknown
  once: (event: 'error', then: (error: Error) => void) => unknown
  address: () => unknown
}

function listen(server: Listening, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
}

const portOf = (server: Listening): number => (server.address() as { port: number }).port

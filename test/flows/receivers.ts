/** A receiver of events: node:http, and the library that receivers use as the judge of what arrives. */
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Webhook } from 'standardwebhooks'
import { eventually } from '../eventually.ts'

/** An event as it is delivered. */
export interface ReceivedEvent {
  id: string
  seq?: number
  type: string
  timestamp: string
  data: Record<string, Record<string, unknown> | undefined>
}

/** One delivery as it arrived. */
export interface Arrival {
  headers: IncomingHttpHeaders
  text: string
  event: ReceivedEvent
}

/** How a receiver answers the next deliveries. */
type Answer = (response: ServerResponse, arrival: Arrival) => void

/** A receiver on this machine. */
export interface Receiver {
  url: string
  arrivals: Arrival[]
  /** From now on it answers so; at first 204. */
  answer: (how: Answer) => void
  /** Waits until so many events of this type have come. */
  until: (type: string, count?: number) => Promise<Arrival[]>
  stop: () => void
}

/** An answer with this status, and no more. */
export const plainly =
  (status: number, headers: Record<string, string> = {}): Answer =>
  (response) => {
    response.writeHead(status, headers).end()
  }

/** Checks a delivery as a receiver does. @throws where the signature is of no secret that is passed */
export function verified({ text, headers }: Arrival, secret: string): unknown {
  return new Webhook(secret).verify(text, headers as Record<string, string>)
}

/** Starts a receiver. */
export async function receiver(): Promise<Receiver> {
  const arrivals: Arrival[] = []
  let how = plainly(204)
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const text = Buffer.concat(chunks).toString()
      const arrival = { headers: request.headers, text, event: JSON.parse(text) as ReceivedEvent }
      arrivals.push(arrival)
      how(response, arrival)
    })
  })
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    arrivals,
    answer: (next) => {
      how = next
    },
    until: (type, count = 1) =>
      eventually(
        () => {
          const found = arrivals.filter(({ event }) => event.type === type)
          if (found.length < count) throw new Error(`${found.length} of ${count} ${type}`)
          return found
        },
        { timeout: 20_000, interval: 20 },
      ),
    stop: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}

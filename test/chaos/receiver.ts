/** A receiver of events as there are many: it fails, hangs and answers late while things go wrong, and then takes all. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Webhook } from 'standardwebhooks'
import type { Random } from './plan.ts'

/** An event as it was told. */
export interface ToldEvent {
  id: string
  seq: number
  type: string
  data: { account?: { id: string }; reason?: string }
}

/** What a receiver was told. */
export interface Told {
  /** By id; each was taken with 2xx once at least. */
  taken: Map<string, ToldEvent>
  /** How often an event came that had been taken. */
  again: number
  /** Deliveries that were refused, or left without an answer. */
  failed: number
  /** What must never come. */
  wrong: string[]
}

export interface Receiver {
  url: string
  told: Told
  /** Its endpoint's secret, once there is one. */
  secret: string
  /** From now on it takes whatever comes. */
  calmDown: () => void
  close: () => void
}

/** Of all deliveries while things go wrong: so many are answered 500, and so many taken without an answer. */
const REFUSED = 0.15
const CUT = 0.1

export async function startReceiver(random: Random): Promise<Receiver> {
  const told: Told = { taken: new Map(), again: 0, failed: 0, wrong: [] }
  let isCalm = false
  const server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8')
    request.on('data', (chunk: string) => {
      body += chunk
    })
    request.on('end', () => {
      const chance = isCalm ? 1 : random.next()
      if (chance < REFUSED) {
        told.failed += 1
        response.writeHead(500).end()
        return
      }
      take(receiver, request.headers as Record<string, string>, body)
      if (chance < REFUSED + CUT) {
        // It has the event, and Perch will never know.
        told.failed += 1
        response.destroy()
      } else response.writeHead(204).end()
    })
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const receiver: Receiver = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    told,
    secret: '',
    calmDown: () => {
      isCalm = true
    },
    close: () => {
      server.closeAllConnections()
      server.close()
    },
  }
  return receiver
}

function take({ told, secret }: Receiver, headers: Record<string, string>, body: string): void {
  let event: ToldEvent
  try {
    event = new Webhook(secret).verify(body, headers) as ToldEvent
  } catch (error) {
    told.wrong.push(`A delivery that does not verify: ${error}`)
    return
  }
  if (event.id !== headers['webhook-id']) told.wrong.push(`${event.id} came under another id.`)
  const before = told.taken.get(event.id)
  if (before && JSON.stringify(before) !== JSON.stringify(event))
    told.wrong.push(`${event.id} came again, and was another one.`)
  if (before) told.again += 1
  told.taken.set(event.id, event)
}

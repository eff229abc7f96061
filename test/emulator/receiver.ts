/** Somebody's server that webhooks point to: it answers checks, and keeps what it is sent. */
import { createHmac } from 'node:crypto'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import { afterAll, beforeAll, beforeEach, expect } from 'vitest'

export interface Received {
  headers: IncomingHttpHeaders
  body: string
}

export const sign = (secret: string, text: string): string =>
  `sha256=${createHmac('sha256', secret).update(text).digest('base64')}`

/** One receiver for a test file, well-behaved at the start of each test. */
export function useReceiver(secret: string) {
  const received: Received[] = []
  let checks = 0
  /** How it answers a check, and with which status a delivery; each test may change them. */
  const manners = { check: goodCheck, delivery: 200 }
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://localhost')
    const token = url.searchParams.get('crc_token')
    if (token !== null) {
      checks += 1
      const { status, body, headers } = manners.check(token)
      response.writeHead(status, headers).end(body)
      return
    }
    let body = ''
    request.on('data', (chunk: Buffer) => {
      body += chunk.toString()
    })
    request.on('end', () => {
      received.push({ headers: request.headers, body })
      response.writeHead(manners.delivery).end()
    })
  })
  let origin = ''

  function goodCheck(token: string): {
    status: number
    body: string
    headers?: Record<string, string>
  } {
    return { status: 200, body: JSON.stringify({ response_token: sign(secret, token) }) }
  }

  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    origin = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`
  })
  afterAll(() => void server.close())
  beforeEach(() => {
    received.length = 0
    checks = 0
    manners.check = goodCheck
    manners.delivery = 200
  })

  return {
    manners,
    received,
    url: (path = '/hook') => `${origin}${path}`,
    checks: () => checks,
    /** The next event, once there are as many. */
    events: async (count: number) => {
      await expect.poll(() => received.length, { timeout: 5000 }).toBe(count)
      return received.map(({ body }) => JSON.parse(body) as { data: Record<string, unknown> })
    },
  }
}

/**
 * Runs once before the rings that need X: lends emulators out, each on a real port and to one test file at a time.
 * Starting one costs as much as many tests, and files that run at the same time must not share one.
 */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  export interface ProvidedContext {
    /** POST there lends an emulator and answers its origin, DELETE with that origin gives it back. */
    lender: string
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const stops: (() => Promise<void>)[] = []
  const free: string[] = []

  /** The emulator that has been back the longest, as it was at first: what a test left under way has ended by then. */
  async function lend(): Promise<string> {
    const origin = free.shift() ?? (await start())
    await fetch(`${origin}/_emulator/reset`, { method: 'POST' })
    return origin
  }

  /** There is always one more if all are lent: a file that never gives its own back stops nobody. */
  async function start(): Promise<string> {
    const { createTestHarness } = await import('wrangler')
    const emulator = createTestHarness({ workers: [{ configPath: 'emulator/wrangler.toml' }] })
    stops.push(() => emulator.close())
    return (await emulator.listen()).url.origin
  }

  // Files wait for theirs no longer than their runner may take to start.
  free.push(await start())
  const server = createServer(async (request, answer) => {
    if (request.method === 'POST') return answer.end(await lend())
    const said = await request.setEncoding('utf8').toArray()
    free.push(said.join(''))
    answer.end()
  })
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
  project.provide('lender', `http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  return async () => {
    server.close()
    server.closeAllConnections()
    await Promise.all(stops.map((stop) => stop()))
  }
}

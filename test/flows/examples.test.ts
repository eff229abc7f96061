/** The receivers that the docs show take what Perch sends, and nothing else. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, request as forward } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { afterAll, expect, it } from 'vitest'
import { createTestHarness } from 'wrangler'
import { eventually } from '../eventually.ts'
import { program } from './programs.ts'
import { useWorld } from './worlds.ts'

const world = useWorld()
const admin = program(world)
const ends: (() => unknown)[] = []
afterAll(async () => {
  for (const end of ends.reverse()) await end()
})

/** An address that is known before the receiver behind it is started: with the secret that the endpoint gives. */
async function front() {
  let to: number | undefined
  const server = createServer((request, response) => {
    const { method, headers, url } = request
    const onward = forward(
      { port: to, method, headers, path: url, host: '127.0.0.1' },
      (answer) => {
        response.writeHead(answer.statusCode ?? 502)
        answer.pipe(response)
      },
    )
    onward.on('error', () => response.writeHead(502).end())
    request.pipe(onward)
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  ends.push(() => server.close())
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/`,
    leadTo: (there: number) => {
      to = there
    },
  }
}

interface Made {
  id: string
  secret: string
}
interface Tried {
  delivered: boolean
  status?: number
}

const made = (url: string) =>
  admin.json<Made>('POST', '/v1/endpoints', { url, types: ['caller.*'] })
const tried = ({ id }: Made) => admin.json<Tried>('POST', `/v1/endpoints/${id}/test`)
const forged = (url: string) =>
  fetch(url, {
    method: 'POST',
    body: '{"type":"account.login_required"}',
    headers: {
      'webhook-id': 'evt_forged',
      'webhook-timestamp': String(Math.floor(Date.now() / 1000)),
      'webhook-signature': `v1,${Buffer.alloc(32).toString('base64')}`,
    },
  })

it('the one in Python', async () => {
  const { url, leadTo } = await front()
  const endpoint = await made(url)
  // Which port is free is known to the system alone: one that was just given back is.
  const port = await freePort()
  leadTo(port)
  const env = { ...process.env, ENDPOINT_SECRET: endpoint.secret, PORT: String(port) }
  const receiver: ChildProcess = spawn('python3', ['examples/receive.py'], { env })
  ends.push(() => receiver.kill())
  let printed = ''
  receiver.stdout?.on('data', (text) => {
    printed += text
  })
  await eventually(async () => expect((await tried(endpoint)).delivered).toBe(true), 20_000)
  await admin.json('POST', '/v1/callers', { name: 'told', scopes: ['events'] })
  await eventually(() => expect(printed).toContain('"name":"told"'), 20_000)
  // Somebody who connects and says nothing keeps nobody waiting.
  const silent = connect(port, '127.0.0.1')
  ends.push(() => silent.destroy())
  await once(silent, 'connect')
  expect(await tried(endpoint)).toMatchObject({ delivered: true })
  expect((await forged(url)).status).toBe(401)
  expect(printed).not.toContain('login_required')
})

it('the Worker, which acts once on what comes twice', async () => {
  const { url, leadTo } = await front()
  const endpoint = await made(url)
  const harness = createTestHarness({
    workers: [
      {
        configPath: 'examples/receiver/wrangler.toml',
        secrets: { ENDPOINT_SECRET: endpoint.secret },
      },
    ],
  })
  ends.push(() => harness.close())
  leadTo(Number((await harness.listen()).url.port))
  expect(await tried(endpoint)).toMatchObject({ delivered: true, status: 204 })
  expect((await forged(url)).status).toBe(401)
  expect((await fetch(url)).status).toBe(405)
})

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const { port } = server.address() as AddressInfo
  await new Promise((closed) => server.close(closed))
  return port
}

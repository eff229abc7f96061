/** `npm start`, as somebody types it who cloned the project a minute ago. */
import { type ChildProcess, spawn } from 'node:child_process'
import {
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { get, type IncomingMessage } from 'node:http'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { decide } from './visitors.ts'

const NEEDED = ['src', 'emulator', 'scripts', 'package.json', 'wrangler.toml', 'tsconfig.json']
const clone = mkdtempSync(join(tmpdir(), 'perch-start-'))
const [port, xPort] = [await freePort(), await freePort()]
const started: ChildProcess[] = []
/** Where wrangler keeps its logs, and what it needs for a while; of this test alone, so that it can look at all of it. */
const [HOME, TMP] = [join(clone, 'home'), join(clone, 'tmp')]

beforeAll(() => {
  const isSource = (path: string) => !path.includes('.wrangler')
  for (const name of NEEDED) cpSync(name, join(clone, name), { recursive: true, filter: isSource })
  symlinkSync(join(process.cwd(), 'node_modules'), join(clone, 'node_modules'))
  for (const name of [HOME, TMP]) mkdirSync(name, { mode: 0o700 })
})

afterAll(() => {
  for (const child of started) if (child.exitCode === null) signal(child, 'SIGKILL')
  rmSync(clone, { recursive: true, force: true })
})

/** Starts it in a process group of its own, as a terminal does. */
function start(
  ports: { PORT?: number; X_PORT?: number; X_PROXY_PORT?: number } = { PORT: port, X_PORT: xPort },
  command = ['start'],
) {
  const own = { XDG_CONFIG_HOME: HOME, TMPDIR: TMP }
  const env = { ...process.env, ...own, ...mapped(ports) }
  const child = spawn('npm', command, { cwd: clone, env, detached: true })
  started.push(child)
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (data) => {
      output += data
    })
  const ended = new Promise<number | null>((resolve) => child.on('exit', resolve))
  const up = new Promise<void>((resolve, reject) => {
    child.stdout.on('data', () => output.includes('Ctrl-C stops') && resolve())
    void ended.then((code) => reject(new Error(`It ended with ${code}: ${output}`)))
  })
  up.catch(() => undefined)
  return {
    up,
    ended,
    output: () => output,
    /** Ctrl-C, and then nothing that was started listens any more. */
    interrupt: async () => {
      signal(child, 'SIGINT')
      await ended
      for (const each of [port, xPort])
        await expect.poll(() => isFree(each), { timeout: 10_000 }).toBe(true)
    },
  }
}

const mapped = (ports: Record<string, number | undefined>): Record<string, string> =>
  Object.fromEntries(Object.entries(ports).map(([name, value]) => [name, String(value)]))

function signal(child: ChildProcess, name: NodeJS.Signals): void {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, name)
  } catch {
    // The group is gone already.
  }
}

async function listenOn(wanted: number): Promise<Server> {
  const server = createServer()
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(wanted, '127.0.0.1', resolve)
  })
  return server
}

async function isFree(wanted: number): Promise<boolean> {
  const server = await listenOn(wanted).catch(() => undefined)
  if (server) await new Promise((resolve) => server.close(resolve))
  return server !== undefined
}

async function freePort(): Promise<number> {
  const server = await listenOn(0)
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address ? address.port : 0
}

/** Every file that a start has made: what wrangler keeps, its logs, the secrets. */
function madeFiles(): string[] {
  const places = ['.wrangler', 'emulator/.wrangler', 'home', 'tmp', '.dev.vars']
  return places.map((name) => join(clone, name)).flatMap(filesUnder)
}

function filesUnder(path: string): string[] {
  const found = lstatSync(path, { throwIfNoEntry: false })
  if (found?.isFile()) return [path]
  if (!found?.isDirectory()) return []
  return readdirSync(path).flatMap((name) => filesUnder(join(path, name)))
}

const isOthersToo = (path: string): boolean => (statSync(path).mode & 0o077) !== 0

const STATE = 'a-state-that-is-for-nobody-else-0123456789'

/** Where the development server lets any page in a local browser read what is stored. */
const EXPLORER = ['/cdn-cgi/explorer', '/cdn-cgi/local/explorer', '/cdn-cgi/local/explorer/api']

const curlOf = (output: string, path: string): { url: string; key: string } => {
  const line = output.split('\n').find((text) => text.endsWith(path)) ?? ''
  const [, key = '', url = ''] = /Bearer ([^']+)' (\S+)$/.exec(line) ?? []
  return { url, key }
}

describe('npm start', { timeout: 120_000 }, () => {
  it('makes its keys, is ready to click and to curl, stops whole, and keeps what is connected', async () => {
    const first = start()
    await first.up
    const vars = readFileSync(join(clone, '.dev.vars'), 'utf8')
    expect(statSync(join(clone, '.dev.vars')).mode & 0o077).toBe(0)
    expect(first.output()).toContain(`http://localhost:${port}`)
    expect(first.output()).toContain('/cdn-cgi/handler/scheduled?cron=')
    expect(first.output()).not.toContain('Still to be set')

    const { url, key } = curlOf(first.output(), '/v1/accounts/1000000001/token')
    const headers = { authorization: `Bearer ${key}` }
    const begun = await fetch(`http://localhost:${port}/v1/logins`, { method: 'POST', headers })
    const { id, authorize_url } = (await begun.json()) as { id: string; authorize_url: string }
    const body = JSON.stringify({ response_url: await decide(authorize_url, 'alice') })
    const complete = `http://localhost:${port}/v1/logins/${id}/complete`
    expect((await fetch(complete, { method: 'POST', headers, body })).status).toBe(200)
    const { access_token } = (await (await fetch(url, { headers })).json()) as {
      access_token: string
    }
    expect(access_token).toMatch(/\S{40}/)

    await first.interrupt()
    // A start of an earlier version has left the emulator's former credentials.
    const former = vars
      .replace(/X_CLIENT_ID="[^"]*"/, 'X_CLIENT_ID="emulator-client-id-0123456789"')
      .replace(/X_API_KEY="[^"]*"/, 'X_API_KEY="emulator-api-key-0123456789"')
    expect(former).not.toBe(vars)
    writeFileSync(join(clone, '.dev.vars'), former)
    const second = start()
    await second.up
    expect(readFileSync(join(clone, '.dev.vars'), 'utf8')).toBe(vars)
    expect(await (await fetch(url, { headers })).json()).toMatchObject({ access_token })
    await second.interrupt()
  })

  it('behind a tunnel, whose origin .dev.vars names, is where the tunnel is', async () => {
    const file = join(clone, '.dev.vars')
    const vars = existsSync(file) ? readFileSync(file, 'utf8') : undefined
    const origin = 'https://tunnel.example.com'
    writeFileSync(file, `${vars ?? ''}\nPUBLIC_ORIGIN="${origin}"\nADMIN_KEY="${'k'.repeat(32)}"\n`)
    const run = start()
    await run.up
    expect(run.output()).toMatch(new RegExp(`Log in +${origin}`))
    const asked = await new Promise<IncomingMessage>((resolve, reject) => {
      const headers = { host: 'tunnel.example.com' }
      get(`http://localhost:${port}/login?flow=oauth1`, { headers }, resolve).on('error', reject)
    })
    asked.resume()
    // The emulator knows the callback there, and the cookie is one of https.
    expect(asked.headers.location).toMatch(`http://localhost:${xPort}/oauth/authorize?`)
    expect(asked.headers['set-cookie']?.[0]).toMatch(/^__Host-/)
    await run.interrupt()
    if (vars === undefined) rmSync(file)
    else writeFileSync(file, vars)
  })

  it.each([
    [['start'], 'Perch and the emulator'],
    [['start', '--', '--real-x'], 'Perch alone'],
    [['run', 'emulator'], 'the emulator alone'],
  ])('npm %j: what passes through %s is for nobody else to read', async (command) => {
    // A start of an earlier version has kept the URLs of its logins, for anybody to read.
    const traces = join(clone, 'emulator/.wrangler/state/v3/observability')
    mkdirSync(traces, { recursive: true })
    writeFileSync(join(traces, 'earlier.sqlite'), STATE, { mode: 0o644 })
    const run = start(undefined, command)
    await run.up
    const xAlone = command.includes('emulator')
    const ports = xAlone ? [xPort] : command.includes('--real-x') ? [port] : [port, xPort]
    for (const each of ports)
      for (const path of EXPLORER) {
        const url = `http://localhost:${each}${path}`
        expect((await fetch(url, { redirect: 'manual' })).status, url).toBe(404)
      }
    const urls = ports.map(
      (each) => `http://localhost:${each}/callback?state=${STATE}&code=${STATE}`,
    )
    for (const url of urls) await (await fetch(url)).text()
    const begun = xAlone
      ? null
      : await fetch(`http://localhost:${port}/login`, { redirect: 'manual' })
    const location = begun?.headers.get('location') ?? ''
    if (begun) expect(location).toContain('state=')
    const secrets = [STATE, ...(begun ? [new URL(location).searchParams.get('state') ?? ''] : [])]
    await run.interrupt()

    const files = madeFiles()
    expect(files.length).toBeGreaterThan(5)
    expect(files.filter(isOthersToo)).toEqual([])
    const holding = files.filter((path) => {
      const bytes = readFileSync(path)
      return secrets.some((secret) => bytes.includes(secret))
    })
    expect(holding).toEqual([])
  })

  it('npm run emulator -- --as-x prints what points a client at it, and takes it away again', async () => {
    const proxyPort = await freePort()
    const ports = { X_PORT: xPort, X_PROXY_PORT: proxyPort }
    const run = start(ports, ['run', 'emulator', '--', '--as-x'])
    await run.up
    const lines = run
      .output()
      .split('\n')
      .flatMap((line) => /^export (\w+)=(.*)$/.exec(line) ?? [])
    expect(run.output()).toContain(`export HTTPS_PROXY=http://127.0.0.1:${proxyPort}`)
    const authority = lines[lines.indexOf('NODE_EXTRA_CA_CERTS') + 1] ?? ''
    expect(readFileSync(authority, 'utf8')).toMatch(/^-----BEGIN CERTIFICATE-----/)
    await run.interrupt()
    expect(lstatSync(authority, { throwIfNoEntry: false })).toBeUndefined()
    expect(await isFree(proxyPort)).toBe(true)
  })

  it.each(['PORT', 'X_PORT'] as const)('says that a taken %s is taken', async (name) => {
    const server = await listenOn(0)
    const address = server.address()
    const taken = typeof address === 'object' && address ? address.port : 0
    const { ended, output } = start({ PORT: port, X_PORT: xPort, [name]: taken })
    expect(await ended).toBe(1)
    expect(output()).toContain(`Port ${taken} is taken.`)
    server.close()
  })

  it('says that both Workers cannot have one port', async () => {
    const { ended, output } = start({ PORT: port, X_PORT: port })
    expect(await ended).toBe(1)
    expect(output()).toContain(`PORT and X_PORT are both ${port}`)
  })
})

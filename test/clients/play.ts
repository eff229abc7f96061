/** One emulator under X's names for all clients, and one process of Node in which they run unmodified. */
import { type ChildProcess, fork, spawn } from 'node:child_process'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach } from 'vitest'
import type { Told } from './stage.ts'

const ROOT = join(import.meta.dirname, '../..')

/** A call, as the emulator lists it. */
export interface Call {
  method: string
  path: string
  /** How the client showed who it is: `oauth1` for any signed request. */
  auth?: string
  grant_type?: string
  status: number
  outcome: string
  why?: string
  hint?: string
}

/** Starts both for a test file; the emulator is reset before each test. `folder` has the players. */
export function useClients(folder = 'players') {
  let emulator: ChildProcess | undefined
  let stage: ChildProcess | undefined
  let x = ''
  let plays = 0
  /** What a process that ends by itself does to who waits for it. */
  let ended: (error: Error) => void = () => undefined

  beforeAll(async () => {
    const [port, proxy] = [await freePort(), await freePort()]
    x = `http://localhost:${port}`
    const env = { ...process.env, X_PORT: String(port), X_PROXY_PORT: String(proxy) }
    emulator = spawn('npm', ['run', 'emulator', '--', '--as-x'], { cwd: ROOT, env, detached: true })
    const output = await printed(emulator, 'Ctrl-C stops')
    const lines = [...output.matchAll(/^export (\w+)=(.*)$/gm)].map(([, name, value]) => [
      name,
      value,
    ])
    const told = { ...process.env, ...Object.fromEntries(lines), X_CONTROL: x }
    stage = fork(join(import.meta.dirname, 'stage.ts'), { env: told, silent: true })
    stage.once('exit', (code) => ended(new Error(`The stage ended with ${code}.`)))
  }, 60_000)

  afterAll(async () => {
    stage?.kill()
    const ended = new Promise((resolve) => emulator?.once('exit', resolve))
    if (emulator?.pid !== undefined) process.kill(-emulator.pid, 'SIGTERM')
    await ended
  })

  beforeEach(() => control('POST', 'reset'))

  async function control<T = unknown>(method: string, path: string, body?: unknown): Promise<T> {
    const init = body === undefined ? { method } : { method, body: JSON.stringify(body) }
    return (await fetch(`${x}/_emulator/${path}`, init)).json() as Promise<T>
  }

  /** Lets a client act, which finds `env` in its environment. @returns what it saw */
  async function play(player: string, env: Record<string, string> = {}): Promise<unknown> {
    const id = ++plays
    const told = new Promise<Told>((resolve, reject) => {
      const hear = (message: Told) => {
        if (message.id !== id) return
        stage?.off('message', hear)
        resolve(message)
      }
      stage?.on('message', hear)
      ended = reject
    })
    stage?.send({ id, player: `${folder}/${player}`, env })
    const { seen, error } = await told
    if (error === undefined) return seen
    const last = (await calls()).slice(-3).map((call) => JSON.stringify(call))
    throw new Error([error, 'Last calls:', ...last].join('\n'))
  }

  const calls = async () => (await control<{ calls: Call[] }>('GET', 'calls')).calls
  const set = (settings: Record<string, unknown>) => control('PUT', 'app', settings)
  return {
    /** The emulator's own address. */
    get origin() {
      return x
    },
    play,
    calls,
    set,
  }
}

/** Waits for these words of a process. @returns what it has printed by then */
export function printed(child: ChildProcess, words: string): Promise<string> {
  let output = ''
  return new Promise((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (data: Buffer) => {
        output += data.toString()
        if (output.includes(words)) resolve(output)
      })
    child.once('exit', (code) => reject(new Error(`It ended with ${code}: ${output}`)))
  })
}

/** A port that nobody listens at. */
export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address ? address.port : 0
}

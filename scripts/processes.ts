/** `wrangler dev` processes: started, awaited, and stopped together with everything they started. */
import { type ChildProcess, spawn } from 'node:child_process'
import { createServer } from 'node:net'
import { wranglerEnv, writeForOwnerAlone } from './wrangler.ts'

const running: ChildProcess[] = []
let stopping = false

/** Starts `wrangler dev`. Its output is kept back until it is up, then shown line by line under its name. */
export function wranglerDev(name: string, args: string[]): { show: () => void } {
  writeForOwnerAlone()
  const child = spawn('wrangler', ['dev', '--show-interactive-dev-session=false', ...args], {
    env: wranglerEnv(),
    stdio: ['ignore', 'pipe', 'pipe'],
    // A process group of its own: wrangler's workerd is stopped with it.
    detached: true,
  })
  running.push(child)
  const kept: string[] = []
  let shown = false
  const line = (text: string): void => {
    if (text.trim() === '') return
    if (shown) console.log(`${name.padEnd(8)} ${text}`)
    else kept.push(text)
  }
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (data: Buffer) => data.toString().split('\n').forEach(line))
  child.on('error', (error) => stop(1, `Could not start ${name}: ${error.message}`))
  child.on('exit', (code) => {
    if (!stopping) stop(1, `${kept.join('\n')}\n${name} stopped by itself (exit code ${code}).`)
  })
  return {
    show: () => {
      shown = true
    },
  }
}

/** Ctrl-C, a signal, an error or the end of whoever started this process stops everything. */
export function stopWithStarter(): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop(0))
  process.on('uncaughtException', (error) => stop(1, `Could not start: ${error.message}`))
  // A signal to npm alone ends npm and not us; what it started goes with it all the same.
  const parent = process.ppid
  setInterval(() => process.ppid === parent || stop(0), 500).unref()
}

/** Stops everything that was started, then this process. */
export function stop(code: number, words?: string): void {
  if (stopping) return
  stopping = true
  if (words) console.error(words)
  for (const child of running) signalGroup(child, 'SIGTERM')
  const alive = () =>
    running.filter((child) => child.exitCode === null && child.signalCode === null)
  const began = Date.now()
  const timer = setInterval(() => {
    if (alive().length > 0 && Date.now() - began < 5000) return
    for (const child of running) signalGroup(child, 'SIGKILL')
    clearInterval(timer)
    process.exit(code)
  }, 50)
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, signal)
  } catch {
    // The group is gone already.
  }
}

/** The port that an environment variable names, or `fallback`. */
export function portOf(variable: string, fallback: number): number {
  const value = Number(process.env[variable] || fallback)
  if (Number.isInteger(value) && value > 0 && value < 65_536) return value
  console.error(`${variable} must be a port number, such as ${fallback}.`)
  process.exit(1)
}

/** Fails with clear words when something else listens there. */
export async function demandFree(
  port: number,
  variable: string,
  command = 'npm start',
): Promise<void> {
  for (const host of ['127.0.0.1', '::1'])
    await new Promise<void>((resolve) => {
      const probe = createServer()
      probe.once('error', (error: NodeJS.ErrnoException) => {
        if (error.code === 'EADDRINUSE') {
          console.error(
            `Port ${port} is taken. Stop what listens there, or choose another: ${variable}=${port + 10} ${command}`,
          )
          process.exit(1)
        }
        resolve()
      })
      probe.listen(port, host, () => probe.close(() => resolve()))
    })
}

/** Waits until an address answers. */
export async function answers(url: string, seconds = 60): Promise<void> {
  const until = Date.now() + seconds * 1000
  while (!stopping) {
    const response = await fetch(url).catch(() => undefined)
    await response?.arrayBuffer()
    if (response?.ok) return
    if (Date.now() > until) return stop(1, `${url} did not answer within ${seconds} s.`)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

/** Both Workers as processes in a copy of the project, and accounts that are connected through them. */
import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { devVars } from '../../scripts/dev-vars.ts'
import { type Perch, perchAt } from './perch.ts'
import { each, until } from './wait.ts'
import { startWire, type Wire } from './wire.ts'
import { startWorker, type Worker } from './worker.ts'
import { emulatorAt, type X } from './x.ts'

const START_SECONDS = 90
const LOGINS_AT_ONCE = 6

export interface World {
  perch: Perch
  x: X
  /** Perch's process. */
  worker: Worker
  /** What Perch's calls to X's API pass through. */
  wire: Wire
  /** What both printed last. */
  output: () => string
}

/** Starts them; they may not answer yet. */
export async function startWorld(
  { ports, wrangler, state, vars }: Tree,
  verbose: boolean,
): Promise<World> {
  const wire = await startWire(ports.x)
  const origins = { perch: `http://localhost:${ports.perch}`, x: `http://localhost:${ports.x}` }
  const ofX = ['--config', 'emulator/wrangler.toml']
  const emulator = startWorker(wrangler, ports.x, ofX, verbose)
  const settings = [
    `X_API_ORIGIN:http://localhost:${wire.port}`,
    `X_WEB_ORIGIN:${origins.x}`,
    'LOGIN_ALLOW:*',
  ]
  const ofPerch = [
    'test/chaos/movable.ts',
    '--persist-to',
    state,
    ...settings.flatMap((setting) => ['--var', setting]),
  ]
  const worker = startWorker(wrangler, ports.perch, ofPerch, verbose)
  return {
    perch: perchAt(origins.perch, vars.ADMIN_KEY ?? ''),
    x: emulatorAt(origins.x),
    worker,
    wire,
    output: () => `${worker.output()}\n${emulator.output()}`,
  }
}

/** Waits until both do. */
export const answer = ({ perch, x }: World): Promise<void> =>
  until(
    'Both Workers answer',
    START_SECONDS,
    async () => (await x.answers()) && (await perch.answers()),
  )

/** One account of so many holds an OAuth 1.0a token as well. */
const BOTH_EVERY = 3

/** New users of X that are connected, and those of them that hold grants of both kinds. */
export interface Connected {
  ids: string[]
  both: Set<string>
}

/** Connects so many new users of X, each by a whole login. */
export async function connect(
  { perch, x }: World,
  count: number,
  bothEvery = BOTH_EVERY,
): Promise<Connected> {
  const users = await x.users(Array.from({ length: count }, (_, index) => `chaos_${index}`))
  await each(users, LOGINS_AT_ONCE, ({ username }) =>
    perch.connect((url) => x.approve(url, username)),
  )
  const twice = users.filter((_, index) => index % bothEvery === bothEvery - 1)
  await each(twice, LOGINS_AT_ONCE, async ({ id, username }) =>
    perch.bringUserToken(id, await x.userToken(username)),
  )
  return { ids: users.map(({ id }) => id), both: new Set(twice.map(({ id }) => id)) }
}

const NEEDED = [
  'src',
  'emulator',
  'test/chaos/movable.ts',
  'test/chaos/traces.ts',
  'package.json',
  'wrangler.toml',
  'tsconfig.json',
]

export interface Tree {
  ports: { perch: number; x: number }
  vars: Record<string, string>
  /** Folder of everything that Perch keeps. */
  state: string
  /** Program that starts a Worker. */
  wrangler: string
  remove: () => void
}

/** Makes the copy and goes there. */
export async function freshTree(): Promise<Tree> {
  const root = process.cwd()
  const path = mkdtempSync(join(tmpdir(), 'perch-chaos-'))
  for (const name of NEEDED) cpSync(name, join(path, name), { recursive: true })
  symlinkSync(join(root, 'node_modules'), join(path, 'node_modules'))
  process.chdir(path)
  return {
    ports: { perch: await freePort(), x: await freePort() },
    vars: devVars().vars,
    state: join(path, 'state'),
    wrangler: join(root, 'node_modules', '.bin', 'wrangler'),
    remove: () => {
      process.chdir(root)
      rmSync(path, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address ? address.port : 0
}

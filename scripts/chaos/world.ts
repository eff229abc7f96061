/** Both Workers as processes, and accounts that are connected through them. */
import { type Perch, perchAt } from './perch.ts'
import type { Tree } from './tree.ts'
import { each, until } from './wait.ts'
import { startWorker, type Worker } from './worker.ts'
import { emulatorAt, type X } from './x.ts'

const START_SECONDS = 90
const LOGINS_AT_ONCE = 6

export interface World {
  perch: Perch
  x: X
  /** Perch's process. */
  worker: Worker
  /** What both printed last. */
  output: () => string
}

/** Starts them; they may not answer yet. */
export function startWorld({ ports, wrangler, state, vars }: Tree, verbose: boolean): World {
  const origins = { perch: `http://localhost:${ports.perch}`, x: `http://localhost:${ports.x}` }
  const ofX = ['--config', 'emulator/wrangler.toml']
  const emulator = startWorker(wrangler, ports.x, ofX, verbose)
  const settings = [`X_API_ORIGIN:${origins.x}`, `X_WEB_ORIGIN:${origins.x}`, 'LOGIN_ALLOW:*']
  const ofPerch = ['--persist-to', state, ...settings.flatMap((setting) => ['--var', setting])]
  const worker = startWorker(wrangler, ports.perch, ofPerch, verbose)
  return {
    perch: perchAt(origins.perch, vars.ADMIN_KEY ?? ''),
    x: emulatorAt(origins.x),
    worker,
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

/** Connects so many new users of X, each by a whole login. @returns their ids */
export async function connect({ perch, x }: World, count: number): Promise<string[]> {
  const users = await x.users(Array.from({ length: count }, (_, index) => `chaos_${index}`))
  await each(users, LOGINS_AT_ONCE, ({ username }) =>
    perch.connect((url) => x.approve(url, username)),
  )
  return users.map(({ id }) => id)
}

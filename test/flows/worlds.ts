/** Perch and the emulator over HTTP, each on a port of its own, with every variable and secret set here. */
import { afterAll, beforeAll, beforeEach, expect, inject } from 'vitest'
import { createTestHarness } from 'wrangler'
import { eventually } from '../eventually.ts'
import { giveBack, lend } from '../lent.ts'
import { relayBreaks } from './breaks.ts'
import { type Emulator, emulatorAt } from './emulators.ts'

export const ADMIN_KEY = 'admin-key-of-the-tests-0123456789abcdef'
export const CLIENT_ID = 'RW11bGF0b3JDbGllbnRJZDAxMjM6MTpjaQ'
export const CLIENT_SECRET = '-Emulator_client-secret_0123456789abcdefghijklmn-_'
/** The settings of X's second app, for logins that keep nothing. */
export const LOGIN_APP = {
  X_LOGIN_CLIENT_ID: 'RW11bGF0b3JMb2dpbklkNDU2Nzg6MTpjaQ',
  X_LOGIN_CLIENT_SECRET: '-Emulator_login-secret_0123456789abcdefghijklmnop-_',
}
export const API_KEY = 'EmulatorApiKey01234567890'
export const API_SECRET = 'EmulatorApiSecret0123456789abcdefghijklmnopqrstuvw'
export const ALL_FLOWS = { LOGIN_FLOWS: 'oauth2 oauth1 signin pin' }
export const SEALING_KEY = Buffer.alloc(32, 7).toString('base64')

export interface World {
  readonly perch: string
  readonly x: string
  readonly emulator: Emulator
  /** Every line Perch logged since its start. */
  logs: () => string[]
  /** Runs the cron, and waits for the queue to be worked off. */
  sweep: () => Promise<void>
  /** The emulator's app as it was at first, no faults waiting, no calls listed. */
  calm: () => Promise<void>
  /** Deploys another build of Perch over the one that runs, and all it has stored; or this one with other settings. */
  deploy: (configs: string[], secrets?: Texts, vars?: Texts) => Promise<void>
  stop: () => Promise<void>
}

type Texts = Record<string, string>

const DEFAULTS = {
  PUBLIC_ORIGIN: '',
  DEV_HTTP_HOSTS: '',
  X_SCOPES: 'tweet.read users.read offline.access',
  X_CLIENT_TYPE: 'confidential',
  X_APP_OWNER: '',
  LOGIN_FLOWS: 'oauth2',
  LOGIN_EXCHANGE: 'off',
  LOGIN_ALLOW: '*',
  RETURN_TO: 'https://app.example.com http://localhost:3000 myapp://callback',
}

/**
 * Starts Perch beside an emulator that is lent; `vars` and `secrets` override what the tests usually set.
 *
 * @param configs - of the Workers that are Perch together, the one that answers requests first
 */
export async function world(
  vars: Texts = {},
  secrets: Texts = {},
  configs = ['wrangler.toml'],
): Promise<World> {
  const unrelay = relayBreaks()
  const x = await lend(inject('lender'))
  const given = {
    X_CLIENT_ID: CLIENT_ID,
    X_CLIENT_SECRET: CLIENT_SECRET,
    X_API_KEY: API_KEY,
    X_API_SECRET: API_SECRET,
    SEALING_KEYS: SEALING_KEY,
    ADMIN_KEY,
    ...secrets,
  }
  const workers = (paths: string[], more: Texts = {}, set: Texts = {}) =>
    paths.map((configPath) => ({
      configPath,
      vars: { ...DEFAULTS, X_API_ORIGIN: x, X_WEB_ORIGIN: x, ...vars, ...set },
      secrets: { ...given, ...more },
    }))
  const perch = createTestHarness({ workers: workers(configs) })
  const origin = (await perch.listen()).url.origin
  const emulator = emulatorAt(x)
  const logs = () => perch.getLogs().map((line) => line.message)
  const calm = async () => {
    const app = {
      type: vars.X_CLIENT_TYPE === 'public' ? 'public' : 'confidential',
      client_id: CLIENT_ID,
      client_secret: /^[\w-]+$/.test(given.X_CLIENT_SECRET) ? given.X_CLIENT_SECRET : CLIENT_SECRET,
      api_key: API_KEY,
      api_secret: API_SECRET,
      callbacks: [`${origin}/callback`],
      callback_errors: 'hash',
      permissions: 'read-write',
      plan: 'full',
      sign_in_with_x: true,
      app_only_invalidate: 'both',
      // Perch signs every call, and is held to it.
      access_token_signature: 'required',
      access_token_ttl: 7200,
      suspended: false,
    }
    const { callbacks, suspended } = app
    await emulator.app({ callbacks, suspended }, LOGIN_APP.X_LOGIN_CLIENT_ID)
    await Promise.all([emulator.app(app), emulator.forgetFaults(), emulator.forgetCalls()])
  }
  await calm()
  return {
    perch: origin,
    x,
    emulator,
    logs,
    sweep: async () => {
      const before = logs().length
      await perch.getWorker().scheduled({ cron: '*/5 * * * *' })
      const numbers = (event: string, field: string): number[] =>
        logs()
          .slice(before)
          .flatMap((line) => (line.startsWith(`{"event":"${event}",`) ? [JSON.parse(line)] : []))
          .map((line: Record<string, unknown>) => Number(line[field]))
      const done = () => {
        const [queued] = numbers('sweep', 'queued')
        const worked = numbers('sweep_message', 'accounts').reduce((sum, each) => sum + each, 0)
        expect(worked).toBe(queued)
      }
      await eventually(done, { timeout: 20_000, interval: 20 })
    },
    calm,
    deploy: (paths, more, set) => perch.update({ workers: workers(paths, more, set) }),
    stop: async () => {
      await perch.close()
      await giveBack(inject('lender'), x)
      unrelay()
    },
  }
}

/** One world for a test file; its emulator is calm at the start of each test. Users are never reused. */
export function useWorld(vars: Texts = {}, secrets: Texts = {}, configs?: string[]): World {
  let running: World | undefined
  const now = (): World => {
    if (!running) throw new Error('The world starts before the first test.')
    return running
  }
  beforeAll(async () => {
    running = await world(vars, secrets, configs)
  })
  beforeEach(() => now().calm())
  afterAll(() => running?.stop())
  return {
    get perch() {
      return now().perch
    },
    get x() {
      return now().x
    },
    get emulator() {
      return now().emulator
    },
    logs: () => now().logs(),
    sweep: () => now().sweep(),
    calm: () => now().calm(),
    deploy: (configs, more, set) => now().deploy(configs, more, set),
    stop: () => now().stop(),
  }
}

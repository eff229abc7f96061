/** Perch and the emulator for benchmarks: each in a workerd of its own, nothing between them but a socket. */
import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { SEEDED_APP } from '../emulator/seeds.ts'
import { SWEEP_CRON } from '../src/limits.ts'
import type { Counts, Happened, SeededGrant } from './shapes.ts'
import { bundle, dir, memoryOf, sqlite, start, type V4Options, worker } from './workerd.ts'

const SEEDED_AT_ONCE = 500
export const ADMIN_KEY = 'admin-key-of-the-benchmarks-0123456789abcdef'

const NO_LIMIT = { namespace_id: '1', simple: { limit: 1_000_000, period: 60 as const } }
const POLL_MS = 20
/** Longer than any sweep takes. */
const SWEEP_MS = 900_000

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

function perchOptions(out: string, state: string, x: string): V4Options {
  return {
    ...worker(out, 'perch.worker'),
    kvNamespaces: ['PENDING', 'VAULT'],
    durableObjects: {
      ACCOUNT: sqlite('Account'),
      LOGIN: sqlite('Login'),
      APP: sqlite('App'),
      REGISTRY: sqlite('Registry'),
      EVENTS: sqlite('Events'),
      ENDPOINT: sqlite('Endpoint'),
    },
    queueProducers: { DUE: 'perch-due' },
    // As in wrangler.toml.
    queueConsumers: { 'perch-due': { maxBatchSize: 1, maxBatchTimeout: 1 } },
    resourcePersistencePath: state,
    // Asked like the real ones, and never reached.
    ratelimits: {
      LOGIN_LIMIT_ADDRESS: NO_LIMIT,
      LOGIN_LIMIT_TOTAL: NO_LIMIT,
      LOGIN_LIMIT_SITE: NO_LIMIT,
      LOGIN_LIMIT_CALLER: NO_LIMIT,
    },
    bindings: {
      X_API_ORIGIN: x,
      X_WEB_ORIGIN: x,
      X_CLIENT_TYPE: 'confidential',
      X_CLIENT_ID: SEEDED_APP.client_id,
      X_CLIENT_SECRET: SEEDED_APP.client_secret,
      X_API_KEY: SEEDED_APP.api_key,
      X_API_SECRET: SEEDED_APP.api_secret,
      X_SCOPES: 'tweet.read users.read offline.access',
      REFRESH_POLICY: 'warm',
      LOGIN_FLOWS: 'oauth2',
      LOGIN_ALLOW: '*',
      SEALING_KEYS: Buffer.alloc(32, 7).toString('base64'),
      ADMIN_KEY,
    },
  }
}

let built: { perch: string; x: string } | undefined

/** Starts both, with empty state. */
export async function world() {
  built ??= { perch: bundle('perch.worker'), x: bundle('x.worker') }
  const { perch: perchOut, x: xOut } = built
  const state = mkdtempSync(join(dir, 'state-'))
  const emulator = { durableObjects: { EMULATOR: sqlite('Emulator') } }
  const x = await start({ ...worker(xOut, 'x.worker'), ...emulator })
  const options = perchOptions(perchOut, state, x.origin)
  let perch = await start(options)

  async function ask<T>(url: string, body?: unknown): Promise<T> {
    const init = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }
    const response = await fetch(url, init)
    const text = await response.text()
    if (!response.ok) throw new Error(`${url}: ${response.status} ${text}`)
    return (text.startsWith('{') || text.startsWith('[') ? JSON.parse(text) : text) as T
  }
  const counts = () => ask<Counts>(`${perch.origin}/bench/counts`)

  return {
    x: x.origin,
    origin: () => perch.origin,
    counts,
    /** New users of X and their grants there. */
    grants: (ids: string[]) => ask<SeededGrant[]>(`${x.origin}/_emulator/grants`, ids),

    /** Puts accounts into Perch. */
    async seed(accounts: SeededGrant[], due: boolean): Promise<void> {
      for (let at = 0; at < accounts.length; at += SEEDED_AT_ONCE)
        await ask(`${perch.origin}/bench/seed`, {
          accounts: accounts.slice(at, at + SEEDED_AT_ONCE),
          due,
        })
    },

    /** Perch in a fresh process on the same state, so that seeding is in no figure. */
    async restart(): Promise<void> {
      await perch.workerd.dispose()
      perch = await start(options)
      await ask(`${perch.origin}/style.css`)
    },

    /** Runs the cron and waits until the queue is worked off. */
    async sweep(): Promise<{ cronSeconds: number; seconds: number }> {
      const { batches: before = 0, 'DUE.messages': sentBefore = 0 } = await counts()
      const begun = performance.now()
      const handle = await perch.workerd.getWorker()
      await handle.scheduled({ cron: SWEEP_CRON })
      const cronSeconds = (performance.now() - begun) / 1000
      for (;;) {
        const now = await counts()
        const sent = (now['DUE.messages'] ?? 0) - sentBefore
        const done = (now.batches ?? 0) - before
        if (done >= sent) break
        if (performance.now() - begun > SWEEP_MS)
          throw new Error(`${sent - done} of ${sent} messages were not worked off`)
        await pause(POLL_MS)
      }
      return { cronSeconds, seconds: (performance.now() - begun) / 1000 }
    },

    /** How many calls X got at its token endpoint, by outcome. */
    async callsToX(): Promise<Counts> {
      const { calls } = await ask<{ calls: { outcome: string }[] }>(
        `${x.origin}/_emulator/calls?path=/2/oauth2/token`,
      )
      const outcomes: Counts = {}
      for (const { outcome } of calls) outcomes[outcome] = (outcomes[outcome] ?? 0) + 1
      return outcomes
    },

    /** Has events happen. */
    happen: (happened: Happened) => ask(`${perch.origin}/bench/events`, happened),

    fault: (fault: string, times: number) =>
      ask(`${x.origin}/_emulator/faults`, { path: '/2/oauth2/token', fault, times }),

    memory: () => memoryOf(perch),

    async stop(): Promise<void> {
      await Promise.all([perch.workerd.dispose(), x.workerd.dispose()])
      rmSync(state, { recursive: true, force: true })
    },
  }
}

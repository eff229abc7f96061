/** The real Perch with its bindings counted, and doors of the benchmarks' own below `/bench`. */
import { Hono } from 'hono/tiny'
import { sealTokens } from '../src/account/grant'
import { keyringOf } from '../src/crypto/keyring'
import { configOf } from '../src/env'
import { eventOf } from '../src/events/event'
import { appendEvents } from '../src/events/stub'
import * as perch from '../src/index'
import { Secret } from '../src/secret'
import { putAccount, type VaultAccount } from '../src/store/vault'
import type { Counts, Happened, Seed } from './shapes'

export { App, Carrier, Endpoint, Events, Login, Registry } from '../src/index'

let counts: Counts = {}
const count = (what: string, times = 1): void => {
  counts[what] = (counts[what] ?? 0) + times
}

function counted<T extends object>(name: string, browserSecret: T): T {
  return new Proxy(browserSecret, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key)
      if (typeof value !== 'function') return value
      return (...args: unknown[]) => {
        count(`${name}.${String(key)}`)
        if (key === 'sendBatch') count(`${name}.messages`, (args[0] as unknown[]).length)
        return value.apply(target, args)
      }
    },
  })
}

/** Local KV answers at once; a write of Cloudflare's travels to a central store, which takes some ten milliseconds at best. */
const KV_WRITE_MS = 20

/** A namespace whose writes take as long as real ones. */
const distant = (kv: KVNamespace): KVNamespace =>
  new Proxy(kv, {
    get(target, key) {
      if (key !== 'put') return Reflect.get(target, key).bind(target)
      return async (...args: Parameters<KVNamespace['put']>) => {
        await new Promise((arrived) => setTimeout(arrived, KV_WRITE_MS))
        await target.put(...args)
      }
    },
  })

let far: Env | undefined

/** The environment with pending states far away, one for all. */
function farEnv(env: Env): Env {
  far ??= { ...env, PENDING: distant(env.PENDING) }
  return far
}

let known: Env | undefined

/** One for all, as the real one is: what Perch remembers by it is remembered. */
function countedEnv(env: Env): Env {
  known ??= {
    ...env,
    VAULT: counted('VAULT', env.VAULT),
    DUE: counted('DUE', env.DUE),
    ACCOUNT: counted('ACCOUNT', env.ACCOUNT),
    APP: counted('APP', env.APP),
    REGISTRY: counted('REGISTRY', env.REGISTRY),
  }
  return known
}

export class Account extends perch.Account {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, countedEnv(env))
  }
}

/** How long X's tokens live, and how much of that is left of one that is due. */
const LIFE_SECONDS = 7200
const LEFT_SECONDS = 600

/** Accounts as a login leaves them. One that is due has an object; of one asleep a sweep sees KV alone. */
async function seed(env: Env, { accounts, due }: Seed): Promise<void> {
  const now = Math.floor(Date.now() / 1000)
  await Promise.all(
    accounts.map(async ({ id, access_token, refresh_token }) => {
      const expiresAt = now + (due ? LEFT_SECONDS : LIFE_SECONDS)
      const life = { from: expiresAt - LIFE_SECONDS, expiresAt }
      const account = await accountOf(env, id, access_token, refresh_token, life)
      if (!due) return putAccount(env.VAULT, account)
      const restored = await env.ACCOUNT.getByName(id).restore(account)
      if (!restored.ok) throw new Error(restored.failure.code)
    }),
  )
}

async function accountOf(
  env: Env,
  id: string,
  access: string,
  refresh: string,
  life: { from: number; expiresAt: number },
): Promise<VaultAccount> {
  const config = configOf(env)
  const tokens = { accessToken: new Secret(access), refreshToken: new Secret(refresh) }
  const scope = env.X_SCOPES
  const pair = { ...tokens, ...life, scope, policy: config.refreshPolicy }
  const { clientId } = config
  const sealed = await sealTokens(await keyringOf(config.sealingKeys), id, pair)
  const obtainedAtMs = life.from * 1000
  const grant = { ...sealed, scope, obtainedAtMs, generation: life.from, clientId }
  return { id, username: `u${id}`, name: `User ${id}`, status: 'ok', oauth2: grant }
}

/**
 * What Perch's own routes are measured against: the router, one KV operation, and nothing else. A write that anybody may
 * cause is guarded by rate limits as Perch's is: they cost nothing on Cloudflare, and a round trip each here.
 */
const bare = new Hono<{ Bindings: Env }>()
  .get('/bench/bare/read', async (c) => c.json({ value: await c.env.VAULT.get('bare') }))
  .get('/bench/bare/write', async (c) => {
    await c.env.LOGIN_LIMIT_ADDRESS.limit({ key: 'unknown' })
    await c.env.PENDING.put(crypto.randomUUID(), 'a'.repeat(600), { expirationTtl: 600 })
    return c.redirect('https://x.com/i/oauth2/authorize')
  })

/** Events as an account's object puts them into the log, so many with each call, and so many calls at once. */
async function happen(env: Env, { from, count, perCall, atOnce }: Happened): Promise<void> {
  let next = from
  const worker = async (): Promise<void> => {
    while (next < from + count) {
      const first = next
      next += perCall
      const numbers = Array.from(
        { length: Math.min(perCall, from + count - first) },
        (_, n) => first + n,
      )
      const events = numbers.map((n) => {
        const data = { account: { id: String(n), username: `user${n}` }, from: 'a', to: 'b' }
        return eventOf({ type: 'account.renamed', data }, `evt_bench${n}`, Date.now())
      })
      await appendEvents(env, events)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
}

export default {
  async fetch(request, env, ctx) {
    const { pathname } = new URL(request.url)
    if (pathname === '/bench/counts') return Response.json(counts)
    if (pathname.startsWith('/bench/bare/')) return bare.fetch(request, farEnv(env), ctx)
    if (pathname === '/login') return perch.default.fetch(request, farEnv(env), ctx)
    if (pathname === '/bench/events') {
      await happen(env, await request.json<Happened>())
      return new Response('happened')
    }
    if (pathname !== '/bench/seed') return perch.default.fetch(request, env, ctx)
    await seed(env, await request.json<Seed>())
    counts = {}
    return new Response('seeded')
  },
  scheduled: (controller, env) => perch.default.scheduled(controller, countedEnv(env)),
  async queue(batch, env) {
    await perch.default.queue(batch, countedEnv(env))
    count('batches')
  },
} satisfies ExportedHandler<Env>

/** A sweep over 5,000 accounts, counted, and what happens when one comes twice. `npm run bench` goes higher. */
import { createMessageBatch, createScheduledController } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { COUNTS } from '../../scripts/counts'
import worker from '../../src/index'
import { SWEEP_CRON, SWEEP_MESSAGE_ACCOUNTS, SWEEP_PAGE, SWEEP_PAGES } from '../../src/limits'
import { getSummaries, listAccounts } from '../../src/store/vault'
import { eventually } from '../eventually'
import { connectDue, inParallel } from './many'
import { api, callsTo, catchQueue, resetX, x } from './world'

const ACCOUNTS = 5000
const DUE = 120
const LISTS = Math.ceil(ACCOUNTS / SWEEP_PAGE)
const MESSAGES = Math.ceil(DUE / SWEEP_MESSAGE_ACCOUNTS)
const all = Array.from({ length: ACCOUNTS }, (_, n) => String(20_000_000 + n))
/** Some on each page. */
const due = all.filter((_, n) => n % Math.floor(ACCOUNTS / DUE) === 0).slice(0, DUE)
const idle = all.filter((id) => !due.includes(id))
/** Subrequests of one invocation to Cloudflare's own services on the free plan. */
const SUBREQUESTS_MAX = 1000

/** All that a sweep sees of an account that is asleep. */
let asleep = {}

beforeAll(async () => {
  await resetX()
  // The first question ever has the callers of the former build looked for in KV, which is a list of its own.
  await api('/v1/callers')
  await connectDue(due)
  const [{ id: _, ...metadata } = { id: '' }] = (await listAccounts(env.VAULT)).accounts
  asleep = { ...metadata, dueAt: Math.floor(Date.now() / 1000) + 3600 }
  await inParallel(idle, (id) => env.VAULT.put(`account/${id}`, '{}', { metadata: asleep }))
}, 120_000)

afterEach(() => vi.restoreAllMocks())

/** Spies on whatever a sweep could use; the queue's messages are kept here instead of being delivered. */
const watch = () => ({
  list: vi.spyOn(env.VAULT, 'list'),
  get: vi.spyOn(env.VAULT, 'get'),
  put: vi.spyOn(env.VAULT, 'put'),
  app: vi.spyOn(env.APP, 'getByName'),
  account: vi.spyOn(env.ACCOUNT, 'getByName'),
  x: vi.spyOn(globalThis, 'fetch'),
  ...catchQueue(),
})

const cron = () => worker.scheduled(createScheduledController({ cron: SWEEP_CRON }), env)

/** Delivers messages all at once, each in a batch of its own as wrangler.toml has it. */
async function deliver(bodies: unknown[]): Promise<void> {
  const batches = bodies.map((body, n) =>
    createMessageBatch('perch-due', [
      { id: String(n), timestamp: new Date(), attempts: 1, body: structuredClone(body) },
    ]),
  )
  await Promise.all(batches.map((batch) => worker.queue(batch, env)))
}

describe(`${ACCOUNTS} accounts, ${DUE} of them due`, () => {
  it('cost a sweep its lists, its messages and two App calls; each message one App call; each due account two object calls, one call to X and one KV write', async () => {
    // What X gives is due again at once, so that only the message's age tells that it is nothing new.
    await x('PUT', 'app', { access_token_ttl: 1 })
    const { list, get, put, app, account, bodies, sendBatch, x: toX } = watch()
    await cron()
    expect(list).toHaveBeenCalledTimes(LISTS)
    expect(bodies).toHaveLength(MESSAGES)
    expect(sendBatch).toHaveBeenCalledOnce()
    expect(app).toHaveBeenCalledTimes(COUNTS.sweep.App)
    for (const unused of [get, put, account, toX]) expect(unused).not.toHaveBeenCalled()

    await deliver(bodies)
    expect(list).toHaveBeenCalledTimes(LISTS)
    expect(bodies).toHaveLength(MESSAGES)
    expect(app).toHaveBeenCalledTimes(COUNTS.sweep.App + MESSAGES * COUNTS.message.App)
    // Once by the consumer, once by the carrier that brings X's answer.
    expect(account).toHaveBeenCalledTimes(2 * DUE)
    expect(toX).toHaveBeenCalledTimes(DUE)
    expect(put).toHaveBeenCalledTimes(DUE)
    expect(get).not.toHaveBeenCalled()

    // Delivered twice more: nothing is presented again.
    await deliver([...bodies, ...bodies])
    expect(toX).toHaveBeenCalledTimes(DUE)
    expect(put).toHaveBeenCalledTimes(DUE)
  }, 60_000)

  it('two sweeps at once, and every message of both: one refresh each', async () => {
    await x('PUT', 'app', { access_token_ttl: 7200 })
    await x('DELETE', 'calls')
    const last = Math.max(...(await getSummaries(env.VAULT, due)).map(({ dueAt }) => dueAt ?? 0))
    await eventually(() => expect(Date.now() / 1000).toBeGreaterThan(last), 5000)
    const { list, put, bodies } = watch()
    await Promise.all([cron(), cron()])
    expect(list).toHaveBeenCalledTimes(2 * LISTS)
    expect(bodies).toHaveLength(2 * MESSAGES)
    await deliver([...bodies, ...bodies])
    const calls = await callsTo('/2/oauth2/token')
    expect(calls.map((call) => call.outcome)).toEqual(Array(DUE).fill('rotated'))
    expect(put).toHaveBeenCalledTimes(DUE)
  }, 60_000)

  it('the sweep after that finds nothing due', async () => {
    const { list, bodies } = watch()
    await cron()
    expect(list).toHaveBeenCalledTimes(LISTS)
    expect(bodies).toEqual([])
    const { sweeps } = await api('/v1/status')
    expect(sweeps[0]).toMatchObject({ listed: ACCOUNTS, due: 0, queued: 0 })
  })
})

/** Lists so many full pages of accounts that are all due; a cursor is a page's number. */
function fullPages(pages: number) {
  return async ({ cursor }: KVNamespaceListOptions = {}) => {
    const page = Number(cursor ?? 0)
    const keys = Array.from({ length: SWEEP_PAGE }, (_, n) => ({
      name: `account/${page * SWEEP_PAGE + n + 1}`,
      metadata: { ...asleep, dueAt: 1 },
    }))
    const more = page + 1 < pages
    const next = more ? { list_complete: false, cursor: `${page + 1}` } : { list_complete: true }
    return { keys, cacheStatus: null, ...next } as never
  }
}

/** The message that carries the sweep on, if that was the last one. */
function carriedOn(bodies: unknown[]) {
  const last = bodies.at(-1) as { sweep?: { cursor: string } }
  return last.sweep && { sweep: last.sweep }
}

describe('more pages than one invocation lists', () => {
  const PAGES = 2 * SWEEP_PAGES + 3

  it('are carried on by messages, each within the limits of an invocation, and counted as one sweep', async () => {
    const { list, sendBatch, app, bodies } = watch()
    list.mockImplementation(fullPages(PAGES))
    const requests = () =>
      [list, sendBatch, app].reduce((sum, spy) => sum + spy.mock.calls.length, 0)
    const cursors: string[] = []
    await cron()
    for (let before = 0, next = carriedOn(bodies); next; next = carriedOn(bodies)) {
      expect(requests() - before).toBeLessThan(SUBREQUESTS_MAX)
      before = requests()
      cursors.push(next.sweep.cursor)
      await deliver([next])
    }
    expect(cursors).toEqual([`${SWEEP_PAGES}`, `${2 * SWEEP_PAGES}`])
    expect(list).toHaveBeenCalledTimes(PAGES)
    const total = PAGES * SWEEP_PAGE
    expect(bodies).toHaveLength(total / SWEEP_MESSAGE_ACCOUNTS + cursors.length)
    expect(app).toHaveBeenCalledTimes(2)
    const ids = bodies.flatMap((body) => (body as { due?: string[] }).due ?? [])
    expect(new Set(ids).size).toBe(total)
    // The last part once more, as a queue may deliver it: it is the same sweep.
    await deliver([{ sweep: (bodies.findLast(isSweep) as { sweep: unknown }).sweep }])
    const { sweeps } = await api('/v1/status')
    expect(sweeps[0]).toMatchObject({ listed: total, due: total, queued: total })
    expect(sweeps.filter(({ listed }: { listed: number }) => listed === total)).toHaveLength(1)
  }, 60_000)
})

const isSweep = (body: unknown): boolean => Object.hasOwn(body as object, 'sweep')

/** What a sweep makes of KV's list: what it queues, counts, and leaves to the next invocation. */
import { afterEach, describe, expect, it, vi } from 'vitest'
import { newSweepStats } from '../../../src/app/sweep-stats'
import { MISSING_KEY_IDS, RESEAL_ACCOUNTS, SWEEP_PAGES } from '../../../src/limits'
import { messageOf } from '../../../src/sweep/messages'
import { sweep, sweepOn } from '../../../src/sweep/sweep'
import { type Listed, logged, NOW, surroundings } from './surroundings'

const ms = NOW * 1000
afterEach(() => void vi.restoreAllMocks())

const due = (from: number, count: number): Listed[] =>
  Array.from({ length: count }, (_, n) => ({ id: String(from + n), dueAt: NOW }))

const begins = (said: object) => ({ sweepBegins: async () => said, swept: vi.fn(async () => {}) })
const ANY = { obstacle: undefined, limit: undefined }

describe('a list longer than one invocation may read', () => {
  const pages = Array.from({ length: SWEEP_PAGES + 1 }, (_, at) => due(at + 1, 1))

  // One page fewer and a large deployment's sweep never ends in its time; one more and Cloudflare stops it.
  it('is carried on from where it was left, and is said to be through once', async () => {
    const app = begins(ANY)
    const { env, bodies } = surroundings({ pages, app })
    const lines = logged('sweep')
    await sweep(env, ms)
    const rest = messageOf(bodies.at(-1))
    expect(rest).toMatchObject({
      sweep: { cursor: String(SWEEP_PAGES), stats: { accounts: SWEEP_PAGES, due: SWEEP_PAGES } },
    })
    expect([lines(), app.swept.mock.calls]).toEqual([[], []])
    if (rest && 'sweep' in rest) await sweepOn(env, rest.sweep)
    const all = SWEEP_PAGES + 1
    expect(app.swept).toHaveBeenCalledExactlyOnceWith(
      expect.objectContaining({ accounts: all, due: all, queued: all }),
    )
    expect(lines()).toMatchObject([{ listed: all, due: all, queued: all }])
    expect(lines()[0]).not.toHaveProperty('interrupted')
  })

  it('is said to be interrupted where the queue does not take the rest', async () => {
    const app = begins(ANY)
    const { env } = surroundings({ pages, app })
    vi.spyOn(env.DUE, 'sendBatch').mockRejectedValue(new Error('the queue is down'))
    const lines = logged('sweep')
    await sweep(env, ms)
    expect(lines()).toMatchObject([{ listed: SWEEP_PAGES, queued: 0, interrupted: true }])
    expect(app.swept).not.toHaveBeenCalled()
  })

  it('is said to be interrupted where the list breaks off, and what was seen is queued', async () => {
    const app = begins(ANY)
    const { env, bodies } = surroundings({ pages, app })
    const list = env.VAULT.list.bind(env.VAULT)
    vi.spyOn(env.VAULT, 'list').mockImplementation(async (given) => {
      if (given?.cursor === '2') throw new Error('KV is down')
      return list(given) as never
    })
    const lines = logged('sweep')
    await sweep(env, ms)
    expect(bodies).toEqual([{ v: 1, sweptAtMs: ms, due: ['1', '2'] }])
    expect(lines()).toMatchObject([{ listed: 2, queued: 2, interrupted: true }])
    expect(app.swept).not.toHaveBeenCalled()
  })
})

/** What a sweep over one page queues, and counts. */
async function swept(accounts: Listed[], rest: object = {}) {
  const app = begins(ANY)
  const { env, bodies } = surroundings({ pages: [accounts], app })
  const { stats, ...more } = { stats: newSweepStats(ms), mayReseal: 2, ...rest }
  logged('sweep')
  await sweepOn(env, { ...more, stats })
  const queued = bodies.map(messageOf)
  const of = (kind: string) =>
    queued.flatMap((message) => (message as Record<string, string[]>)[kind] ?? [])
  return { due: of('due'), reseal: of('reseal'), stats }
}

describe('accounts of a page', () => {
  const ended = { status: 'login_required', ended: NOW - 9000, dueAt: NOW - 10 } as const
  it.each<[string, Listed, object, { due?: string[]; reseal?: string[]; stats?: object }]>([
    ['one with nothing to do', { id: '1' }, {}, { stats: { accounts: 1, ok: 1, due: 0 } }],
    [
      'one that is due, and how late',
      { id: '1', dueAt: NOW - 7 },
      {},
      { due: ['1'], stats: { due: 1, queued: 1, oldest_lateness_seconds: 7 } },
    ],
    [
      'one that is due by its expiry, with no time of its own yet',
      { id: '1', dueAt: NOW + 86_400, expiresAt: NOW + 60 },
      {},
      { due: ['1'], stats: { due: 1, oldest_lateness_seconds: 0 } },
    ],
    // What X ended is no backlog: it would be shown as late for a day.
    [
      'one that X ended is tried, and is not called late',
      { id: '1', ...ended },
      {},
      { due: ['1'], stats: { due: 0, queued: 1, oldest_lateness_seconds: 0, login_required: 1 } },
    ],
    // A halt for refusals: a suspected one would be refused once more.
    [
      'one that X refused, sparing',
      { id: '1', dueAt: NOW, status: 'suspected' },
      { isSparing: true },
      {},
    ],
    [
      'one that X did not refuse, sparing',
      { id: '1', dueAt: NOW },
      { isSparing: true },
      { due: ['1'] },
    ],
    [
      'one of no grant that can be refreshed',
      { id: '1', expiresAt: NOW, dueAt: null },
      {},
      { stats: { login_required: 1, ok: 0, due: 0 } },
    ],
    [
      'one of a build that did not note keys',
      { id: '1', keyIds: undefined as never },
      {},
      { reseal: ['1'], stats: { keys: { unknown: 1 } } },
    ],
    [
      'an end whose retry a former build did not note',
      { id: '1', status: 'login_required', dueAt: null },
      {},
      { reseal: ['1'] },
    ],
    [
      '… of an account that has no OAuth 2.0 grant',
      { id: '1', status: 'login_required', dueAt: null, expiresAt: null },
      {},
      {},
    ],
    ['… that this build did note', { id: '1', ...ended, dueAt: null }, {}, {}],
  ])('%s', async (_, account, rest, { due = [], reseal = [], stats = {} }) => {
    const found = await swept([account], rest)
    expect(found).toMatchObject({ due, reseal, stats })
  })

  it('are sealed anew where any of their keys is an old one', async () => {
    const { env, bodies } = surroundings({
      keyIds: ['new', 'old'],
      pages: [
        [
          { id: '1', keyIds: ['new'] },
          { id: '2', keyIds: ['new', 'old'] },
        ],
      ],
      app: begins(ANY),
    })
    await sweep(env, ms)
    expect(bodies.map(messageOf)).toEqual([{ reseal: ['2'] }])
  })

  it('whose key is missing are counted, named as long as there is room, and left alone', async () => {
    const ids = Array.from({ length: MISSING_KEY_IDS + 1 }, (_, n) => String(n + 1))
    const keyIds = ['first', 'gone']
    const { due, reseal, stats } = await swept(ids.map((id) => ({ id, dueAt: NOW, keyIds })))
    expect([due, reseal]).toEqual([[], []])
    expect(stats).toMatchObject({
      missing_key_accounts: ids.length,
      missing_key: ids.slice(0, MISSING_KEY_IDS),
      keys: { gone: ids.length },
      due: 0,
    })
  })

  it('are queued, and sealed anew, no more of them than may be', async () => {
    const old = due(1, 4).map((account) => ({ ...account, keyIds: [] }))
    expect(await swept(old, { mayQueue: 3 })).toMatchObject({
      due: ['1', '2', '3'],
      reseal: ['1', '2'],
      stats: { due: 4, queued: 3 },
    })
  })

  it('keep the longest lateness, whatever comes after', async () => {
    const late = [NOW - 3, NOW - 9, NOW - 5].map((dueAt, n) => ({ id: String(n + 1), dueAt }))
    expect((await swept(late)).stats.oldest_lateness_seconds).toBe(9)
  })
})

// Whoever went back to a former build saw accounts vanish from its counts, and no word of it.
it('copies that a later build wrote are left alone, and the log says how many', async () => {
  const app = begins(ANY)
  const newer = { id: '1', dueAt: NOW, v: 99 } as Listed
  const { env, bodies } = surroundings({ pages: [[newer]], app })
  const lines = logged('sweep_newer')
  await sweep(env, ms)
  expect(bodies).toEqual([])
  expect(lines()).toEqual([{ event: 'sweep_newer', accounts: 1 }])
})

describe('what the app’s object allows', () => {
  const pages = [due(1, 3)]
  it.each([
    ['nothing', { obstacle: { code: 'app_halted', retryAfter: 60 }, limit: 0 }, []],
    ['two', { obstacle: undefined, limit: 2 }, ['1', '2']],
    ['any number', ANY, ['1', '2', '3']],
  ])('%s: so many are queued, and all are counted', async (_, said, expected) => {
    const app = begins(said)
    const { env, bodies } = surroundings({ pages, app })
    const lines = logged('sweep_obstacle')
    await sweep(env, ms)
    expect(bodies.flatMap((body) => (body as { due: string[] }).due)).toEqual(expected)
    expect(app.swept).toHaveBeenCalledWith(expect.objectContaining({ accounts: 3, due: 3 }))
    expect(lines()).toHaveLength(expected.length === 0 ? 1 : 0)
  })

  it('a sparing sweep stays one when it is carried on', async () => {
    const many = Array.from({ length: SWEEP_PAGES + 1 }, (_, at) => due(at + 1, 1))
    const app = begins({ obstacle: undefined, limit: 1, isSparing: true })
    const { env, bodies } = surroundings({ pages: many, app })
    logged('sweep')
    await sweep(env, ms)
    expect(messageOf(bodies.at(-1))).toMatchObject({
      sweep: { isSparing: true, mayQueue: 0, mayReseal: RESEAL_ACCOUNTS },
    })
  })
})

/** What becomes of a message: whom it is told to, and what the app's object hears of it. */
import { afterEach, describe, expect, it, vi } from 'vitest'
import { REFRESH_CONCURRENCY } from '../../../src/limits'
import { consume } from '../../../src/sweep/consumer'
import { logged, NOW, surroundings } from './surroundings'

const sweptAtMs = NOW * 1000
afterEach(() => void vi.restoreAllMocks())

type Said = { obstacle?: { code: string }; isUnanswered: boolean }
const WELL: Said = { isUnanswered: false }
const ids = Array.from({ length: REFRESH_CONCURRENCY + 2 }, (_, n) => String(n + 1))

/** A batch of due accounts, of which each says this; whether they were told that somebody is watching. */
async function batch(
  say: (id: string) => Said,
  admitted: object | null = { take: ids.length, isWatching: false },
  due = ids,
) {
  const hints: [string, boolean][] = []
  const admit = async () => {
    if (!admitted) throw new Error('unreachable')
    return admitted
  }
  const app = { admit: vi.fn(admit), unused: vi.fn(async () => {}) }
  const { env } = surroundings({
    app,
    account: (id) => ({
      refreshHinted: async (at: number, isWatched: boolean) => {
        expect(at).toBe(sweptAtMs)
        hints.push([id, isWatched])
        return say(id)
      },
    }),
  })
  const lines = logged('sweep_message')
  await consume(env, { v: 1, sweptAtMs, due })
  return { hints, app, lines: lines() }
}

describe('due accounts', () => {
  it('are all hinted to where nothing stands in the way, and nothing is given back', async () => {
    const { hints, app, lines } = await batch(() => WELL)
    expect(hints).toEqual(ids.map((id) => [id, false]))
    expect(app.admit).toHaveBeenCalledExactlyOnceWith({ count: ids.length })
    expect(app.unused).not.toHaveBeenCalled()
    expect(lines).toEqual([{ event: 'sweep_message', accounts: ids.length }])
  })

  it('as many as may leave, the first ones', async () => {
    const obstacle = { code: 'x_unreachable' }
    const { hints, lines } = await batch(() => WELL, { obstacle, take: 2, isWatching: true })
    expect(hints).toEqual([
      ['1', true],
      ['2', true],
    ])
    expect(lines).toMatchObject([{ obstacle: 'x_unreachable' }])
  })

  // The app's object took refreshes that were never sent for such that X did not refuse: a real halt came too late.
  it.each(['app_halted', 'x_rate_limited', 'x_unreachable'])(
    '%s of one ends the batch, and each one that was not sent is given back',
    async (code) => {
      const say = (id: string) => (id === '1' ? { ...WELL, obstacle: { code } } : WELL)
      const due = ids.slice(0, REFRESH_CONCURRENCY + 1)
      const { hints, app } = await batch(say, undefined, due)
      expect(hints).toHaveLength(REFRESH_CONCURRENCY)
      expect(app.unused).toHaveBeenCalledExactlyOnceWith(1)
    },
  )

  // Each success would have waited three seconds for an object that does not answer.
  it('without the app’s object all are hinted to, and it is not told of those that succeed', async () => {
    const { hints } = await batch(() => WELL, null)
    expect(hints).toEqual(ids.map((id) => [id, false]))
  })

  it('what concerns one account alone ends nothing', async () => {
    const { hints } = await batch(() => ({ ...WELL, obstacle: { code: 'account_unknown' } }))
    expect(hints).toHaveLength(ids.length)
  })

  it('after one without an answer the app’s object hears of those that have one', async () => {
    const { hints } = await batch((id) => ({ isUnanswered: id === '1' }))
    expect(hints.map(([, isWatched]) => isWatched)).toEqual(
      ids.map((_, n) => n >= REFRESH_CONCURRENCY),
    )
  })
})

describe('accounts that X refused', () => {
  it('that are suspected: who was reached is not told again, and the others are', async () => {
    const app = { suspectsReached: vi.fn(async () => {}) }
    const account = (id: string) => ({
      suspect: async () => {
        if (id === '2') throw new Error('unreachable')
      },
    })
    const { env } = surroundings({ app, account })
    const lines = logged('account_unreachable')
    await consume(env, { v: 1, suspected: ['1', '2', '3'] })
    expect(app.suspectsReached).toHaveBeenCalledExactlyOnceWith(['1', '3'])
    expect(lines()).toMatchObject([{ account: '2' }])
  })

  it('that are canaries: they are told so first, and the app’s object hears what X says', async () => {
    const told: unknown[] = []
    const account = (id: string) => ({
      suspect: async () => void told.push(id),
      refreshHinted: async (...given: unknown[]) => {
        told.push([id, ...given])
        return WELL
      },
    })
    const { env } = surroundings({ account })
    await consume(env, { v: 1, sweptAtMs, canaries: ['7'] })
    expect(told).toEqual(['7', ['7', sweptAtMs, true]])
  })
})

it('what is sealed with an old key is sealed anew, where it can be reached', async () => {
  const resealed: string[] = []
  const account = (id: string) => ({
    reseal: async () => {
      if (id === '1') throw new Error('unreachable')
      resealed.push(id)
    },
  })
  const { env } = surroundings({ account })
  logged('account_unreachable')
  await consume(env, { v: 1, reseal: ['1', '2'] })
  expect(resealed).toEqual(['2'])
})

it('what is no message is named in the log, and nothing is done', async () => {
  const { env } = surroundings({})
  const lines = logged('queue_message_unknown')
  for (const body of [null, {}, { v: 99, due: ['1'], sweptAtMs }]) await consume(env, body)
  expect(lines()).toHaveLength(3)
})

import {
  createExecutionContext,
  createMessageBatch,
  createScheduledController,
  getQueueResult,
} from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import worker from '../../src/index'
import { connect, later, refreshes, resetX, x } from './world'

beforeEach(resetX)
afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

const batch = (...bodies: unknown[]) =>
  createMessageBatch(
    'perch-due',
    bodies.map((body, n) => ({ id: String(n), timestamp: new Date(), attempts: 1, body })),
  )

describe('cron', () => {
  it.each(['', '* * * * *', '*/5 * * * * '])('refuses the unknown %j', async (cron) => {
    const list = vi.spyOn(env.VAULT, 'list')
    await expect(worker.scheduled(createScheduledController({ cron }), env)).rejects.toThrow(
      /Unknown cron/,
    )
    expect(list).not.toHaveBeenCalled()
  })
})

describe('queue', () => {
  it('a message delivered twice rotates once', async () => {
    const { id } = await connect()
    vi.useFakeTimers({ toFake: ['Date'] })
    later(7100)
    const message = { sweptAtMs: Date.now(), due: [id] }
    const twice = batch(message, message)
    await worker.queue(twice, env)
    expect((await getQueueResult(twice, createExecutionContext())).ackAll).toBe(true)
    expect(await refreshes()).toHaveLength(1)
  })

  it('late hints do not present the token again while X is down', async () => {
    const { id } = await connect()
    vi.useFakeTimers({ toFake: ['Date'] })
    later(7100)
    await x('POST', 'faults', { path: '/2/oauth2/token', fault: 'status:503', times: 3 })
    const message = { sweptAtMs: Date.now(), due: [id] }
    await worker.queue(batch(message, message, message), env)
    expect(await refreshes()).toHaveLength(1)
    later(95)
    await worker.queue(batch({ sweptAtMs: Date.now(), due: [id] }), env)
    expect(await refreshes()).toHaveLength(2)
  })

  it.each([
    undefined,
    'x',
    { sweptAtMs: 1, due: 'all' },
    { sweptAtMs: 1, due: ['../x'] },
    { due: ['1'] },
  ])('an unknown message (%j) is acknowledged and does nothing', async (body) => {
    const getByName = vi.spyOn(env.ACCOUNT, 'getByName')
    const odd = batch(body)
    await worker.queue(odd, env)
    expect((await getQueueResult(odd, createExecutionContext())).ackAll).toBe(true)
    expect(getByName).not.toHaveBeenCalled()
  })
})

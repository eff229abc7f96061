/** What KV is told of callers, and when again, with a KV that fails, hangs and is late. */
import { expect, it, vi } from 'vitest'
import { CallerCopies, type CopyState } from '../../../src/caller/copies'
import { LATE_WRITE_SECONDS, VAULT_WRITE_TIMEOUT_MS } from '../../../src/limits'
import { eventually } from '../../eventually'

type Written = { keyId: string } | 'none' | 'newer'

function world() {
  const rows = new Map<string, CopyState>()
  const at = { now: 1_000_000, alarm: null as number | null }
  const write = vi.fn(async (_: string): Promise<Written> => ({ keyId: 'k1' }))
  const begin = () =>
    new CallerCopies({
      states: {
        get: (id) => rows.get(id),
        write: (id, state) => void rows.set(id, state),
        delete: (id) => void rows.delete(id),
        page: () => [...rows].map(([id, record]) => ({ id, record })),
      },
      write,
      setAlarm: async (time) => {
        at.alarm = time
      },
      now: () => at.now,
      random: () => 0,
    })
  return { rows, at, write, begin, copies: begin() }
}

it('a change is noted before KV is told, with an alarm; then nothing is left to do', async () => {
  const { rows, at, copies } = world()
  copies.markDirty(['a'])
  expect([rows.get('a')?.dirty, at.alarm]).toEqual([
    { refusals: 0, retryAtMs: at.now + 5000 },
    at.now + 5000,
  ])
  expect(await copies.publish('a')).toBe(true)
  expect([rows.get('a'), at.alarm]).toEqual([{ keyId: 'k1' }, null])
})

it('what KV refuses is told again after 5 seconds, 10, …', async () => {
  const { rows, at, write, copies } = world()
  write.mockRejectedValue(new Error('KV is down'))
  copies.markDirty(['a'])
  expect(await copies.publish('a')).toBe(false)
  for (const seconds of [5, 10, 20]) {
    expect(at.alarm).toBe(at.now + seconds * 1000)
    at.now += seconds * 1000
    await copies.catchUp()
  }
  expect(rows.get('a')?.dirty?.refusals).toBe(4)
  write.mockResolvedValue('none')
  at.now = at.alarm ?? 0
  await copies.catchUp()
  expect([rows.size, at.alarm]).toEqual([0, null])
})

it('a change during a write is written after it, never beside it', async () => {
  const { write, copies } = world()
  const answers: ((written: Written) => void)[] = []
  write.mockImplementation(() => new Promise((resolve) => answers.push(resolve)))
  copies.markDirty(['a'])
  const first = copies.publish('a')
  await eventually(() => expect(answers).toHaveLength(1))
  copies.markDirty(['a'])
  const second = copies.publish('a')
  await Promise.resolve()
  expect(answers).toHaveLength(1)
  answers[0]?.({ keyId: 'k1' })
  await eventually(() => expect(answers).toHaveLength(2))
  answers[1]?.('none')
  expect(await Promise.all([first, second])).toEqual([true, true])
  expect(write).toHaveBeenCalledTimes(2)
})

it.each([
  ['was not answered', true],
  ['was under way when the object died', false],
])('a write that %s may land late, so the newest is written once more', async (_, isAnswered) => {
  vi.useFakeTimers()
  const { rows, at, write, begin, copies } = world()
  write.mockImplementationOnce(() => new Promise(() => undefined))
  copies.markDirty(['a'])
  const late = copies.publish('a')
  await vi.advanceTimersByTimeAsync(isAnswered ? VAULT_WRITE_TIMEOUT_MS : 1)
  if (isAnswered) expect(await late).toBe(false)
  vi.useRealTimers()
  const next = isAnswered ? copies : begin()
  at.now = at.alarm ?? 0
  await next.catchUp()
  expect(rows.get('a')).toMatchObject({ keyId: 'k1', dirty: { refusals: 0 } })
  expect(at.alarm).toBeLessThanOrEqual(at.now + LATE_WRITE_SECONDS * 1000)
  at.now = at.alarm ?? 0
  await next.catchUp()
  expect([rows.get('a'), at.alarm, write.mock.calls.length]).toEqual([{ keyId: 'k1' }, null, 3])
})

it('what a later build wrote is left alone, and looked at again in five minutes', async () => {
  const { at, write, copies } = world()
  write.mockResolvedValue('newer')
  copies.markDirty(['a'])
  expect(await copies.publish('a')).toBe(false)
  expect(at.alarm).toBe(at.now + 300_000)
})

it('copies of another key are counted, and sealed anew, so many at a time', async () => {
  const { rows, at, copies } = world()
  for (const id of ['a', 'b', 'c']) rows.set(id, { keyId: 'old' })
  rows.set('d', { keyId: 'k1' })
  expect(copies.reseal('k1', 2)).toEqual({ old: 3, k1: 1 })
  expect(at.alarm).toBe(at.now)
  await copies.catchUp()
  expect(copies.reseal('k1', 2)).toEqual({ old: 1, k1: 3 })
})

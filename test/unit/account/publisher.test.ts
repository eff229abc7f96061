import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { Publisher } from '../../../src/account/publisher'
import { PUBLISH_PATIENCE_MS } from '../../../src/limits'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** Writes that end when they are told to. */
function writes() {
  const ends: { resolve: () => void; reject: (error: Error) => void }[] = []
  const write = () =>
    new Promise<void>((resolve, reject) => {
      ends.push({ resolve, reject })
    })
  return { ends, write }
}

it('a write that hangs holds up nobody for long, and later writes wait for it', async () => {
  const { ends, write } = writes()
  const publisher = new Publisher(write)
  const answered = vi.fn()
  void publisher.publish().then(answered)
  void publisher.publish().then(answered)
  await vi.advanceTimersByTimeAsync(PUBLISH_PATIENCE_MS - 1)
  expect(answered).not.toHaveBeenCalled()
  await vi.advanceTimersByTimeAsync(1)
  expect(answered).toHaveBeenCalledTimes(2)
  expect(ends).toHaveLength(1)
  ends[0]?.resolve()
  await vi.advanceTimersByTimeAsync(0)
  expect(ends).toHaveLength(2)
})

it('a write that rejects spoils no later one, and nobody sees it', async () => {
  const { ends, write } = writes()
  const publisher = new Publisher(write)
  const first = publisher.publish()
  await vi.advanceTimersByTimeAsync(0)
  ends[0]?.reject(new Error('KV'))
  await expect(first).resolves.toBeUndefined()
  const second = publisher.publish()
  await vi.advanceTimersByTimeAsync(0)
  ends[1]?.resolve()
  await second
  expect(vi.getTimerCount()).toBe(0)
})

/** The stream's keep-alives, on a clock of the test's own. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { KEEP_ALIVE_MS } from '../../../emulator/limits.ts'
import type { Tweet } from '../../../emulator/store/tweet.ts'
import { Hub } from '../../../emulator/streams/hub.ts'
import { untilTrue } from '../../eventually.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const reader = (hub: Hub) =>
  hub
    .open(({ text }) => text)
    .pipeThrough(new TextDecoderStream())
    .getReader()

it('a stream says every 20 seconds that it is alive, until it is left', async () => {
  const hub = new Hub()
  const stream = reader(hub)
  expect((await stream.read()).value).toBe('\r\n')
  for (let beat = 1; beat <= 3; beat += 1) {
    const next = stream.read()
    let came = false
    void next.then(() => {
      came = true
    })
    await vi.advanceTimersByTimeAsync(KEEP_ALIVE_MS - 1)
    expect(came).toBe(false)
    await vi.advanceTimersByTimeAsync(1)
    expect((await next).value).toBe('\r\n')
  }
  await stream.cancel()
  await untilTrue(() => hub.size === 0)
  expect(vi.getTimerCount()).toBe(0)
})

it('keep-alives go on after a post', async () => {
  const hub = new Hub()
  const stream = reader(hub)
  expect((await stream.read()).value).toBe('\r\n')
  hub.publish({ text: 'tea' } as Tweet)
  expect((await stream.read()).value).toBe('tea\r\n')
  const next = stream.read()
  await vi.advanceTimersByTimeAsync(KEEP_ALIVE_MS)
  expect((await next).value).toBe('\r\n')
})

/** The record as an object holds it, beside a storage that takes it, and one that does not. */
import { describe, expect, it, vi } from 'vitest'
import type { Effects } from '../../../src/account/effects'
import { HeldRecord } from '../../../src/account/held-record'
import { connected, NOW } from './grants'

const nowMs = NOW * 1000

const next = connected()

/** A record beside a storage that refuses the first `refusals` writes; `wake` ends the wait before the next one. */
function held(refusals = 0) {
  const waits: { ms: number; wake: () => void }[] = []
  const left = { refusals }
  const fx = {
    read: () => next,
    readEvents: () => [],
    dropEvents: () => {},
    appendEvents: vi.fn(async () => {}),
    newEventId: () => 'event',
    loginAddress: () => undefined,
    now: () => nowMs,
    write: vi.fn(() => {
      if (left.refusals-- > 0) throw new Error('the storage is full')
    }),
    setAlarm: vi.fn(async () => {}),
    keepAlive: vi.fn(),
    sleep: (ms: number) => new Promise<void>((wake) => waits.push({ ms, wake })),
    log: vi.fn(),
  }
  return { record: new HeldRecord(fx as unknown as Effects), fx, waits }
}

describe('a write', () => {
  // One in the past rings at once, and finds a call under way in place of one that was lost.
  it('sets its alarm for so long from now, or leaves the one there is', () => {
    const { record, fx } = held()
    record.write(next)
    expect(fx.setAlarm).not.toHaveBeenCalled()
    record.write(next, 120_000)
    expect(fx.setAlarm).toHaveBeenCalledExactlyOnceWith(nowMs + 120_000)
  })

  it('that the storage refuses changes nothing', () => {
    const { record, fx } = held(1)
    expect(() => record.write(next, 1)).toThrow('full')
    expect([record.current, record.isStored]).toEqual([next, true])
    expect(fx.setAlarm).not.toHaveBeenCalled()
  })
})

describe('what has happened at X', () => {
  it('is kept though the storage refuses, and written again after longer waits until it takes it', async () => {
    const { record, fx, waits } = held(9)
    record.keep(next, 'refresh_not_stored')
    expect([record.current, record.isStored]).toEqual([next, false])
    const stored = record.whenStored()
    const seen: number[] = []
    for (let wait = waits.shift(); wait; wait = waits.shift()) {
      seen.push(wait.ms)
      wait.wake()
      for (let turn = 0; turn < 5; turn++) await Promise.resolve()
    }
    await stored
    expect(record.isStored).toBe(true)
    expect(fx.write).toHaveBeenCalledTimes(10)
    expect(seen).toEqual([250, 500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000])
  })

  it('is written again once at a time, and the newest of it', () => {
    const { record, fx, waits } = held(2)
    record.keep(next, 'refresh_not_stored')
    const newer = connected({ generation: 8 })
    record.keep(newer, 'record_not_stored')
    expect(waits).toHaveLength(1)
    expect(record.storeAgain()).toBe(true)
    expect(fx.write).toHaveBeenLastCalledWith(newer, [])
    // Nothing is left to be stored.
    expect(record.storeAgain()).toBe(true)
    expect(fx.write).toHaveBeenCalledTimes(3)
  })

  it('says that it is not stored as long as the storage refuses', () => {
    const { record } = held(2)
    record.keep(next, 'refresh_not_stored')
    expect([record.storeAgain(), record.storeAgain()]).toEqual([false, true])
  })
})

it('a record that breaks an invariant is written all the same, and named in the log', () => {
  const { record, fx } = held()
  const broken = connected({}, { oauth2: undefined as never })
  record.write(broken)
  expect(record.current).toBe(broken)
  expect(fx.log).toHaveBeenCalledExactlyOnceWith(
    'record_invariant_broken',
    expect.objectContaining({ account: '1001', broken: expect.any(Array) }),
  )
})

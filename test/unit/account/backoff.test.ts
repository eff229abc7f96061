import { expect, it } from 'vitest'
import { afterJournal, askOwnerIn, backOff } from '../../../src/account/backoff'
import { repairIn } from '../../../src/store/repair'

it('backing off doubles from 30 seconds to an hour, and never comes too early', () => {
  expect([1, 2, 3, 4, 20].map((tries) => backOff(tries, 0))).toEqual([30, 60, 120, 240, 3600])
  for (const random of [0, 0.5, 1])
    for (let tries = 1; tries < 40; tries++) {
      const seconds = backOff(tries, random)
      expect(seconds).toBeGreaterThanOrEqual(30)
      expect(seconds).toBeLessThanOrEqual(3600)
    }
})

// What broke in one moment came back within nine seconds.
it('doubts are spread over a minute, and never come too early', () => {
  expect([0, 0.5, 1].map((random) => backOff(1, random, true))).toEqual([30, 60, 90])
  expect([0, 1].map((random) => backOff(4, random, true))).toEqual([240, 312])
  expect([0, 1].map((random) => backOff(20, random, true))).toEqual([3600, 3600])
  expect([0, 0.5, 0.999].map((random) => afterJournal(1000, random))).toEqual([1120, 1150, 1179])
})

it('X is asked again whose a grant is at once, once, then less and less often', () => {
  expect([0, 1, 2, 3, 4, 30].map(askOwnerIn)).toEqual([0, 0, 15, 30, 60, 300])
})

it('a copy that KV refuses is offered again after 5 seconds, 10, … up to an hour', () => {
  expect([0, 1, 2, 3, 30].map((refusals) => repairIn(refusals, 0))).toEqual([5, 5, 10, 20, 3600])
  expect(repairIn(30, 1)).toBe(3600)
})

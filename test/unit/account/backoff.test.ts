import { expect, it } from 'vitest'
import { askOwnerIn, backOff } from '../../../src/account/backoff'
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

it('X is asked again whose a grant is at once, once, then less and less often', () => {
  expect([0, 1, 2, 3, 4, 30].map(askOwnerIn)).toEqual([0, 0, 15, 30, 60, 300])
})

it('a copy that KV refuses is offered again after 5 seconds, 10, … up to an hour', () => {
  expect([0, 1, 2, 3, 30].map((refusals) => repairIn(refusals, 0))).toEqual([5, 5, 10, 20, 3600])
  expect(repairIn(30, 1)).toBe(3600)
})

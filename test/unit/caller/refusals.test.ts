import { expect, it } from 'vitest'
import { Refusals } from '../../../src/caller/refusals'
import { REFUSALS_REMEMBERED, REGISTRY_ASK_SECONDS, REGISTRY_ASKS_MAX } from '../../../src/limits'

it('some questions at once, then one after each wait, and never more than some', () => {
  const refusals = new Refusals()
  const asked = (now: number) => {
    let times = 0
    while (refusals.mayAsk(now)) times += 1
    return times
  }
  expect(asked(1000)).toBe(REGISTRY_ASKS_MAX)
  expect(asked(1000 + REGISTRY_ASK_SECONDS - 1)).toBe(0)
  expect(asked(1000 + REGISTRY_ASK_SECONDS)).toBe(1)
  expect(asked(1_000_000)).toBe(REGISTRY_ASKS_MAX)
  // A clock that was set back.
  expect(asked(500)).toBe(0)
  expect(asked(500 + REGISTRY_ASK_SECONDS)).toBe(1)
})

it('a refusal is remembered for a while, with its words, and only so many', () => {
  const refusals = new Refusals()
  refusals.add('a', 'expired', 100)
  expect(refusals.of('a', 129)).toMatchObject({ detail: 'expired' })
  expect(refusals.of('a', 130)).toBeUndefined()
  for (let n = 0; n < REFUSALS_REMEMBERED; n++) refusals.add(`b${n}`, undefined, 100)
  expect(refusals.of('a', 100)).toBeUndefined()
  expect(refusals.of('b0', 100)).toBeDefined()
})

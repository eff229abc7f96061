import { expect, it } from 'vitest'
import { isDue } from '../../../src/account/sweep'

it.each([
  [99, true],
  [100, true],
  [101, false],
  [null, false],
])('a grant that is due at %j is due at 100: %j', (dueAt, expected) => {
  expect(isDue(dueAt, 100)).toBe(expected)
})

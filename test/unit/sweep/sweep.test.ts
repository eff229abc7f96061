import { expect, it } from 'vitest'
import { isDue } from '../../../src/account/decide'

const LAZY = { lazySeconds: 9 }

it.each([
  [99, 9999, 'warm', true],
  [100, 9999, 'warm', true],
  [101, 9999, 'warm', false],
  [null, 0, 'warm', false],
  [9999, 1300, 'warm', true],
  [9999, 1301, 'warm', false],
  // The wait after a failure holds, however soon the token expires.
  [3700, 1300, 'warm', false],
  [3701, 1300, 'warm', true],
  [9999, 1300, LAZY, false],
  [100, 9999, LAZY, true],
  [101, null, 'warm', false],
] as const)(
  'due at %j, expiring at %j, %j: at 100 it is due: %j',
  (dueAt, expiresAt, policy, expected) => {
    expect(isDue({ dueAt, expiresAt }, policy, 100)).toBe(expected)
  },
)

import { expect, it } from 'vitest'
import { isDue } from '../../../src/account/decide'

const LAZY = { lazySeconds: 9 }
const MONTH = 30 * 86_400

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
  // Sealed under a policy that waits longer: it is due when the one that holds says so at the latest.
  [9999, 91, LAZY, true],
  [9999, 92, LAZY, false],
  [9999, 100 - MONTH, 'auto', true],
  [9999, 101 - MONTH, 'auto', false],
  [9999, 1300, 'auto', false],
  [100, 9999, 'auto', true],
  [101, 9999, 'auto', false],
  // The wait after a failure holds, however long ago the token expired.
  [3700, 100 - MONTH, 'auto', false],
  [null, 0, 'auto', false],
  [101, null, 'warm', false],
] as const)(
  'due at %j, expiring at %j, %j: at 100 it is due: %j',
  (dueAt, expiresAt, policy, expected) => {
    expect(isDue({ dueAt, expiresAt }, policy, 100)).toBe(expected)
  },
)

/** When the object of an endpoint has to work again by itself. */
import { expect, it } from 'vitest'
import { type LeftOver, worksAtMs } from '../../../src/endpoint/alarm'
import type { EndpointState } from '../../../src/endpoint/state'
import { DELIVERIES_OPEN_MAX, ENDPOINT_FAILING_SECONDS } from '../../../src/limits'

const NOW = 1_800_000_000_000
const HOUR_MS = 3_600_000
const STATE: EndpointState = { epoch: 1, cursor: 7, failures: 0, replays: 0 }
const endpoint = {
  id: 'ep_1',
  url: 'https://a.example/',
  secrets: [],
  createdAt: 1,
  epoch: 1,
  after: 0,
}
const reader = { accounts: undefined, readsX: false }
const REST: LeftOver = {
  nowMs: NOW,
  isNews: false,
  known: { endpoint, reader },
  state: STATE,
  open: 0,
  retryAtMs: undefined,
  hasMore: false,
}
const failing = { ...STATE, failures: 9, failingSinceMs: NOW - HOUR_MS, newFailedAtMs: NOW - 1000 }
const off = { ...endpoint, disabled: { since: 1, reason: 'gone' as const } }

it.each<[string, Partial<LeftOver>, number | null]>([
  ['nothing is left', {}, null],
  ['it was woken', { isNews: true }, NOW],
  ['it was woken while it was off', { isNews: true, known: { endpoint: off, reader } }, NOW],
  ['it is off, and the log has more', { known: { endpoint: off, reader }, hasMore: true }, null],
  ['its owner may read nothing', { known: { endpoint, reader: null }, hasMore: true }, null],
  ['nobody said what it is', { known: undefined }, NOW],
  ['the log has more', { hasMore: true }, NOW],
  ['some wait, and the log has more', { hasMore: true, open: 3, retryAtMs: NOW + 5 }, NOW],
  [
    'as many wait as may',
    { hasMore: true, open: DELIVERIES_OPEN_MAX, retryAtMs: NOW + 5 },
    NOW + 5,
  ],
  ['one waits', { open: 1, retryAtMs: NOW + 5 }, NOW + 5],
  ['one is due', { open: 1, retryAtMs: NOW - 5 }, NOW],
  ['it fails', { state: failing, open: 9, retryAtMs: NOW + 9 * HOUR_MS }, NOW + 9 * HOUR_MS],
  [
    'it fails, and the log has more',
    { state: failing, open: 9, retryAtMs: NOW + 9 * HOUR_MS, hasMore: true },
    NOW + HOUR_MS - 1000,
  ],
  [
    'it fails, the log has more, and as many wait as may',
    {
      state: { ...failing, newFailedAtMs: 1 },
      open: DELIVERIES_OPEN_MAX,
      retryAtMs: NOW + 5,
      hasMore: true,
    },
    NOW + 5,
  ],
  [
    'it has failed for almost five days',
    {
      state: { ...failing, failingSinceMs: NOW + 5 - ENDPOINT_FAILING_SECONDS * 1000 },
      open: 9,
      retryAtMs: NOW + HOUR_MS,
    },
    NOW + 5,
  ],
  ['it fails, and nothing waits', { state: failing }, null],
])('%s', (_, left, at) => {
  expect(worksAtMs({ ...REST, ...left })).toBe(at)
})

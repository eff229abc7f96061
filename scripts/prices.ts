/** What Cloudflare asks for, in dollars, with its words (shortened) and where they stand. No other file has a price. */
export const PRICES_READ = 'November 2026'
export const PLAN_DOLLARS = 5

export interface Price {
  name: string
  /** Of the paid plan, per million, once the included ones are used up. */
  perMillion: number
  includedPerMonth: number
  /** Past that the free plan refuses. */
  freePerDay: number
  message: string
  source: string
}

const DOCS = 'https://developers.cloudflare.com'
const KV = `${DOCS}/kv/platform/pricing/`
const OBJECTS = `${DOCS}/durable-objects/platform/pricing/`

const MILLION = 1_000_000

export const PRICES = {
  requests: {
    name: 'Worker requests',
    perMillion: 0.3,
    includedPerMonth: 10 * MILLION,
    freePerDay: 100_000,
    message: '10 million included per month, +$0.30 per additional million; free 100,000 per day',
    source: `${DOCS}/workers/platform/pricing/`,
  },
  kvReads: {
    name: 'KV reads',
    perMillion: 0.5,
    includedPerMonth: 10 * MILLION,
    freePerDay: 100_000,
    message: 'Keys read: 10 million/month, +$0.50/million; free 100,000/day',
    source: KV,
  },
  kvWrites: {
    name: 'KV writes',
    perMillion: 5,
    includedPerMonth: MILLION,
    freePerDay: 1000,
    message: 'Keys written: 1 million/month, +$5.00/million; free 1,000/day',
    source: KV,
  },
  kvLists: {
    name: 'KV lists',
    perMillion: 5,
    includedPerMonth: MILLION,
    freePerDay: 1000,
    message: 'List requests: 1 million/month, +$5.00/million; free 1,000/day',
    source: KV,
  },
  objectRequests: {
    name: 'Object requests',
    perMillion: 0.15,
    includedPerMonth: MILLION,
    freePerDay: 100_000,
    message: 'Requests: 1 million, +$0.15/million; free 100,000/day; every RPC method call is one',
    source: OBJECTS,
  },
  rowsWritten: {
    name: 'Rows written',
    perMillion: 1,
    includedPerMonth: 50 * MILLION,
    freePerDay: 100_000,
    message:
      'Rows written: first 50 million/month, +$1.00/million; free 100,000/day; each setAlarm is one',
    source: OBJECTS,
  },
  duration: {
    name: 'Object duration, GB-s',
    perMillion: 12.5,
    includedPerMonth: 400_000,
    freePerDay: 13_000,
    message: 'Duration: 400,000 GB-s, +$12.50/million GB-s; free 13,000 GB-s/day',
    source: OBJECTS,
  },
  queueOperations: {
    name: 'Queue operations',
    perMillion: 0.4,
    includedPerMonth: MILLION,
    freePerDay: 10_000,
    message:
      '1,000,000 operations/month included, +$0.40/million; free 10,000/day; a write, a read and a delete each',
    source: `${DOCS}/queues/platform/pricing/`,
  },
} as const satisfies Record<string, Price>

export type Resource = keyof typeof PRICES
export const RESOURCES = Object.keys(PRICES) as Resource[]

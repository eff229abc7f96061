/**
 * The cost of one OAuth 1.0a Authorization header in workerd, beside its HMAC alone (key imported before) and beside
 * the npm package `oauth-1.0a` on node:crypto, in one run. Prints a table and writes bench/out/signing.json.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import type { Miniflare } from 'miniflare'
import { bundle, start, worker } from './workerd.ts'

const TIMES = 10_000
const ROUNDS = 9
const PROCESSES = 5
const GOALS = { over_hmac_at_most: 4, faster_than_package_at_least: 2 }

const out = bundle('signing.worker')

/** Microseconds a call. */
async function cost(workerd: Miniflare, way: string): Promise<number> {
  const begun = performance.now()
  const response = await workerd.dispatchFetch(`http://bench/${way}?times=${TIMES}`)
  const last = await response.text()
  if (!response.ok || last.length < 28) throw new Error(`${way}: ${response.status} ${last}`)
  return ((performance.now() - begun) * 1000) / TIMES
}

const ways = ['hmac', 'perch', 'oauth-1.0a']
const costs = new Map<string, number[]>(ways.map((way) => [way, []]))
// Several processes, since each compiles a little differently.
for (let process = 0; process < PROCESSES; process++) {
  const { workerd } = await start(worker(out, 'signing.worker'))
  try {
    for (const way of ways) await cost(workerd, way)
    // In turns, so that whatever else the machine does meets all of them.
    for (let round = 0; round < ROUNDS; round++)
      for (const way of ways) costs.get(way)?.push(await cost(workerd, way))
  } finally {
    await workerd.dispose()
  }
}

const middle = (values: number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
const of = (way: string): number[] => costs.get(way) ?? []
/** The middle of the rounds' ratios: what slows one way of a round down slows the others down too. */
const ratio = (one: string, other: string): number =>
  middle(of(one).map((cost, round) => cost / (of(other)[round] ?? Number.NaN)))

const rows = ways.map((way) => ({ way, microseconds: Number(middle(of(way)).toFixed(2)) }))
const overHmac = ratio('perch', 'hmac')
const fasterThanPackage = ratio('oauth-1.0a', 'perch')
console.table(rows)
console.log(
  `A header costs ${overHmac.toFixed(2)} times its HMAC (goal: at most ${GOALS.over_hmac_at_most}).`,
)
console.log(
  `It is ${fasterThanPackage.toFixed(2)} times as fast as oauth-1.0a (goal: at least ${GOALS.faster_than_package_at_least}).`,
)
mkdirSync('bench/out', { recursive: true })
writeFileSync(
  'bench/out/signing.json',
  JSON.stringify({ rows, overHmac, fasterThanPackage, goals: GOALS }, null, 2),
)

/**
 * The cost of one OAuth 1.0a Authorization header in workerd, beside its HMAC alone (key imported before) and beside
 * the npm package `oauth-1.0a` on node:crypto, in one run. Prints a table and writes bench/out/signing.json.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import type { Miniflare } from 'miniflare'
import { Turns } from './turns.ts'
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
let workerd: Miniflare
const turns = new Turns(ways, (way) => cost(workerd, way))
// Several processes, since each compiles a little differently.
for (let process = 0; process < PROCESSES; process++) {
  workerd = (await start(worker(out, 'signing.worker'))).workerd
  try {
    await turns.run(ROUNDS)
  } finally {
    await workerd.dispose()
  }
}

const rows = turns.rows()
const overHmac = turns.ratio('perch', 'hmac')
const fasterThanPackage = turns.ratio('oauth-1.0a', 'perch')
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

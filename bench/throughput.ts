/**
 * Refreshes a second of one Perch process — a sweep, its queue, batches of 50 with six under way — beside a plain loop
 * that sends one refresh after the other to the same emulator and keeps nothing. Both in one run: with X answering at
 * once, and after 100 ms, as it is over a network. `node bench/throughput.ts 500` chooses how many grants each has.
 * Prints a table and writes bench/out/throughput.json.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { SEEDED_APP } from '../emulator/seeds.ts'
import type { SeededGrant } from './shapes.ts'
import { world } from './world.ts'

const REPLY_DELAYS_MS = [0, 100]
const FIRST_ID = 300_000_000
const WARM_UP = 50
const grantsEach = Number(process.argv[2] ?? 200)
const client = Buffer.from(`${SEEDED_APP.client_id}:${SEEDED_APP.client_secret}`).toString('base64')

const { x, grants, seed, restart, sweep, counts, callsToX, fault, stop } = await world()
let ids = FIRST_ID
const fresh = (count: number): Promise<SeededGrant[]> =>
  grants(Array.from({ length: count }, () => String(ids++)))

/** Seconds that a loop takes, one after the other. */
async function sequential(held: SeededGrant[]): Promise<number> {
  const begun = performance.now()
  for (const { refresh_token } of held) {
    const response = await fetch(`${x}/2/oauth2/token`, {
      method: 'POST',
      headers: { authorization: `Basic ${client}` },
      body: new URLSearchParams({ grant_type: 'refresh_token', refresh_token }),
    })
    const { refresh_token: next } = (await response.json()) as Partial<SeededGrant>
    if (!next) throw new Error(`A refresh failed: ${response.status}`)
  }
  return (performance.now() - begun) / 1000
}

/** Seconds that Perch takes for as many, journal, vault and all. */
async function perch(held: SeededGrant[]): Promise<number> {
  await seed(held, true)
  const before = (await callsToX()).rotated ?? 0
  const { seconds } = await sweep()
  const refreshed = ((await callsToX()).rotated ?? 0) - before
  const { 'VAULT.put': written } = await counts()
  if (refreshed !== held.length || written !== held.length)
    throw new Error(`${refreshed} refreshes and ${written} KV writes, not ${held.length}`)
  return seconds
}

const rows = []
try {
  await restart()
  await sequential(await fresh(WARM_UP))
  await perch(await fresh(WARM_UP))
  for (const delay of REPLY_DELAYS_MS) {
    if (delay > 0) await fault(`delay_reply:${delay}`, 2 * grantsEach)
    const loopSeconds = await sequential(await fresh(grantsEach))
    const perchSeconds = await perch(await fresh(grantsEach))
    rows.push({
      'X answers after ms': delay,
      grants: grantsEach,
      'loop, refreshes/s': Number((grantsEach / loopSeconds).toFixed(1)),
      'Perch, refreshes/s': Number((grantsEach / perchSeconds).toFixed(1)),
      ratio: Number((loopSeconds / perchSeconds).toFixed(2)),
    })
  }
} finally {
  await stop()
}
console.table(rows)
mkdirSync('bench/out', { recursive: true })
writeFileSync('bench/out/throughput.json', JSON.stringify(rows, null, 2))

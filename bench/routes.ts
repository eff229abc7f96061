/**
 * A lease beside a bare Hono route with one KV read, and the begin of a login beside one with one KV write: the same
 * process, in turns, one request after the other. Prints a table and writes bench/out/routes.json.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { Turns } from './turns.ts'
import { ADMIN_KEY, world } from './world.ts'

const ROUNDS = 15
const TIMES = 100
const ID = '400000000'
const GOALS = { lease: 1, login: 2 }

const { origin, grants, seed, restart, stop } = await world()
const authorization = { authorization: `Bearer ${ADMIN_KEY}` }
const ways: Record<string, { path: string; status: number; headers?: Record<string, string> }> = {
  lease: { path: `/v1/accounts/${ID}/token`, status: 200, headers: authorization },
  'bare read': { path: '/bench/bare/read', status: 200 },
  login: { path: '/login', status: 302 },
  'bare write': { path: '/bench/bare/write', status: 302 },
}

/** Microseconds a request. */
async function cost(way: string): Promise<number> {
  const { path, status, headers = {} } = ways[way]!
  const begun = performance.now()
  for (let left = TIMES; left > 0; left--) {
    const response = await fetch(origin() + path, { headers, redirect: 'manual' })
    await response.arrayBuffer()
    if (response.status !== status) throw new Error(`${way}: ${response.status}`)
  }
  return ((performance.now() - begun) * 1000) / TIMES
}

const turns = new Turns(Object.keys(ways), cost)
try {
  await seed(await grants([ID]), true)
  await restart()
  await turns.run(ROUNDS)
} finally {
  await stop()
}

const rows = turns.rows()
/** How many of ours in the time of a bare one. */
const ratios = {
  lease: turns.ratio('bare read', 'lease'),
  login: turns.ratio('bare write', 'login'),
}
console.table(rows)
console.log(
  `A lease is ${ratios.lease.toFixed(2)} times as fast as a bare route with a KV read (goal: ${GOALS.lease}).`,
)
console.log(
  `A login begins ${ratios.login.toFixed(2)} times as fast as a bare route that waits for a KV write of 20 ms (goal: ${GOALS.login}).`,
)
mkdirSync('bench/out', { recursive: true })
writeFileSync('bench/out/routes.json', JSON.stringify({ rows, ratios, goals: GOALS }, null, 2))

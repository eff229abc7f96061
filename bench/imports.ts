/**
 * Accounts a second that `npm run import` brings: 5,000 user tokens of OAuth 1.0a, for which X is not asked, and 5,000 refresh
 * tokens, each of which X has to refresh and to name the user of. Perch and the emulator in a workerd each, on disk.
 * `node bench/imports.ts 500` chooses another number. Prints a table and writes bench/out/imports.json; fails when one is
 * missing, or X was asked more than once for one.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { importing } from '../scripts/moving/importing.ts'
import type { Item } from '../scripts/moving/records.ts'
import { send } from '../scripts/moving/send.ts'
import { ADMIN_KEY, world } from './world.ts'

const FIRST_USER_TOKEN = 600_000_000
const FIRST_PAIR = 700_000_000
const accounts = Number(process.argv[2] ?? 5000)
const { origin, grants, callsToX, counts, stop } = await world()

const ids = (from: number): string[] => Array.from({ length: accounts }, (_, n) => String(from + n))
const itemOf = (line: Item['line'] & object, n: number): Item => ({ at: `line ${n + 1}`, line })

async function measure(what: string, items: Item[]) {
  const done = new Set<string>()
  let calls = 0
  const before = await counts()
  const begun = performance.now()
  const { fates, stopped } = await importing(items, {
    send: (lines, hear) => {
      calls += 1
      return send({ origin: origin(), key: ADMIN_KEY }, lines, hear)
    },
    now: () => Date.now(),
    sleep: (ms) => sleep(ms),
    journal: { has: (hash) => done.has(hash), add: (hash) => void done.add(hash) },
    show: () => undefined,
  })
  const seconds = (performance.now() - begun) / 1000
  const imported = fates.filter(({ status }) => status === 'imported').length
  if (stopped || imported !== items.length)
    throw new Error(
      `${what}: ${imported} of ${items.length}, ${JSON.stringify(stopped ?? fates[0])}`,
    )
  const puts = ((await counts())['VAULT.put'] ?? 0) - (before['VAULT.put'] ?? 0)
  return {
    accounts: items.length,
    brought: what,
    calls,
    'KV writes': puts,
    s: Number(seconds.toFixed(1)),
    'accounts/s': Number((items.length / seconds).toFixed(1)),
  }
}

const rows = []
try {
  const userTokens = ids(FIRST_USER_TOKEN).map((id, n) =>
    itemOf({ oauth1: { oauth_token: `${id}-bench`, oauth_token_secret: 'bench' } }, n),
  )
  rows.push(await measure('a user token of OAuth 1.0a', userTokens))
  if (Object.keys(await callsToX()).length > 0) throw new Error('X was asked about user tokens.')
  const pairs = await grants(ids(FIRST_PAIR))
  const tokens = pairs.map(({ id, refresh_token }, n) =>
    itemOf({ id, oauth2: { refresh_token } }, n),
  )
  rows.push(await measure('a refresh token', tokens))
  const { rotated = 0, ...others } = await callsToX()
  // The emulator lists its last calls alone.
  if (Object.keys(others).length > 0) throw new Error(`X answered ${JSON.stringify(others)}.`)
  console.log(`X rotated ${rotated} of the last calls that it lists.`)
} finally {
  await stop()
}
console.table(rows)
mkdirSync('bench/out', { recursive: true })
writeFileSync('bench/out/imports.json', JSON.stringify(rows, null, 2))

/**
 * A sweep over many accounts in local workerd, X played by the emulator: what it counts, how long it takes, and what
 * memory it needs. `node bench/sweep.ts 1000 100000:1 10000:100` chooses the sizes, each with the per cent that are
 * due (1 if left out). Prints a table and writes bench/out/sweep.json. Fails when a count is not what it must be.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { SWEEP_MESSAGE_ACCOUNTS, SWEEP_PAGE, SWEEP_PAGES } from '../src/limits.ts'
import { world } from './world.ts'

const DEFAULTS = ['1000:1', '10000:1', '10000:10', '100000:1', '10000:100']
/** Each object that is awake holds three files open in local workerd. */
const MANY_DUE = 2000
const OPEN_FILES = 20_000
const FIRST_ID = 100_000_000
/** As long as X's. What is asleep needs no token that X knows. */
const NO_TOKENS = { access_token: 'a'.repeat(91), refresh_token: 'r'.repeat(91) }

interface Size {
  accounts: number
  due: number
}

function sizeOf(text: string): Size {
  const [, accounts, percent = '1'] = /^(\d+)(?::(\d+))?$/.exec(text) ?? []
  if (!accounts) throw new Error(`${text}: expected accounts, or accounts:percent`)
  return { accounts: Number(accounts), due: Math.ceil((Number(accounts) * Number(percent)) / 100) }
}

async function measure({ accounts, due }: Size) {
  const { restart, seed, grants, sweep, counts, callsToX, memory, stop } = await world()
  try {
    const begun = performance.now()
    const ids = Array.from({ length: accounts }, (_, n) => String(FIRST_ID + n))
    // Spread over all pages, as they are in life.
    const before = (n: number): number => Math.floor((n * due) / accounts)
    const isDue = (_: string, n: number): boolean => before(n + 1) > before(n)
    await seed(await grants(ids.filter(isDue)), true)
    const asleep = ids.filter((id, n) => !isDue(id, n)).map((id) => ({ id, ...NO_TOKENS }))
    await seed(asleep, false)
    console.log(`${accounts} accounts, ${due} due: seeded in ${secondsSince(begun).toFixed(0)} s`)
    await restart()
    const idle = memory().now
    const { cronSeconds, seconds } = await sweep()
    const done = await counts()
    const x = await callsToX()
    return {
      accounts,
      due,
      lists: done['VAULT.list'] ?? 0,
      messages: done['DUE.messages'] ?? 0,
      'KV writes': done['VAULT.put'] ?? 0,
      'KV reads': done['VAULT.get'] ?? 0,
      'App calls': done['APP.getByName'] ?? 0,
      'calls to X': x.rotated ?? 0,
      'cron s': Number(cronSeconds.toFixed(2)),
      'all s': Number(seconds.toFixed(2)),
      'ms/due': Number(((seconds * 1000) / due).toFixed(1)),
      'idle MB': idle,
      'peak MB': memory().peak,
    }
  } finally {
    await stop()
  }
}

const secondsSince = (begun: number): number => (performance.now() - begun) / 1000

/** What is wrong with the counts, in words. */
function wrong(row: Awaited<ReturnType<typeof measure>>): string[] {
  const lists = Math.ceil(row.accounts / SWEEP_PAGE)
  const carriedOn = Math.ceil(lists / SWEEP_PAGES) - 1
  const messages = Math.ceil(row.due / SWEEP_MESSAGE_ACCOUNTS) + carriedOn
  const must = {
    lists,
    messages,
    'KV writes': row.due,
    'KV reads': 0,
    'App calls': 2 + messages - carriedOn,
    'calls to X': row.due,
  }
  return Object.entries(must).flatMap(([name, value]) => {
    const found = row[name as keyof typeof must]
    return found === value ? [] : [`${row.accounts} accounts: ${name} ${found}, not ${value}`]
  })
}

/** Whether this shell lets one process hold as many files open. */
function isAllowed({ accounts, due }: Size): boolean {
  const allowed = due <= MANY_DUE || openFiles() >= OPEN_FILES
  if (!allowed)
    console.log(`${accounts} accounts, ${due} due: left out, needs ulimit -n ${OPEN_FILES}`)
  return allowed
}

/** What Node raised its limit to, which its children have as well. */
function openFiles(): number {
  const { userLimits } = process.report.getReport() as {
    userLimits: { open_files: { hard: number | 'unlimited' } }
  }
  const { hard } = userLimits.open_files
  return hard === 'unlimited' ? Number.POSITIVE_INFINITY : hard
}

const sizes = process.argv.length > 2 ? process.argv.slice(2) : DEFAULTS
const rows = []
for (const size of sizes.map(sizeOf).filter(isAllowed)) rows.push(await measure(size))
console.table(rows)
mkdirSync('bench/out', { recursive: true })
writeFileSync('bench/out/sweep.json', JSON.stringify(rows, null, 2))
for (const message of rows.flatMap(wrong)) {
  console.error(message)
  process.exitCode = 1
}

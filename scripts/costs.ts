/** `npm run costs`: prints docs/costs.md, computed from the counts (counts.ts) and Cloudflare's prices (prices.ts). */
import { COUNTS } from './counts.ts'
import { PLAN_DOLLARS, PRICES, PRICES_READ, RESOURCES, type Resource } from './prices.ts'
import {
  ACCOUNTS_MAX,
  AWAKE_SECONDS,
  accountsWithin,
  freeCeiling,
  IDLE_APART_SECONDS,
  KEPT,
  type Kept,
  LEASES_A_DAY,
  OBJECT_GB,
  refreshesADay,
  SWEEPS_A_DAY,
  type Usage,
  usage,
  WARM_SECONDS,
} from './usage.ts'

const MONTH_DAYS = 30
const SIZES = [1000, 10_000, 100_000]

const count = (n: number): string => Math.round(n).toLocaleString('en-US')
const dollars = (n: number): string => `$${n.toFixed(2)}`
const row = (...cells: string[]): string => `| ${cells.join(' | ')} |`
const table = (head: string[], rows: string[][]): string =>
  [
    row(...head),
    row(...head.map((_, at) => (at === 0 ? '---' : '---:'))),
    ...rows.map((cells) => row(...cells)),
  ].join('\n')

/** The list price of so much of a resource. */
const price = (resource: Resource, amount: number): number =>
  (amount * PRICES[resource].perMillion) / 1_000_000
const sum = (of: (resource: Resource) => number): number =>
  RESOURCES.reduce((total, resource) => total + of(resource), 0)
const ofMonth = (used: Usage, resource: Resource): number => used[resource] * MONTH_DAYS

/** What so many accounts cost in a month at list price, in dollars. */
export function listPrice(kept: Kept, accounts: number): number {
  const used = usage(kept, accounts)
  return sum((resource) => price(resource, ofMonth(used, resource)))
}

function perThousand(): string {
  const used = KEPT.map((kept) => usage(kept, 1000))
  const rows = RESOURCES.map((resource) => [
    PRICES[resource].name,
    ...used.flatMap((each) => {
      const amount = ofMonth(each, resource)
      return [count(amount), dollars(price(resource, amount))]
    }),
  ])
  const totals = KEPT.flatMap((kept) => ['', `**${dollars(listPrice(kept, 1000))}**`])
  return table(['', ...KEPT.flatMap((p) => [`\`${p}\``, ''])], [...rows, ['together', ...totals]])
}

/** What is left to pay after the plan's included amounts, with the plan. */
function bill(kept: Kept, accounts: number): number {
  const used = usage(kept, accounts)
  const over = (resource: Resource): number =>
    Math.max(ofMonth(used, resource) - PRICES[resource].includedPerMonth, 0)
  return PLAN_DOLLARS + sum((resource) => price(resource, over(resource)))
}

const bills = (): string =>
  table(
    ['accounts', ...KEPT.map((kept) => `\`${kept}\``)],
    SIZES.map((size) => [count(size), ...KEPT.map((kept) => dollars(bill(kept, size)))]),
  )

const ceilings = (): string =>
  table(
    ['a day', 'allowed', 'sweeps alone', ...KEPT.map((kept) => `accounts, \`${kept}\``)],
    RESOURCES.map((resource) => {
      const { name, freePerDay } = PRICES[resource]
      const idle = usage('lazy:30d', 0)[resource]
      const most = KEPT.map((kept) => accountsWithin(kept, resource, freePerDay))
      const shown = most.map((accounts) => (accounts === ACCOUNTS_MAX ? 'any' : count(accounts)))
      return [name, count(freePerDay), count(idle), ...shown]
    }),
  )

const sources = (): string =>
  RESOURCES.map((resource) => {
    const { name, message, source } = PRICES[resource]
    return `- [${name}](${source}): ${message}`
  }).join('\n')

/** The whole page. */
export function costsPage(): string {
  const writes = PRICES.kvWrites.freePerDay
  const login = COUNTS.loginBegins['PENDING.put'] + COUNTS.loginCompletes['VAULT.put']
  return `# What Perch costs on Cloudflare

Computed by \`npm run costs\` from the I/O that tests count and Cloudflare's prices of ${PRICES_READ}; a test compares this page
with what the script prints, so nothing here is typed in.

Assumed: accounts spread evenly; ${LEASES_A_DAY} lease of each a day, by an isolate that remembers nothing. \`warm\` refreshes an account
about every ${Math.round(WARM_SECONDS / 60)} minutes, ${refreshesADay('warm').toFixed(1)} times a day, by the sweep; so does \`auto\` what is used, and has the use noted. What nobody uses is idle with \`auto\`: it has
no leases, and the sweep refreshes it about every ${(IDLE_APART_SECONDS / 86_400).toFixed(1)} days. With \`lazy:30d\` the lease finds the token expired and refreshes it, and the sweep never has to. An object is
awake for ${AWAKE_SECONDS} s a refresh, at ${OBJECT_GB} GB. A month has ${MONTH_DAYS} days. CPU time and storage are left out, and logins too: each is ${login} KV writes.

## 1,000 accounts for a month, at list price

${perThousand()}

## What the bill says

The paid plan is ${dollars(PLAN_DOLLARS)} a month and includes much of this; here is the plan and what goes beyond it.

${bills()}

## The free plan

Each of these ends at its own number of accounts; the smallest one is the ceiling: **${count(freeCeiling('warm'))} warm accounts** (${count(writes)} KV writes a day), or
**${count(freeCeiling('auto, idle'))} idle ones**, and what is used takes its share of it. Logins do so too: ${count(writes / login)} use a day's writes up. The ${count(SWEEPS_A_DAY)} sweeps of a day
come first, whoever is connected.

${ceilings()}

## Prices

What Cloudflare’s pages say, shortened; read in ${PRICES_READ}.

${sources()}
`
}

if (import.meta.main) process.stdout.write(costsPage())

/** `npm run costs`: prints docs/costs.md, computed from the counts (counts.ts) and Cloudflare's prices (prices.ts). */
import { COUNTS } from './counts.ts'
import { PLAN_DOLLARS, PRICES, PRICES_READ, RESOURCES, type Resource } from './prices.ts'
import {
  ACCOUNTS_MAX,
  AWAKE_SECONDS,
  accountsWithin,
  LEASES_A_DAY,
  OBJECT_GB,
  type Policy,
  refreshesADay,
  SWEEPS_A_DAY,
  type Usage,
  usage,
  WARM_SECONDS,
} from './usage.ts'

const MONTH_DAYS = 30
const POLICIES: Policy[] = ['warm', 'lazy:30d']
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

function perThousand(): string {
  const used = POLICIES.map((policy) => usage(policy, 1000))
  const rows = RESOURCES.map((resource) => [
    PRICES[resource].name,
    ...used.flatMap((each) => {
      const amount = ofMonth(each, resource)
      return [count(amount), dollars(price(resource, amount))]
    }),
  ])
  const totals = used.flatMap((each) => [
    '',
    `**${dollars(sum((resource) => price(resource, ofMonth(each, resource))))}**`,
  ])
  return table(
    ['', ...POLICIES.flatMap((p) => [`\`${p}\``, ''])],
    [...rows, ['together', ...totals]],
  )
}

/** What is left to pay after the plan's included amounts, with the plan. */
function bill(policy: Policy, accounts: number): number {
  const used = usage(policy, accounts)
  const over = (resource: Resource): number =>
    Math.max(ofMonth(used, resource) - PRICES[resource].includedPerMonth, 0)
  return PLAN_DOLLARS + sum((resource) => price(resource, over(resource)))
}

const bills = (): string =>
  table(
    ['accounts', ...POLICIES.map((policy) => `\`${policy}\``)],
    SIZES.map((size) => [count(size), ...POLICIES.map((policy) => dollars(bill(policy, size)))]),
  )

const ceilings = (): string =>
  table(
    ['a day', 'allowed', 'sweeps alone', ...POLICIES.map((policy) => `accounts, \`${policy}\``)],
    RESOURCES.map((resource) => {
      const { name, freePerDay } = PRICES[resource]
      const idle = usage('lazy:30d', 0)[resource]
      const most = POLICIES.map((policy) => accountsWithin(policy, resource, freePerDay))
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
about every ${Math.round(WARM_SECONDS / 60)} minutes, ${refreshesADay('warm').toFixed(1)} times a day, by the sweep; with \`lazy:30d\` the lease finds the token expired and refreshes it,
and the sweep never has to. An object is awake for ${AWAKE_SECONDS} s a refresh, at ${OBJECT_GB} GB. A month has ${MONTH_DAYS} days. CPU time and storage are left
out, and logins too: each is ${login} KV writes.

## 1,000 accounts for a month, at list price

${perThousand()}

## What the bill says

The paid plan is ${dollars(PLAN_DOLLARS)} a month and includes much of this; here is the plan and what goes beyond it.

${bills()}

## The free plan

Each of these ends at its own number of accounts; the smallest one is the ceiling. ${count(writes)} KV writes a day are about
**${count(writes / refreshesADay('warm'))} warm accounts**, and logins share them: ${count(writes / login)} logins use a day's writes up. The ${count(SWEEPS_A_DAY)} sweeps of a day
come first, whoever is connected.

${ceilings()}

## Prices

What Cloudflare’s pages say, shortened; read in ${PRICES_READ}.

${sources()}
`
}

if (import.meta.main) process.stdout.write(costsPage())

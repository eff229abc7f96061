/** What accounts use in a day, from the counts of each journey. */
import {
  ACCESS_TOKEN_TTL_SECONDS,
  DUE_BEFORE_EXPIRY_SECONDS,
  DUE_JITTER_SECONDS,
  IDLE_SECONDS,
  LAZY_JITTER,
  SWEEP_MESSAGE_ACCOUNTS,
  SWEEP_PAGE,
  SWEEP_PAGES,
  SWEEP_PERIOD_SECONDS,
} from '../src/limits.ts'
import { COUNTS } from './counts.ts'
import { PRICES, RESOURCES, type Resource } from './prices.ts'

const DAY_SECONDS = 86_400

/** A queue message is written, read and deleted. */
export const OPERATIONS_PER_MESSAGE = 3
/** Assumed, not counted: how long an object is awake for a refresh, most of which is X's answer … */
export const AWAKE_SECONDS = 0.5
/** … and what it is billed as. */
export const OBJECT_GB = 0.128

/** Leases of each account in a day: by a program that runs once a day. */
export const LEASES_A_DAY = 1

/** Between two refreshes of a warm account: X's two hours, less the lead, less the jitter's mean. */
export const WARM_SECONDS =
  ACCESS_TOKEN_TTL_SECONDS - DUE_BEFORE_EXPIRY_SECONDS - DUE_JITTER_SECONDS / 2
/** Between two refreshes of an account that nobody uses: its days, less the jitter's mean. */
export const IDLE_APART_SECONDS = IDLE_SECONDS * (1 - LAZY_JITTER / 2)
export const SWEEPS_A_DAY = DAY_SECONDS / SWEEP_PERIOD_SECONDS

/** How accounts are kept: all warm; with `auto` those that are used each day, and those that nobody uses; lazily. */
export const KEPT = ['warm', 'auto, used', 'auto, idle', 'lazy:30d'] as const
export type Kept = (typeof KEPT)[number]
export type Usage = Record<Resource, number>

/** Of one account in a day: leases; refreshes by the sweep; refreshes by a lease that finds the token expired; uses that are noted. */
const ONE: { readonly [K in Kept]: Record<'leases' | 'swept' | 'byLease' | 'uses', number> } = {
  warm: { leases: LEASES_A_DAY, swept: DAY_SECONDS / WARM_SECONDS, byLease: 0, uses: 0 },
  'auto, used': {
    leases: LEASES_A_DAY,
    swept: DAY_SECONDS / WARM_SECONDS,
    byLease: 0,
    uses: LEASES_A_DAY,
  },
  'auto, idle': { leases: 0, swept: DAY_SECONDS / IDLE_APART_SECONDS, byLease: 0, uses: 0 },
  'lazy:30d': { leases: LEASES_A_DAY, swept: 0, byLease: LEASES_A_DAY, uses: 0 },
}

/** Refreshes of one account in a day: the sweep's, or (lazy) each by the lease that finds the token expired. */
export const refreshesADay = (kept: Kept): number => ONE[kept].swept + ONE[kept].byLease

/** What so many accounts, spread evenly, use in a day. Logins are not in it. */
export function usage(kept: Kept, accounts: number): Usage {
  const refreshes = accounts * refreshesADay(kept)
  const leases = accounts * ONE[kept].leases
  const swept = accounts * ONE[kept].swept
  const byLease = accounts * ONE[kept].byLease
  const uses = accounts * ONE[kept].uses
  const lists = Math.ceil(Math.max(accounts, 1) / SWEEP_PAGE)
  // A sweep that finds one account due sends a message; the few of idle accounts come in some sweeps only.
  const dueASweep = swept / SWEEPS_A_DAY
  const batches = dueASweep < 1 ? dueASweep : Math.ceil(dueASweep / SWEEP_MESSAGE_ACCOUNTS)
  // A sweep that is carried on by a message: such a one asks no App.
  const messages = SWEEPS_A_DAY * (batches + Math.ceil(lists / SWEEP_PAGES) - 1)
  return {
    // Cron and queue runs are counted as requests, to be on the safe side.
    requests: leases + SWEEPS_A_DAY + messages,
    kvReads: leases * COUNTS.lease['VAULT.get'],
    kvWrites: refreshes * COUNTS.refresh['VAULT.put'],
    kvLists: SWEEPS_A_DAY * lists,
    objectRequests:
      swept +
      refreshes * COUNTS.refresh.Account +
      uses * COUNTS.use.Account +
      byLease * (COUNTS.leaseByObject.Account + COUNTS.refresh.App) +
      SWEEPS_A_DAY * batches * COUNTS.message.App +
      SWEEPS_A_DAY * (COUNTS.sweep.App + COUNTS.sweep.Registry),
    rowsWritten:
      refreshes * COUNTS.refreshRows +
      uses * COUNTS.useRows +
      (byLease + SWEEPS_A_DAY * batches) * COUNTS.admitRows +
      SWEEPS_A_DAY * COUNTS.sweepRows,
    duration: refreshes * AWAKE_SECONDS * OBJECT_GB,
    queueOperations: messages * OPERATIONS_PER_MESSAGE,
  }
}

/** More than anybody asks for: what stays within a limit with so many has no ceiling there. */
export const ACCOUNTS_MAX = 10_000_000

/** How many accounts stay within so much of a resource a day: 0 when the sweeps alone do not. */
export function accountsWithin(kept: Kept, resource: Resource, perDay: number): number {
  let low = 0
  let high = ACCOUNTS_MAX
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if (usage(kept, middle)[resource] <= perDay) low = middle
    else high = middle - 1
  }
  return low
}

/** How many accounts the free plan carries: what it ends at first. */
export const freeCeiling = (kept: Kept): number =>
  Math.min(
    ...RESOURCES.map((resource) => accountsWithin(kept, resource, PRICES[resource].freePerDay)),
  )

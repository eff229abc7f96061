/** What a run leaves to be judged: accounts at rest, what X and Perch say of them then, and their records on the disk. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Account, Lease, Perch, Status } from './perch.ts'
import type { Told, ToldEvent } from './receiver.ts'
import type { Done } from './storm.ts'
import { tracesIn } from './traces.ts'
import type { Seen } from './traffic.ts'
import { each, pause } from './wait.ts'
import type { Stop } from './watch.ts'
import type { Call, X } from './x.ts'

/** Accounts that are asked about at the same time. */
const AT_ONCE = 6

export interface Outcome extends Settled, Done {
  seen: Seen
  sweeps: number
  /** When refreshes were held back. */
  stops: Stop[]
  /** Every refresh that X saw. */
  calls: Call[]
  /** Every exchange of an OAuth 1.0a token that X saw. */
  exchanges: Call[]
  /** Accounts that hold an OAuth 1.0a token as well. */
  both: Set<string>
  /** Every event in the log. */
  log: ToldEvent[]
  /** What a receiver was told. */
  told: Told
  /** Accounts whose leased token X does not take. */
  dead: string[]
  app: Pick<Status, 'state' | 'halt' | 'last_halt' | 'breaker'>
  /** By account; read when Perch is dead. */
  journals: Map<string, Journal>
}

/** What X and Perch say after settling. */
export async function asked(
  perch: Perch,
  x: X,
  { rested }: Settled,
): Promise<Pick<Outcome, 'calls' | 'exchanges' | 'dead' | 'app'>> {
  const dead: string[] = []
  await each([...rested], AT_ONCE, async ([id, { lease }]) => {
    if (lease && (await x.whoIs(lease.access_token)) !== id) dead.push(id)
  })
  const status = await perch.status()
  const app = status?.body ?? { state: 'unknown', halt: null, last_halt: null, breaker: null }
  return { calls: await x.refreshes(), exchanges: await x.exchanges(), dead, app }
}

/** The refreshes of one account. */
export const callsOf = ({ calls }: Outcome, id: string): Call[] =>
  calls.filter((call) => call.user_id === id)

/**
 * A kill leaves a journal that is doubted for two minutes, and what failed twice waits for more than another one; three
 * failures in a row would be needed for more.
 */
const SETTLE_SECONDS = 300
/** From now on tokens live two hours: one that lives for less than half of that is not the last one yet. */
const LONG_TTL_SECONDS = 3600
const ROUND_MS = 200

/** An account at rest, and its token if it has one that works. */
export interface Rested {
  account: Account
  lease?: Lease
}

export interface Settled {
  rested: Map<string, Rested>
  /** Those that never came to rest, and why. */
  stuck: Map<string, string>
}

/**
 * Asks until all are at rest, or the time is over.
 *
 * @param isOver - whether X has had its last word on an account whose grant has ended
 */
export async function settle(
  perch: Perch,
  ids: string[],
  isOver: (id: string) => Promise<boolean> = async () => true,
): Promise<Settled> {
  const end = Date.now() + SETTLE_SECONDS * 1000
  const rested = new Map<string, Rested>()
  const stuck = new Map(ids.map((id) => [id, 'never asked']))
  while (stuck.size > 0 && Date.now() < end) {
    await each([...stuck.keys()], AT_ONCE, async (id) => {
      const found = await look(perch, id, isOver)
      if (typeof found === 'string') stuck.set(id, found)
      else {
        rested.set(id, found)
        stuck.delete(id)
      }
    })
    await pause(ROUND_MS)
  }
  return { rested, stuck }
}

/** @returns in words, why it is not at rest yet */
async function look(
  perch: Perch,
  id: string,
  isOver: (id: string) => Promise<boolean>,
): Promise<Rested | string> {
  const leased = await perch.lease(id)
  const seen = await perch.account(id)
  if (!leased || seen?.status !== 200) return 'Perch does not answer'
  const account = seen.body
  if (leased.code === 'login_required' && account.oauth2?.ended) {
    const traces = (await perch.traces(id))?.body ?? ['unknown']
    if (traces.length > 0) return `it has ended, and its record has: ${traces.join(', ')}`
    return (await isOver(id))
      ? { account }
      : 'X was wrong about it, and it has not been tried again'
  }
  if (leased.status !== 200) return JSON.stringify(leased.body)
  const { degraded, expires_in, generation } = leased.body
  if (degraded) return JSON.stringify(degraded)
  if (expires_in < LONG_TTL_SECONDS) return 'its token is an old one'
  if (account.oauth2?.failure) return JSON.stringify(account.oauth2.failure)
  if (account.generation !== generation) return 'KV’s copy is behind'
  return { account, lease: leased.body }
}

export interface Journal {
  id: string
  generation: number
  /** What an attempt left behind. */
  traces: string[]
}

/** Reads them from Perch's state folder, by account. */
export function journalsIn(state: string): Map<string, Journal> {
  const folder = join(state, 'v3', 'do', 'perch-Account')
  const files = readdirSync(folder).filter((name) => /^[0-9a-f]{64}\.sqlite$/.test(name))
  const found = files.flatMap((name) => recordsIn(join(folder, name)))
  return new Map(found.map((journal) => [journal.id, journal]))
}

function recordsIn(file: string): Journal[] {
  const database = new DatabaseSync(file)
  try {
    const rows = database.prepare('SELECT json FROM record').all() as { json: string }[]
    return rows.map(({ json }) => {
      const record = JSON.parse(json)
      return {
        id: record.id,
        generation: record.oauth2?.generation ?? 0,
        traces: tracesIn(record),
      }
    })
  } finally {
    database.close()
  }
}

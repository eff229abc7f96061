/** Waits until every account has come to rest: its token works and nothing is in doubt, or its user has to log in. */
import type { Account, Lease, Perch } from './perch.ts'
import { each, pause } from './wait.ts'

/**
 * A kill leaves a journal that is doubted for two minutes, and what failed twice waits for more than another one; three
 * failures in a row would be needed for more.
 */
const SETTLE_SECONDS = 300
/** From now on tokens live two hours: one that lives for less than half of that is not the last one yet. */
const LONG_TTL_SECONDS = 3600
const AT_ONCE = 6
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

/** Asks until all are at rest, or the time is over. */
export async function settle(perch: Perch, ids: string[]): Promise<Settled> {
  const end = Date.now() + SETTLE_SECONDS * 1000
  const rested = new Map<string, Rested>()
  const stuck = new Map(ids.map((id) => [id, 'never asked']))
  while (stuck.size > 0 && Date.now() < end) {
    await each([...stuck.keys()], AT_ONCE, async (id) => {
      const found = await look(perch, id)
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
async function look(perch: Perch, id: string): Promise<Rested | string> {
  const leased = await perch.lease(id)
  const seen = await perch.account(id)
  if (!leased || seen?.status !== 200) return 'Perch does not answer'
  const account = seen.body
  if (leased.code === 'login_required' && account.oauth2?.ended) return { account }
  if (leased.status !== 200) return JSON.stringify(leased.body)
  const { degraded, expires_in, generation } = leased.body
  if (degraded) return JSON.stringify(degraded)
  if (expires_in < LONG_TTL_SECONDS) return 'its token is an old one'
  if (account.oauth2?.failure) return JSON.stringify(account.oauth2.failure)
  if (account.generation !== generation) return 'KV’s copy is behind'
  return { account, lease: leased.body }
}

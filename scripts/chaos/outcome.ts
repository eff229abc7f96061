/** Everything that a run left to be judged and counted. */
import type { Journal } from './journals.ts'
import type { Perch } from './perch.ts'
import type { Settled } from './settle.ts'
import type { Kill } from './storm.ts'
import type { Seen } from './traffic.ts'
import { each } from './wait.ts'
import type { Call, X } from './x.ts'

const AT_ONCE = 6

export interface Outcome extends Settled {
  seen: Seen
  kills: Kill[]
  /** Every refresh that X saw. */
  calls: Call[]
  /** Accounts whose leased token X does not take. */
  dead: string[]
  app: { state: string; last_halt: unknown }
  /** By account; read when Perch is dead. */
  journals: Map<string, Journal>
}

/** What X and Perch say after settling. */
export async function asked(
  perch: Perch,
  x: X,
  { rested }: Settled,
): Promise<Pick<Outcome, 'calls' | 'dead' | 'app'>> {
  const dead: string[] = []
  await each([...rested], AT_ONCE, async ([id, { lease }]) => {
    if (lease && (await x.whoIs(lease.access_token)) !== id) dead.push(id)
  })
  const status = await perch.status()
  const app = status?.body ?? { state: 'unknown', last_halt: null }
  return { calls: await x.refreshes(), dead, app }
}

/** The refreshes of one account. */
export const callsOf = ({ calls }: Outcome, id: string): Call[] =>
  calls.filter((call) => call.user_id === id)

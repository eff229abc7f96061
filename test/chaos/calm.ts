/** What has to be over before a run is judged: whatever holds refreshes back, and whatever is still on its way to X. */
import type { Settled } from './outcome.ts'
import type { Perch } from './perch.ts'
import { pause, until } from './wait.ts'
import type { X } from './x.ts'

/** Two probes of a breaker with their trials, or some turns of a halt. */
const CALM_SECONDS = 150
const ROUND_MS = 2000
/** Accounts that are refreshed in a round: a trial lets five leave. */
const ROUND_ACCOUNTS = 3
/** Longer than the queue waits until a batch is full. */
const QUIET_MS = 6000
const QUIET_SECONDS = 120

/**
 * Waits until neither the breaker nor a halt holds anybody back. They end when X answers refreshes, and nobody is due any
 * more: some are forced.
 */
export async function calm(perch: Perch, { rested }: Settled): Promise<void> {
  const working = [...rested].flatMap(([id, { lease }]) => (lease ? [id] : []))
  let turn = 0
  const isCalm = async (): Promise<boolean> => {
    const status = await perch.status()
    if (status?.status === 200 && !status.body.breaker && !status.body.halt) return true
    for (let n = 0; n < Math.min(ROUND_ACCOUNTS, working.length); n++)
      await perch.refresh(working[turn++ % working.length]!)
    return false
  }
  await until('Nothing is held back', CALM_SECONDS, isCalm, ROUND_MS).catch(() => undefined)
}

/** Waits until nothing has reached X for a while. Sweeps have to be over. */
export async function quiet(x: X): Promise<void> {
  let last = 0
  const isQuiet = async (): Promise<boolean> => {
    const calls = await x.refreshes(last)
    last = calls.at(-1)?.seq ?? last
    return calls.length === 0
  }
  await pause(QUIET_MS)
  await until('X is left alone', QUIET_SECONDS, isQuiet, QUIET_MS)
}

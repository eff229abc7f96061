/** The figures of a run. */
import { lostBy } from './lost.ts'
import { callsOf, type Outcome } from './outcome.ts'
import { kindOf } from './plan.ts'
import { counted, inWords } from './report.ts'

/** Rows for the table at the end. */
export function totals(outcome: Outcome): [string, string | number][] {
  const { rested, stuck, kills, calls, seen } = outcome
  const ended = [...rested.values()].filter(({ lease }) => !lease).length
  const outcomes = calls.map((call) => call.outcome.split(':')[0] ?? '')
  const faults = calls.flatMap(({ fault }) => (fault ? kindOf(fault) : []))
  return [
    ['accounts', rested.size + stuck.size],
    ['kills', counted(kills.map(({ what }) => what))],
    ['refreshes at X', `${calls.length}: ${counted(outcomes)}`],
    ['faults', counted(faults)],
    ['answers to programs', inWords(seen.answers)],
    ['sweeps', seen.sweeps],
    ['lost replies', counted(losses(outcome))],
    ['login_required', ended],
    ['working tokens', rested.size - ended],
  ]
}

/** How each account that presented a spent token had lost its pair. */
export function losses(outcome: Outcome): string[] {
  const spent = outcome.calls.filter((call) => call.why === 'spent')
  return [...new Set(spent.map(({ user_id = '' }) => user_id))].map((id) => {
    const last = callsOf(outcome, id).findLast((call) => call.outcome === 'rotated')
    return (last && lostBy(last, outcome.kills)) ?? 'unexplained'
  })
}

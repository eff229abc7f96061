/** What a run comes to, for people. */
import { countsOf } from './counts.ts'
import { lostBy, lostInBrownOut } from './judge.ts'
import { callsOf, type Outcome } from './outcome.ts'
import { kindOf, LIE } from './plan.ts'
import type { Kill } from './storm.ts'
import type { Stop } from './watch.ts'
import type { Call } from './x.ts'

/** Two columns, the second one aligned. */
export function table(rows: [string, string | number][]): string {
  const width = Math.max(...rows.map(([name]) => name.length))
  return rows.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`).join('\n')
}

/** How often each of them is there, the most frequent first: `12 html, 3 drop_before`. */
export function counted(names: string[]): string {
  const counts = new Map<string, number>()
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1)
  return inWords(counts)
}

export function inWords(counts: Map<string, number>): string {
  const sorted = [...counts].sort(([, a], [, b]) => b - a)
  return sorted.map(([word, count]) => `${count} ${word}`).join(', ') || 'none'
}

/** The life of one account: calls at X and kills, in order. */
export function historyOf(calls: Call[], kills: Kill[]): string {
  const lines = [
    ...calls.map((call) => ({ at: call.at, text: callInWords(call) })),
    ...kills.map(({ what, fromMs, backMs }) => ({
      at: fromMs / 1000,
      text: `Perch killed (${what}), back after ${((backMs - fromMs) / 1000).toFixed(1)} s`,
    })),
  ].sort((a, b) => a.at - b.at)
  return lines.map(({ at, text }) => `    ${at.toFixed(3)}  ${text}`).join('\n')
}

const callInWords = ({ seq, outcome, why, fault }: Call): string =>
  [`call ${seq}: ${outcome}`, why && `(${why})`, fault && `fault ${fault}`]
    .filter(Boolean)
    .join(' ')

/** Rows for the table at the end. */
export function totals(outcome: Outcome): [string, string | number][] {
  const { rested, stuck, kills, moves, calls, seen, stops, sweeps } = outcome
  const counts = countsOf(outcome)
  const browned = lostInBrownOut(outcome)
  const ended = [...rested.values()].filter(({ lease }) => !lease).length
  const outcomes = calls.map((call) => call.outcome.split(':')[0] ?? '')
  const faults = calls.flatMap(({ fault }) => (fault ? kindOf(fault) : []))
  return [
    ['accounts', rested.size + stuck.size],
    ['kills', counted(kills.map(({ what }) => what))],
    ['objects moved in mid-call', moves.length],
    ['refreshes at X', `${calls.length}: ${counted(outcomes)}`],
    ['faults', counted(faults)],
    ['answers to programs', inWords(seen.answers)],
    ['sweeps', sweeps],
    ['held back', stopsInWords(stops)],
    [
      'rotations',
      `${counts.rotated}: ${counts.known} known to Perch, ${counts.lost} lost on their way`,
    ],
    [
      'other calls',
      `${counts.unanswered} unanswered, ${counts.paused} paused, ${counts.wrongWords} wrong words, ${counts.spent} spent, ${counts.probes} probes`,
    ],
    [
      'lost in the brown-out',
      `${browned.length}, ${browned.filter(({ lived }) => lived).length} with a token that lived`,
    ],
    ['called invalid wrongly', wrongedInWords(outcome)],
    ['lost replies', counted(losses(outcome))],
    ['with both grants', healedInWords(outcome)],
    ['events', toldInWords(outcome)],
    ['login_required', ended],
    ['working tokens', rested.size - ended],
  ]
}

/** `breaker for 31 s, halt for 6 s`, in order. */
const stopsInWords = (stops: Stop[]): string =>
  stops
    .map(({ why, fromMs, toMs }) => {
      const time = toMs === undefined ? 'not over' : `for ${((toMs - fromMs) / 1000).toFixed(0)} s`
      return `${why} ${time}`
    })
    .join(', ') || 'never'

/** `60 in the log, all received, 7 again; 20 deliveries failed`. */
function toldInWords({ log, told }: Outcome): string {
  const received = log.filter(({ id }) => told.taken.has(id)).length
  return `${log.length} in the log, ${received} received, ${told.again} once more; ${told.failed} deliveries failed`
}

/** The exchanges that brought a pair. */
export const healings = (exchanges: Call[]): Call[] =>
  exchanges.filter(({ outcome }) => outcome === 'exchanged')

/** `27, of which 6 healed by 8 exchanges of 10, and 0 have to log in`. */
function healedInWords({ both, exchanges, rested }: Outcome): string {
  const good = healings(exchanges)
  const healed = new Set(good.map(({ user_id }) => user_id))
  const ended = [...both].filter((id) => !rested.get(id)?.lease).length
  return `${both.size}, of which ${healed.size} healed by ${good.length} exchanges of ${exchanges.length}, and ${ended} have to log in`
}

/** Of those that X called invalid though it would have taken their token, the others had lost a pair. */
function wrongedInWords({ calls, rested }: Outcome): string {
  const wronged = calls.flatMap(({ fault, user_id }) => (fault === LIE && user_id) || [])
  const ids = [...new Set(wronged)]
  return `${ids.length}, of which ${ids.filter((id) => rested.get(id)?.lease).length} work`
}

/** How each account that presented a spent token had lost its pair. */
export function losses(outcome: Outcome): string[] {
  const spent = outcome.calls.filter((call) => call.why === 'spent')
  return [...new Set(spent.map(({ user_id = '' }) => user_id))].map((id) => {
    const calls = callsOf(outcome, id)
    // One that healed has rotated since.
    const first = calls.findIndex((call) => call.why === 'spent')
    const last = calls.slice(0, first).findLast((call) => call.outcome === 'rotated')
    return (last && lostBy(last, outcome.kills)) ?? 'unexplained'
  })
}

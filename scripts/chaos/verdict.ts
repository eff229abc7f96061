/** What does not hold after a run, by account. */
import { judged } from './judge.ts'
import { callsOf, type Outcome } from './outcome.ts'
import type { Rested } from './settle.ts'

/** @returns in words what is wrong, by account id; `programs` and `app` for what is wrong with no single one */
export function verdict(outcome: Outcome): Map<string, string[]> {
  const { rested, stuck, dead, seen, kills, app } = outcome
  const wrong = new Map<string, string[]>()
  const blame = (id: string, message: string[]): void => {
    if (message.length > 0) wrong.set(id, [...(wrong.get(id) ?? []), ...message])
  }
  for (const [id, message] of stuck) blame(id, [`It never came to rest: ${message}`])
  for (const id of dead) blame(id, ['X does not take its token.'])
  for (const [id, at] of rested) {
    const leased = [...(seen.leased.get(id)?.keys() ?? [])]
    blame(id, judged({ id, rested: at, calls: callsOf(outcome, id), kills, leased }))
    blame(id, onDisk(outcome, id, at))
  }
  blame('programs', seen.wrong)
  // A 429 pauses, and after a pause sweeps are paced; nothing here is a reason to halt.
  if (!['ok', 'paused', 'resuming'].includes(app.state) || app.last_halt)
    blame('app', [`Refreshes were halted: ${JSON.stringify(app)}`])
  return wrong
}

/** The journal is clean, and what the API shows is what is there. */
function onDisk({ journals }: Outcome, id: string, { account }: Rested): string[] {
  const journal = journals.get(id)
  if (!journal) return ['It has no record.']
  const wrong = journal.traces.map((trace) => `Its record still has: ${trace}.`)
  if (journal.generation !== account.generation)
    wrong.push(`Its record is at generation ${journal.generation}, not ${account.generation}.`)
  return wrong
}

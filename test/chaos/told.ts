/** Judges what others were told: the log, and what the receiver got of it. */
import type { Outcome } from './outcome.ts'
import type { ToldEvent } from './receiver.ts'

/** How an account is after each event. */
const LEVELS: Readonly<Record<string, string>> = {
  'account.connected': 'ok',
  'account.login_required': 'login_required',
  'account.degraded': 'degraded',
  'account.recovered': 'ok',
  'account.disconnected': 'gone',
}

/** @returns in words what is wrong with what was told */
export function untold({ log, told, rested }: Pick<Outcome, 'log' | 'told' | 'rested'>): string[] {
  const wrong = [...told.wrong]
  const gap = log.findIndex(({ seq }, index) => seq !== index + 1)
  if (gap >= 0) wrong.push(`The log has ${log[gap]?.seq} where ${gap + 1} should be.`)
  if (new Set(log.map(({ id }) => id)).size < log.length) wrong.push('The log has an event twice.')
  for (const { id, seq, type } of log)
    if (!told.taken.has(id)) wrong.push(`Event ${seq}, ${type}, never came to the receiver.`)
  const known = new Set(log.map(({ id }) => id))
  for (const [id, { type }] of told.taken)
    if (!known.has(id)) wrong.push(`The receiver got ${type}, which is not in the log.`)
  for (const [id, { lease }] of rested)
    wrong.push(...ofAccount(id, log, lease ? 'ok' : 'login_required'))
  return wrong
}

/** Each event says what is new, and the last one how the account is. */
function ofAccount(id: string, log: ToldEvent[], level: string): string[] {
  const events = log.filter(({ data, type }) => data.account?.id === id && type in LEVELS)
  const wrong: string[] = []
  if (events[0]?.type !== 'account.connected')
    wrong.push(`The first that was told of ${id} is ${events[0]?.type}.`)
  let now = 'gone'
  for (const { seq, type, data } of events) {
    // Degraded for another reason is news.
    const next = data.reason === 'oauth1_ended' ? data.reason : (LEVELS[type] ?? '')
    if (next === now) wrong.push(`Event ${seq} says that ${id} is ${next}, which was told before.`)
    now = next
  }
  if (now !== level) wrong.push(`${id} is ${level}, and others were told that it is ${now}.`)
  return wrong
}

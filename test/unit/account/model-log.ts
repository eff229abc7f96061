import type { PerchEvent } from '../../../src/events/event'

/** What becomes of a call to the log: it has the events and says so; has them, and its answer gets lost; never gets them. */
export const LOG_FATES = ['unanswered', 'lost'] as const
export type LogFate = (typeof LOG_FATES)[number]

/** The log of events as accounts see it: it takes each event once, by its id. */
export class Log {
  /** What becomes of the next calls; then all is well. */
  fates: LogFate[] = []
  readonly #wrong: (what: string) => void
  readonly #expected: PerchEvent[] = []
  readonly #has: PerchEvent[] = []

  constructor(wrong: (what: string) => void) {
    this.#wrong = wrong
  }

  /** These have come to rest in the account, in this order. */
  expect(events: readonly PerchEvent[]): void {
    this.#expected.push(...events)
  }

  async append(events: readonly PerchEvent[]): Promise<void> {
    const fate = this.fates.shift()
    if (fate === 'lost') throw new Error('the log is not reached')
    for (const event of events) {
      if (this.#has.some(({ id }) => id === event.id)) continue
      this.#has.push(event)
      if (this.#expected[this.#has.length - 1]?.id !== event.id)
        this.#wrong(`the log was told ${event.type} out of turn`)
    }
    if (fate === 'unanswered') throw new Error('the reply got lost')
  }

  /** Whether the log has all that happened, and the last of it says how the account is. */
  judge(level: string): void {
    if (this.#has.length < this.#expected.length)
      this.#wrong(`the log lacks ${this.#expected[this.#has.length]?.type}`)
    let told = 'gone'
    for (const { type, data } of this.#has) {
      const next = data.reason === 'oauth1_ended' ? data.reason : LEVELS[type]
      if (next === undefined) continue
      if (next === told && type !== 'account.recovered') this.#wrong(`${type} was told twice`)
      if (type === 'account.recovered' && (told === 'ok' || told === 'gone'))
        this.#wrong('an account recovered that was well')
      told = next
    }
    if (told !== level)
      this.#wrong(`the account is ${level}, and others were told that it is ${told}`)
  }
}

const LEVELS: Readonly<Record<string, string>> = {
  'account.connected': 'ok',
  'account.disconnected': 'gone',
  'account.login_required': 'login_required',
  'account.degraded': 'degraded',
  'account.recovered': 'ok',
}

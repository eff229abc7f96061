/** Events on their way from the log to a receiver: which one is next, and up to where all are settled. In memory alone. */
import type { LoggedEvent } from '../events/event'
import type { StoredEvent } from '../events/stored'

/** An event as the log gives it. */
export type FedEvent = StoredEvent<LoggedEvent>

/** A walk through the log. */
export class Feed {
  /** The number up to which events were taken from the log. */
  pulled: number
  /** Whether the log may have more for it. */
  hasMore = true
  readonly until: number
  readonly #waiting: FedEvent[] = []
  readonly #underWay = new Set<number>()

  /** @param after - it begins behind this number; `until` - and goes up to that one */
  constructor(after: number, until = Number.MAX_SAFE_INTEGER) {
    this.pulled = after
    this.until = until
  }

  /** How many events were taken from the log and not given out yet. */
  get waiting(): number {
    return this.#waiting.length
  }

  /** The number up to which nothing is left to do. */
  get settled(): number {
    const first = Math.min(...this.#underWay, this.#waiting[0]?.seq ?? Number.POSITIVE_INFINITY)
    return Math.min(first - 1, this.pulled)
  }

  /** Takes what the log has, up to this number. */
  take(events: readonly FedEvent[], through: number): void {
    this.#waiting.push(...events)
    this.pulled = through
  }

  /** Gives out the next event; it holds `settled` back until {@link settle}. */
  next(): FedEvent | undefined {
    const event = this.#waiting.shift()
    if (event) this.#underWay.add(event.seq)
    return event
  }

  /** An event has a row, or needs none. */
  settle(seq: number): void {
    this.#underWay.delete(seq)
  }
}

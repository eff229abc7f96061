/** Events on their way from the object that made them to the log: in order, until the log has them. */
import { OUTBOX_AGAIN_MAX_SECONDS, OUTBOX_AGAIN_SECONDS, OUTBOX_BATCH } from '../limits'
import { errorOf, type log } from '../log'
import type { PerchEvent } from './event'

/** What {@link Outbox} needs of the object whose events it sends. */
export interface OutboxEffects {
  /** The events that the log may lack, the oldest one first; none that is not durable yet. */
  waiting: () => readonly PerchEvent[]
  /** Takes out what the log has. @throws when the storage refuses: then it is sent again, which the log does not mind */
  drop: (ids: ReadonlySet<string>) => void
  /** Puts events into the log, which ignores those that it has. Rejects where that is not certain. */
  append: (events: readonly PerchEvent[]) => Promise<void>
  /** Unix milliseconds. */
  now: () => number
  log: typeof log
}

/** Sends what the object's record says is waiting. The record is the truth; what is here may be forgotten at any time. */
export class Outbox {
  readonly #fx: OutboxEffects
  #sending: Promise<void> | undefined
  #refusals = 0
  #retryAtMs = 0

  constructor(effects: OutboxEffects) {
    this.#fx = effects
  }

  /** When the object has to send again by itself, Unix milliseconds; undefined: nothing is waiting. */
  get dueAtMs(): number | undefined {
    if (this.#fx.waiting().length === 0) return undefined
    return Math.max(this.#retryAtMs, this.#fx.now() + OUTBOX_AGAIN_SECONDS * 1000)
  }

  /** Sends what is waiting, unless it is too early after a failure. Joins a sending that is under way; never rejects. */
  send(): Promise<void> {
    if (this.#fx.now() < this.#retryAtMs) return Promise.resolve()
    this.#sending ??= this.#sendAll().finally(() => {
      this.#sending = undefined
    })
    return this.#sending
  }

  async #sendAll(): Promise<void> {
    try {
      for (let events = this.#next(); events.length > 0; events = this.#next()) {
        await this.#fx.append(events)
        this.#fx.drop(new Set(events.map(({ id }) => id)))
        this.#refusals = 0
        this.#retryAtMs = 0
      }
    } catch (error) {
      const seconds = Math.min(OUTBOX_AGAIN_SECONDS * 2 ** this.#refusals, OUTBOX_AGAIN_MAX_SECONDS)
      this.#refusals += 1
      this.#retryAtMs = this.#fx.now() + seconds * 1000
      this.#fx.log('events_not_sent', { events: this.#fx.waiting().length, ...errorOf(error) })
    }
  }

  #next(): readonly PerchEvent[] {
    return this.#fx.waiting().slice(0, OUTBOX_BATCH)
  }
}

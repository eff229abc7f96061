/**
 * What the object `Registry` has to tell: events to the log, and to the objects of endpoints that these have ended. It is
 * noted in the same turn as the change, and told again by alarm until it has arrived.
 */
import { eventOf, type Happening, type PerchEvent } from '../events/event'
import { Outbox } from '../events/outbox'
import { ENDED_AGAIN_SECONDS } from '../limits'
import { errorOf, log } from '../log'
import type { Row } from '../store/row'

/** What the object knows of itself. */
export interface RegistryRecord {
  /** When the callers of the former build were adopted, Unix seconds: from then on KV's unsealed ones count for nothing. */
  adoptedAt: number
  /** Events that the log may lack, the oldest first. */
  outbox?: PerchEvent[]
  /** The endpoints that have ended and whose objects may not know it. */
  endedEndpoints?: string[]
}

/** What the tidings need of the object whose they are. */
export interface TidingsEffects {
  row: Pick<Row<RegistryRecord>, 'read' | 'write'>
  /** Puts events into the log. Rejects where that is not certain. */
  append: (events: readonly PerchEvent[]) => Promise<void>
  /** Has the object of an endpoint look whether it has ended. Rejects where it could not be reached. */
  wakeEndpoint: (id: string) => Promise<void>
  /** `evt_` and letters and digits, never the same. */
  newEventId: () => string
  /** Unix milliseconds. */
  now: () => number
}

/** What is to be told. Nothing is told before the object has adopted the callers of the former build. */
export class Tidings {
  readonly #fx: TidingsEffects
  readonly #outbox: Outbox
  #endedAgainAtMs = 0

  constructor(effects: TidingsEffects) {
    this.#fx = effects
    this.#outbox = new Outbox({
      waiting: () => this.#record?.outbox ?? [],
      drop: (ids) =>
        this.#keep({ outbox: (this.#record?.outbox ?? []).filter(({ id }) => !ids.has(id)) }),
      append: effects.append,
      now: effects.now,
      log,
    })
  }

  /** Notes what happened. Call it in the same turn as the change. */
  note(happenings: readonly Happening[], endedEndpoints: readonly string[] = []): void {
    if (happenings.length === 0) return
    const events = happenings.map((each) => eventOf(each, this.#fx.newEventId(), this.#fx.now()))
    this.#keep({
      outbox: [...(this.#record?.outbox ?? []), ...events],
      endedEndpoints: [...(this.#record?.endedEndpoints ?? []), ...endedEndpoints],
    })
  }

  /** When the object has to tell again by itself, Unix milliseconds; undefined: nothing is left to tell. */
  get dueAtMs(): number | undefined {
    const endedAtMs = this.#record?.endedEndpoints
      ? Math.max(this.#endedAgainAtMs, this.#fx.now() + 1000)
      : undefined
    const times = [this.#outbox.dueAtMs, endedAtMs].filter((at) => at !== undefined)
    return times.length > 0 ? Math.min(...times) : undefined
  }

  /** Tells what is to be told. Never rejects. */
  async tell(): Promise<void> {
    await Promise.all([this.#outbox.send(), this.#tellEnded()])
  }

  async #tellEnded(): Promise<void> {
    if (this.#fx.now() < this.#endedAgainAtMs) return
    for (const id of this.#record?.endedEndpoints ?? [])
      try {
        await this.#fx.wakeEndpoint(id)
        const left = (this.#record?.endedEndpoints ?? []).filter((other) => other !== id)
        this.#keep({ endedEndpoints: left })
      } catch (error) {
        this.#endedAgainAtMs = this.#fx.now() + ENDED_AGAIN_SECONDS * 1000
        log('endpoint_not_woken', { endpoint: id, ...errorOf(error) })
      }
  }

  get #record(): RegistryRecord | undefined {
    return this.#fx.row.read()
  }

  /** Writes what is left to tell; what is empty is left out. */
  #keep(change: Pick<RegistryRecord, 'outbox' | 'endedEndpoints'>): void {
    const kept = Object.entries({ ...this.#record, ...change }).filter(
      ([, value]) => !Array.isArray(value) || value.length > 0,
    )
    this.#fx.row.write(Object.fromEntries(kept) as unknown as RegistryRecord)
  }
}

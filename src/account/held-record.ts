/** The record as an account's object holds it: in memory, and durable except while the storage refuses to take it. */
import { eventOf, type PerchEvent } from '../events/event'
import { Outbox } from '../events/outbox'
import { STORE_AGAIN_MAX_MS, STORE_AGAIN_MS } from '../limits'
import { errorOf } from '../log'
import type { Effects } from './effects'
import { eventsOf, withTold } from './events'
import { invariantsOf } from './invariants'
import { type AccountRecord, type Connected, isTombstone } from './record'

/**
 * Holds the one record of an account. Everything that changes an account goes through its two steps: {@link write},
 * which fails when the storage does, and {@link keep}, for what has happened at X and stays true all the same. What a change
 * means to others is written with it, and sent until the log of events has it.
 */
export class HeldRecord {
  protected readonly fx: Effects
  protected record: AccountRecord | undefined
  /** Resolves once what is in memory is durable; undefined while it is. */
  #storing: Promise<void> | undefined
  /** Events that are durable here, and that the log is not known to have. */
  #waiting: readonly PerchEvent[]
  /** Events of what the storage has not taken yet. */
  #unwritten: readonly PerchEvent[] = []
  protected readonly outbox: Outbox

  constructor(effects: Effects) {
    this.fx = effects
    this.record = effects.read()
    this.#waiting = effects.readEvents()
    this.outbox = new Outbox({
      waiting: () => this.#waiting,
      drop: (ids) => this.#drop(ids),
      append: effects.appendEvents,
      now: effects.now,
      log: effects.log,
    })
  }

  /** The record, of whatever kind; undefined: nothing is known of this account. */
  get current(): AccountRecord | undefined {
    return this.record
  }

  /** The record of an account that is connected. */
  get connected(): Connected | undefined {
    return this.record && !isTombstone(this.record) ? this.record : undefined
  }

  /** Whether what is in memory is durable. */
  get isStored(): boolean {
    return this.#storing === undefined
  }

  /** Resolves once what is in memory is durable. */
  async whenStored(): Promise<void> {
    await this.#storing
  }

  /**
   * One durable step. The alarm set with it is in the same transaction: nothing awaits in between.
   *
   * @param alarmInMs - milliseconds from now
   * @throws when the storage refuses; then nothing has changed
   */
  write(next: AccountRecord, alarmInMs?: number): void {
    const { after, events: fresh } = this.#withEvents(next)
    const events = [...this.#unwritten, ...fresh]
    this.#inspect(after)
    this.fx.write(after, events)
    this.record = after
    this.#storing = undefined
    this.#unwritten = []
    this.#waiting = [...this.#waiting, ...events]
    const dueAtMs = events.length > 0 ? this.eventsDueAtMs : undefined
    const alarmAtMs = alarmInMs === undefined ? undefined : this.fx.now() + alarmInMs
    if (alarmAtMs !== undefined || dueAtMs !== undefined)
      void this.fx.setAlarm(Math.min(alarmAtMs ?? Infinity, dueAtMs ?? Infinity))
    if (events.length > 0) this.fx.keepAlive(this.sendEvents())
  }

  /** When events that are waiting are sent again, Unix milliseconds; undefined: none is. */
  get eventsDueAtMs(): number | undefined {
    return this.outbox.dueAtMs
  }

  /** Sends the events that are waiting. Never rejects: what the log does not take waits for the alarm. */
  sendEvents(): Promise<void> {
    return this.outbox.send()
  }

  /**
   * A step that cannot be taken back, since X has acted. If the storage refuses it, only this object knows: it is kept
   * in memory, and written again for as long as this object lives. Never throws.
   *
   * @param event - what the log calls it when the storage refuses
   */
  keep(
    next: AccountRecord,
    event: 'refresh_not_stored' | 'record_not_stored',
    alarmInMs?: number,
  ): void {
    try {
      this.write(next, alarmInMs)
    } catch (error) {
      this.fx.log(event, { account: next.id, ...errorOf(error) })
      const { after, events } = this.#withEvents(next)
      this.#unwritten = [...this.#unwritten, ...events]
      this.record = after
      this.#storing ??= this.#storeUntilTaken()
      this.fx.keepAlive(this.#storing)
    }
  }

  /** Writes once more what the storage refused. @returns whether the record is durable now */
  storeAgain(): boolean {
    if (!this.#storing || !this.record) return true
    try {
      this.write(this.record)
      this.fx.log('record_stored_late', { account: this.record.id })
      return true
    } catch (error) {
      this.fx.log('record_not_stored', { account: this.record.id, ...errorOf(error) })
      return false
    }
  }

  /** Nothing is left of this account. */
  async erase(): Promise<void> {
    this.record = undefined
    await this.fx.erase()
  }

  /** What others are told of a change. A fault of ours in that must not keep X's answer from coming to rest. */
  #withEvents(next: AccountRecord): { after: AccountRecord; events: PerchEvent[] } {
    try {
      const after = withTold(this.record, next)
      const events = eventsOf(this.record, after, this.fx.loginAddress).map((happening) =>
        eventOf(happening, this.fx.newEventId(), this.fx.now()),
      )
      return { after, events }
    } catch (error) {
      this.fx.log('events_not_made', { account: next.id, ...errorOf(error) })
      return { after: next, events: [] }
    }
  }

  #drop(ids: ReadonlySet<string>): void {
    this.fx.dropEvents(ids)
    this.#waiting = this.#waiting.filter(({ id }) => !ids.has(id))
  }

  async #storeUntilTaken(): Promise<void> {
    let ms = STORE_AGAIN_MS
    do {
      await this.fx.sleep(ms)
      ms = Math.min(ms * 2, STORE_AGAIN_MAX_MS)
    } while (!this.storeAgain())
  }

  /** Tells the operator of a record that must not be. It is written all the same: X's answer in it is so. */
  #inspect(next: AccountRecord): void {
    try {
      const broken = invariantsOf(next)
      if (broken.length > 0) this.fx.log('record_invariant_broken', { account: next.id, broken })
    } catch (error) {
      this.fx.log('record_invariant_broken', { account: next.id, ...errorOf(error) })
    }
  }
}

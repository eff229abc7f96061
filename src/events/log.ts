/**
 * The object `Events`, one instance: the log of all events, numbered. It wakes the endpoints, which read it. Every answer
 * is a {@link Result}, `storage_newer` where a later build wrote what it needs.
 */
import { DurableObject } from 'cloudflare:workers'
import { DAY_SECONDS } from '../clock'
import { keyringOf } from '../crypto/keyring'
import { keyIdOf } from '../crypto/seal'
import { configOf } from '../env'
import { done, Failure, failedWith, type Result } from '../failure'
import {
  EVENTS_PAGE_CHARS,
  EVENTS_PATIENCE_MS,
  EVENTS_PRUNED,
  EVENTS_RESEALED,
  WAKE_AGAIN_MS,
  WAKE_GAP_MS,
} from '../limits'
import { errorOf, log } from '../log'
import { inTime } from '../patience'
import { type EventRange, EventRows } from '../store/event-rows'
import { Row } from '../store/row'
import type { LoggedEvent, PerchEvent } from './event'
import { EVENT_ROW, LOG_ROW } from './migrations'
import { resealedEvent, type StoredEvent } from './stored'

/** A page of the log. */
export interface EventPage extends EventRange {
  events: StoredEvent<LoggedEvent>[]
  /** The number up to which this page tells all that there is: the next page comes after it. */
  through: number
}

/** What the log knows of itself. */
interface LogRecord {
  /** The endpoints that are woken, by id. */
  endpoints: string[]
  /** The keys that sealed what X delivered. */
  keys: string[]
}

/** The one log of events, named `events`. */
export class Events extends DurableObject<Env> {
  readonly #rows: EventRows<StoredEvent>
  readonly #row: Row<LogRecord>
  /** The last number that each endpoint was woken for, as far as this instance knows. */
  readonly #woken = new Map<string, number>()
  #waking: Promise<void> | undefined
  #alarmAtMs: number | null = null

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    this.#rows = new EventRows(ctx.storage.sql, EVENT_ROW)
    this.#row = new Row(ctx.storage.sql, LOG_ROW)
    ctx.blockConcurrencyWhile(async () => {
      this.#alarmAtMs = await ctx.storage.getAlarm()
    })
  }

  /** Adds events in their order, each once. @returns the last number that is taken */
  append(events: readonly StoredEvent[]): Promise<Result<number>> {
    return this.#answer(() => {
      // Read before anything is taken: where a later build wrote it, nothing is.
      const record = this.#record
      const added = this.#rows.append(events, Date.now())
      if (added > 0) {
        this.#notice(record, events)
        this.#setAlarm(Date.now() + WAKE_GAP_MS)
        this.ctx.waitUntil(this.#wake())
      }
      return this.#rows.range().last
    })
  }

  /**
   * The events after this number.
   *
   * @param after - undefined: from the first one that is left. Fails as `events_expired` where some after it are gone, and
   *   `request_malformed` beyond the end.
   */
  read(after: number | undefined, limit: number): Promise<Result<EventPage>> {
    return this.#answer(() => {
      const { first, last } = this.#rows.range()
      const from = after ?? Math.max(first - 1, 0)
      if (from > last)
        throw new Failure('request_malformed', `after: the last event has the number ${last}.`)
      if (from + 1 < first)
        throw Failure.from({
          code: 'events_expired',
          detail: `The first event that is left has the number ${first}.`,
          firstSeq: first,
        })
      const events = this.#rows.page(from, limit, EVENTS_PAGE_CHARS)
      return { events, first, last, through: events.at(-1)?.seq ?? from }
    })
  }

  /** The event with this id; null: there is none any more. */
  find(id: string): Promise<Result<StoredEvent<LoggedEvent> | null>> {
    return this.#answer(() => this.#rows.find(id) ?? null)
  }

  /** A sweep begins: what another key sealed is sealed anew, some at a time. @returns how many keys sealed what is here */
  sweepBegins(): Promise<Result<Record<string, number>>> {
    return this.#answer(async () => {
      const keyring = await keyringOf(configOf(this.env).sealingKeys)
      const { keys } = this.#record
      if (keys.some((key) => key !== keyring.first)) await this.#reseal(keyring)
      return Object.fromEntries(this.#record.keys.map((key) => [key, 1]))
    })
  }

  override async alarm(): Promise<void> {
    this.#alarmAtMs = null
    const keptMs = configOf(this.env).eventsDays * DAY_SECONDS * 1000
    const leftMs = this.#rows.prune(Date.now() - keptMs, EVENTS_PRUNED)
    const { first, last } = this.#rows.range()
    if (leftMs !== undefined && first < last)
      this.#setAlarm(Math.max(leftMs + keptMs, Date.now() + WAKE_GAP_MS))
    await this.#wake()
  }

  get #record(): LogRecord {
    return { endpoints: [], keys: [], ...this.#row.read() }
  }

  /** Endpoints that come and go are events themselves. */
  #notice({ endpoints, keys }: LogRecord, events: readonly StoredEvent[]): void {
    const now = new Set(endpoints)
    const sealed = new Set(keys)
    for (const { type, data, raw } of events) {
      const { id } = (data.endpoint ?? {}) as { id?: string }
      // Each of its own events but the last: a log that was lost and begins anew knows of none that was made before.
      if (id !== undefined && LIVES.test(type)) now.add(id)
      if (id !== undefined && type === 'endpoint.deleted') now.delete(id)
      if (raw !== undefined) sealed.add(keyIdOf(raw))
    }
    // One may have come and another one gone in the same turn.
    const noticed = { endpoints: [...now], keys: [...sealed] }
    if (JSON.stringify(noticed) !== JSON.stringify({ endpoints, keys })) this.#row.write(noticed)
  }

  /** Wakes the endpoints that do not know of the last event. One round at a time, and each at most once a second. */
  #wake(): Promise<void> {
    this.#waking ??= this.#wakeAll().finally(() => {
      this.#waking = undefined
    })
    return this.#waking
  }

  async #wakeAll(): Promise<void> {
    for (let isNews = true; isNews; ) {
      const { last } = this.#rows.range()
      const behind = this.#record.endpoints.filter((id) => (this.#woken.get(id) ?? 0) < last)
      const woken = await Promise.all(behind.map((id) => this.#wakeOne(id, last)))
      // One that was not reached is woken by alarm.
      if (woken.includes(false)) this.#setAlarm(Date.now() + WAKE_AGAIN_MS)
      isNews = this.#rows.range().last > last
      if (isNews) await new Promise((resolve) => setTimeout(resolve, WAKE_GAP_MS))
    }
  }

  async #wakeOne(id: string, last: number): Promise<boolean> {
    try {
      // One that hangs holds up no other: they are woken in rounds.
      const woken = await inTime(this.env.ENDPOINT.getByName(id).wake(last), EVENTS_PATIENCE_MS)
      if (!woken) throw new Failure('object_unreachable')
      this.#woken.set(id, last)
      return true
    } catch (error) {
      log('endpoint_not_woken', { endpoint: id, ...errorOf(error) })
      return false
    }
  }

  async #reseal(keyring: Awaited<ReturnType<typeof keyringOf>>): Promise<void> {
    const keys = new Set([keyring.first])
    let left = EVENTS_RESEALED
    for (let after = 0; ; ) {
      const rows = this.#rows.page(after, 1000, EVENTS_PAGE_CHARS)
      if (rows.length === 0) break
      for (const event of rows) {
        after = event.seq
        if (event.raw === undefined || keyIdOf(event.raw) === keyring.first) continue
        if (left === 0) return
        const anew = await resealedEvent(keyring, event).catch(() => undefined)
        // What does not open is left alone, and counts: its key is needed.
        if (!anew) keys.add(keyIdOf(event.raw))
        else left -= 1
        if (anew) this.#rows.replace(after, anew)
      }
    }
    this.#row.write({ ...this.#record, keys: [...keys] })
  }

  /** For the earliest time that somebody asked for. */
  #setAlarm(atMs: number): void {
    if (this.#alarmAtMs !== null && this.#alarmAtMs <= atMs) return
    this.#alarmAtMs = atMs
    void this.ctx.storage.setAlarm(atMs)
  }

  async #answer<T>(ask: () => T | Promise<T>): Promise<Result<T>> {
    try {
      return done(await ask())
    } catch (error) {
      return failedWith(error)
    }
  }
}

/** Events of an endpoint that is there, as `Registry` tells them in their order. */
const LIVES = /^endpoint\.(created|changed|rotated|enabled|disabled)$/

/** An event as the log takes it, with what X delivered sealed beside it. */
export type Appended = StoredEvent<PerchEvent>

/** Takes events from the log for an endpoint: new ones behind its cursor, and old ones of a replay when there are no new ones. */
import type { KnownEndpoint } from '../caller/endpoints'
import type { EventPage } from '../events/log'
import { Failure } from '../failure'
import { DELIVERIES_PULLED } from '../limits'
import type { EndpointEffects } from './effects'
import { type FedEvent, Feed } from './feed'
import type { EndpointState } from './state'
import { isWanted } from './wanted'

/** An event to be delivered, and the walk through the log that it comes from. */
export interface Fed {
  event: FedEvent
  feed: Feed
}

/** The ways of one run of an endpoint through the log. */
export class Puller {
  readonly #fx: EndpointEffects
  /** Whether events may have come since the log was last read. */
  #isNews = true
  #main: Feed | undefined
  #replay: { id: number; feed: Feed } | undefined

  constructor(effects: EndpointEffects) {
    this.#fx = effects
  }

  /** Forgets what was taken: the next run begins with what the state says. */
  reset(): void {
    this.#main = undefined
    this.#replay = undefined
    this.#isNews = true
  }

  /** There may be new events. */
  notice(): void {
    this.#isNews = true
  }

  /** Whether there is more to deliver as far as is known. */
  hasMore(state: EndpointState): boolean {
    const main = this.#mainOf(state)
    return this.#isNews || main.hasMore || main.waiting > 0 || state.replay !== undefined
  }

  /** The next event, a new one before an old one; undefined: there is none. */
  async next(known: KnownEndpoint): Promise<Fed | undefined> {
    const main = this.#mainOf(this.#state())
    const event = await this.#nextOf(main, known)
    if (event) return { event, feed: main }
    const replay = this.#replayOf(this.#state())
    const old = replay && (await this.#nextOf(replay.feed, known, replay.id))
    return replay && old ? { event: old, feed: replay.feed } : undefined
  }

  /** The state with its cursors where everything before them is settled. */
  moved(state: EndpointState): EndpointState {
    const { replay, ...rest } = state
    const moved = { ...rest, cursor: this.#main?.settled ?? state.cursor }
    if (!replay) return moved
    const isCurrent = this.#replay?.id === replay.id
    const after = isCurrent ? (this.#replay?.feed.settled ?? replay.after) : replay.after
    return after >= replay.until ? moved : { ...moved, replay: { ...replay, after } }
  }

  async #nextOf(feed: Feed, known: KnownEndpoint, replay?: number): Promise<FedEvent | undefined> {
    for (let event = feed.next(); ; event = feed.next()) {
      if (event) return event
      if (!feed.hasMore && (replay !== undefined || !this.#isNews)) return undefined
      await this.#pull(feed, known, replay)
    }
  }

  async #pull(feed: Feed, known: KnownEndpoint, replay?: number): Promise<void> {
    if (replay === undefined) this.#isNews = false
    const page = await this.#read(feed, replay)
    if (!page) return
    const through = Math.min(page.through, feed.until)
    const events = page.events.filter(
      (event) => event.seq <= through && isWanted(event, known) && !this.#hasRow(event.seq, replay),
    )
    feed.take(events, through)
    feed.hasMore = through < Math.min(page.last, feed.until)
    const state = this.#state()
    const moved = this.moved(state)
    if (JSON.stringify(moved) !== JSON.stringify(state)) this.#fx.row.write(moved)
  }

  /** @returns undefined where the log has not what was asked for, which the feed knows now */
  async #read(feed: Feed, replay: number | undefined): Promise<EventPage | undefined> {
    try {
      return await this.#fx.readEvents(feed.pulled, DELIVERIES_PULLED)
    } catch (error) {
      if (!(error instanceof Failure)) throw error
      const { code, firstSeq = 0 } = error.data
      if (code === 'events_expired') this.#skip(feed, firstSeq, replay)
      else if (code === 'request_malformed') await this.#beginAtEnd(feed)
      else throw error
      return undefined
    }
  }

  /** The log has forgotten what comes next: whoever reads on must know that. */
  #skip(feed: Feed, first: number, replay: number | undefined): void {
    const after = feed.pulled
    feed.pulled = Math.min(first - 1, feed.until)
    if (replay !== undefined) feed.hasMore = feed.pulled < feed.until
    const state = this.moved(this.#state())
    const missed = { atMs: this.#fx.now(), after, before: first }
    this.#fx.row.write(replay === undefined ? { ...state, missed } : state)
    if (replay === undefined) {
      const events = first - 1 - after
      this.#fx.log('endpoint_missed', { endpoint: this.#fx.id(), events })
    }
  }

  /** The log is another one, since it ends before the cursor: its numbers mean other events than those in the rows. */
  async #beginAtEnd(feed: Feed): Promise<void> {
    const { last } = await this.#fx.readEvents(undefined, 1)
    const { replay: _, ...state } = this.#state()
    const missed = { atMs: this.#fx.now(), after: state.cursor, before: last + 1 }
    this.#fx.rows.dropOpen()
    this.#fx.rows.dropDone()
    this.#fx.row.write({ ...state, cursor: last, missed })
    this.#fx.log('endpoint_missed', { endpoint: this.#fx.id() })
    feed.hasMore = false
    this.#main = new Feed(last)
    this.#main.hasMore = false
    this.#replay = undefined
  }

  /** Whether an event was delivered, or waits for another try: of a replay, whether in that replay. */
  #hasRow(seq: number, replay: number | undefined): boolean {
    if (this.#fx.rows.open(seq)) return true
    const done = this.#fx.rows.done(seq)
    return done !== undefined && (replay === undefined || done.replay === replay)
  }

  #mainOf(state: EndpointState): Feed {
    this.#main ??= new Feed(state.cursor)
    return this.#main
  }

  #replayOf({ replay }: EndpointState): { id: number; feed: Feed } | undefined {
    if (!replay) return undefined
    if (this.#replay?.id !== replay.id)
      this.#replay = { id: replay.id, feed: new Feed(replay.after, replay.until) }
    return this.#replay
  }

  #state(): EndpointState {
    const state = this.#fx.row.read()
    if (!state) throw new TypeError('An endpoint without a state delivers nothing.')
    return state
  }
}

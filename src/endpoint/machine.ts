/**
 * What an endpoint does, and in which order. The state and the rows are the truth; what is in memory may be forgotten at any
 * time. A try that was under way then is made again, and nothing else is: a receiver knows an event by its id.
 */
import type { KnownEndpoint } from '../caller/endpoints'
import { Failure } from '../failure'
import {
  DELIVERIES_AT_ONCE,
  DELIVERIES_OPEN_MAX,
  ENDPOINT_AGAIN_SECONDS,
  ENDPOINT_KNOWN_MS,
  ENDPOINT_RUN_GRACE_MS,
  ENDPOINT_RUN_MS,
  NEWER_ALARM_SECONDS,
  RETRIES_AT_ONCE,
} from '../limits'
import { errorOf } from '../log'
import { worksAtMs } from './alarm'
import { Attempts } from './attempts'
import type { EndpointEffects } from './effects'
import type { FedEvent } from './feed'
import { Puller } from './puller'
import {
  begunState,
  calmState,
  type EndpointState,
  isAbout,
  isProbing,
  movedState,
  overdueState,
  probesNewAtMs,
  restingState,
} from './state'
import { isWanted } from './wanted'

/** The machine of one endpoint. */
export class EndpointMachine {
  readonly #fx: EndpointEffects
  readonly #puller: Puller
  readonly #attempts: Attempts
  #running: Promise<void> | undefined
  #known: { endpoint: KnownEndpoint | null; atMs: number } | undefined
  /** Events came, or something was asked for, while a run goes on. */
  #news = Promise.withResolvers<void>()
  #isNews = false
  #isErased = false

  constructor(effects: EndpointEffects) {
    this.#fx = effects
    this.#puller = new Puller(effects)
    this.#attempts = new Attempts(effects, this.#puller)
  }

  /** The log has news, or the endpoint was changed: a run is due at once. */
  async wake(): Promise<void> {
    this.#isNews = true
    this.#puller.notice()
    this.#news.resolve()
    await this.#fx.setAlarm(this.#fx.now())
  }

  /** Works until nothing is due, or for five minutes, and sets the alarm for what is left. Never rejects for others' failures. */
  run(): Promise<void> {
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined
    })
    return this.#running
  }

  /** The endpoint as it is now. */
  async asked(): Promise<KnownEndpoint | null> {
    const atMs = this.#fx.now()
    const endpoint = await this.#fx.endpoint()
    this.#known = { endpoint, atMs }
    return endpoint
  }

  /**
   * The state, which begins where the endpoint was switched on since; where its address is another one since, what waits is
   * due at once. Call it while nothing is under way.
   */
  begun({ endpoint }: KnownEndpoint): EndpointState {
    const before = this.#fx.row.read()
    if (before && isAbout(before, endpoint)) return before
    const isMoved = before?.epoch === endpoint.epoch
    if (isMoved) this.#fx.rows.allDue(this.#fx.now())
    else this.#fx.rows.dropOpen()
    const state = isMoved ? movedState(before, endpoint.url) : begunState(endpoint, before)
    this.#fx.row.write(state)
    if (!isMoved) this.#puller.reset()
    return state
  }

  /**
   * Has old events delivered again, as far as they are behind the cursor, and what waits at once. What is left of a replay
   * that goes on is not lost.
   *
   * @param asked - behind this number
   */
  async replayAfter(known: KnownEndpoint, asked: number): Promise<void> {
    const state = await this.#replayable(known)
    const { cursor: until } = state
    const after = Math.min(asked, state.replay?.after ?? asked)
    const id = state.replays + 1
    if (after < until) this.#fx.row.write({ ...state, replays: id, replay: { id, after, until } })
    // What failed and waits is no part of the walk through the log.
    this.#fx.rows.allDue(this.#fx.now(), asked)
    await this.wake()
  }

  /** Has one event delivered again, at once. @throws Failure `request_malformed`, `too_many` */
  async replayEvent(known: KnownEndpoint, event: FedEvent): Promise<void> {
    await this.#replayable(known)
    const { seq, id } = event
    if (!isWanted(event, known))
      throw new Failure('request_malformed', 'event: there is none of this id for this endpoint.')
    if (this.#fx.rows.openCount() + this.#attempts.count >= DELIVERIES_OPEN_MAX)
      throw new Failure('too_many', `${DELIVERIES_OPEN_MAX} deliveries wait for another try.`)
    const row = this.#fx.rows.open(seq) ?? { seq, event: id, tries: 0 }
    this.#fx.rows.writeOpen({ ...row, nextAtMs: this.#fx.now() })
    await this.wake()
  }

  async #replayable(known: KnownEndpoint): Promise<EndpointState> {
    if (known.endpoint.disabled) throw new Failure('endpoint_disabled')
    if (!isAbout(this.#fx.row.read(), known.endpoint)) await this.#attempts.over()
    return this.begun(known)
  }

  async #run(): Promise<void> {
    const untilMs = this.#fx.now() + ENDPOINT_RUN_MS
    this.#puller.reset()
    this.#known = undefined
    let trouble: unknown
    try {
      // Should the object die in the middle, this alarm is all that is left.
      await this.#fx.setAlarm(untilMs + ENDPOINT_RUN_GRACE_MS)
      await this.#work(untilMs)
      await this.#attempts.over()
      this.#attempts.demandNoTrouble()
    } catch (error) {
      trouble = error
      this.#fx.log('endpoint_interrupted', { endpoint: this.#fx.id(), ...errorOf(error) })
    }
    await this.#attempts.over()
    if (!this.#isErased)
      await this.#fx.setAlarm(trouble === undefined ? this.#dueAtMs() : this.#againAtMs(trouble))
  }

  async #work(untilMs: number): Promise<void> {
    while (this.#fx.now() < untilMs) {
      this.#attempts.demandNoTrouble()
      this.#heard()
      const known = await this.#lately()
      if (known && this.#mayDeliver(known)) {
        if (await this.#began(known)) continue
        if (this.#attempts.count === 0) return
        const work = [...this.#attempts.underWay, this.#news.promise]
        await this.#fx.wait(work, this.#untilRetryMs())
        continue
      }
      // What is under way is about what was: it is over before anything changes.
      await this.#attempts.over()
      this.#attempts.demandNoTrouble()
      if (!known) {
        this.#isErased = true
        return this.#fx.erase()
      }
      if (await this.#isStopped(known)) return
    }
  }

  /** The endpoint, asked for anew where it is not known from a moment ago. */
  async #lately(): Promise<KnownEndpoint | null> {
    const isKnown = this.#known && this.#fx.now() - this.#known.atMs < ENDPOINT_KNOWN_MS
    return isKnown && this.#known ? this.#known.endpoint : this.asked()
  }

  /** Whether deliveries go on as they are: the state is about this endpoint, which is on, and is to stay so. */
  #mayDeliver({ endpoint, reader }: KnownEndpoint): boolean {
    const state = this.#fx.row.read()
    if (!state || !isAbout(state, endpoint) || endpoint.disabled || !reader) return false
    return this.#judged(state).disabling === undefined
  }

  /** Does what stands against delivering; nothing is under way. @returns whether nothing is delivered for now */
  async #isStopped(known: KnownEndpoint): Promise<boolean> {
    const { endpoint, reader } = known
    const state = this.#judged(this.begun(known))
    if (endpoint.disabled) {
      this.#fx.rows.dropOpen()
      this.#writeIfNew(restingState(state))
      return true
    }
    if (!reader) {
      this.#writeIfNew(calmState(state))
      return true
    }
    const { disabling: reason } = state
    if (reason === undefined) return false
    this.#writeIfNew(state)
    await this.#fx.disable(endpoint, reason)
    this.#fx.log('endpoint_disabled', { endpoint: this.#fx.id(), reason })
    this.#known = undefined
    return false
  }

  /** Begins one delivery, if there is one to begin and room for it. */
  async #began(known: KnownEndpoint): Promise<boolean> {
    const { count, retrying } = this.#attempts
    if (count >= DELIVERIES_AT_ONCE) return false
    const state = this.#state()
    if (isProbing(state, this.#fx.rows.openCount())) {
      if (count > 0) return false
      if (this.#attempts.retryDue(known)) return true
      if (this.#fx.now() < probesNewAtMs(state)) return false
    }
    if (retrying < RETRIES_AT_ONCE && this.#attempts.retryDue(known)) return true
    // Each one that is under way may come to have a row.
    const mayOpen = this.#fx.rows.openCount() + count < DELIVERIES_OPEN_MAX
    const fed = mayOpen ? await this.#puller.next(known) : undefined
    if (!fed) return this.#attempts.retryDue(known)
    this.#attempts.begin(fed, known)
    return true
  }

  #dueAtMs(): number | null {
    const nowMs = this.#fx.now()
    const state = this.#fx.row.read()
    return worksAtMs({
      nowMs,
      isNews: this.#isNews,
      known: this.#known?.endpoint,
      state,
      open: this.#fx.rows.openCount(),
      retryAtMs: this.#fx.rows.due(nowMs, 1)[0]?.nextAtMs ?? this.#fx.rows.nextAfterMs(nowMs),
      hasMore: state !== undefined && this.#puller.hasMore(state),
    })
  }

  /** When to go on after a failure that is none of the receiver's, Unix milliseconds. */
  #againAtMs(trouble: unknown): number {
    const isNewer = trouble instanceof Failure && trouble.data.code === 'storage_newer'
    return this.#fx.now() + (isNewer ? NEWER_ALARM_SECONDS : ENDPOINT_AGAIN_SECONDS) * 1000
  }

  #untilRetryMs(): number {
    const next = this.#fx.rows.nextAfterMs(this.#fx.now())
    return next === undefined ? ENDPOINT_RUN_MS : next - this.#fx.now()
  }

  #heard(): void {
    if (!this.#isNews) return
    this.#isNews = false
    this.#news = Promise.withResolvers()
  }

  /** The state, to be switched off where it failed for too long. One for which nothing waits is tried with the next event. */
  #judged(state: EndpointState): EndpointState {
    return this.#fx.rows.openCount() > 0 ? overdueState(state, this.#fx.now()) : state
  }

  #state(): EndpointState {
    const state = this.#fx.row.read()
    if (!state) throw new TypeError('An endpoint without a state delivers nothing.')
    return state
  }

  #writeIfNew(state: EndpointState): void {
    if (JSON.stringify(state) !== JSON.stringify(this.#fx.row.read())) this.#fx.row.write(state)
  }
}

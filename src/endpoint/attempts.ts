/** The tries of an endpoint that are under way, and what becomes of each: its row and the state, in one turn. */
import type { KnownEndpoint } from '../caller/endpoints'
import { endpointData } from '../caller/happenings'
import { eventOf } from '../events/event'
import { DELIVERIES_AT_ONCE, DELIVERIES_KEPT, DELIVERIES_PRUNED } from '../limits'
import type { DeliveryAnswer, OpenDelivery } from '../store/delivery-rows'
import type { EndpointEffects } from './effects'
import type { FedEvent } from './feed'
import type { Fed, Puller } from './puller'
import { nextTryAtMs } from './schedule'
import { isDelivered } from './send'
import { calmState, type EndpointState, failedState, isOutage } from './state'
import { isWanted } from './wanted'

/** What is known of an event's delivery before a try. */
type Tried = Pick<OpenDelivery, 'seq' | 'event' | 'tries'>

/** The tries of one endpoint. */
export class Attempts {
  readonly #fx: EndpointEffects
  readonly #puller: Puller
  readonly #underWay = new Map<number, Promise<void>>()
  readonly #retrying = new Set<number>()
  #trouble: { error: unknown } | undefined

  constructor(effects: EndpointEffects, puller: Puller) {
    this.#fx = effects
    this.#puller = puller
  }

  /** How many are under way. */
  get count(): number {
    return this.#underWay.size
  }

  /** How many of them are of events that failed before. */
  get retrying(): number {
    return this.#retrying.size
  }

  /** The tries that are under way; none rejects. */
  get underWay(): Promise<void>[] {
    return [...this.#underWay.values()]
  }

  /** Resolves when nothing is under way any more. */
  async over(): Promise<void> {
    await Promise.all(this.#underWay.values())
  }

  /** Stops what goes on after a failure that is none of the receiver's, once. @throws what failed */
  demandNoTrouble(): void {
    const trouble = this.#trouble
    this.#trouble = undefined
    if (trouble) throw trouble.error
  }

  /** Begins the first try of an event. */
  begin({ event, feed }: Fed, known: KnownEndpoint): void {
    const tried = { seq: event.seq, event: event.id, tries: 0 }
    this.#add(event.seq, () => this.#try(tried, event, known, () => feed.settle(event.seq)))
  }

  /** Begins another try of the event that waits for the longest. @returns whether there is one that is due */
  retryDue(known: KnownEndpoint): boolean {
    const due = this.#fx.rows.due(this.#fx.now(), 2 * DELIVERIES_AT_ONCE)
    return this.#retry(
      due.find(({ seq }) => !this.#underWay.has(seq)),
      known,
    )
  }

  #retry(row: OpenDelivery | undefined, known: KnownEndpoint): boolean {
    if (!row) return false
    this.#retrying.add(row.seq)
    this.#add(row.seq, async () => {
      const event = await this.#fx.findEvent(row.event)
      if (event) await this.#try(row, event, known, () => undefined)
      else await this.#giveUp(row, known)
    })
    return true
  }

  #add(seq: number, work: () => Promise<void>): void {
    const trying = work()
      .catch((error: unknown) => {
        this.#trouble = { error }
      })
      .finally(() => {
        this.#underWay.delete(seq)
        this.#retrying.delete(seq)
      })
    this.#underWay.set(seq, trying)
  }

  async #try(
    tried: Tried,
    event: FedEvent,
    known: KnownEndpoint,
    settle: () => void,
  ): Promise<void> {
    // Its filters, or what its owner may see, may have changed since it was taken from the log.
    const answer = isWanted(event, known) ? await this.#fx.send(known.endpoint, event) : undefined
    const { seq, event: id } = tried
    const nowMs = this.#fx.now()
    const before = this.#state()
    let state = before
    if (!answer) this.#fx.rows.deleteOpen(seq)
    else if (isDelivered(answer)) {
      state = calmState(before)
      if (isOutage(before, nowMs)) this.#fx.rows.allDue(nowMs)
      this.#fx.rows.deleteOpen(seq)
      this.#fx.rows.writeDone({
        ...{ seq, event: id, tries: tried.tries + 1, last: answer, outcome: 'delivered' },
        // Whatever is delivered while a replay goes on is not delivered again by it.
        ...(before.replay ? { replay: before.replay.id } : {}),
      })
    } else {
      state = failedState(before, answer, tried.tries === 0, nowMs)
      this.#fx.rows.writeOpen(this.#again(tried, answer, nowMs))
    }
    // It has its row now, or needs none; had that failed, the cursor could not pass it.
    settle()
    this.#commit(state)
  }

  #again(
    { seq, event, tries: before }: Tried,
    answer: DeliveryAnswer,
    nowMs: number,
  ): OpenDelivery {
    const tries = before + 1
    const { status } = answer
    this.#fx.log('delivery_failed', {
      ...{ endpoint: this.#fx.id(), tries },
      ...(status === undefined ? {} : { status }),
    })
    const nextAtMs = nextTryAtMs(tries, nowMs, this.#fx.random(), answer.retryAfter)
    return { seq, event, tries, nextAtMs, last: answer }
  }

  /** The log has forgotten the event before the receiver took it. That is told with an id that is always the same. */
  async #giveUp({ nextAtMs: _, ...row }: OpenDelivery, { endpoint }: KnownEndpoint): Promise<void> {
    const data = { ...endpointData(endpoint), event: row.event, tries: row.tries }
    const id = `evt_gaveup${`${this.#fx.id()}${row.event}`.replace(/[^a-zA-Z0-9]/g, '')}`
    await this.#fx.append([eventOf({ type: 'endpoint.gave_up', data }, id, this.#fx.now())])
    this.#fx.rows.deleteOpen(row.seq)
    this.#fx.rows.writeDone({ ...row, outcome: 'gave_up' })
    this.#commit(this.#state())
  }

  #commit(state: EndpointState): void {
    const moved = this.#puller.moved(state)
    this.#fx.row.write(moved)
    const isKept = { after: moved.cursor, replay: moved.replay }
    this.#fx.rows.prune(DELIVERIES_KEPT, DELIVERIES_PRUNED, isKept)
  }

  #state(): EndpointState {
    const state = this.#fx.row.read()
    if (!state) throw new TypeError('An endpoint without a state delivers nothing.')
    return state
  }
}

/**
 * The object `Endpoint`, one for each address that events are delivered to: its machine, connected to the real world. Every
 * answer to the edge is a {@link Result}.
 */
import { DurableObject } from 'cloudflare:workers'
import type { KnownEndpoint } from '../caller/endpoints'
import { askRegistry } from '../caller/stub'
import { keyringOf } from '../crypto/keyring'
import { configOf } from '../env'
import { bodyOf } from '../events/event'
import { openedEvent } from '../events/stored'
import { appendEvents, findEvent, readEvents } from '../events/stub'
import { done, Failure, failedWith, type Result } from '../failure'
import { REGISTRY_PATIENCE_MS } from '../limits'
import { log } from '../log'
import { patience } from '../patience'
import { DeliveryRows, type DoneDelivery, type OpenDelivery } from '../store/delivery-rows'
import type { EndpointRecord } from '../store/endpoints'
import { Row } from '../store/row'
import type { FedEvent } from './feed'
import { EndpointMachine } from './machine'
import { ENDPOINT_NAME, ENDPOINT_STATE } from './migrations'
import { sendMessage } from './send'
import { type EndpointState, stateView } from './state'

/** How the deliveries of an endpoint stand. */
export type EndpointLook = ReturnType<typeof stateView> & { open: number }

/** What an object holds. */
interface Held {
  row: Row<EndpointState>
  rows: DeliveryRows
  machine: EndpointMachine
  name: Row<{ id: string }>
}

/** The object of one endpoint, named by its id. */
export class Endpoint extends DurableObject<Env> {
  #held: Held

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    this.#held = this.#begin()
  }

  /** The log has events up to this number, or the endpoint was changed or ended. */
  async wake(_last: number): Promise<void> {
    const { name, machine } = this.#held
    // An alarm need not know for which name its object was made.
    if (!name.read()) name.write({ id: this.#id })
    await machine.wake()
  }

  override async alarm(): Promise<void> {
    await this.#held.machine.run()
  }

  /** How its deliveries stand; null: it has not begun. */
  look(): Promise<Result<EndpointLook | null>> {
    return this.#answer(async () => {
      const state = this.#held.row.read()
      return state ? { ...stateView(state), open: this.#held.rows.openCount() } : null
    })
  }

  /** Deliveries of events below this number in the log, the newest event first, so many at most. */
  deliveries(below: number, limit: number): Promise<Result<(OpenDelivery | DoneDelivery)[]>> {
    return this.#answer(async () => this.#held.rows.page(below, limit))
  }

  /** Has the events after this number delivered again. Fails as `endpoint_disabled`. */
  replayAfter(after: number): Promise<Result<void>> {
    return this.#answer(async () => this.#held.machine.replayAfter(await this.#here(), after))
  }

  /** Has one event delivered again. Fails as `endpoint_disabled`, `request_malformed`, `too_many`. */
  replayEvent(id: string): Promise<Result<void>> {
    return this.#answer(async () => {
      const event = await findEvent(this.env, id)
      if (!event)
        throw new Failure('request_malformed', 'event: there is none of this id for this endpoint.')
      await this.#held.machine.replayEvent(await this.#here(), event)
    })
  }

  /** The endpoint as it is now. @throws Failure `endpoint_unknown` where it has ended since */
  async #here(): Promise<KnownEndpoint> {
    const known = await this.#held.machine.asked()
    if (!known) throw new Failure('endpoint_unknown')
    return known
  }

  get #id(): string {
    return this.ctx.id.name ?? this.#held.name.read()?.id ?? ''
  }

  /** Its rows, and the machine over them. */
  #begin(): Held {
    const { ctx, env } = this
    const row = new Row<EndpointState>(ctx.storage.sql, ENDPOINT_STATE)
    const rows = new DeliveryRows(ctx.storage.sql)
    const ask = <T>(what: Parameters<typeof askRegistry<T>>[1]) =>
      askRegistry(env, what, REGISTRY_PATIENCE_MS)
    const machine = new EndpointMachine({
      id: () => this.#id,
      row,
      rows,
      endpoint: () => ask((all) => all.endpointFor(this.#id)),
      disable: ({ epoch, url }, reason) =>
        ask((all) => all.disableEndpoint(this.#id, epoch, reason, url)),
      readEvents: (after, limit) => readEvents(env, after, limit),
      findEvent: (event) => findEvent(env, event),
      append: (events) => appendEvents(env, events),
      send: (endpoint, event) => this.#send(endpoint, event),
      erase: () => this.#erase(),
      setAlarm: (at) => (at === null ? ctx.storage.deleteAlarm() : ctx.storage.setAlarm(at)),
      wait: (work, ms) => patience(Promise.race(work), ms),
      now: () => Date.now(),
      random: () => Math.random(),
      log,
    })
    return { row, rows, machine, name: new Row(ctx.storage.sql, ENDPOINT_NAME, 'name') }
  }

  /** Nothing is left; should it be woken once more, it begins as on its first day, and ends again. */
  async #erase(): Promise<void> {
    await this.ctx.storage.deleteAlarm()
    await this.ctx.storage.deleteAll()
    this.#held = this.#begin()
  }

  async #send(endpoint: EndpointRecord, stored: FedEvent) {
    const { sealingKeys, publicOrigin } = configOf(this.env)
    const keyring = await keyringOf(sealingKeys)
    const event = await openedEvent(keyring, stored).catch(() => undefined)
    // The key that sealed it is missing. It waits like one that the receiver refuses, and holds up no other.
    if (!event) return { atMs: Date.now(), ms: 0, error: 'sealed_unreadable' as const }
    const means = { keyring, publicOrigin, now: () => Date.now() }
    return sendMessage(endpoint, { id: event.id, body: bodyOf(event) }, means)
  }

  async #answer<T>(ask: () => Promise<T>): Promise<Result<T>> {
    try {
      return done(await ask())
    } catch (error) {
      return failedWith(error)
    }
  }
}

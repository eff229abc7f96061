/**
 * The object `App`, one instance: what concerns the whole app. It holds refreshes back when X refuses the app or too many
 * grants, or leaves refreshes without an answer, lets them go on when X is well, and owns the app-only bearer, of which KV
 * has a copy.
 */
import { DurableObject } from 'cloudflare:workers'
import { unixSeconds } from '../clock'
import type { Sealed } from '../crypto/seal'
import { configOf, need } from '../env'
import { eventOf, newEventId, type PerchEvent } from '../events/event'
import { Outbox } from '../events/outbox'
import { appendEvents } from '../events/stub'
import { done, Failure, type FailureData, failed, type Result } from '../failure'
import { errorOf, log } from '../log'
import { patience } from '../patience'
import { OAUTH2_SETTINGS } from '../settings'
import type { VaultBearer } from '../store/bearer'
import { OutboxRows } from '../store/outbox-rows'
import { QueueBatch } from '../store/queue-batch'
import { Row } from '../store/row'
import { unlessNewer } from '../store/version'
import { probe } from '../x/token'
import type { Admitted, Ask } from './admission'
import { appEventsOf } from './events'
import { frozen, unfrozen } from './freeze'
import { Gate, type GateEffects, type SweepPermit } from './gate'
import { HeldBearer, type Invalidated, type Owner } from './held-bearer'
import { APP_ROW } from './migrations'
import { type AppState, type HeldWebhook, newState } from './record'
import * as state from './state'
import type { SweepStats } from './sweep-stats'
import { type HeardOfWebhook, webhookDue, webhookHeard } from './webhook'

/** The one object that knows how the whole app fares at X, named `app`. */
export class App extends DurableObject<Env> {
  readonly #row: Row<AppRecord>
  /** Undefined while the row is one of a later build: this one neither reads it nor writes over it. */
  #known: AppRecord | undefined
  readonly #gate = new Gate(this.#effects())
  readonly #bearer: HeldBearer
  readonly #outbox: OutboxRows<PerchEvent>
  /** Events that the log may lack; those that the storage refused are here alone, as the state is. */
  #waiting: PerchEvent[]
  readonly #sender = new Outbox({
    waiting: () => this.#waiting,
    drop: (ids) => {
      this.#outbox.drop(ids)
      this.#waiting = this.#waiting.filter(({ id }) => !ids.has(id))
    },
    append: (events) => appendEvents(this.env, events),
    now: () => Date.now(),
    log,
  })

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    this.#row = new Row(ctx.storage.sql, APP_ROW)
    this.#known = unlessNewer(() => ({ ...newState(), ...this.#row.read() }))
    this.#outbox = new OutboxRows(ctx.storage.sql)
    this.#waiting = this.#outbox.read()
    this.#bearer = new HeldBearer(env, {
      read: () => bearerOf(this.#record),
      write: (bearer) => this.#write({ ...stateOf(this.#record), ...bearer }),
    })
  }

  /** What this object knows. Of a later build's row it knows nothing: whoever only asks about a halt goes on without. */
  get #record(): AppRecord {
    if (!this.#known) throw new Failure('storage_newer')
    return this.#known
  }

  /** Lets refreshes leave, or says why not. An app that is held back is probed here, so that it goes on by itself. */
  admit(ask: Ask): Promise<Admitted> {
    return this.#gate.admit(ask)
  }

  /** What the former build asks: it knows all or nothing, and does not take a few. */
  permit(count: number): Promise<FailureData | undefined> {
    return this.#gate.permit(count)
  }

  refused(id: string, isAgain = false): Promise<FailureData | undefined> {
    return this.#gate.refused(id, isAgain)
  }

  unanswered(message: string): Promise<FailureData | undefined> {
    return this.#gate.unanswered(message)
  }

  unused(count: number): Promise<void> {
    return this.#gate.unused(count)
  }

  granted(by?: 'exchange'): Promise<void> {
    return this.#gate.granted(by)
  }

  exchangeUnavailable(message: string): Promise<void> {
    return this.#gate.exchangeUnavailable(message)
  }

  suspectsReached(ids: string[]): Promise<void> {
    return this.#gate.suspectsReached(ids)
  }

  /** The former name of {@link App.suspectsReached}. */
  suspectsTold(ids: string[]): Promise<void> {
    return this.suspectsReached(ids)
  }

  credentialsRefused(message: string): Promise<FailureData | undefined> {
    return this.#gate.credentialsRefused(message)
  }

  paused(forSeconds: number): Promise<void> {
    return this.#gate.paused(forSeconds)
  }

  /** Freezes all refreshes, or ends that. Fails as `storage_unavailable`: a freeze that did not come to rest is none. */
  async changeFreeze(isFrozen: boolean): Promise<Result<AppState>> {
    const before = this.#record
    const next = isFrozen ? frozen(before, unixSeconds()) : unfrozen(before)
    try {
      if (next !== before) this.#write(next)
    } catch (error) {
      log('app_not_stored', errorOf(error))
      return failed('storage_unavailable')
    }
    log('app_freeze', { frozen: isFrozen })
    return done(stateOf(next))
  }

  /**
   * What a sweep has to know before it begins: why nothing may be queued, or how much; and once an hour the webhook that
   * it is to look at.
   *
   * @param keyId - of the first sealing key
   */
  async sweepBegins(keyId: string): Promise<SweepPermit & { webhook?: HeldWebhook }> {
    if (this.#record.key?.id !== keyId)
      this.#write({ ...this.#record, key: { id: keyId, since: unixSeconds() } })
    await this.#bearer.reseal(keyId).catch((error: unknown) => log('reseal_failed', errorOf(error)))
    const permit = await this.#gate.sweepMay()
    const due = webhookDue(stateOf(this.#record), unixSeconds())
    if (due) this.#replace(due.next)
    return due ? { ...permit, webhook: due.webhook } : permit
  }

  /** The webhook that is remembered; null: there is none. */
  async webhook(): Promise<Result<HeldWebhook | null>> {
    return done(this.#record.webhook ?? null)
  }

  /** X has said this of our webhook; null: there is none any more. Fails as `storage_unavailable`. */
  async webhookHeard(heard: HeardOfWebhook | null): Promise<Result<HeldWebhook | null>> {
    const { webhook: before, ...rest } = this.#record
    const webhook = heard && webhookHeard(before, heard, unixSeconds())
    try {
      this.#write(webhook ? { ...rest, webhook } : rest)
    } catch (error) {
      log('app_not_stored', errorOf(error))
      return failed('storage_unavailable')
    }
    return done(webhook)
  }

  /** What a sweep saw, once it is through. */
  async swept(stats: SweepStats): Promise<void> {
    this.#replace(state.swept(this.#record, stats))
  }

  /** Everything but the bearer. */
  async status(): Promise<AppState> {
    return stateOf(this.#record)
  }

  bearer(): Promise<Result<Sealed>> {
    return this.#bearer.get()
  }

  invalidate(owner: Owner | undefined, force: boolean): Promise<Result<Invalidated>> {
    return this.#bearer.invalidate(owner, force)
  }

  #effects(): GateEffects {
    const { DUE } = this.env
    const queued = async (message: (ids: string[]) => object, ids: readonly string[]) => {
      const batch = new QueueBatch(DUE, message)
      await batch.add(ids)
      await batch.flush()
    }
    return {
      now: unixSeconds,
      random: () => Math.random(),
      read: () => this.#record,
      write: (next) => this.#replace(next),
      probe: async () => {
        const config = configOf(this.env)
        need(config, ...OAUTH2_SETTINGS)
        return probe(config, unixSeconds())
      },
      tellSuspects: (ids) => queued((suspected) => ({ suspected }), ids),
      tryCanaries: (ids) => queued((canaries) => ({ sweptAtMs: Date.now(), canaries }), ids),
      patience,
      log,
    }
  }

  /** The app's state, and the bearer as it was. What the storage refuses holds as long as this object lives. */
  #replace(next: AppState): void {
    const record = { ...next, ...bearerOf(this.#record) }
    const events = this.#eventsOf(record)
    this.#known = record
    this.#waiting = [...this.#waiting, ...events]
    try {
      this.#store(record, events)
    } catch (error) {
      log('app_not_stored', errorOf(error))
    }
    if (events.length > 0) this.#send()
  }

  #write(record: AppRecord): void {
    const events = this.#eventsOf(record)
    this.#store(record, events)
    this.#known = record
    this.#waiting = [...this.#waiting, ...events]
    if (events.length > 0) this.#send()
  }

  #store(record: AppRecord, events: readonly PerchEvent[]): void {
    // Both or none.
    this.ctx.storage.transactionSync(() => {
      this.#row.write(record)
      this.#outbox.add(events)
    })
  }

  #eventsOf(next: AppState): PerchEvent[] {
    return appEventsOf(this.#record, next).map((happening) =>
      eventOf(happening, newEventId(), Date.now()),
    )
  }

  /** Sends what is waiting; the alarm sends what the log does not take, or what an object that died left. */
  #send(): void {
    void this.ctx.storage.setAlarm(this.#sender.dueAtMs ?? Date.now())
    this.ctx.waitUntil(this.#sender.send())
  }

  override async alarm(): Promise<void> {
    await this.#sender.send()
    const { dueAtMs } = this.#sender
    if (dueAtMs !== undefined) await this.ctx.storage.setAlarm(dueAtMs)
  }
}

/** What rests here: the state, and the bearer. */
type AppRecord = AppState & Partial<VaultBearer>

function stateOf({ bearer: _, apiKey: __, ...state }: AppRecord): AppState {
  return state
}

const bearerOf = ({ bearer, apiKey }: AppRecord): VaultBearer | undefined =>
  bearer !== undefined && apiKey !== undefined ? { bearer, apiKey } : undefined

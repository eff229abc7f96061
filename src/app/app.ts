/**
 * The object `App`, one instance: what concerns the whole app. It halts refreshes when X refuses the app or too many
 * grants, lets them go on when a probe works, and owns the app-only bearer, of which KV has a copy.
 */
import { DurableObject } from 'cloudflare:workers'
import { unixSeconds } from '../clock'
import type { Sealed } from '../crypto/seal'
import { configOf, need } from '../env'
import { Failure, type FailureData, type Result } from '../failure'
import { PROBE_PATIENCE_MS, PROBE_SECONDS } from '../limits'
import { errorOf, log } from '../log'
import { patience } from '../patience'
import { OAUTH2_SETTINGS } from '../settings'
import type { VaultBearer } from '../store/bearer'
import { QueueBatch } from '../store/queue-batch'
import { Row } from '../store/row'
import { unlessNewer } from '../store/version'
import { probe } from '../x/token'
import { HeldBearer, type Invalidated, type Owner } from './held-bearer'
import { APP_ROW } from './migrations'
import * as state from './state'
import type { SweepStats } from './sweep-stats'

/** The one object that knows how the whole app fares at X, named `app`. */
export class App extends DurableObject<Env> {
  readonly #row: Row<AppRecord>
  /** Undefined while the row is one of a later build: this one neither reads it nor writes over it. */
  #known: AppRecord | undefined
  #window: state.Window = { refreshes: [], refused: [] }
  #probing: Promise<boolean> | undefined
  /** When a probe last found the credentials good. */
  #goodAt = 0
  readonly #bearer: HeldBearer

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    this.#row = new Row(ctx.storage.sql, APP_ROW)
    this.#known = unlessNewer(() => ({ ...state.newState(), ...this.#row.read() }))
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

  /** Lets so many refreshes leave, or says why not. A halted app is probed here, so that it goes on by itself. */
  async permit(count: number): Promise<FailureData | undefined> {
    // The probe may end the halt, so it is waited for a moment; if X takes longer, the caller hears of the halt.
    if (this.#record.halt && unixSeconds() >= this.#record.halt.probeAt)
      await patience(this.#probe(), PROBE_PATIENCE_MS)
    const obstacle = state.obstacle(this.#record, unixSeconds())
    if (!obstacle) this.#seen({ refreshes: [{ at: unixSeconds(), count }], refused: [] })
    return obstacle
  }

  /** X called this account's refresh token invalid. @returns why refreshes are halted, if its refusal is suspected */
  async refused(id: string): Promise<FailureData | undefined> {
    this.#seen({ refreshes: [], refused: [{ at: unixSeconds(), id }] })
    const halted = this.#record.halt?.reason === 'mass_refusal'
    if (!halted && !state.isMassRefusal(this.#window, this.#record, unixSeconds())) return undefined
    // The refusals that came before this one were believed. They are of the same moment, so they are suspected as well.
    const ids = this.#window.refused.map((refusal) => refusal.id)
    this.#window.refused = []
    if (!halted) this.#halt('mass_refusal', MASS_WORDS(ids.length))
    this.#replace(state.suspecting(this.#record, ids))
    if (!halted) await this.#hint()
    return state.obstacle(this.#record, unixSeconds())
  }

  /** The queue's consumer reached these accounts with the hint that their refusal is suspected: they get it no more. */
  async suspectsReached(ids: string[]): Promise<void> {
    this.#replace(state.withoutSuspects(this.#record, ids))
  }

  /** The former name of {@link App.suspectsReached}. */
  suspectsTold(ids: string[]): Promise<void> {
    return this.suspectsReached(ids)
  }

  /** X refused the app in an account's refresh. A probe tells whether that is so for everybody. */
  async credentialsRefused(message: string): Promise<FailureData | undefined> {
    const now = unixSeconds()
    if (!this.#record.halt && now >= this.#goodAt + PROBE_SECONDS && !(await this.#probe()))
      this.#halt('credentials_refused', `${message.replace(/\.?$/, '.')} ${CREDENTIALS_FIX}`)
    return state.obstacle(this.#record, unixSeconds())
  }

  /** X asked to wait. */
  async paused(forSeconds: number): Promise<void> {
    log('app_paused', { seconds: forSeconds })
    this.#replace(state.paused(this.#record, forSeconds, unixSeconds()))
  }

  /**
   * What a sweep has to know before it begins: why nothing may be queued, or how much.
   *
   * @param keyId - of the first sealing key
   */
  async sweepBegins(
    keyId: string,
  ): Promise<{ obstacle: FailureData | undefined; limit: number | undefined }> {
    if (this.#record.key?.id !== keyId)
      this.#write({ ...this.#record, key: { id: keyId, since: unixSeconds() } })
    await this.#bearer.reseal(keyId).catch((error: unknown) => log('reseal_failed', errorOf(error)))
    await this.#hint()
    const obstacle = await this.permit(0)
    if (obstacle) return { obstacle, limit: 0 }
    const { limit, next } = state.paced(state.unpaused(this.#record, unixSeconds()))
    if (limit !== undefined) this.#replace(next)
    return { obstacle: undefined, limit }
  }

  /** What a sweep saw, once it is through. */
  async swept(stats: SweepStats): Promise<void> {
    this.#replace(state.swept(this.#record, stats))
  }

  /** Everything but the bearer. */
  async status(): Promise<state.AppState> {
    return stateOf(this.#record)
  }

  bearer(): Promise<Result<Sealed>> {
    return this.#bearer.get()
  }

  invalidate(owner: Owner | undefined, force: boolean): Promise<Result<Invalidated>> {
    return this.#bearer.invalidate(owner, force)
  }

  /** Tells the accounts whose refusal is suspected, by way of the queue; again with each sweep, until they were reached. */
  async #hint(): Promise<void> {
    const batch = new QueueBatch(this.env.DUE, (ids) => ({ suspected: ids }))
    await batch.add(this.#record.suspects ?? [])
    await batch.flush()
  }

  /** @returns whether X takes the app's credentials, or may: only a plain no is one. */
  #probe(): Promise<boolean> {
    this.#probing ??= this.#askX().finally(() => {
      this.#probing = undefined
    })
    return this.#probing
  }

  async #askX(): Promise<boolean> {
    const config = configOf(this.env)
    need(config, ...OAUTH2_SETTINGS)
    const before = this.#record.halt
    const answer = await probe(config, unixSeconds())
    log('app_probed', answer)
    if (answer.credentials === 'good') this.#goodAt = unixSeconds()
    // The probe was sent before a halt that began meanwhile, so it says nothing about that one.
    if (before !== this.#record.halt) return answer.credentials !== 'bad'
    this.#replace(state.probed(this.#record, answer.credentials === 'good', unixSeconds()))
    if (before && !this.#record.halt) log('app_resumed', { reason: before.reason })
    return answer.credentials !== 'bad'
  }

  #halt(reason: state.Halt['reason'], message: string): void {
    if (this.#record.halt) return
    log('app_halted', { reason, message })
    this.#replace(state.halted(this.#record, reason, message, unixSeconds()))
  }

  #seen(more: state.Window): void {
    const now = state.recent(this.#window, unixSeconds())
    this.#window = {
      refreshes: [...now.refreshes, ...more.refreshes],
      refused: [...now.refused, ...more.refused],
    }
  }

  /** The app's state, and the bearer as it was. */
  #replace(next: state.AppState): void {
    this.#write({ ...next, ...bearerOf(this.#record) })
  }

  #write(record: AppRecord): void {
    this.#row.write(record)
    this.#known = record
  }
}

/** What rests here: the state, and the bearer. */
type AppRecord = state.AppState & Partial<VaultBearer>

function stateOf({ bearer: _, apiKey: __, ...state }: AppRecord): state.AppState {
  return state
}

const bearerOf = ({ bearer, apiKey }: AppRecord): VaultBearer | undefined =>
  bearer !== undefined && apiKey !== undefined ? { bearer, apiKey } : undefined

const CREDENTIALS_FIX =
  'Check X_CLIENT_ID, X_CLIENT_SECRET and X_CLIENT_TYPE against the developer portal.'
const MASS_WORDS = (count: number): string =>
  `X called ${count} refresh tokens invalid within ten minutes, a large part of all. Those accounts are tried again: check that no other program refreshes with this app’s tokens.`

/**
 * The object `App`, one instance: what concerns the whole app. It holds refreshes back when X refuses the app or too many
 * grants, or leaves refreshes without an answer, lets them go on when X is well, and owns the app-only bearer, of which KV
 * has a copy.
 */
import { DurableObject } from 'cloudflare:workers'
import { unixSeconds } from '../clock'
import type { Sealed } from '../crypto/seal'
import { configOf, need } from '../env'
import { Failure, type FailureData, type Result } from '../failure'
import { BREAKER_PROBE_SECONDS, PROBE_PATIENCE_MS, PROBE_SECONDS } from '../limits'
import { errorOf, log } from '../log'
import { patience } from '../patience'
import { OAUTH2_SETTINGS } from '../settings'
import type { VaultBearer } from '../store/bearer'
import { QueueBatch } from '../store/queue-batch'
import { Row } from '../store/row'
import { unlessNewer } from '../store/version'
import { probe } from '../x/token'
import { type Admitted, type Ask, admitted, sweepMay } from './admission'
import * as reach from './breaker'
import * as halts from './halt'
import { HeldBearer, type Invalidated, type Owner } from './held-bearer'
import { APP_ROW } from './migrations'
import { type AppState, type Halt, newState } from './record'
import * as state from './state'
import type { SweepStats } from './sweep-stats'
import * as window from './window'

/** The one object that knows how the whole app fares at X, named `app`. */
export class App extends DurableObject<Env> {
  readonly #row: Row<AppRecord>
  /** Undefined while the row is one of a later build: this one neither reads it nor writes over it. */
  #known: AppRecord | undefined
  #probing: Promise<boolean> | undefined
  /** When a probe last found the credentials good, and when one was last begun; Unix seconds. */
  #goodAt = 0
  #probedAt = 0
  readonly #bearer: HeldBearer

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    this.#row = new Row(ctx.storage.sql, APP_ROW)
    this.#known = unlessNewer(() => ({ ...newState(), ...this.#row.read() }))
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
  async admit(ask: Ask): Promise<Admitted> {
    await this.#lookAtX()
    const { admission, next } = admitted(this.#record, ask, unixSeconds())
    if (next !== this.#record) this.#replace(next)
    return admission
  }

  /** What the former build asks: it knows all or nothing, and does not take a few. */
  async permit(count: number): Promise<FailureData | undefined> {
    await this.#lookAtX()
    const obstacle = state.obstacle(this.#record, unixSeconds())
    if (!obstacle) this.#replace(admitted(this.#record, { count }, unixSeconds()).next)
    return obstacle
  }

  /** Asks X about a made-up token where it is time: it is waited for a moment; if X takes longer, so be it. */
  async #lookAtX(): Promise<void> {
    const now = unixSeconds()
    this.#pass(reach.settled(this.#record, now))
    const { halt, breaker } = this.#record
    const probeAt = (halt ?? breaker)?.probeAt
    // Somebody waits for X to be well, and nobody tells: all others may be waiting as well.
    const isDue =
      probeAt === undefined
        ? reach.isUnwell(this.#record) && now >= this.#probedAt + BREAKER_PROBE_SECONDS
        : now >= probeAt
    if (isDue) await patience(this.#probe(), PROBE_PATIENCE_MS)
  }

  /**
   * X called this account's refresh token invalid.
   *
   * @param isAgain - its refusal was suspected before: it stands, unless refreshes are halted for refusals
   * @returns why refreshes are halted, if its refusal is suspected
   */
  async refused(id: string, isAgain = false): Promise<FailureData | undefined> {
    const now = unixSeconds()
    this.#pass(reach.xAnswered(this.#record, now))
    const { halt } = this.#record
    if (halt?.reason === 'mass_refusal') {
      const next = halts.refusedAgain(this.#record, halt, id, now)
      const { probeAt, step } = next.halt ?? halt
      if (step !== halt.step) log('app_halt_longer', { seconds: probeAt - now })
      this.#replace(state.suspecting(next, [id]))
      return state.obstacle(this.#record, now)
    }
    if (isAgain) return undefined
    const seen = window.withRefusal(this.#record.window ?? [], id, now)
    this.#replace({ ...this.#record, window: seen })
    if (!window.isMassRefusal(seen, halts.isSoonAfter(this.#record, now))) return undefined
    // The refusals that came before this one were believed. They are of the same moment, so they are suspected as well.
    const ids = window.refusedIn(seen)
    this.#halt('mass_refusal', MASS_WORDS(ids.length), ids)
    const suspecting = state.suspecting(this.#record, ids)
    this.#replace({ ...suspecting, window: window.withoutRefusals(seen) })
    await this.#hint()
    return state.obstacle(this.#record, unixSeconds())
  }

  /** X left a refresh without a usable answer. @returns why further ones are held back, if so */
  async unanswered(message: string): Promise<FailureData | undefined> {
    const now = unixSeconds()
    const before = this.#record.breaker
    this.#replace(reach.xUnanswered(this.#record, message, now, Math.random()))
    this.#unjudged(1)
    const { breaker } = this.#record
    if (breaker && (!before || before.trial)) log('app_breaker_opened', { message })
    return state.obstacle(this.#record, now)
  }

  /** So many refreshes that were let through were not sent after all: their batch had ended before. */
  async unused(count: number): Promise<void> {
    this.#unjudged(count)
  }

  /** X has not judged so many refreshes that were let through, so they are no part of those that it did not refuse. */
  #unjudged(count: number): void {
    const seen = window.withRefreshes(this.#record.window ?? [], -count, unixSeconds())
    this.#replace({ ...this.#record, window: seen })
  }

  /** X gave an account a new pair, while this object wants to hear of it. */
  async granted(): Promise<void> {
    const now = unixSeconds()
    const { halt } = this.#record
    // Before the first turn it is one that was under way when the halt began.
    if (halt?.reason === 'mass_refusal' && halt.turn) this.#resume(halt)
    this.#pass(reach.xAnswered(this.#record, now))
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
  async sweepBegins(keyId: string): Promise<{
    obstacle: FailureData | undefined
    limit: number | undefined
    /** Queue none that X has refused. */
    isSparing?: true
  }> {
    if (this.#record.key?.id !== keyId)
      this.#write({ ...this.#record, key: { id: keyId, since: unixSeconds() } })
    await this.#bearer.reseal(keyId).catch((error: unknown) => log('reseal_failed', errorOf(error)))
    await this.#hint()
    await this.#lookAtX()
    const may = sweepMay(this.#record, unixSeconds())
    if (may.obstacle) return { obstacle: may.obstacle, limit: 0 }
    if (may.limit !== undefined) return { ...may, limit: may.limit }
    const { limit, next } = state.paced(state.unpaused(this.#record, unixSeconds()))
    if (limit !== undefined) this.#replace(next)
    return { obstacle: undefined, limit }
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
    const { halt, breaker } = this.#record
    this.#probedAt = unixSeconds()
    const answer = await probe(config, unixSeconds())
    log('app_probed', answer)
    const isGood = answer.credentials === 'good'
    const now = unixSeconds()
    if (isGood) this.#goodAt = now
    const isRefused = answer.credentials === 'bad'
    // The probe was sent before a halt that began meanwhile, so it says nothing about that one.
    if (halt !== this.#record.halt) return !isRefused
    if (!halt) {
      if (breaker === this.#record.breaker)
        this.#pass(reach.reachProbed(this.#record, isGood || isRefused, now, Math.random()))
      return !isRefused
    }
    if (isGood && halt.reason === 'credentials_refused') this.#resume(halt)
    else this.#replace(halts.haltProbed(this.#record, halt, isGood, now))
    if (this.#record.halt && this.#record.halt.turn !== halt.turn)
      await this.#tryCanaries(this.#record.halt)
    return !isRefused
  }

  /** Has some of the accounts tried that X refused: what X says of them now decides how long the halt lasts. */
  async #tryCanaries(halt: Halt): Promise<void> {
    const ids = halts.canariesOf(halt)
    log('app_canaries', { accounts: ids.length })
    const sweptAtMs = Date.now()
    const batch = new QueueBatch(this.env.DUE, (canaries) => ({ sweptAtMs, canaries }))
    await batch.add(ids)
    await batch.flush()
  }

  #resume({ reason }: Halt): void {
    this.#replace(halts.resumed(this.#record, unixSeconds()))
    log('app_resumed', { reason })
  }

  /** Writes what changed, and says so where the breaker closed. */
  #pass(next: AppState): void {
    if (next === this.#record) return
    if (this.#record.breaker && !next.breaker) log('app_breaker_closed')
    this.#replace(next)
  }

  #halt(reason: Halt['reason'], message: string, ids: readonly string[] = []): void {
    if (this.#record.halt) return
    log('app_halted', { reason, message })
    this.#replace(halts.halted(this.#record, reason, message, unixSeconds(), ids))
  }

  /** The app's state, and the bearer as it was. What the storage refuses holds as long as this object lives. */
  #replace(next: AppState): void {
    const record = { ...next, ...bearerOf(this.#record) }
    this.#known = record
    try {
      this.#row.write(record)
    } catch (error) {
      log('app_not_stored', errorOf(error))
    }
  }

  #write(record: AppRecord): void {
    this.#row.write(record)
    this.#known = record
  }
}

/** What rests here: the state, and the bearer. */
type AppRecord = AppState & Partial<VaultBearer>

function stateOf({ bearer: _, apiKey: __, ...state }: AppRecord): AppState {
  return state
}

const bearerOf = ({ bearer, apiKey }: AppRecord): VaultBearer | undefined =>
  bearer !== undefined && apiKey !== undefined ? { bearer, apiKey } : undefined

const CREDENTIALS_FIX =
  'Check X_CLIENT_ID, X_CLIENT_SECRET and X_CLIENT_TYPE against the developer portal.'
const MASS_WORDS = (count: number): string =>
  `X called ${count} refresh tokens invalid within ten minutes, a large part of all. Those accounts are tried again: check that no other program refreshes with this app’s tokens.`

/**
 * Lets refreshes leave or holds them back, by what X said to those before: the whole app's part in each refresh. One object
 * runs it.
 *
 * @see `docs/refresh.md`
 */
import type { FailureData } from '../failure'
import { BREAKER_PROBE_SECONDS, PROBE_PATIENCE_MS, PROBE_SECONDS } from '../limits'
import type { log } from '../log'
import type { Probed } from '../x/token'
import { type Admitted, type Ask, admitted, sweepMay } from './admission'
import * as reach from './breaker'
import * as halts from './halt'
import type { AppState, Halt } from './record'
import { withRotations } from './rotations'
import * as state from './state'
import * as window from './window'

/** What {@link Gate} needs of the world. The object `App` has the real ones; a model in the tests has others. */
export interface GateEffects {
  /** Unix seconds. */
  now: () => number
  /** 0 to 1. */
  random: () => number
  /** @throws Failure `storage_newer` */
  read: () => AppState
  write: (next: AppState) => void
  /** Asks X about a made-up token. @throws Failure `config_incomplete` */
  probe: () => Promise<Probed>
  /** Has the queue tell these accounts that their refusal is suspected. */
  tellSuspects: (ids: readonly string[]) => Promise<void>
  /** Has the queue try these accounts, which X refused. */
  tryCanaries: (ids: readonly string[]) => Promise<void>
  /** Resolves when this work is done, or after `ms` if it is not done by then. The work goes on all the same. */
  patience: (work: Promise<unknown>, ms: number) => Promise<void>
  log: typeof log
}

/** Decides for the whole app whether a refresh may leave. */
export class Gate {
  protected readonly fx: GateEffects
  #probing: Promise<boolean> | undefined
  /** When a probe last found the credentials good, and when one was last begun; Unix seconds. */
  #goodAt = 0
  #probedAt = 0

  constructor(effects: GateEffects) {
    this.fx = effects
  }

  /** Lets refreshes leave, or says why not. An app that is held back is probed here, so that it goes on by itself. */
  async admit(ask: Ask): Promise<Admitted> {
    await this.#lookAtX(ask.count === 0)
    const { admission, next } = admitted(this.#record, ask, this.fx.now())
    if (next !== this.#record) this.#replace(next)
    return admission
  }

  /** What the former build asks: it knows all or nothing, and does not take a few. */
  async permit(count: number): Promise<FailureData | undefined> {
    await this.#lookAtX()
    const obstacle = state.obstacle(this.#record, this.fx.now())
    if (!obstacle) this.#replace(admitted(this.#record, { count }, this.fx.now()).next)
    return obstacle
  }

  /**
   * Asks X about a made-up token where it is time: it is waited for a moment; if X takes longer, so be it.
   *
   * @param isAsked - somebody waits for X to be well, and all who could tell may be waiting as well
   */
  async #lookAtX(isAsked = false): Promise<void> {
    const now = this.fx.now()
    this.#pass(reach.settled(this.#record, now))
    const { halt, breaker } = this.#record
    const probeAt = (halt ?? breaker)?.probeAt
    const mayAsk = isAsked && now >= this.#probedAt + BREAKER_PROBE_SECONDS
    const isDue = probeAt === undefined ? mayAsk && reach.isUnwell(this.#record) : now >= probeAt
    if (isDue) await this.fx.patience(this.#probe(), PROBE_PATIENCE_MS)
  }

  /**
   * X called this account's refresh token invalid.
   *
   * @param isAgain - its refusal was suspected before: it stands, unless refreshes are halted for refusals
   * @returns why refreshes are halted, if its refusal is suspected
   */
  async refused(id: string, isAgain = false): Promise<FailureData | undefined> {
    const now = this.fx.now()
    this.#pass(reach.xAnswered(this.#record, now))
    const { halt } = this.#record
    const known = withoutRotations(this.#record, 1, now)
    if (halt?.reason === 'mass_refusal') {
      const next = halts.refusedAgain(known, halt, id, now)
      const { probeAt, step } = next.halt ?? halt
      if (step !== halt.step) this.fx.log('app_halt_longer', { seconds: probeAt - now })
      this.#replace(state.suspecting(next, [id]))
      return state.obstacle(this.#record, now)
    }
    if (isAgain) return undefined
    const seen = window.withRefusal(known.window ?? [], id, now)
    this.#replace({ ...known, window: seen })
    if (!window.isMassRefusal(seen, halts.isSoonAfter(this.#record, now))) return undefined
    // The refusals that came before this one were believed. They are of the same moment, so they are suspected as well.
    const ids = window.refusedIn(seen)
    this.#halt('mass_refusal', MASS_WORDS(ids.length), ids)
    const suspecting = state.suspecting(this.#record, ids)
    this.#replace({ ...suspecting, window: window.withoutRefusals(seen) })
    await this.hint()
    return state.obstacle(this.#record, this.fx.now())
  }

  /** X left a refresh without a usable answer. @returns why further ones are held back, if so */
  async unanswered(message: string): Promise<FailureData | undefined> {
    const now = this.fx.now()
    const before = this.#record.breaker
    const next = reach.xUnanswered(this.#record, message, now, this.fx.random())
    this.#replace(unjudged(next, 1, now))
    const { breaker } = this.#record
    if (breaker && (!before || before.trial)) this.fx.log('app_breaker_opened', { message })
    return state.obstacle(this.#record, now)
  }

  /** So many refreshes that were let through were not sent after all: their batch had ended before. */
  async unused(count: number): Promise<void> {
    this.#replace(unjudged(this.#record, count, this.fx.now()))
  }

  /** X exchanges no OAuth 1.0a tokens for this app. */
  async exchangeUnavailable(message: string): Promise<void> {
    this.fx.log('exchange_unavailable', { message })
    this.#replace({ ...this.#record, exchange: { message, since: this.fx.now() } })
  }

  /** X gave an account a new pair, while this object wants to hear of it; each that came by exchange. */
  async granted(by?: 'exchange'): Promise<void> {
    const now = this.fx.now()
    const { exchange, ...rest } = this.#record
    if (by === 'exchange' && exchange) this.#replace(rest)
    const { halt } = this.#record
    // Before the first turn it is one that was under way when the halt began.
    if (halt?.reason === 'mass_refusal' && halt.turn) this.#resume(halt)
    this.#pass(reach.xAnswered(this.#record, now))
  }

  /** The queue's consumer reached these accounts with the hint that their refusal is suspected: they get it no more. */
  async suspectsReached(ids: string[]): Promise<void> {
    this.#replace(state.withoutSuspects(this.#record, ids))
  }

  /** X refused the app in an account's refresh. A probe tells whether that is so for everybody. */
  async credentialsRefused(message: string): Promise<FailureData | undefined> {
    const now = this.fx.now()
    if (!this.#record.halt && now >= this.#goodAt + PROBE_SECONDS && !(await this.#probe()))
      this.#halt('credentials_refused', `${message.replace(/\.?$/, '.')} ${CREDENTIALS_FIX}`)
    return state.obstacle(this.#record, this.fx.now())
  }

  /** X asked to wait. */
  async paused(forSeconds: number): Promise<void> {
    this.fx.log('app_paused', { seconds: forSeconds })
    this.#replace(state.paused(this.#record, forSeconds, this.fx.now()))
  }

  /** What a sweep that begins may queue. */
  async sweepMay(): Promise<SweepPermit> {
    await this.hint()
    await this.#lookAtX()
    const may = sweepMay(this.#record, this.fx.now())
    if (may.obstacle) return { obstacle: may.obstacle, limit: 0 }
    if (may.limit !== undefined) return { ...may, limit: may.limit }
    const { limit, next } = state.paced(state.unpaused(this.#record, this.fx.now()))
    if (limit !== undefined) this.#replace(next)
    return { obstacle: undefined, limit }
  }

  /** Tells the accounts whose refusal is suspected; again with each sweep, until they were reached. */
  hint(): Promise<void> {
    return this.fx.tellSuspects(this.#record.suspects ?? [])
  }

  /** @returns whether X takes the app's credentials, or may: only a plain no is one. */
  #probe(): Promise<boolean> {
    this.#probing ??= this.#askX().finally(() => {
      this.#probing = undefined
    })
    return this.#probing
  }

  async #askX(): Promise<boolean> {
    const { halt, breaker } = this.#record
    this.#probedAt = this.fx.now()
    const answer = await this.fx.probe()
    this.fx.log('app_probed', answer)
    const isGood = answer.credentials === 'good'
    const now = this.fx.now()
    if (isGood) this.#goodAt = now
    const isRefused = answer.credentials === 'bad'
    // The probe was sent before a halt that began meanwhile, so it says nothing about that one.
    if (halt !== this.#record.halt) return !isRefused
    if (!halt) {
      if (breaker === this.#record.breaker)
        this.#pass(reach.reachProbed(this.#record, isGood || isRefused, now, this.fx.random()))
      return !isRefused
    }
    if (isGood && halt.reason === 'credentials_refused') this.#resume(halt)
    else this.#replace(halts.haltProbed(this.#record, halt, isGood, now))
    const { halt: after } = this.#record
    // A canary leaves without asking again.
    if (after && after.turn !== halt.turn && !this.#record.freeze) {
      const ids = halts.canariesOf(after)
      this.fx.log('app_canaries', { accounts: ids.length })
      await this.fx.tryCanaries(ids)
    }
    return !isRefused
  }

  #resume({ reason }: Halt): void {
    this.#replace(halts.resumed(this.#record, this.fx.now()))
    this.fx.log('app_resumed', { reason })
  }

  /** Writes what changed, and says so where the breaker closed. */
  #pass(next: AppState): void {
    if (next === this.#record) return
    if (this.#record.breaker && !next.breaker) this.fx.log('app_breaker_closed')
    this.#replace(next)
  }

  #halt(reason: Halt['reason'], message: string, ids: readonly string[] = []): void {
    if (this.#record.halt) return
    this.fx.log('app_halted', { reason, message })
    this.#replace(halts.halted(this.#record, reason, message, this.fx.now(), ids))
  }

  get #record(): AppState {
    return this.fx.read()
  }

  #replace(next: AppState): void {
    this.fx.write(next)
  }
}

/** X has not judged so many refreshes that were let through, so they are no part of those that it did not refuse. */
const unjudged = (before: AppState, count: number, now: number): AppState => ({
  ...withoutRotations(before, count, now),
  window: window.withRefreshes(before.window ?? [], -count, now),
})

/** X gave no pair for so many refreshes that were let through. */
const withoutRotations = (before: AppState, count: number, now: number): AppState => ({
  ...before,
  hours: withRotations(before.hours, -count, now),
})

/** What a sweep may queue. */
export interface SweepPermit {
  /** Why nothing. */
  obstacle: FailureData | undefined
  /** How many accounts; undefined: any number. */
  limit: number | undefined
  /** None that X has refused. */
  isSparing?: true
}

const CREDENTIALS_FIX =
  'Check X_CLIENT_ID, X_CLIENT_SECRET and X_CLIENT_TYPE against the developer portal.'
const MASS_WORDS = (count: number): string =>
  `X called ${count} refresh tokens invalid within ten minutes, a large part of all. Those accounts are tried again: check that no other program refreshes with this app’s tokens.`

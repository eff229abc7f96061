/**
 * The object `App`, one instance: what concerns the whole app. It halts refreshes when X refuses the app or too many
 * grants, lets them go on when a probe works, and owns the app-only bearer, fetched once however many ask at the same
 * time; KV has a copy of that.
 */
import { DurableObject } from 'cloudflare:workers'
import { keyringOf } from '../crypto/keyring'
import { keyIdOf, open, type Sealed, seal } from '../crypto/seal'
import { configOf, need, OAUTH1_SETTINGS, OAUTH2_SETTINGS } from '../env'
import {
  done,
  type FailureCode,
  type FailureData,
  failed,
  failedWith,
  type Result,
} from '../failure'
import { PROBE_SECONDS } from '../limits'
import { errorOf, log } from '../log'
import { bearerPlace, deleteBearer, putBearer, type VaultBearer } from '../store/bearer'
import { Outbox } from '../store/outbox'
import { Row } from '../store/row'
import { fetchBearer, invalidateAsOwner, invalidateWithBasic } from '../x/app-only'
import { probe } from '../x/token'
import * as state from './state'

/** The token of the X user that the app belongs to, sealed, and the places that it is sealed for. */
export interface Owner {
  token: { sealed: Sealed; place: string }
  tokenSecret: { sealed: Sealed; place: string }
}

/** How a bearer ended. */
export interface Invalidated {
  /** The way that X took; `none`: it was forgotten here, and X confirmed neither way. */
  by: 'oauth1_owner' | 'basic' | 'none'
  /** What X said to the ways it did not take. */
  refused: string[]
}

export class App extends DurableObject<Env> {
  readonly #row: Row<AppRecord>
  #record: AppRecord
  #window: state.Window = { refreshes: [], refused: [] }
  #probing: Promise<boolean> | undefined
  /** When a probe last found the credentials good. */
  #goodAt = 0
  #fetching: Promise<Result<Sealed>> | undefined
  /** The last invalidation that was asked for; it never rejects. */
  #ending: Promise<unknown> = Promise.resolve()

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    this.#row = new Row(ctx.storage.sql)
    this.#record = { ...state.newState(), ...this.#row.read() }
  }

  /** Lets so many refreshes leave, or says why not. A halted app is probed here, so that it goes on by itself. */
  async permit(count: number): Promise<FailureData | undefined> {
    if (this.#record.halt && seconds() >= this.#record.halt.probeAt) await this.#probe()
    const obstacle = state.obstacle(this.#record, seconds())
    if (!obstacle) this.#seen({ refreshes: [{ at: seconds(), count }], refused: [] })
    return obstacle
  }

  /** X called this account's refresh token invalid. @returns why refreshes are halted, if its word is doubted */
  async refused(id: string): Promise<FailureData | undefined> {
    this.#seen({ refreshes: [], refused: [{ at: seconds(), id }] })
    const halted = this.#record.halt?.reason === 'mass_refusal'
    if (!halted && !state.isMassRefusal(this.#window, this.#record, seconds())) return undefined
    // Those before this one were believed; they are to be doubted as well.
    const ids = this.#window.refused.map((refusal) => refusal.id)
    this.#window.refused = []
    if (!halted) this.#halt('mass_refusal', MASS_WORDS(ids.length))
    this.#replace(state.suspecting(this.#record, ids))
    if (!halted) await this.#hint()
    return state.obstacle(this.#record, seconds())
  }

  /** These know by now that their refusal is doubted. */
  async suspectsTold(ids: string[]): Promise<void> {
    this.#replace(state.told(this.#record, ids))
  }

  /** X refused the app in an account's refresh. A probe tells whether that is so for everybody. */
  async credentialsRefused(words: string): Promise<FailureData | undefined> {
    const now = seconds()
    if (!this.#record.halt && now >= this.#goodAt + PROBE_SECONDS && !(await this.#probe()))
      this.#halt('credentials_refused', `${words} ${CREDENTIALS_FIX}`)
    return state.obstacle(this.#record, seconds())
  }

  /** X asked to wait. */
  async paused(forSeconds: number): Promise<void> {
    log('app_paused', { seconds: forSeconds })
    this.#replace(state.paused(this.#record, forSeconds, seconds()))
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
      this.#write({ ...this.#record, key: { id: keyId, since: seconds() } })
    await this.#reseal(keyId).catch((error: unknown) => log('reseal_failed', errorOf(error)))
    await this.#hint()
    const obstacle = await this.permit(0)
    if (obstacle) return { obstacle, limit: 0 }
    const { limit, next } = state.paced(state.unpaused(this.#record, seconds()))
    if (limit !== undefined) this.#replace(next)
    return { obstacle: undefined, limit }
  }

  /** What a sweep saw, once it is through. */
  async swept(census: state.Census): Promise<void> {
    this.#replace(state.swept(this.#record, census))
  }

  /** Everything but the bearer. */
  async status(): Promise<state.AppState> {
    const { bearer: _, apiKey: __, ...rest } = this.#record
    return rest
  }

  /** The bearer, sealed. X is asked only when none is held for this API key. */
  async bearer(): Promise<Result<Sealed>> {
    const held = this.#held()
    if (held && (await this.#opens(held))) return done(held)
    this.#fetching ??= this.#fetch()
      .catch(failedWith)
      .finally(() => {
        this.#fetching = undefined
      })
    return this.#fetching
  }

  /**
   * Ends the bearer at X: signed by the app's owner where that token is at hand, and if X does not take that, with
   * Basic. X documents both ways and which one works is not known, so what it said is passed on.
   *
   * @param force - forget it here, even if X confirms neither way
   */
  invalidate(owner: Owner | undefined, force: boolean): Promise<Result<Invalidated>> {
    // One after the other: X would refuse the second one the bearer that it ended for the first.
    const ending = this.#ending.then(() => this.#invalidate(owner, force)).catch(failedWith)
    this.#ending = ending
    return ending
  }

  async #invalidate(owner: Owner | undefined, force: boolean): Promise<Result<Invalidated>> {
    await this.#fetching
    const held = this.#held()
    if (!held) return failed('bearer_unknown')
    const ended: Invalidated =
      force && !(await this.#opens(held))
        ? { by: 'none', refused: ['Its sealing key is missing, so X could not be told.'] }
        : await this.#end(held, owner)
    log('bearer_invalidated', { by: ended.by, refused: ended.refused.length })
    if (ended.by === 'none' && !force) return failed('invalidate_failed', ended.refused.join(' '))
    const { bearer: _, apiKey: __, ...rest } = this.#record
    this.#write(rest)
    await deleteBearer(this.env.VAULT).catch((error: unknown) =>
      log('vault_write_failed', errorOf(error)),
    )
    return done(ended)
  }

  async #end(held: Sealed, owner: Owner | undefined): Promise<Invalidated> {
    const config = configOf(this.env)
    need(config, ...OAUTH1_SETTINGS)
    const keyring = await keyringOf(config.sealingKeys)
    const bearer = await open(keyring, held, bearerPlace)
    const refused: string[] = []
    if (owner) {
      const [token, tokenSecret] = await Promise.all(
        [owner.token, owner.tokenSecret].map(({ sealed, place }) => open(keyring, sealed, place)),
      )
      const signed = { token: token!, tokenSecret: tokenSecret! }
      const words = await invalidateAsOwner(config, bearer, signed, seconds())
      if (words === undefined) return { by: 'oauth1_owner', refused }
      refused.push(`Signed by the owner: ${words}`)
    }
    const words = await invalidateWithBasic(config, bearer, seconds())
    if (words === undefined) return { by: 'basic', refused }
    return { by: 'none', refused: [...refused, `With Basic: ${words}`] }
  }

  async #fetch(): Promise<Result<Sealed>> {
    const config = configOf(this.env)
    need(config, ...OAUTH1_SETTINGS)
    const keyring = await keyringOf(config.sealingKeys)
    const outcome = await fetchBearer(config, seconds())
    log('bearer_fetched', { outcome: outcome.kind })
    if (outcome.kind === 'later') return failed('x_rate_limited', outcome.words, outcome.retryAfter)
    if (outcome.kind !== 'granted') {
      const code: FailureCode = outcome.kind === 'app' ? outcome.failure : 'x_unreachable'
      return failed(code, outcome.words)
    }
    const { apiKey } = config
    const bearer = await seal(keyring, outcome.value, bearerPlace)
    this.#write({ ...this.#record, bearer, apiKey })
    // Without its copy the bearer is asked for here, each time: slower, and as good.
    await putBearer(this.env.VAULT, { bearer, apiKey }).catch((error: unknown) =>
      log('vault_write_failed', errorOf(error)),
    )
    return done(bearer)
  }

  /** Whether its key is there; X gives the bearer again, so one that does not open is no loss. */
  async #opens(held: Sealed): Promise<boolean> {
    return (await keyringOf(configOf(this.env).sealingKeys)).keys.has(keyIdOf(held))
  }

  /** The bearer that is held for the API key of now. */
  #held(): Sealed | undefined {
    const { bearer, apiKey } = this.#record
    return apiKey === configOf(this.env).apiKey ? bearer : undefined
  }

  /** Tells the accounts whose refusal is doubted, by way of the queue; again with each sweep, until they were reached. */
  async #hint(): Promise<void> {
    const outbox = new Outbox(this.env.DUE, (ids) => ({ suspected: ids }))
    await outbox.add(this.#record.suspects ?? [])
    await outbox.flush()
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
    const answer = await probe(config, seconds())
    log('app_probed', answer)
    if (answer.credentials === 'good') this.#goodAt = seconds()
    // A halt that began meanwhile is not what was probed for.
    if (before !== this.#record.halt) return answer.credentials !== 'bad'
    this.#replace(state.probed(this.#record, answer.credentials === 'good', seconds()))
    if (before && !this.#record.halt) log('app_resumed', { reason: before.reason })
    return answer.credentials !== 'bad'
  }

  #halt(reason: state.Halt['reason'], words: string): void {
    if (this.#record.halt) return
    log('app_halted', { reason, words })
    this.#replace(state.halted(this.#record, reason, words, seconds()))
  }

  #seen(more: state.Window): void {
    const now = state.recent(this.#window, seconds())
    this.#window = {
      refreshes: [...now.refreshes, ...more.refreshes],
      refused: [...now.refused, ...more.refused],
    }
  }

  /** The bearer under the first key, if another sealed it. */
  async #reseal(keyId: string): Promise<void> {
    const held = this.#record.bearer
    if (!held || keyIdOf(held) === keyId) return
    const { sealingKeys } = configOf(this.env)
    const keyring = await keyringOf(sealingKeys)
    const bearer = await seal(keyring, await open(keyring, held, bearerPlace), bearerPlace)
    const { apiKey } = this.#record
    if (this.#record.bearer !== held || apiKey === undefined) return
    this.#write({ ...this.#record, bearer })
    await putBearer(this.env.VAULT, { bearer, apiKey })
  }

  /** The app's state, and the bearer as it was. */
  #replace(next: state.AppState): void {
    const { bearer, apiKey } = this.#record
    this.#write({ ...next, ...(bearer ? { bearer } : {}), ...(apiKey ? { apiKey } : {}) })
  }

  #write(record: AppRecord): void {
    this.#row.write(record)
    this.#record = record
  }
}

/** What rests here: the state, and the bearer. */
type AppRecord = state.AppState & Partial<VaultBearer>

const CREDENTIALS_FIX =
  'Check X_CLIENT_ID, X_CLIENT_SECRET and X_CLIENT_TYPE against the developer portal.'
const MASS_WORDS = (count: number): string =>
  `X called ${count} refresh tokens invalid within ten minutes, more than a fifth of all. Those accounts are tried again: check that no other program refreshes with this app’s tokens.`

const seconds = (): number => Math.floor(Date.now() / 1000)

/**
 * The object `Account`, one per X user: the truth about which token pair is current, and the only place that
 * refreshes. KV has a copy. What it does is in {@link AccountMachine}; here are the effects that the machine needs.
 */
import { DurableObject } from 'cloudflare:workers'
import { admission, appExchangeUnavailable, appGranted, appUnanswered, askApp } from '../app/stub'
import { unixSeconds } from '../clock'
import { keyringOf } from '../crypto/keyring'
import { randomText } from '../crypto/random'
import { configOf } from '../env'
import { newEventId, type PerchEvent } from '../events/event'
import { appendEvents } from '../events/stub'
import { Failure, type FailureData, failed, type Result } from '../failure'
import { NEWER_ALARM_SECONDS, VAULT_WRITE_TIMEOUT_MS } from '../limits'
import { log } from '../log'
import { inTime, patience } from '../patience'
import { OutboxRows } from '../store/outbox-rows'
import { Row } from '../store/row'
import {
  deleteAccount,
  type GrantKind,
  keyIdsOf,
  putAccount,
  type VaultAccount,
} from '../store/vault'
import { unlessNewer } from '../store/version'
import type { Adoption } from './adoption'
import type { RefreshAnswer } from './answer'
import type { Receipt } from './carry'
import type { LeaseRequest } from './decide'
import type { Effects, Refresh } from './effects'
import type { ExchangeRequest } from './exchange'
import { readyToExchange } from './exchange-at-x'
import { vaultCopy } from './fields'
import { resealed } from './grant'
import type { Leased } from './lease-outcome'
import { loginAddress } from './login-address'
import {
  AccountMachine,
  type AdoptionOutcome,
  type Hinted,
  type MovedIn,
  type Published,
  type Recalled,
} from './machine'
import { ACCOUNT_ROW } from './migrations'
import { ownerAtX } from './owner-at-x'
import type { AccountRecord, Connected } from './record'
import { isTombstone } from './record'
import { readyToRefresh } from './refresh-at-x'
import type { Disconnected } from './revocation'
import { revokeAtX } from './revoke-at-x'

/**
 * The object of one X user, named by the X user id. Every method but `lease`, which says so in its result, throws a
 * Failure `storage_newer` when a later build wrote its row.
 */
export class Account extends DurableObject<Env> {
  #row: Row<AccountRecord>
  #outbox: OutboxRows<PerchEvent>
  /** Undefined while the row is one of a later build: this one neither reads it nor writes over it. */
  readonly #known: AccountMachine | undefined

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    this.#row = new Row(ctx.storage.sql, ACCOUNT_ROW)
    this.#outbox = new OutboxRows(ctx.storage.sql)
    const machine = unlessNewer(() => new AccountMachine(this.#effects()))
    this.#known = machine
    if (machine)
      ctx.blockConcurrencyWhile(async () => {
        if ((await ctx.storage.getAlarm()) !== null) machine.inherit()
      })
  }

  get #machine(): AccountMachine {
    if (!this.#known) throw new Failure('storage_newer')
    return this.#known
  }

  /** The outcome in the words of the former build, which a Login object may run yet; see `accountAt`. */
  async adopt(adoption: Adoption): Promise<FormerOutcome> {
    const { how, account } = await this.#machine.adopt(adoption)
    return { how: how === 'disconnected' ? 'forgotten' : how, account }
  }

  /**
   * Takes a grant in only where it takes the place of a working one of the same app, which X has ended with it. A name of
   * its own: an object of a former build must not take it for `adopt`.
   */
  adoptInPlace(adoption: Adoption): Promise<FormerOutcome> {
    return this.adopt({ ...adoption, onlyInPlace: true })
  }

  settled(): Promise<number> {
    return this.#machine.settled()
  }

  async read(): Promise<VaultAccount | undefined> {
    return this.#machine.read()
  }

  /** The account, and whether the login or import of this id is one that it has adopted. */
  async recall(loginId: string): Promise<Recalled> {
    return this.#machine.recall(loginId)
  }

  async lease(request: LeaseRequest): Promise<Result<Leased>> {
    return this.#known ? this.#known.lease(request) : failed('storage_newer')
  }

  /** A token of this account was handed out from a copy. For the edge, which tells about twice a day. */
  noteUse(): Promise<void> {
    return this.#machine.noteUse()
  }

  /** For the queue's consumer, which asked the app's object for its whole batch. */
  refreshDue(sweptAtMs: number): Promise<FailureData | undefined> {
    return this.#machine.refreshDue(sweptAtMs, true)
  }

  /**
   * Takes X's answer to one attempt, whichever object began it. For the carrier, which offers it again where this is not
   * reached: what is taken a second time changes nothing. The reply leaves once the answer is durable.
   */
  async deliver(attemptId: string, answer: RefreshAnswer): Promise<Receipt> {
    return this.#machine.deliver(attemptId, answer)
  }

  /** As {@link Account.refreshDue}, and says more. A name of its own: an object of the former build knows that one. */
  refreshHinted(sweptAtMs: number, isWatching: boolean): Promise<Hinted> {
    return this.#machine.refreshHinted(sweptAtMs, isWatching)
  }

  /** X says that the user took our access away at this time, Unix seconds. Resolves once that is noted. */
  revokedAtX(at: number): Promise<void> {
    return this.#machine.revokedAtX(at)
  }

  suspect(): Promise<void> {
    return this.#machine.suspect()
  }

  /** Exchanges the OAuth 1.0a token for a new pair, because somebody asks for it. */
  exchange(request: ExchangeRequest): Promise<Result<VaultAccount>> {
    return this.#machine.exchange(request)
  }

  disconnect(force: boolean): Promise<Result<Disconnected>> {
    return this.#machine.disconnect(force)
  }

  /** The former name of {@link Account.disconnect}. */
  leave(force: boolean): Promise<Result<Disconnected>> {
    return this.disconnect(force)
  }

  endGrant(kind: GrantKind, force: boolean): Promise<Result<Disconnected>> {
    return this.#machine.endGrant(kind, force)
  }

  confirm(kind: GrantKind): Promise<VaultAccount | undefined> {
    return this.#machine.confirm(kind)
  }

  restore(copy: VaultAccount): Promise<Result<VaultAccount>> {
    return this.#machine.restore(copy)
  }

  /** Takes in what another deployment has of this account. */
  moveIn(moved: VaultAccount): Promise<Result<MovedIn>> {
    return this.#machine.moveIn(moved)
  }

  publish(): Promise<Result<Published>> {
    return this.#machine.publish()
  }

  /** Seals anew, with the first key, what another one sealed. */
  async reseal(): Promise<void> {
    const keyring = await keyringOf(configOf(this.env).sealingKeys)
    await this.#machine.reseal(async (account) =>
      keyIdsOf(account).every((key) => key === keyring.first)
        ? undefined
        : resealed(keyring, account),
    )
  }

  override async alarm(): Promise<void> {
    if (this.#known) return this.#known.alarm()
    log('storage_newer', { account: this.ctx.id.name })
    await this.ctx.storage.setAlarm(Date.now() + NEWER_ALARM_SECONDS * 1000)
  }

  #effects(): Effects {
    const { ctx, env } = this
    return {
      policy: () => configOf(env).refreshPolicy,
      now: () => Date.now(),
      random: () => Math.random(),
      newAttemptId: () => randomText(8),
      read: () => this.#row.read(),
      write: (record, events) => {
        // Both or none.
        ctx.storage.transactionSync(() => {
          this.#row.write(record)
          this.#outbox.add(events)
        })
      },
      readEvents: () => this.#outbox.read(),
      dropEvents: (ids) => this.#outbox.drop(ids),
      appendEvents: (events) => appendEvents(env, events),
      newEventId,
      loginAddress: (needed) => {
        const config = configOf(env)
        return loginAddress(config, config.publicOrigin, needed)
      },
      erase: async () => {
        await ctx.storage.deleteAll()
        this.#row = new Row(ctx.storage.sql, ACCOUNT_ROW)
        this.#outbox = new OutboxRows(ctx.storage.sql)
      },
      setAlarm: (at) => (at === null ? ctx.storage.deleteAlarm() : ctx.storage.setAlarm(at)),
      patience,
      sleep: (ms) => new Promise((wake) => setTimeout(wake, ms)),
      keepAlive: (work) => ctx.waitUntil(work),
      putCopy: (record) =>
        answeredInTime(
          isTombstone(record)
            ? deleteAccount(env.VAULT, record.id)
            : putAccount(env.VAULT, vaultCopy(record)),
        ),
      prepareRefresh: (account) => this.#prepare(account),
      prepareExchange: (account, scope) => this.#prepareExchange(account, scope),
      // A refresh does not wait for an object that cannot be reached: its rightness does not depend on it.
      admit: (ask) => askApp(env, (app) => admission(app, { count: 1, ...ask }), undefined),
      wellSince: () =>
        askApp(env, async (app) => (await admission(app, { count: 0 })).wellSince, undefined),
      refused: (id, isAgain) => askApp(env, (app) => app.refused(id, isAgain), undefined),
      unanswered: (message) => askApp(env, (app) => appUnanswered(app, message), undefined),
      granted: (by) => askApp(env, (app) => appGranted(app, by), undefined),
      exchangeUnavailable: (message) =>
        askApp(env, (app) => appExchangeUnavailable(app, message), undefined),
      appRefused: (message) => askApp(env, (app) => app.credentialsRefused(message), undefined),
      paused: (seconds) => askApp(env, (app) => app.paused(seconds), undefined),
      revokeAtX: (account, kinds) => revokeAtX(env, account, kinds, unixSeconds()),
      ownerAtX: (account, kind) => ownerAtX(env, account, kind, unixSeconds()),
      log,
    }
  }

  async #prepare({ id, oauth2 }: Connected): Promise<Refresh> {
    const { refreshToken, clientId } = oauth2!
    const resting = { account: id, refreshToken: refreshToken!, clientId }
    // What this object finds out here costs neither a journal nor a call.
    await readyToRefresh(this.env, resting)
    return { send: (attempt) => this.ctx.exports.Carrier.carry({ ...resting, attempt }) }
  }

  async #prepareExchange({ id, oauth1 }: Connected, scope: string): Promise<Refresh> {
    const { token, tokenSecret, apiKey } = oauth1!
    const resting = { account: id, token, tokenSecret, apiKey, scope }
    await readyToExchange(this.env, resting)
    return { send: (attempt) => this.ctx.exports.Carrier.carry({ ...resting, attempt }) }
  }
}

/** What became of an adoption, as the former build says it. */
type FormerOutcome = Omit<AdoptionOutcome, 'how'> & {
  how: Exclude<AdoptionOutcome['how'], 'disconnected'> | 'forgotten'
}

/** Waits for a write to KV, but not for ever: KV may hang. A write that is given up as unanswered may still land. */
async function answeredInTime(work: Promise<void>): Promise<'put' | 'unanswered'> {
  return (await inTime(work, VAULT_WRITE_TIMEOUT_MS)) ? 'put' : 'unanswered'
}

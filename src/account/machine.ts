import { secondsOf } from '../clock'
import { done, type FailureData, failed, type Result } from '../failure'
import type { FailureCode } from '../failures'
import {
  EVENTS_PATIENCE_MS,
  JOURNAL_ALARM_MS,
  STILL_UNDER_WAY_SECONDS,
  TOMBSTONE_TTL_SECONDS,
} from '../limits'
import { errorOf } from '../log'
import type { GrantKind, VaultAccount } from '../store/vault'
import { type Adoption, adopted, confirmed, isImport, judgeAdoption } from './adoption'
import type { RefreshAnswer } from './answer'
import type { Receipt } from './carry'
import type { Counsel } from './counsel'
import { type Decision, decide, isCall, type LeaseRequest, waitsInVain } from './decide'
import type { Effects } from './effects'
import {
  askedFor,
  canExchange,
  type ExchangeRequest,
  exchangeRefusal,
  exchangeWait,
  hasWorking,
} from './exchange'
import { expired } from './expiry'
import { vaultCopy } from './fields'
import { HeldRecord } from './held-record'
import { KvCopy } from './kv-copy'
import { mayBeWriting } from './kv-copy-state'
import { type Leased, leaseOf } from './lease-outcome'
import { tellLoss } from './lost-scopes'
import { judgeMove, type MoveVerdict, movedIn } from './moving'
import { Ownership } from './ownership'
import { type Connected, isEndingOAuth2, isTombstone, type Tombstone } from './record'
import { Refresher } from './refresher'
import { type Disconnected, Revocation } from './revocation'
import { RevocationWatch } from './revocation-watch'
import { used } from './use'

/** The answer to a login or an import that brought a grant. */
export interface AdoptionOutcome {
  /**
   * `adopt`: it is held now. `already`: it was adopted before. `superseded`, `disconnected`, `unwanted`, `occupied`: it
   * is not kept, since a newer one is held, the account or the grant was ended since, it may only take a place that is
   * not there, or nobody vouches for it and the place is taken.
   */
  how: 'adopt' | 'already' | 'superseded' | 'disconnected' | 'unwanted' | 'occupied'
  /** The account after it; undefined when it is not connected. */
  account: VaultAccount | undefined
}

/** What came of an account that was moved in. */
export interface MovedIn {
  how: 'imported' | 'already'
  account: VaultAccount
}

/** Why an account was not moved in. */
const MOVE_FAILURES = {
  imported: 'account_disconnected',
  already: 'account_disconnected',
  disconnected: 'account_disconnected',
  occupied: 'account_connected',
  superseded: 'import_superseded',
} as const satisfies Record<MoveVerdict, FailureCode>

/** What an object knows of a login or an import. */
export interface Recalled {
  /** Whether it is among those that were adopted last. */
  isAdopted: boolean
  account: VaultAccount | undefined
}

/** What an object has written to KV. */
export interface Published {
  account: VaultAccount
  /** Whether KV has taken it; else the object tells KV again by itself. */
  isPublished: boolean
}

/** What came of a hint that an account is due. */
export interface Hinted {
  /** Why nothing was sent, or why further refreshes are held back. */
  obstacle?: FailureData
  /** X gave no usable answer. */
  isUnanswered: boolean
}

/**
 * The life of one account: what is done, and in which order, so that whatever fails or dies in between loses no grant. One object runs it, and KV follows.
 *
 * @see `docs/refresh.md`
 */
export class AccountMachine {
  protected readonly fx: Effects
  protected readonly held: HeldRecord
  readonly #kvCopy: KvCopy
  readonly #refresher: Refresher
  readonly #counsel: Counsel
  readonly #revocation: Revocation
  readonly #ownership: Ownership
  readonly #watch: RevocationWatch

  constructor(
    effects: Effects,
    held = new HeldRecord(effects),
    kvCopy = new KvCopy(effects, held),
    refresher = new Refresher(effects, held, kvCopy),
  ) {
    this.fx = effects
    this.held = held
    this.#ownership = new Ownership(effects)
    this.#kvCopy = kvCopy
    this.#refresher = refresher
    this.#counsel = refresher.counsel
    this.#revocation = new Revocation(effects, held, kvCopy, refresher)
    const refresh = (sweptAtMs: number) => this.#refreshIfDue(sweptAtMs, false)
    this.#watch = new RevocationWatch(effects, held, kvCopy, refresher, refresh)
  }

  /** Takes a login's grant in, once. */
  async adopt(adoption: Adoption): Promise<AdoptionOutcome> {
    const { unconfirmed, kind } = adoption.grant
    // An import may bring the very token that a refresh is spending right now: what X said of it holds only if that refresh
    // did not rotate it.
    if (adoption.asOf !== undefined && kind === 'oauth2' && !(await this.#refresher.isQuiet()))
      return { how: 'superseded', account: this.read() }
    // X gives one OAuth 1.0a token again and again: while it is being ended, a login that brings it would be left with a
    // dead one, so that end comes first.
    if (kind === 'oauth1') await this.#revocation.grantsEnded()
    // From here on nothing is awaited before the write: a DELETE that began in between would be lost with its record.
    while (this.held.connected?.disconnecting) await this.disconnect(false)
    // A token whose owner X did not confirm may fill an empty place, never take one.
    const occupied = unconfirmed && this.held.connected?.[kind] !== undefined
    const how = occupied ? 'occupied' : judgeAdoption(this.held.current, adoption)
    if (how === 'adopt') {
      const before = this.held.connected
      const next = adopted(this.held.current, adoption, this.#unixSeconds())
      await this.#kvCopy.writeAndPublish(next)
      tellLoss(this.fx, before, next, isImport(adoption.loginId) ? 'import' : 'login')
    }
    return { how, account: this.read() }
  }

  /** The generation that is held once no refresh is under way; 0: none. */
  async settled(): Promise<number> {
    await this.#refresher.settled()
    return this.held.connected?.oauth2?.generation ?? 0
  }

  /** The account as it is now, without secrets in the clear. */
  read(): VaultAccount | undefined {
    const account = this.held.connected
    return account && vaultCopy(account)
  }

  /** The account as it is now, and whether this login or import is one that it has adopted. */
  recall(loginId: string): Recalled {
    const isAdopted = this.held.connected?.logins.includes(loginId) ?? false
    return { isAdopted, account: this.read() }
  }

  /** Refreshes if need be and says what may be handed out. */
  async lease(request: LeaseRequest): Promise<Result<Leased>> {
    const account = this.held.connected
    if (!account) return failed('account_unknown')
    if (isEndingOAuth2(account)) return failed('account_disconnecting')
    const decision = await this.#sooner(account, this.decide(account, request))
    // The lease does not wait for KV to be told, and one that brings a token is worth more than the note.
    if (request.because !== 'due')
      this.fx.keepAlive(this.#noteUse(isCall(decision)).catch(this.#notNoted))
    const trouble = isCall(decision)
      ? await this.#refresher.refreshFor(account, request, decision.forced)
      : undefined
    await this.confirm('oauth2')
    const after = this.held.connected
    if (!after) return failed('account_unknown')
    return leaseOf(after, request, this.#unixSeconds(), { decision, trouble })
  }

  /** A program was handed a token of the OAuth 2.0 grant by somebody who has a copy of it. Never rejects. */
  async noteUse(): Promise<void> {
    await this.#noteUse(false).catch(this.#notNoted)
  }

  /** The mark alone goes to KV with what is written next; only where the grant is due sooner for it is KV told at once. */
  async #noteUse(isRefreshing: boolean): Promise<void> {
    const account = this.held.connected
    if (!account || this.fx.policy() !== 'auto') return
    const next = used(account, this.#unixSeconds(), isRefreshing || this.#refresher.isUnderWay)
    if (next === account) return
    if (next.oauth2 === account.oauth2) this.held.write(next)
    else await this.#kvCopy.writeAndPublish(next)
  }

  readonly #notNoted = (error: unknown): void =>
    this.fx.log('use_not_noted', { account: this.held.current?.id, ...errorOf(error) })

  /**
   * A hint that the grant is due. Refreshes if it still is; the outcome stands in the record. If it is not, KV gave a wrong
   * hint, and is told again.
   *
   * @param permitted - whether the app's object has been asked already, for a whole batch
   * @returns why nothing was sent, or why all refreshes are halted
   */
  async refreshDue(sweptAtMs: number, permitted: boolean): Promise<FailureData | undefined> {
    if (!this.#isDue(sweptAtMs)) return void (await this.#kvCopy.tellAgain(sweptAtMs))
    return this.#refreshIfDue(sweptAtMs, permitted)
  }

  /** Whether KV is right that something is to be done: also while a wait comes first. */
  #isDue(sweptAtMs: number): boolean {
    const account = this.held.connected
    if (!account) return false
    const { do: what } = this.decide(account, { because: 'due', sweptAtMs })
    return what === 'refresh' || what === 'exchange' || what === 'wait'
  }

  async #refreshIfDue(sweptAtMs: number, permitted: boolean): Promise<FailureData | undefined> {
    const account = this.held.connected
    if (!account || isEndingOAuth2(account)) return undefined
    const decision = this.decide(account, { because: 'due', sweptAtMs })
    if (!isCall(decision)) return undefined
    return this.#refresher.refreshUnasked(decision.forced, permitted)
  }

  /** As {@link AccountMachine.refreshDue} for the queue. @param isWatching - whether the app's object wants to hear of a new pair */
  async refreshHinted(sweptAtMs: number, isWatching: boolean): Promise<Hinted> {
    this.#counsel.hint(isWatching)
    const trouble = await this.refreshDue(sweptAtMs, true)
    const { unanswered } = this.#counsel
    const { obstacle = trouble } = unanswered ?? {}
    return { ...(obstacle ? { obstacle } : {}), isUnanswered: unanswered !== undefined }
  }

  /** X says that the user took our access away at this time, Unix seconds. Resolves once that is noted, and X is being asked. */
  revokedAtX(at: number): Promise<void> {
    return this.#watch.heard(at)
  }

  /** X refused so many grants at once that its refusals are suspected: an end that it caused is taken back. */
  suspect(): Promise<void> {
    return this.#counsel.suspect()
  }

  /** Exchanges the OAuth 1.0a token for a new pair, because somebody asks for it. */
  async exchange({ scope, replace }: ExchangeRequest): Promise<Result<VaultAccount>> {
    const isQuiet = await this.#refresher.isQuiet()
    const account = this.held.connected
    if (!account) return failed('account_unknown')
    if (account.disconnecting || account.endingGrant) return failed('account_disconnecting')
    if (!canExchange(account)) return failed('grant_unknown', NO_USER_TOKEN)
    const now = this.#unixSeconds()
    if (!replace && hasWorking(account, now)) return failed('grant_works')
    const { until, why } = exchangeWait(account, now)
    if (!isQuiet) return failed('refresh_failed', RUNNING, STILL_UNDER_WAY_SECONDS)
    if (until > now) return failed(why, why === 'refresh_failed' ? RUNNING : undefined, until - now)
    const trouble = await this.#refresher.exchangeFor(askedFor(account, scope, now))
    const after = this.held.connected
    if (!after) return failed('account_unknown')
    const isNew = after.oauth2 && after.oauth2.obtainedAtMs !== account.oauth2?.obtainedAtMs
    if (isNew) return done(vaultCopy(after))
    return { ok: false, failure: trouble ?? exchangeRefusal(this.#refresher.said, after, now) }
  }

  /** Takes the answer to an attempt, which this object began or the one before it. */
  deliver(attemptId: string, answer: RefreshAnswer): Receipt {
    return this.#refresher.deliver(attemptId, answer)
  }

  /** Gives the access back to X, then forgets. Unless forced, nothing is forgotten before X confirmed. */
  disconnect(force: boolean): Promise<Result<Disconnected>> {
    return this.#revocation.disconnect(force)
  }

  /** Ends one grant at X and here. The last one takes the account with it. Unless forced, X's word is waited for. */
  async endGrant(kind: GrantKind, force: boolean): Promise<Result<Disconnected>> {
    const { attempt, oauth2 } = this.held.connected ?? {}
    if (kind === 'oauth2' && attempt?.by) {
      // The pair that an exchange is about to bring is meant as well; one that a login brings meanwhile is not.
      const meant = [oauth2?.obtainedAtMs, attempt.startedAt * 1000]
      await this.#refresher.isQuiet()
      const held = this.held.connected?.oauth2?.obtainedAtMs
      if (!meant.includes(held)) return failed('grant_unknown')
    }
    return this.#revocation.endGrant(kind, force)
  }

  /** Asks X whose an imported grant is, if nobody has yet. What X does not say is asked again by a later use. */
  async confirm(kind: GrantKind): Promise<VaultAccount | undefined> {
    const account = this.held.connected
    const grant = account?.[kind]
    if (!grant?.unconfirmed || grant.ended) return this.read()
    const owner = await this.#ownership.ask(account!, kind, grant.obtainedAtMs)
    const now = this.held.connected
    // Several callers may have waited for the same answer. The first one writes it down; the others find a changed grant.
    if (owner && now?.[kind] === grant) {
      const quarantined = owner.id !== now.id
      this.fx.log('grant_confirmed', { account: now.id, kind, quarantined })
      await this.#kvCopy.writeAndPublish(confirmed(now, kind, owner, this.#unixSeconds()))
    }
    return this.read()
  }

  /**
   * The same record, sealed anew; nothing when it changed meanwhile, or a refresh is under way.
   *
   * @param seal - gives nothing when it is sealed as it should be: then it is KV that does not know
   */
  async reseal(seal: (account: VaultAccount) => Promise<VaultAccount | undefined>): Promise<void> {
    const account = this.held.connected
    if (!account || account.attempt || account.disconnecting) return
    const sealed = await seal(account)
    if (this.held.current !== account) return
    if (sealed) await this.#kvCopy.writeAndPublish({ ...account, ...sealed })
    else if (!account.kv) {
      const repeated = this.#kvCopy.repeat()
      // Should this object die while it writes to KV, the next one knows it by the alarm that is set.
      await this.#kvCopy.settleAlarm()
      await repeated
    }
  }

  /** Writes KV's copy now, whatever KV is known to have. Of an account that was deleted KV's copy is deleted again. */
  async publish(): Promise<Result<Published>> {
    const record = this.held.current
    if (!record) return failed('account_unknown')
    await this.#kvCopy.writeAndPublish({ ...record })
    const now = this.held.connected
    if (!now) return failed('account_disconnected')
    return done({ account: vaultCopy(now), isPublished: this.#kvCopy.knows(now) })
  }

  /** Puts a copy from a backup into an object that knows nothing. */
  async restore(copy: VaultAccount): Promise<Result<VaultAccount>> {
    if (this.held.connected) return failed('account_connected')
    if (this.held.current) return failed('account_disconnected')
    await this.#kvCopy.writeAndPublish({ ...copy, logins: [] })
    return done(this.read()!)
  }

  /** Takes in what another deployment has of this account, where it is newer than what is held. */
  async moveIn(moved: VaultAccount): Promise<Result<MovedIn>> {
    await this.#revocation.grantsEnded()
    // As for a login: from here on nothing is awaited before the write.
    while (this.held.connected?.disconnecting) await this.disconnect(false)
    const { how, kinds } = judgeMove(this.held.current, moved)
    if (how === 'imported') {
      await this.#kvCopy.writeAndPublish(movedIn(this.held.current, moved, kinds, this.fx.now()))
      this.fx.log('account_moved_in', { account: moved.id })
    }
    const account = this.read()
    if ((how === 'imported' || how === 'already') && account) return done({ how, account })
    return failed(MOVE_FAILURES[how])
  }

  /** An alarm was set before this object lived: the one before may have died while it told KV something. */
  inherit(): void {
    if (this.held.current && mayBeWriting(this.held.current, this.fx.now())) this.#kvCopy.inherit()
  }

  /** Resolves what a crash, a lost reply or a failed KV write left behind. */
  async alarm(): Promise<void> {
    if (!this.held.current) return
    // While the storage refuses, nothing else can be settled; the journal that it has asks for another look.
    if (!this.held.storeAgain()) return this.fx.setAlarm(this.fx.now() + JOURNAL_ALARM_MS)
    const sending = this.held.sendEvents()
    this.fx.keepAlive(sending)
    this.inherit()
    if (this.#revocation.isUnderWay || this.#refresher.isUnderWay) {
      // A refresh or a DELETE is still under way in this object. Should the object die, the next alarm finds its journal.
      const atMs = this.fx.now() + JOURNAL_ALARM_MS
      return this.fx.setAlarm(Math.min(atMs, this.held.eventsDueAtMs ?? atMs))
    }
    const account = this.held.current
    if (isTombstone(account)) {
      await this.fx.patience(sending, EVENTS_PATIENCE_MS)
      return this.#fade(account)
    }
    if (account.disconnecting) return void (await this.disconnect(account.disconnecting.force))
    if (account.endingGrant) {
      await this.#revocation.grantsEnded()
      return this.#kvCopy.settleAlarm()
    }
    this.#refresher.giveUpLost(account)
    const over = this.held.connected
    const next = over && expired(over, this.#unixSeconds())
    if (next && next !== over) await this.#kvCopy.writeAndPublish(next)
    await this.#refreshIfDue(this.fx.now(), false)
    await this.#watch.askByCall()
    await this.#kvCopy.catchUp()
    await this.fx.patience(sending, EVENTS_PATIENCE_MS)
    await this.#kvCopy.settleAlarm()
  }

  protected decide(account: Connected, request: LeaseRequest): Decision {
    // A journal means a crash only if its attempt does not run in this object. While it does, a caller joins it instead of
    // being told to wait.
    const { attempt: _, forced: __, ...joining } = account
    const record = this.#refresher.isUnderWay ? joining : account
    return decide(record, request, this.fx.policy(), this.#unixSeconds())
  }

  /** A refresh in place of a wait, for a caller who has no token, once X answers others again. */
  async #sooner(account: Connected, decision: Decision): Promise<Decision> {
    const failedAt = waitsInVain(account, decision, this.#unixSeconds())
    if (failedAt === undefined || !(await this.#counsel.isWellSince(failedAt))) return decision
    // Whoever asked first may have begun one meanwhile: then it is joined, and else nothing may have changed.
    const isSame = this.#refresher.isUnderWay || this.held.connected === account
    return isSame ? { do: 'refresh', forced: false } : decision
  }

  /**
   * Erases the record of a deleted account once its day is over and KV has confirmed that its copy is deleted. If the
   * record went first, nobody would know that KV still has a copy to delete.
   */
  async #fade(account: Tombstone): Promise<void> {
    await this.#kvCopy.repeat()
    const over = this.fx.now() >= account.disconnectedAtMs + TOMBSTONE_TTL_SECONDS * 1000
    // KV may not have answered yet: the alarm stays until it has.
    const isTold = this.held.eventsDueAtMs === undefined
    if (!over || !isTold || !this.#kvCopy.knows(account) || this.held.current !== account)
      return this.#kvCopy.settleAlarm()
    await this.held.erase()
  }

  /** The time as the effects have it, in whole Unix seconds. */
  #unixSeconds(): number {
    return secondsOf(this.fx.now())
  }
}

const NO_USER_TOKEN =
  'It needs an OAuth 1.0a token that X takes: log in with X by OAuth 1.0a, or import one.'
const RUNNING = 'An earlier call may still be under way at X.'

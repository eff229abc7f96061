import { secondsOf } from '../clock'
import { done, type FailureData, failed, failedWith, type Result } from '../failure'
import {
  APP_PATIENCE_MS,
  CALLER_PATIENCE_MS,
  CARRIER_PATIENCE_MS,
  JOURNAL_ALARM_MS,
  JOURNAL_DOUBT_SECONDS,
  LEASE_PATIENCE_MS,
  STILL_UNDER_WAY_SECONDS,
  TOMBSTONE_TTL_SECONDS,
  WELL_ASK_SECONDS,
} from '../limits'
import { errorOf } from '../log'
import type { GrantKind, VaultAccount } from '../store/vault'
import { type Adoption, adopted, confirmed, judgeAdoption, reverted } from './adoption'
import {
  answered,
  appChanged,
  awaiting,
  begun,
  blamed,
  interrupted,
  isOf,
  type RefreshAnswer,
  suspected,
} from './attempt'
import { outcomeOf, type Receipt } from './carry'
import { type Decision, decide, type LeaseRequest, waitsInVain } from './decide'
import type { Effects, Refresh } from './effects'
import { vaultCopy } from './fields'
import { HeldRecord } from './held-record'
import { KvCopy } from './kv-copy'
import { isNews, markDirty, mayBeWriting } from './kv-copy-state'
import { type Leased, leaseOf } from './lease-outcome'
import { newlyLost } from './lost-scopes'
import { Ownership } from './ownership'
import { type Attempt, type Connected, isTombstone, type Tombstone } from './record'
import { type Disconnected, Revocation } from './revocation'

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
  /** The one attempt that everybody joins; it never rejects. */
  protected running: Promise<FailureData | undefined> | undefined
  /** The attempt whose answer is waited for here, and what to call when it was delivered. */
  #awaited: { id: string; hear: () => void } | undefined
  /** The attempt whose answer this object took last, and when all that follows from it is done. */
  #taken: { id: string; settled: Promise<FailureData | undefined> } | undefined
  /** Whether the app's object wants to hear if X grants the refresh under way. */
  #isWatched = false
  /** The last refresh was left without a usable answer; with `obstacle` further ones are held back for that. */
  #unanswered: { obstacle?: FailureData } | undefined
  /** How many callers without a token that lives wait for the refresh under way. */
  #urgent = 0
  /** When the app's object was last asked whether X is well, Unix seconds. */
  #askedIfWellAt = 0
  readonly #kvCopy: KvCopy
  readonly #revocation: Revocation
  readonly #ownership: Ownership

  constructor(effects: Effects, held = new HeldRecord(effects)) {
    this.fx = effects
    this.held = held
    this.#ownership = new Ownership(effects)
    this.#kvCopy = new KvCopy(effects, held)
    this.#revocation = new Revocation(effects, held, this.#kvCopy, () => this.running)
  }

  /** Takes a login's grant in, once. */
  async adopt(adoption: Adoption): Promise<AdoptionOutcome> {
    const { unconfirmed, kind } = adoption.grant
    // An import may bring the very token that a refresh is spending right now: what X said of it holds only if that refresh
    // did not rotate it.
    if (adoption.asOf !== undefined && kind === 'oauth2' && !(await this.#isQuiet()))
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
      this.#tellLoss(before, next, adoption.asOf === undefined ? 'login' : 'import')
    }
    return { how, account: this.read() }
  }

  /** Whether no refresh is under way any more: it is waited for, but not longer than anybody waits. */
  async #isQuiet(): Promise<boolean> {
    await this.fx.patience(this.running ?? Promise.resolve(), CALLER_PATIENCE_MS)
    return this.running === undefined
  }

  /** The generation that is held once no refresh is under way; 0: none. */
  async settled(): Promise<number> {
    await this.running
    return this.held.connected?.oauth2?.generation ?? 0
  }

  /** The account as it is now, without secrets in the clear. */
  read(): VaultAccount | undefined {
    const account = this.held.connected
    return account && vaultCopy(account)
  }

  /** Refreshes if need be and says what may be handed out. */
  async lease(request: LeaseRequest): Promise<Result<Leased>> {
    const account = this.held.connected
    if (!account) return failed('account_unknown')
    if (account.disconnecting || this.#revocation.isEndingOAuth2)
      return failed('account_disconnecting')
    const decision = await this.#sooner(account, this.decide(account, request))
    const trouble =
      decision.do === 'refresh' ? await this.#joined(account, request, decision.forced) : undefined
    await this.confirm('oauth2')
    const after = this.held.connected
    if (!after) return failed('account_unknown')
    return leaseOf(after, request, this.#unixSeconds(), { decision, trouble })
  }

  /**
   * Refreshes, and waits for the outcome, though not as long as X may take. If the token that is held lives as long as
   * the caller asked, the wait is only a moment. The refresh goes on after the wait.
   */
  async #joined(
    { oauth2 }: Connected,
    request: LeaseRequest,
    isForced: boolean,
  ): Promise<FailureData | undefined> {
    const isUrgent = (oauth2?.expiresAt ?? 0) <= this.#unixSeconds()
    if (isUrgent) this.#urgent += 1
    const refresh = this.refresh(isForced, false).finally(() => {
      if (isUrgent) this.#urgent -= 1
    })
    const left = (oauth2?.expiresAt ?? 0) - this.#unixSeconds()
    const isGood =
      request.because === 'lease' && left >= Math.max(request.minTtl, 1) + LEASE_PATIENCE_MS / 1000
    return this.#heard(refresh, isGood ? LEASE_PATIENCE_MS : CALLER_PATIENCE_MS)
  }

  /** What a refresh came to, or that it is still under way. */
  async #heard(
    refresh: Promise<FailureData | undefined>,
    ms: number,
  ): Promise<FailureData | undefined> {
    let heard: { trouble: FailureData | undefined } | undefined
    const hearing = refresh.then((trouble) => {
      heard = { trouble }
    })
    await this.fx.patience(hearing, ms)
    if (heard) return heard.trouble
    // The caller has a good token, and gets it without a word of trouble: the refresh may still succeed.
    return ms === LEASE_PATIENCE_MS ? undefined : UNDER_WAY
  }

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

  /** Whether KV is right that something is to be done: also while a wait, or an end that is under way, comes first. */
  #isDue(sweptAtMs: number): boolean {
    const account = this.held.connected
    if (!account) return false
    if (account.disconnecting || this.#revocation.isEndingOAuth2) return true
    const { do: what } = this.decide(account, { because: 'due', sweptAtMs })
    return what === 'refresh' || what === 'wait'
  }

  async #refreshIfDue(sweptAtMs: number, permitted: boolean): Promise<FailureData | undefined> {
    const account = this.held.connected
    if (!account || account.disconnecting || this.#revocation.isEndingOAuth2) return undefined
    const decision = this.decide(account, { because: 'due', sweptAtMs })
    if (decision.do !== 'refresh') return undefined
    const trouble = await this.#heard(this.refresh(decision.forced, permitted), CALLER_PATIENCE_MS)
    return trouble === UNDER_WAY ? undefined : trouble
  }

  /** As {@link AccountMachine.refreshDue} for the queue. @param isWatching - whether the app's object wants to hear of a new pair */
  async refreshHinted(sweptAtMs: number, isWatching: boolean): Promise<Hinted> {
    this.#isWatched ||= isWatching
    this.#unanswered = undefined
    const trouble = await this.refreshDue(sweptAtMs, true)
    const { obstacle = trouble } = this.#unanswered ?? {}
    return { ...(obstacle ? { obstacle } : {}), isUnanswered: this.#unanswered !== undefined }
  }

  /** X refused so many grants at once that its refusals are suspected: an end that it caused is taken back. */
  async suspect(): Promise<void> {
    const account = this.held.connected
    const next = account && suspected(account, this.#unixSeconds())
    if (!next || next === account) return
    await this.#kvCopy.writeAndPublish(next)
  }

  /** Gives the access back to X, then forgets. Unless forced, nothing is forgotten before X confirmed. */
  disconnect(force: boolean): Promise<Result<Disconnected>> {
    return this.#revocation.disconnect(force)
  }

  /** Ends one grant at X and here. The last one takes the account with it. Unless forced, X's word is waited for. */
  endGrant(kind: GrantKind, force: boolean): Promise<Result<Disconnected>> {
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

  /** An alarm was set before this object lived: the one before may have died while it told KV something. */
  inherit(): void {
    if (this.held.current && mayBeWriting(this.held.current, this.fx.now())) this.#kvCopy.inherit()
  }

  /** Resolves what a crash, a lost reply or a failed KV write left behind. */
  async alarm(): Promise<void> {
    const account = this.held.current
    if (!account) return
    // While the storage refuses, nothing else can be settled; the journal that it has asks for another look.
    if (!this.held.storeAgain()) return this.fx.setAlarm(this.fx.now() + JOURNAL_ALARM_MS)
    this.inherit()
    if (this.#revocation.isUnderWay || this.running !== undefined)
      // A refresh or a DELETE is still under way in this object. Should the object die, the next alarm finds its journal.
      return this.fx.setAlarm(this.fx.now() + JOURNAL_ALARM_MS)
    if (isTombstone(account)) return this.#fade(account)
    if (account.disconnecting) return void (await this.disconnect(account.disconnecting.force))
    if (account.endingGrant) {
      await this.#revocation.grantsEnded()
      return this.#kvCopy.settleAlarm()
    }
    // Until then the answer to a younger one is on its way, whoever began it.
    if (account.attempt && this.#isOld(account.attempt)) {
      const { generation } = account.attempt
      this.fx.log('refresh_interrupted', { account: account.id, generation })
      this.held.write(interrupted(account, this.fx.now(), this.fx.random()))
    }
    await this.#refreshIfDue(this.fx.now(), false)
    await this.#kvCopy.catchUp()
    await this.#kvCopy.settleAlarm()
  }

  protected decide(account: Connected, request: LeaseRequest): Decision {
    // A journal means a crash only if its attempt does not run in this object. While it does, a caller joins it instead of
    // being told to wait.
    const { attempt: _, forced: __, ...joining } = account
    const record = this.running === undefined ? account : joining
    return decide(record, request, this.fx.policy(), this.#unixSeconds())
  }

  protected refresh(isForced: boolean, permitted: boolean): Promise<FailureData | undefined> {
    this.running ??= this.attempt(isForced, permitted)
      .catch((error: unknown) => {
        const { failure } = failedWith(error)
        const { code } = failure
        this.fx.log('refresh_not_made', { account: this.held.current?.id, code, ...errorOf(error) })
        return failure.code === 'app_changed' ? this.#appChanged(failure) : failure
      })
      .finally(() => {
        this.running = undefined
      })
    // The refresh goes on when the caller that began it hangs up: X may have spent the token already.
    this.fx.keepAlive(this.running)
    return this.running
  }

  /** @returns why nothing was sent, or why all refreshes are halted */
  protected async attempt(isForced: boolean, permitted: boolean): Promise<FailureData | undefined> {
    const before = this.held.connected
    if (before?.formers && !before.oauth2?.refreshToken) {
      await this.#kvCopy.keepAndPublish(reverted(before, this.#unixSeconds()))
      this.fx.log('import_reverted', { account: before.id })
      return this.attempt(isForced, permitted)
    }
    if (!before?.oauth2?.refreshToken) return undefined
    const { oauth2 } = before
    // A missing key or a changed app fails here, before a token is spent.
    const refresh = await this.fx.prepareRefresh(before)
    const trouble = permitted ? undefined : await this.#mayLeave(before)
    if (trouble) return trouble
    const account = this.held.connected
    if (
      !account ||
      account.oauth2 !== oauth2 ||
      account.disconnecting ||
      this.#revocation.isEndingOAuth2
    )
      return undefined
    const startedAt = this.#unixSeconds()
    const attempt = { id: this.fx.newAttemptId(), generation: oauth2.generation, startedAt }
    this.held.write(begun(account, attempt, isForced), JOURNAL_ALARM_MS)

    return this.#carried(attempt, refresh)
  }

  /**
   * Has an attempt carried to X, and waits until its answer is delivered. A carrier that breaks off says nothing of what
   * X did: its answer may come yet, to this object or the next, and the journal waits for it.
   */
  async #carried(attempt: Attempt, refresh: Refresh): Promise<FailureData | undefined> {
    const { id } = attempt
    const delivered = new Promise<void>((hear) => {
      this.#awaited = { id, hear }
    })
    const carried = refresh.send(attempt).catch((error: unknown) => {
      this.fx.log('carrier_broke', { account: this.held.current?.id, ...errorOf(error) })
    })
    await this.fx.patience(Promise.race([delivered, carried]), CARRIER_PATIENCE_MS)
    if (this.#taken?.id === id) return this.#taken.settled
    return this.held.connected?.attempt?.id === id ? UNDER_WAY : undefined
  }

  /**
   * Takes the answer to an attempt, which this object began or the one before it. Once: the same answer again, or one that
   * nobody waits for, changes nothing.
   */
  deliver(attemptId: string, answer: RefreshAnswer): Receipt {
    if (this.#taken?.id === attemptId) return this.#receipt()
    const account = this.held.connected
    const before = account && this.awaiting(account, attemptId)
    if (!before) {
      // The object before this one took it, and died before the carrier heard so.
      if (account && isOf(account, answer)) return this.#receipt()
      const { id } = this.held.current ?? {}
      this.fx.log('refresh_dropped', { account: id, outcome: outcomeOf(answer) })
      return 'unwanted'
    }
    const settled = this.#take(account, before, answer)
    this.#taken = { id: attemptId, settled }
    // An attempt that runs here goes on with this; else others wait for it all the same.
    this.running ??= settled.finally(() => {
      this.running = undefined
    })
    this.fx.keepAlive(settled)
    if (this.#awaited?.id === attemptId) this.#awaited.hear()
    return this.#receipt()
  }

  /** The record that waits for the answer to this attempt. */
  protected awaiting(account: Connected, attemptId: string): Connected | undefined {
    return awaiting(account, attemptId)
  }

  #receipt(): Receipt {
    return this.held.isStored ? 'taken' : 'in_memory'
  }

  /**
   * Commits an answer, before anything is awaited, then has it known.
   *
   * @param account - the record that is held
   * @param before - the same, with the journal of the attempt
   * @returns why all refreshes are halted, if they are. Never rejects
   */
  #take(
    account: Connected,
    before: Connected,
    answer: RefreshAnswer,
  ): Promise<FailureData | undefined> {
    const { id } = account
    const next = answered(before, answer, this.fx.now(), this.fx.random())
    const isReverted = account.formers && next.oauth2?.obtainedAtMs !== account.oauth2?.obtainedAtMs
    if (isReverted && !('rotation' in answer)) this.fx.log('import_reverted', { account: id })
    const news = isNews(account, next)
    this.commit(news ? markDirty(next) : next)
    this.#tellLoss(account, next, 'refresh')
    this.fx.log('refresh', {
      account: id,
      outcome: outcomeOf(answer),
      generation: next.oauth2?.generation,
      ...('message' in answer
        ? { message: answer.message }
        : { nonconformity: answer.nonconformity }),
    })
    return this.#settle(account, answer, news)
  }

  /** Has what was committed known: to the app's object, then to KV. */
  async #settle(
    before: Connected,
    answer: RefreshAnswer,
    news: boolean,
  ): Promise<FailureData | undefined> {
    try {
      const halted = await this.#consult(answer, before)
      if (news) await this.#kvCopy.publish()
      else if (!(await this.#kvCopy.catchUp())) await this.#kvCopy.settleAlarm()
      return halted
    } catch (error) {
      // X's answer stands by now, and what is not settled yet, the alarm finds.
      this.fx.log('refresh_not_settled', { account: before.id, ...errorOf(error) })
      return undefined
    }
  }

  /**
   * Notes, once, that the grant is of another app than the one that is configured, for whoever looks at the account. No
   * wait is noted with it: the settings may be mended at any time, so each request for a refresh tries again.
   */
  async #appChanged(failure: FailureData): Promise<FailureData> {
    const account = this.held.connected
    const next = account && appChanged(account, failure.detail ?? '', this.#unixSeconds())
    if (next && next !== account) await this.#kvCopy.writeAndPublish(next)
    return failure
  }

  /** Asks the app's object for one refresh. @returns why it may not leave */
  async #mayLeave({ status }: Connected): Promise<FailureData | undefined> {
    const ask = { isUrgent: this.#urgent > 0, isSuspected: status === 'suspected' }
    const admission = await this.askApp(this.fx.admit(ask))
    this.#isWatched = admission?.isWatching ?? false
    return admission?.obstacle
  }

  /**
   * A refresh in place of a wait, for a caller who has no token, once X answers others again. The app's object is not asked
   * for each request of a caller that asks all the time.
   */
  async #sooner(account: Connected, decision: Decision): Promise<Decision> {
    const now = this.#unixSeconds()
    const failedAt = waitsInVain(account, decision, now)
    if (failedAt === undefined || now < this.#askedIfWellAt + WELL_ASK_SECONDS) return decision
    this.#askedIfWellAt = now
    const since = await this.askApp(this.fx.wellSince())
    if (since === undefined || since < failedAt) return decision
    // Whoever asked first may have begun one meanwhile: then it is joined, and else nothing may have changed.
    const isSame = this.running !== undefined || this.held.connected === account
    return isSame ? { do: 'refresh', forced: false } : decision
  }

  /**
   * Lets the app's object judge what may concern more than this account. The answer is committed by now.
   *
   * @param before - the account as it was when the answer came
   */
  async #consult(answer: RefreshAnswer, before: Connected): Promise<FailureData | undefined> {
    const isWatched = this.#isWatched
    this.#isWatched = false
    if ('rotation' in answer) {
      // X was wrong about it, or may have been: that may be so for others as well.
      if (isWatched || before.refusalRetracted) await this.askApp(this.fx.granted())
      return undefined
    }
    const account = this.held.connected
    if (!account) return undefined
    if (answer.kind === 'unknown') {
      const obstacle = await this.askApp(this.fx.unanswered(answer.message))
      this.#unanswered = obstacle ? { obstacle } : {}
      return undefined
    }
    if (answer.kind === 'later') {
      await this.askApp(this.fx.paused(answer.retryAfter))
      return { code: 'x_rate_limited', detail: answer.message, retryAfter: answer.retryAfter }
    }
    // A grant that X had refused before says nothing new about X, so it does not count towards a halt.
    const isNew = !before.oauth2?.ended
    const { ended } = account.oauth2 ?? {}
    // Nor does one that a DELETE had ended.
    if (isNew && answer.kind === 'refused' && ended && ended.reason !== 'ended_by_delete') {
      const isAgain = before.refusalRetracted === true
      const halted = await this.askApp(this.fx.refused(account.id, isAgain))
      if (halted) await this.suspect()
      return halted
    }
    if (answer.kind !== 'app') return undefined
    const halted = await this.askApp(this.fx.appRefused(answer.message))
    const now = this.held.connected
    // A login may have brought another grant meanwhile: X's words were not about that one.
    if (halted || now?.oauth2?.generation !== account.oauth2?.generation) return halted
    if (now) this.held.write(blamed(now, answer.message, this.fx.now(), this.fx.random()))
    return undefined
  }

  /**
   * Waits for an answer of the app's object. If none comes in time this resolves to undefined, which is also the answer
   * that nothing stands in the way: accounts have to be refreshed even while that object cannot be reached.
   */
  protected async askApp<T>(asked: Promise<T>): Promise<T | undefined> {
    let answer: T | undefined
    const answering = asked.then((said) => {
      answer = said
    })
    await this.fx.patience(answering, APP_PATIENCE_MS)
    return answer
  }

  /**
   * Erases the record of a deleted account once its day is over and KV has confirmed that its copy is deleted. If the
   * record went first, nobody would know that KV still has a copy to delete.
   */
  async #fade(account: Tombstone): Promise<void> {
    await this.#kvCopy.repeat()
    const over = this.fx.now() >= account.disconnectedAtMs + TOMBSTONE_TTL_SECONDS * 1000
    // KV may not have answered yet: the alarm stays until it has.
    if (!over || !this.#kvCopy.knows(account) || this.held.current !== account)
      return this.#kvCopy.settleAlarm()
    await this.held.erase()
  }

  /**
   * The durable step after X's answer. If the storage refuses it, this object has the only pair that X takes: it is kept
   * in memory, and written again for as long as this object lives.
   */
  protected commit(next: Connected): void {
    this.held.keep(next, 'refresh_not_stored')
  }

  /** Says in the log what the account could do and cannot any more: its programs find out by a 403 of X. */
  #tellLoss(before: Connected | undefined, after: Connected, by: 'login' | 'import' | 'refresh') {
    const lost = newlyLost(before?.oauth2, after.oauth2)
    if (lost.length > 0) this.fx.log('scope_reduced', { account: after.id, by, lost })
  }

  #isOld({ startedAt }: Attempt): boolean {
    return this.#unixSeconds() >= startedAt + JOURNAL_DOUBT_SECONDS
  }

  /** The time as the effects have it, in whole Unix seconds. */
  #unixSeconds(): number {
    return secondsOf(this.fx.now())
  }
}

const UNDER_WAY: FailureData = {
  code: 'refresh_failed',
  detail: 'X has not answered yet. The refresh goes on.',
  retryAfter: STILL_UNDER_WAY_SECONDS,
}

/**
 * The way of one refresh, which everybody joins: journal, call, commit, and then whoever has to know. The call itself is
 * the carrier's, and its answer may come to another object than the one that sent it.
 */
import { secondsOf } from '../clock'
import { type FailureData, failedWith } from '../failure'
import {
  CALLER_PATIENCE_MS,
  CARRIER_PATIENCE_MS,
  JOURNAL_ALARM_MS,
  JOURNAL_DOUBT_SECONDS,
  LEASE_PATIENCE_MS,
  STILL_UNDER_WAY_SECONDS,
} from '../limits'
import { errorOf } from '../log'
import { reverted } from './adoption'
import type { NoPair, RefreshAnswer } from './answer'
import { answered, appChanged, awaiting, begun, interrupted, isOf } from './attempt'
import { outcomeOf, type Receipt } from './carry'
import { Counsel } from './counsel'
import type { LeaseRequest } from './decide'
import type { Effects, Refresh } from './effects'
import { canExchange, exchangeBegun, exchangeDue, withoutExchange } from './exchange'
import type { HeldRecord } from './held-record'
import type { KvCopy } from './kv-copy'
import { isNews, markDirty } from './kv-copy-state'
import { tellLoss } from './lost-scopes'
import { type Attempt, type Connected, type Exchange, generationOf, isEndingOAuth2 } from './record'
import { askedBySignature, dueByRevocation } from './revoked'
import { dueByUse } from './use'

/**
 * Refreshes the grant of one account, one attempt at a time, and commits what X answers. Below it: the record, KV's copy
 * and the word of the app's object. Whether a refresh is wanted is decided above it.
 */
export class Refresher {
  protected readonly fx: Effects
  protected readonly held: HeldRecord
  /** The one attempt that everybody joins; it never rejects. */
  protected running: Promise<FailureData | undefined> | undefined
  /** The attempt whose answer is waited for here, and what to call when it was delivered. */
  #awaited: { id: string; hear: () => void } | undefined
  /** The attempt whose answer this object took last, and when all that follows from it is done. */
  #taken: { id: string; settled: Promise<FailureData | undefined> } | undefined
  #said: NoPair | undefined
  /** How many callers without a token that lives wait for the refresh under way. */
  #urgent = 0
  readonly #kvCopy: KvCopy
  readonly #counsel: Counsel

  constructor(
    fx: Effects,
    held: HeldRecord,
    kvCopy: KvCopy,
    counsel = new Counsel(fx, held, kvCopy),
  ) {
    this.fx = fx
    this.held = held
    this.#kvCopy = kvCopy
    this.#counsel = counsel
  }

  /** What the app's object says of these refreshes. */
  get counsel(): Counsel {
    return this.#counsel
  }

  /** Whether an attempt is under way in this object. */
  get isUnderWay(): boolean {
    return this.running !== undefined
  }

  /** Resolves once no attempt is under way in this object; never rejects. */
  async settled(): Promise<void> {
    await this.running
  }

  /** Whether no refresh is under way any more: it is waited for, but not longer than anybody waits. */
  async isQuiet(): Promise<boolean> {
    await this.fx.patience(this.settled(), CALLER_PATIENCE_MS)
    return !this.isUnderWay
  }

  /**
   * Refreshes, and waits for the outcome, though not as long as X may take. If the token that is held lives as long as
   * the caller asked, the wait is only a moment. The refresh goes on after the wait.
   *
   * @returns why there is no new pair, where that is worth a word to this caller
   */
  async refreshFor(
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

  /** Refreshes without a caller who wants a token. @returns why nothing was sent, or why all refreshes are halted */
  async refreshUnasked(isForced: boolean, permitted: boolean): Promise<FailureData | undefined> {
    const trouble = await this.#heard(this.refresh(isForced, permitted), CALLER_PATIENCE_MS)
    return trouble === UNDER_WAY ? undefined : trouble
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

  /** Joins the attempt that is under way, or begins one. @param permitted - whether the app's object was asked already */
  protected refresh(isForced: boolean, permitted: boolean): Promise<FailureData | undefined> {
    return this.#alone(() => this.attempt(isForced, permitted))
  }

  /** The one attempt that is under way, or this one from now on. */
  #alone(begin: () => Promise<FailureData | undefined>): Promise<FailureData | undefined> {
    this.running ??= begin()
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
    const account = this.held.connected
    const due = account && exchangeDue(account, this.#unixSeconds())
    const isNow = due && due !== 'often' && (account.exchange || due.retryAt <= this.#unixSeconds())
    if (isNow) return this.exchange(due)
    const trouble = await this.#refreshed(isForced, permitted)
    return trouble ?? this.#healed()
  }

  /** Heals at once what the refresh before has found to have ended. @returns why nothing was sent, or why all is halted */
  async #healed(): Promise<FailureData | undefined> {
    const { exchange, attempt } = this.held.connected ?? {}
    const isNow = exchange && !attempt && exchange.retryAt <= this.#unixSeconds()
    return isNow ? this.exchange(exchange) : undefined
  }

  /**
   * Exchanges the OAuth 1.0a token for a new pair.
   *
   * @param asked - somebody asks for it, so that neither its distance nor what X said of others holds it back
   * @returns why nothing was sent, or why all refreshes are halted
   */
  protected async exchange(due: Exchange, asked = false): Promise<FailureData | undefined> {
    const before = this.held.connected
    if (!before) return undefined
    if (!canExchange(before)) {
      // A DELETE that X did not confirm may have ended the token.
      if (before.oauth1?.endedAtX) await this.#giveUpExchange()
      return undefined
    }
    const prepared = await this.#preparedExchange(before, due.scope)
    const trouble = prepared.send
      ? await this.#counsel.mayLeave(before, this.#urgent > 0, !asked)
      : prepared.failure
    if (trouble && NOT_HERE.has(trouble.code)) {
      // Only the operator can help, or a login: whoever waits hears that a login does.
      await this.#giveUpExchange(askedBySignature)
      return asked ? trouble : undefined
    }
    if (trouble || !prepared.send) return trouble
    const account = this.held.connected
    const isSame = account?.oauth2 === before.oauth2 && account?.oauth1 === before.oauth1
    if (!account || !isSame || !canExchange(account)) return undefined
    const startedAt = this.#unixSeconds()
    const generation = generationOf(account)
    const attempt = { id: this.fx.newAttemptId(), generation, startedAt, by: 'exchange' as const }
    this.held.write(exchangeBegun(account, due, attempt, asked), JOURNAL_ALARM_MS)
    return this.#carried(attempt, prepared)
  }

  /** @param then - what else becomes of the account */
  async #giveUpExchange(then: typeof askedBySignature = (account) => account): Promise<void> {
    const account = this.held.connected
    const now = this.#unixSeconds()
    const next = account && withoutExchange(account, now)
    if (next && next !== account) await this.#kvCopy.writeAndPublish(then(next, now))
  }

  /** An exchange that is ready to be sent, or why there is none. A missing key or another app fails here. */
  async #preparedExchange(
    account: Connected,
    scope: string,
  ): Promise<Refresh | { send?: undefined; failure: FailureData }> {
    try {
      return await this.fx.prepareExchange(account, scope)
    } catch (error) {
      const { failure } = failedWith(error)
      const { code } = failure
      this.fx.log('refresh_not_made', { account: account.id, code, ...errorOf(error) })
      return { failure }
    }
  }

  /** X's answer to the last exchange of this object, where it brought no pair. */
  get said(): NoPair | undefined {
    return this.#said
  }

  /**
   * Exchanges the OAuth 1.0a token because somebody asks for it, once nothing else is under way.
   *
   * @returns why there is no new pair, where that is known
   */
  async exchangeFor(due: Exchange): Promise<FailureData | undefined> {
    return this.#heard(
      this.#alone(() => this.exchange(due, true)),
      CALLER_PATIENCE_MS,
    )
  }

  async #refreshed(isForced: boolean, permitted: boolean): Promise<FailureData | undefined> {
    const before = this.held.connected
    if (before?.formers && !before.oauth2?.refreshToken) {
      await this.#kvCopy.keepAndPublish(reverted(before, this.#unixSeconds()))
      this.fx.log('import_reverted', { account: before.id })
      return this.#refreshed(isForced, permitted)
    }
    if (!before?.oauth2?.refreshToken) return undefined
    const { oauth2 } = before
    // A missing key or a changed app fails here, before a token is spent.
    const refresh = await this.fx.prepareRefresh(before)
    const trouble = permitted ? undefined : await this.#counsel.mayLeave(before, this.#urgent > 0)
    if (trouble) return trouble
    const account = this.held.connected
    if (!account || account.oauth2 !== oauth2 || isEndingOAuth2(account)) return undefined
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
      if (account) this.#noteCrossed(account, answer)
      const { id } = this.held.current ?? {}
      this.fx.log('refresh_dropped', { account: id, outcome: outcomeOf(answer) })
      return 'unwanted'
    }
    if (before.attempt?.by) this.#said = 'rotation' in answer ? undefined : answer
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

  /**
   * A pair of an exchange that nobody waits for any more: a login came in meanwhile, and X has ended one of the two. The one
   * that is held is tried at once, and if it has ended, the account heals.
   */
  #noteCrossed(account: Connected, answer: RefreshAnswer): void {
    const { oauth2 } = account
    const isExchanged = 'rotation' in answer && answer.rotation.clientId !== undefined
    if (!isExchanged || !oauth2?.refreshToken || oauth2.ended) return
    const next = { ...account, oauth2: { ...oauth2, dueAt: this.#unixSeconds() } }
    this.fx.keepAlive(this.#kvCopy.keepAndPublish(next))
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
    const said = answered(before, answer, this.fx.now(), this.fx.random())
    const next =
      'rotation' in answer
        ? dueByRevocation(dueByUse(account, said, this.fx.policy()), this.#unixSeconds())
        : said
    const isReverted = account.formers && next.oauth2?.obtainedAtMs !== account.oauth2?.obtainedAtMs
    if (isReverted && !('rotation' in answer)) this.fx.log('import_reverted', { account: id })
    const news = isNews(account, next)
    // A journal has its alarm. An answer that comes after its attempt was given up finds none, and KV has to be told.
    this.commit(news ? markDirty(next) : next, account.attempt ? undefined : JOURNAL_ALARM_MS)
    const by = before.attempt?.by
    tellLoss(this.fx, account, next, by ?? 'refresh')
    this.fx.log(by ?? 'refresh', {
      account: id,
      outcome: outcomeOf(answer),
      generation: next.oauth2?.generation,
      ...('message' in answer
        ? { message: answer.message }
        : { nonconformity: answer.nonconformity }),
    })
    return this.#settle(account, answer, news, by)
  }

  /** Has what was committed known: to the app's object, then to KV. */
  async #settle(
    before: Connected,
    answer: RefreshAnswer,
    news: boolean,
    by: Attempt['by'],
  ): Promise<FailureData | undefined> {
    try {
      const halted = await this.#counsel.consult(answer, before, by)
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

  /**
   * Gives up an attempt whose journal is so old that no answer to it is expected any more; until then the answer to it is
   * on its way, whoever began it. What X did is in doubt from here on.
   */
  giveUpLost(account: Connected): void {
    if (!account.attempt || !this.#isOld(account.attempt)) return
    const { generation } = account.attempt
    this.fx.log('refresh_interrupted', { account: account.id, generation })
    this.held.write(interrupted(account, this.fx.now(), this.fx.random()))
  }

  /**
   * The durable step after X's answer. If the storage refuses it, this object has the only pair that X takes: it is kept
   * in memory, and written again for as long as this object lives.
   */
  protected commit(next: Connected, alarmInMs?: number): void {
    this.held.keep(next, 'refresh_not_stored', alarmInMs)
  }

  #isOld({ startedAt }: Attempt): boolean {
    return this.#unixSeconds() >= startedAt + JOURNAL_DOUBT_SECONDS
  }

  /** The time as the effects have it, in whole Unix seconds. */
  #unixSeconds(): number {
    return secondsOf(this.fx.now())
  }
}

/** What keeps an exchange from being made until the operator or a login helps. */
const NOT_HERE: ReadonlySet<string> = new Set(['app_changed', 'exchange_unavailable'])

const UNDER_WAY: FailureData = {
  code: 'refresh_failed',
  detail: 'X has not answered yet. The refresh goes on.',
  retryAfter: STILL_UNDER_WAY_SECONDS,
}

/**
 * The object `Login`, one per login: makes redemption happen once, and keeps a new grant safe until it has a home.
 *
 * X may revoke everything when a code is replayed, and browsers do load a callback twice; so every callback of a login
 * comes here, the first one works and the others get its answer.
 */
import { DurableObject } from 'cloudflare:workers'
import { accountAt } from '../account/stub'
import { type AccountView, viewOf } from '../account/view'
import { sameSecret } from '../crypto/hash'
import { keyringOf } from '../crypto/keyring'
import { configOf, need, settingsOf } from '../env'
import { done, Failure, type FailureData, failed, failedWith, type Result } from '../failure'
import * as limits from '../limits'
import { errorOf, log } from '../log'
import { inTime } from '../patience'
import { Row } from '../store/row'
import { unlessNewer } from '../store/version'
import type { NotGranted } from '../x/answer'
import type { User } from '../x/user'
import { disclose, type LoginStatus, type Viewer } from './disclosure'
import { exchange, fits, livesFor, type Redeemable, refusalOf } from './exchange'
import { giveBack, grantFor, openGrant, ownerOf, sealGrant, type UnadoptedGrant } from './grant'
import { LOGIN_ROW } from './migrations'
import { type Creator, openPending, type PendingLogin } from './pending'
import { alarmAt, type LoginRecord, mayConnect, wrongAccountInWords } from './record'
import { isGivenUp, isStale, renew } from './renewal'

/** Who brings an answer: a browser, by the proof that its cookie gives, or the caller that made the login. */
export interface Redeemer {
  proofHash: string
  isCreator: boolean
  /** The name that a Worker of the former build has for `isCreator`. */
  isMaker?: boolean
}

/** What a callback brings here; the pending state stays sealed on the way. */
export interface Redemption extends Redeemer {
  id: string
  sealedPending: string
  answer: Redeemable
}

/** The answer for a browser that comes back, and where it goes then. */
export interface Resumed {
  result: Result<AccountView>
  returnTo: string | undefined
}

export class Login extends DurableObject<Env> {
  #row: Row<LoginRecord>
  #record: LoginRecord | undefined
  /** Whether the row is one of a later build: this one neither reads it nor writes over it. */
  readonly #isNewer: boolean
  /** The one redemption that every callback joins; it never rejects. */
  #running: Promise<Result<AccountView>> | undefined

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    this.#row = new Row(ctx.storage.sql, LOGIN_ROW)
    const known = unlessNewer(() => ({ record: this.#row.read() }))
    this.#record = known?.record
    this.#isNewer = known === undefined
  }

  /** Redeems the code, or gives the answer that the first callback got. */
  async redeem(redemption: Redemption): Promise<Result<AccountView>> {
    const result = this.#settled() ?? (await this.#heard(() => this.#redeem(redemption)))
    return this.#answerFor(redemption, result)
  }

  /** The user said no. Nothing that was already under way or settled is changed by it. */
  async cancel(cancellation: Omit<Redemption, 'answer'>): Promise<Result<AccountView>> {
    const result =
      this.#settled() ??
      (await this.#heard(async () => {
        const { record } = await this.#opened(cancellation)
        // X gave us a grant, whatever this callback says.
        if (record.grant) return this.#settle(record)
        return this.#end(record, new Failure('login_cancelled').data)
      }))
    return this.#answerFor(cancellation, result)
  }

  /**
   * The answer for a browser that comes back after the pending state is gone; undefined when it is not this login's,
   * or when there is nothing to answer yet.
   */
  async resume(proofHash: string): Promise<Resumed | undefined> {
    if (this.#isNewer) return { result: failed('storage_newer'), returnTo: undefined }
    const record = this.#record
    if (!record || !(await sameSecret(proofHash, record.proofHash))) return undefined
    const unfinished =
      record.stage === 'granted' ? this.#heard(() => this.#settle(record)) : undefined
    const settled = this.#settled() ?? (await unfinished)
    if (!settled) return undefined
    const result = await this.#answerFor({ proofHash, isCreator: false }, settled)
    return { result, returnTo: record.returnTo }
  }

  /**
   * What a caller that asks is told; undefined when no callback of this login has arrived. Here, and not at the edge, so
   * that of two that bring the same proof one is the first, and stays it when this object dies.
   *
   * @param proofHash - of the proof that the caller brought, if it did
   */
  async disclose(
    viewer: Viewer,
    proofHash: string | undefined,
  ): Promise<Result<LoginStatus> | undefined> {
    if (this.#isNewer) return failed('storage_newer')
    const record = this.#record
    if (!record) return undefined
    const isRight = proofHash !== undefined && (await sameSecret(proofHash, record.proofHash))
    // Another browser's code may have been taken, or the proof spent, while the two were compared.
    if (this.#record !== record) return this.disclose(viewer, proofHash)
    const proof = isRight ? 'right' : proofHash === undefined ? 'none' : 'wrong'
    const { answer, spent } = disclose(record, viewer, proof, seconds())
    if (spent) this.#keep({ ...record, spent })
    if (!answer.ok && answer.failure.code === 'proof_spent')
      log('login_proof_spent', { login: record.id, by: record.spent?.by, again: viewer.id })
    return answer
  }

  /**
   * All that is known of this login, for a Worker of the former build, which judges by `maker` who may see it; undefined
   * when no callback of it has arrived.
   */
  async status(): Promise<(LoginRecord & { maker?: Creator }) | undefined> {
    if (this.#isNewer) throw new Failure('storage_newer')
    const record = this.#record
    return record && { ...record, ...(record.creator ? { maker: record.creator } : {}) }
  }

  override async alarm(): Promise<void> {
    if (this.#isNewer) {
      log('storage_newer', { login: this.ctx.id.name })
      return this.ctx.storage.setAlarm((seconds() + limits.NEWER_ALARM_SECONDS) * 1000)
    }
    const record = this.#record
    if (!record) return
    const result = await this.#once(async () => this.#tend(record))
    if (!result.ok && this.#record) await this.#setAlarm(this.#record)
  }

  /** What the passing of time asks for. */
  async #tend(record: LoginRecord): Promise<Result<AccountView>> {
    if (record.stage === 'exchanging')
      return this.#end(record, new Failure('login_reply_lost').data)
    if (record.stage === 'granted') return this.#settle(record)
    if (record.grant) return this.#giveBack(record, record.failure!)
    if (seconds() >= record.expiresAt) {
      await this.ctx.storage.deleteAll()
      this.#row = new Row(this.ctx.storage.sql, LOGIN_ROW)
      this.#record = undefined
    }
    return failed('login_unknown')
  }

  #settled(): Result<AccountView> | undefined {
    if (this.#isNewer) return failed('storage_newer')
    if (this.#record?.stage === 'complete') return done(this.#record.account!)
    if (this.#record?.stage === 'failed') return { ok: false, failure: this.#record.failure! }
    return undefined
  }

  /**
   * Who logged in is told to who spent the code. Everybody who opened the login's link can come here with junk; only the
   * maker of a login that returns nowhere may always know, as it may by asking for its status.
   */
  async #answerFor(who: Redeemer, result: Result<AccountView>): Promise<Result<AccountView>> {
    const record = this.#record
    if (!record) return result
    const isCreator = who.isCreator ?? who.isMaker
    if (!result.ok && (isCreator || !record.wrongAccount)) return result
    if (result.ok && isCreator && record.returnTo === undefined) return result
    const isTheirs = await sameSecret(who.proofHash, record.proofHash)
    if (result.ok) return isTheirs ? result : failed('login_taken')
    return isTheirs && record.wrongAccount ? named(result.failure, record.wrongAccount) : result
  }

  /** X may take longer than anybody waits: the redemption goes on, and a reload finds its end. */
  async #heard(work: () => Promise<Result<AccountView>>): Promise<Result<AccountView>> {
    const heard = await inTime(this.#once(work), limits.CALLER_PATIENCE_MS)
    if (heard) return heard.value
    return failed('login_unfinished', STILL_ASKED, limits.STILL_UNDER_WAY_SECONDS)
  }

  #once(work: () => Promise<Result<AccountView>>): Promise<Result<AccountView>> {
    this.#running ??= work()
      .catch((error: unknown) => {
        log('login_interrupted', { login: this.#record?.id, ...errorOf(error) })
        // The alarm comes back for a grant that is still here, less and less often.
        if (this.#record?.grant) this.#write({ ...this.#record, tries: this.#record.tries + 1 })
        return failedWith(error)
      })
      .finally(() => {
        this.#running = undefined
      })
    // A browser that goes away cancels nothing.
    this.ctx.waitUntil(this.#running)
    return this.#running
  }

  async #redeem(redemption: Redemption): Promise<Result<AccountView>> {
    const { id, answer } = redemption
    const { record, config, keyring, pending } = await this.#opened(redemption)
    if (record.grant) return this.#settle(record)
    if (!fits(pending, answer))
      return failed('callback_malformed', 'It answers another kind of login.')
    const sentAt = record.sentAt ?? seconds()
    const alive = () => seconds() - sentAt < livesFor(pending)
    let message: string | undefined
    let { doubts } = record
    for (; doubts < limits.CODE_TRIES && alive(); doubts++) {
      // Journal before the call: should this object die now, the next callback knows that a code is out.
      this.#journal({ ...record, stage: 'exchanging', sentAt, doubts: doubts + 1 })
      const outcome = await exchange(config, pending, answer, Date.now())
      message = 'message' in outcome ? outcome.message : undefined
      log('login_exchange', {
        login: id,
        outcome: outcome.kind,
        ...('message' in outcome ? { message } : { nonconformity: outcome.nonconformity }),
      })
      if (outcome.kind === 'granted') {
        const grant = await sealGrant(keyring, id, outcome.grant)
        return this.#settle(this.#write({ ...record, stage: 'granted', sentAt, doubts, grant }))
      }
      if (outcome.kind !== 'unknown')
        return this.#refused({ ...record, sentAt, doubts }, pending, answer, outcome)
    }
    return this.#end(
      record,
      new Failure(doubts > 0 ? 'login_reply_lost' : 'code_expired', message).data,
    )
  }

  /** X said no, for now or for good. */
  #refused(
    record: LoginRecord,
    pending: PendingLogin,
    answer: Redeemable,
    outcome: Exclude<NotGranted, { kind: 'unknown' }>,
  ): Result<AccountView> {
    const { message } = outcome
    if (outcome.kind === 'refused' || outcome.kind === 'declined') {
      // After a doubt it means that an earlier request did arrive, and its answer was lost.
      if (record.doubts > 0) return this.#end(record, new Failure('login_reply_lost', message).data)
      if (outcome.kind === 'declined')
        return this.#end(record, new Failure('login_refused_by_x', message).data)
      const wrongPins = (record.wrongPins ?? 0) + 1
      if (pending.flow === 'pin' && outcome.what === 'verifier' && wrongPins < limits.PIN_TRIES) {
        this.#write({ ...record, stage: 'open', wrongPins })
        return failed('pin_wrong', message)
      }
      return this.#end(
        record,
        new Failure(refusalOf(outcome.what, answer, seconds()), message).data,
      )
    }
    this.#write({ ...record, stage: 'open' })
    return outcome.kind === 'app'
      ? failed(outcome.failure, message)
      : failed('x_rate_limited', message, outcome.retryAfter)
  }

  /** From a grant to an account: who is it, may they, adopt. */
  async #settle(record: LoginRecord): Promise<Result<AccountView>> {
    if (isStale(record.grant!, seconds())) return this.#renew(record)
    const config = configOf(this.env)
    const keyring = await keyringOf(config.sealingKeys)
    const grant = await openGrant(keyring, record.id, record.grant!)
    const askedAtMs = Date.now()
    const user = await ownerOf(config, grant, seconds())
    if (typeof user === 'string') return this.#later(record, user)
    const isAllowed = mayConnect(config.allow, record.creator, user)
    const refusal = isAllowed ? 'login_superseded' : 'account_not_allowed'
    // X gives the same OAuth 1.0a token again and again: where nobody may have it, it is not adopted over itself.
    if (!isAllowed && grant.kind === 'oauth1') return this.#refuse(record, refusal, user)
    const adopting = await grantFor(keyring, user.id, grant, config.refreshPolicy)
    const adoption = {
      ...user,
      loginId: record.id,
      // X named the user for a grant that is alive: that, and not when its code was sent, is X's order of two logins.
      grant: adopting.kind === 'oauth2' ? { ...adopting, obtainedAtMs: askedAtMs } : adopting,
      sentAtMs: grant.obtainedAtMs,
      // X has ended what this account held: where it may not connect, its only live grant goes where it belongs.
      ...(isAllowed ? {} : { onlyInPlace: true as const }),
    }
    const account = accountAt(this.env, user.id)
    const adopted = await account.adopt(adoption).catch(() => undefined)
    if (!adopted) return this.#later(record, 'The account could not be stored yet.')
    const { how } = adopted
    log('login_adopted', { login: record.id, account: user.id, how })
    if (!adopted.account || how === 'disconnected' || how === 'unwanted')
      return this.#refuse(record, refusal, user)
    const { grant: _, ...rest } = record
    if (!isAllowed) return this.#end(await this.#named(rest, user), new Failure(refusal).data)
    log('login_complete', { login: record.id, account: user.id, how })
    return done(
      this.#write({ ...rest, stage: 'complete', account: viewOf(adopted.account, seconds()) })
        .account!,
    )
  }

  async #refuse(
    record: LoginRecord,
    code: 'login_superseded' | 'account_not_allowed',
    user: User,
  ): Promise<Result<AccountView>> {
    const named = code === 'account_not_allowed' ? await this.#named(record, user) : record
    return this.#giveBack(named, new Failure(code).data)
  }

  /** Notes for the page whose account it was, and which one was meant if there is only one. */
  async #named(record: LoginRecord, user: User): Promise<LoginRecord> {
    const [only, ...others] = record.creator?.accounts ?? []
    const account =
      only !== undefined && others.length === 0 ? accountAt(this.env, only) : undefined
    const meant = await account?.read().catch(() => undefined)
    const names = { is: user.username, ...(meant ? { meant: meant.username } : {}) }
    return { ...record, wrongAccount: names }
  }

  /** A pair whose owner X does not tell is kept alive: the account's former one may have ended with it. */
  async #renew(before: LoginRecord): Promise<Result<AccountView>> {
    const { renewal, ...record } = before
    const now = seconds()
    const { grant, ...rest } = record
    if (isGivenUp(grant!, now)) {
      log('login_identity_unknown', { login: record.id })
      return this.#end(rest, new Failure('identity_unknown').data)
    }
    // A call whose object died may still run at X.
    if (renewal && now < renewal.startedAt + limits.JOURNAL_DOUBT_SECONDS)
      return failed('login_unfinished', STILL_ASKED, limits.IDENTITY_RETRY_SECONDS)
    const config = configOf(this.env)
    const keyring = await keyringOf(config.sealingKeys)
    this.#journal({ ...record, renewal: { startedAt: now } })
    const renewed = await renew(config, keyring, record.id, grant!, now)
    log('login_renewed', { login: record.id, outcome: renewed.kind })
    if (renewed.kind === 'renewed')
      return this.#settle(this.#write({ ...record, grant: renewed.grant }))
    if (renewed.kind === 'dead')
      return this.#end(rest, new Failure('identity_unknown', renewed.message).data)
    return this.#later({ ...record, grant: renewed.grant ?? grant! }, renewed.message)
  }

  /** The grant stays here and X is asked again, by alarm or by a reload of the page. */
  #later(record: LoginRecord, message: string): Result<AccountView> {
    log('login_unfinished', { login: record.id, message })
    this.#write({ ...record, tries: record.tries + 1 })
    return failed('login_unfinished', message, limits.IDENTITY_RETRY_SECONDS)
  }

  /** A grant that nobody may have goes back to X; until X took it, the alarm tries again. */
  async #giveBack(record: LoginRecord, failure: FailureData): Promise<Result<AccountView>> {
    const ended = this.#write({ ...record, stage: 'failed', failure, tries: record.tries + 1 })
    const grant = record.grant!
    const message = await this.#revoke(record.id, grant)
    const givenUp = seconds() > grant.obtainedAtMs / 1000 + limits.REVOKE_GIVE_UP_SECONDS
    log('login_given_back', {
      login: record.id,
      code: failure.code,
      revoked: message === undefined,
    })
    if (message === undefined || givenUp) {
      const { grant: _, ...rest } = ended
      this.#write(rest)
    }
    return { ok: false, failure }
  }

  /** @returns undefined when X took the grant back, else why not */
  async #revoke(id: string, grant: UnadoptedGrant): Promise<string | undefined> {
    try {
      const config = configOf(this.env)
      const opened = await openGrant(await keyringOf(config.sealingKeys), id, grant)
      // X gives the same OAuth 1.0a token again and again: giving it back would end the one that the account holds.
      if (opened.kind === 'oauth1' && (await accountAt(this.env, opened.user.id).read())?.oauth1)
        return undefined
      return await giveBack(config, opened, seconds())
    } catch (error) {
      return failedWith(error).failure.detail ?? 'Perch could not ask X.'
    }
  }

  #end(record: LoginRecord, failure: FailureData): Result<AccountView> {
    log('login_failed', { login: record.id, code: failure.code })
    this.#write({ ...record, stage: 'failed', failure })
    return { ok: false, failure }
  }

  /** Whatever can fail locally fails here, before a code is spent. */
  async #opened({ id, sealedPending, proofHash }: Omit<Redemption, 'answer'>) {
    const config = configOf(this.env)
    need(config, 'SEALING_KEYS')
    const keyring = await keyringOf(config.sealingKeys)
    const pending = await openPending(keyring, id, sealedPending)
    need(config, ...settingsOf(pending.flow))
    const { creator, returnTo, expiresAt } = pending
    const fresh = {
      id,
      expiresAt,
      ...(creator ? { creator } : {}),
      ...(returnTo === undefined ? {} : { returnTo }),
      stage: 'open',
      doubts: 0,
      tries: 0,
    } as const
    const before = this.#record
    // Whoever brings the code that X takes has the login; until then everybody with a cookie may try.
    const record: LoginRecord = before?.grant ? { ...before } : { ...fresh, ...before, proofHash }
    return { record, config, keyring, pending }
  }

  /**
   * One step. If the storage refuses it, this object may have the only pair that X takes: it goes on from memory, and is
   * written again for as long as this object lives.
   */
  #write(next: LoginRecord): LoginRecord {
    try {
      this.#journal(next)
    } catch (error) {
      log('login_not_stored', { login: next.id, ...errorOf(error) })
      this.#record = next
      this.ctx.waitUntil(this.#storeAgain(next))
    }
    return next
  }

  /** One durable step. @throws when the storage refuses */
  #journal(next: LoginRecord): void {
    this.#keep(next)
    void this.#setAlarm(next)
  }

  async #storeAgain(next: LoginRecord): Promise<void> {
    for (let ms = limits.STORE_AGAIN_MS; ; ms = Math.min(ms * 2, limits.STORE_AGAIN_MAX_MS)) {
      await new Promise((wake) => setTimeout(wake, ms))
      // What came after it is written by itself.
      if (this.#record !== next) return
      try {
        return this.#journal(next)
      } catch (error) {
        log('login_not_stored', { login: next.id, ...errorOf(error) })
      }
    }
  }

  /** Writes what moves no alarm. */
  #keep(next: LoginRecord): void {
    this.#row.write(next)
    this.#record = next
  }

  #setAlarm(record: LoginRecord): Promise<void> {
    return this.ctx.storage.setAlarm(alarmAt(record, seconds()) * 1000)
  }
}

/** A failure in the words for its own browser. */
const named = (
  { code }: FailureData,
  names: NonNullable<LoginRecord['wrongAccount']>,
): Result<never> => failed(code, wrongAccountInWords(names))

const STILL_ASKED = 'X has not answered yet.'

const seconds = (): number => Math.floor(Date.now() / 1000)

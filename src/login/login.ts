/**
 * The object `Login`, one per login: redeems an answer once, and keeps a new grant safe until an account has it.
 *
 * Browsers load a callback twice, and X may revoke everything when a code is replayed. So every callback of a login comes
 * here: the first one has the code exchanged, and the others get the answer of the first.
 */
import { DurableObject } from 'cloudflare:workers'
import { sealFresh } from '../account/grant'
import { accountAt } from '../account/stub'
import { type AccountView, viewOf } from '../account/view'
import { unixSeconds } from '../clock'
import { sameSecret } from '../crypto/hash'
import { keyringOf } from '../crypto/keyring'
import { configOf, need } from '../env'
import { done, Failure, type FailureData, failed, failedWith, type Result } from '../failure'
import * as limits from '../limits'
import { errorOf, log } from '../log'
import { inTime } from '../patience'
import { Row } from '../store/row'
import { unlessNewer } from '../store/version'
import type { NotGranted } from '../x/answer'
import { KINDS_AT_X } from '../x/grant-kinds'
import type { User } from '../x/user'
import { disclose, type LoginStatus, type Viewer } from './disclosure'
import { type Redeemable, refusalOf } from './exchange'
import { exchange, FLOWS, fittingAnswer, flowSettings } from './flows'
import { giveBack, openGrant, ownerOf, sealGrant, type UnadoptedGrant } from './grant'
import { LOGIN_ROW } from './migrations'
import { type Creator, openPending, type PendingLogin } from './pending'
import { alarmAt, type LoginRecord, mayConnect, wrongAccountInWords } from './record'
import { isGivenUp, isStale, renew } from './renewal'

/** The one that brings an answer: a browser, by the proof that its cookie gives, or the caller that made the login. */
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

/** The object of one login: redeems its answer once, and keeps the grant until an account has it. */
export class Login extends DurableObject<Env> {
  #row: Row<LoginRecord>
  #record: LoginRecord | undefined
  /** Whether the row is one of a later build: this one neither reads it nor writes over it. */
  readonly #isNewer: boolean
  /** The one piece of work under way, which every callback joins; it never rejects. */
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

  /** Ends the login since the user said no. What is settled or under way by then stays as it is. */
  async cancel(cancellation: Omit<Redemption, 'answer'>): Promise<Result<AccountView>> {
    const result =
      this.#settled() ??
      (await this.#heard(async () => {
        const { record } = await this.#opened(cancellation)
        // X gave a grant before this denial came: the account gets it.
        if (record.grant) return this.#settle(record)
        return this.#end(record, new Failure('login_cancelled').data)
      }))
    return this.#answerFor(cancellation, result)
  }

  /**
   * The answer for a browser that comes back after the pending state is gone; undefined when that browser does not hold
   * this login's proof, or when the login has no end yet.
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
   * What a caller is told that asks how this login went; undefined when no callback of it has arrived. Two callers may
   * bring the same proof at the same time: this object makes one of them the first, and writes that down before it
   * answers.
   *
   * @param proofHash - the hash of the proof that the caller sent along; undefined: it sent none
   */
  async disclose(
    viewer: Viewer,
    proofHash: string | undefined,
  ): Promise<Result<LoginStatus> | undefined> {
    if (this.#isNewer) return failed('storage_newer')
    const record = this.#record
    if (!record) return undefined
    const isRight = proofHash !== undefined && (await sameSecret(proofHash, record.proofHash))
    // While the hashes were compared, X may have taken another browser's code, or another caller spent the proof.
    if (this.#record !== record) return this.disclose(viewer, proofHash)
    const proof = isRight ? 'right' : proofHash === undefined ? 'none' : 'wrong'
    const { answer, spent } = disclose(record, viewer, proof, unixSeconds())
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
      return this.ctx.storage.setAlarm((unixSeconds() + limits.NEWER_ALARM_SECONDS) * 1000)
    }
    const record = this.#record
    if (!record) return
    const result = await this.#once(async () => this.#tend(record))
    if (!result.ok && this.#record) await this.#setAlarm(this.#record)
  }

  /** Does what is due by now: an exchange that was cut off ends, a grant goes on its way, an old record is erased. */
  async #tend(record: LoginRecord): Promise<Result<AccountView>> {
    if (record.stage === 'exchanging')
      return this.#end(record, new Failure('login_reply_lost').data)
    if (record.stage === 'granted') return this.#settle(record)
    if (record.grant) return this.#giveBack(record, record.failure!)
    if (unixSeconds() >= record.expiresAt) {
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
   * The answer that this redeemer may have. Everybody who opened the login's link can come here with junk, so which
   * account it was is told to the browser whose code X took. The caller that made a login which returns nowhere may know
   * it too, as it may by asking for its status.
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

  /** Waits for the work, but no longer than a person does: it goes on without him, and a reload finds its end. */
  async #heard(work: () => Promise<Result<AccountView>>): Promise<Result<AccountView>> {
    const heard = await inTime(this.#once(work), limits.CALLER_PATIENCE_MS)
    if (heard) return heard.value
    return failed('login_unfinished', STILL_ASKED, limits.STILL_UNDER_WAY_SECONDS)
  }

  #once(work: () => Promise<Result<AccountView>>): Promise<Result<AccountView>> {
    this.#running ??= work()
      .catch((error: unknown) => {
        log('login_interrupted', { login: this.#record?.id, ...errorOf(error) })
        // A grant that is still here is tried again by alarm, less and less often.
        if (this.#record?.grant) this.#write({ ...this.#record, tries: this.#record.tries + 1 })
        return failedWith(error)
      })
      .finally(() => {
        this.#running = undefined
      })
    // The work goes on when the browser that began it goes away.
    this.ctx.waitUntil(this.#running)
    return this.#running
  }

  async #redeem(redemption: Redemption): Promise<Result<AccountView>> {
    const { id, answer } = redemption
    const { record, config, keyring, pending } = await this.#opened(redemption)
    if (record.grant) return this.#settle(record)
    const text = fittingAnswer(pending.flow, answer)
    if (text === undefined) return failed('callback_malformed', 'It answers another kind of login.')
    const sentAt = record.sentAt ?? unixSeconds()
    const alive = () => unixSeconds() - sentAt < FLOWS[pending.flow].answerLivesSeconds
    let message: string | undefined
    let { doubts } = record
    for (; doubts < limits.CODE_TRIES && alive(); doubts++) {
      // Written before the call leaves: should this object die now, the next callback knows that the code was sent.
      this.#journal({ ...record, stage: 'exchanging', sentAt, doubts: doubts + 1 })
      const outcome = await exchange(config, pending, text, Date.now())
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
      // X has taken the code: sent again, it would be refused, and what X gave for it might end (RFC 6749 §4.1.2).
      if (outcome.cut?.tokens)
        return this.#end(record, new Failure('login_reply_lost', message).data)
    }
    return this.#end(
      record,
      new Failure(doubts > 0 ? 'login_reply_lost' : 'code_expired', message).data,
    )
  }

  /** Answers X's no, for now or for good. */
  #refused(
    record: LoginRecord,
    pending: PendingLogin,
    answer: Redeemable,
    outcome: Exclude<NotGranted, { kind: 'unknown' }>,
  ): Result<AccountView> {
    const { message } = outcome
    if (outcome.kind === 'refused' || outcome.kind === 'declined') {
      // When an earlier call got no answer, this no means that X had acted on that one, and its answer was lost.
      if (record.doubts > 0) return this.#end(record, new Failure('login_reply_lost', message).data)
      if (outcome.kind === 'declined')
        return this.#end(record, new Failure('login_refused_by_x', message).data)
      const wrongPins = (record.wrongPins ?? 0) + 1
      const { answerTries } = FLOWS[pending.flow]
      if (outcome.what === 'verifier' && wrongPins < answerTries) {
        this.#write({ ...record, stage: 'open', wrongPins })
        return failed('pin_wrong', message)
      }
      return this.#end(
        record,
        new Failure(refusalOf(outcome.what, answer, unixSeconds()), message).data,
      )
    }
    this.#write({ ...record, stage: 'open' })
    return outcome.kind === 'app'
      ? failed(outcome.failure, message)
      : failed('x_rate_limited', message, outcome.retryAfter)
  }

  /** Brings a grant to its account: asks X whose it is, whether that user may connect here, and has it adopted. */
  async #settle(record: LoginRecord): Promise<Result<AccountView>> {
    if (isStale(record.grant!, unixSeconds())) return this.#renew(record)
    const config = configOf(this.env)
    const keyring = await keyringOf(config.sealingKeys)
    const grant = await openGrant(keyring, record.id, record.grant!)
    const askedAtMs = Date.now()
    const user = await ownerOf(config, grant, unixSeconds())
    if (typeof user === 'string') return this.#later(record, user)
    const isAllowed = mayConnect(config.allow, record.creator, user)
    const refusal = isAllowed ? 'login_superseded' : 'account_not_allowed'
    const { nextLogin } = KINDS_AT_X[grant.kind]
    // A token that X gives again with each login is not adopted over itself where nobody may have it.
    if (!isAllowed && nextLogin === 'gives it again') return this.#refuse(record, refusal, user)
    const adopting = await sealFresh(keyring, user.id, grant, config.refreshPolicy)
    const adoption = {
      ...user,
      loginId: record.id,
      // X ends the grant of the earlier of two logins, in an order that nobody sees: this one lived when it was asked about.
      grant: nextLogin === 'ends it' ? { ...adopting, obtainedAtMs: askedAtMs } : adopting,
      sentAtMs: grant.obtainedAtMs,
    }
    // X has ended what this account held: where it may not connect, its only live grant goes where it belongs.
    const inPlace = isAllowed ? {} : { onlyInPlace: true as const }
    const account = accountAt(this.env, user.id)
    const adopted = await account.adopt({ ...adoption, ...inPlace }).catch(() => undefined)
    if (!adopted) return this.#later(record, 'The account could not be stored yet.')
    const { how } = adopted
    log('login_adopted', { login: record.id, account: user.id, how })
    if (!adopted.account || how === 'disconnected' || how === 'unwanted')
      return this.#refuse(record, refusal, user)
    const { grant: _, ...rest } = record
    if (!isAllowed) return this.#end(await this.#named(rest, user), new Failure(refusal).data)
    log('login_complete', { login: record.id, account: user.id, how })
    return done(
      this.#write({ ...rest, stage: 'complete', account: viewOf(adopted.account, unixSeconds()) })
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

  /** Notes for the page whose account it was, and which one was meant if the caller is limited to a single one. */
  async #named(record: LoginRecord, user: User): Promise<LoginRecord> {
    const [only, ...others] = record.creator?.accounts ?? []
    const account =
      only !== undefined && others.length === 0 ? accountAt(this.env, only) : undefined
    const meant = await account?.read().catch(() => undefined)
    const names = { is: user.username, ...(meant ? { meant: meant.username } : {}) }
    return { ...record, wrongAccount: names }
  }

  /** Refreshes a pair that has expired before X said whose it is: it may be the only live grant that its account has. */
  async #renew(before: LoginRecord): Promise<Result<AccountView>> {
    const { renewal, ...record } = before
    const now = unixSeconds()
    const { grant, ...rest } = record
    if (isGivenUp(grant!, now)) return this.#later(record, GIVEN_UP)
    // The object that sent the last refresh died; its call may still run at X.
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

  /** Keeps the grant here: X is asked again by the alarm, or by a reload of the page. */
  #later(record: LoginRecord, message: string): Result<AccountView> {
    const { grant, ...rest } = record
    if (grant && isGivenUp(grant, unixSeconds())) {
      log('login_identity_unknown', { login: record.id })
      return this.#end(rest, new Failure('identity_unknown', message).data)
    }
    log('login_unfinished', { login: record.id, message })
    this.#write({ ...record, tries: record.tries + 1 })
    return failed('login_unfinished', message, limits.IDENTITY_RETRY_SECONDS)
  }

  /** Gives a grant that nobody may have back to X; until X has taken it, the alarm tries again. */
  async #giveBack(record: LoginRecord, failure: FailureData): Promise<Result<AccountView>> {
    const ended = this.#write({ ...record, stage: 'failed', failure, tries: record.tries + 1 })
    const grant = record.grant!
    const message = await this.#revoke(record.id, grant)
    const givenUp = unixSeconds() > grant.obtainedAtMs / 1000 + limits.REVOKE_GIVE_UP_SECONDS
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

  /** Ends the grant at X. @returns undefined when X took it back, or needs not; else why it did not */
  async #revoke(id: string, grant: UnadoptedGrant): Promise<string | undefined> {
    try {
      const config = configOf(this.env)
      const opened = await openGrant(await keyringOf(config.sealingKeys), id, grant)
      const { kind } = opened
      // A token that X gives again with each login may be the one that the account holds: giving it back would end that.
      if (KINDS_AT_X[kind].nextLogin === 'gives it again' && 'user' in opened) {
        const account = await accountAt(this.env, opened.user.id).read()
        if (account?.[kind]) return undefined
      }
      return await giveBack(config, opened, unixSeconds())
    } catch (error) {
      return failedWith(error).failure.detail ?? 'Perch could not ask X.'
    }
  }

  #end(record: LoginRecord, failure: FailureData): Result<AccountView> {
    log('login_failed', { login: record.id, code: failure.code })
    this.#write({ ...record, stage: 'failed', failure })
    return { ok: false, failure }
  }

  /** Opens all that an exchange needs. What can fail without X fails here, before a code is spent. */
  async #opened({ id, sealedPending, proofHash }: Omit<Redemption, 'answer'>) {
    const config = configOf(this.env)
    need(config, 'SEALING_KEYS')
    const keyring = await keyringOf(config.sealingKeys)
    const pending = await openPending(keyring, id, sealedPending)
    need(config, ...flowSettings(pending.flow))
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
    // The login belongs to the browser whose code X takes; until then every browser with a cookie of it may try.
    const record: LoginRecord = before?.grant ? { ...before } : { ...fresh, ...before, proofHash }
    return { record, config, keyring, pending }
  }

  /**
   * Writes one step down. Where the storage refuses, this object may hold the only pair that X takes: so it goes on from
   * memory, and tries to write the step again for as long as it lives.
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

  /** Writes one step down, and sets the alarm for it. @throws when the storage refuses */
  #journal(next: LoginRecord): void {
    this.#keep(next)
    void this.#setAlarm(next)
  }

  async #storeAgain(next: LoginRecord): Promise<void> {
    for (let ms = limits.STORE_AGAIN_MS; ; ms = Math.min(ms * 2, limits.STORE_AGAIN_MAX_MS)) {
      await new Promise((wake) => setTimeout(wake, ms))
      // A later step has taken the place of this one, and is written in its own turn.
      if (this.#record !== next) return
      try {
        return this.#journal(next)
      } catch (error) {
        log('login_not_stored', { login: next.id, ...errorOf(error) })
      }
    }
  }

  /** Writes the record; the alarm stays where it is. */
  #keep(next: LoginRecord): void {
    this.#row.write(next)
    this.#record = next
  }

  #setAlarm(record: LoginRecord): Promise<void> {
    return this.ctx.storage.setAlarm(alarmAt(record, unixSeconds()) * 1000)
  }
}

/** The failure of a wrong account as its own browser is told it: with the names. */
const named = (
  { code }: FailureData,
  names: NonNullable<LoginRecord['wrongAccount']>,
): Result<never> => failed(code, wrongAccountInWords(names))

const GIVEN_UP = 'X was asked for a day.'
const STILL_ASKED = 'X has not answered yet.'

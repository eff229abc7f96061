/**
 * The life of one login: an answer is sent to X once, and a grant that X gave is kept until an account has it or X has it
 * back. What it needs of the world is in {@link LoginEffects}.
 *
 * Browsers load a callback twice, and X may revoke everything when a code is replayed. So every answer to a login comes
 * here: of equal ones the first is exchanged, and the others join it. Different ones are exchanged each, since people go
 * back and choose another account; the newest good one wins.
 */
import type { AccountView } from '../account/view'
import { secondsOf } from '../clock'
import { done, Failure, type FailureData, failed, failedWith, type Result } from '../failure'
import * as limits from '../limits'
import { errorOf } from '../log'
import * as answers from './answers'
import type { Brought, LoginEffects } from './effects'
import type { Redeemable } from './exchange'
import { FLOWS, fittingAnswer } from './flows'
import { HeldLogin } from './held-login'
import { identityOf } from './identity'
import { IMPORT_MARK, type ImportedPair, importedRecord } from './imported-pair'
import type { PendingLogin } from './pending'
import { type HeldGrant, type LaterClaim, type LoginRecord, nextWorkAt, type Told } from './record'
import { isGivenUp, isStale, type NotRenewed } from './renewal'
import { verdictOn } from './verdict'
import { haltedFor, leftToAlarmUntil, notRenewed, postponed } from './waits'

/** An answer to a login, and who brings it. */
export interface Brings {
  id: string
  pending: PendingLogin
  answer: Redeemable
  /** See `answerMark`. */
  mark: string
  proofHash: string
  isCreator: boolean
}

type Outcome = Result<AccountView>

/** The life of one login. */
export class LoginMachine {
  protected readonly fx: LoginEffects
  protected readonly held: HeldLogin
  /** What is under way, by the mark of its answer: whoever brings the same one joins it. None of these rejects. */
  readonly #works = new Map<string, Promise<Outcome>>()

  constructor(effects: LoginEffects, held = new HeldLogin(effects)) {
    this.fx = effects
    this.held = held
  }

  /** The record; undefined: no answer to this login has arrived. */
  get record(): LoginRecord | undefined {
    return this.held.current
  }

  /** Brings an answer to X, or joins or follows the one that was brought before. */
  redeem(brings: Brings): Promise<Outcome> {
    const { id, pending, mark, answer } = brings
    const text = fittingAnswer(pending.flow, answer)
    if (text === undefined)
      return Promise.resolve(failed('callback_malformed', 'It answers another kind of login.'))
    const running = this.#works.get(mark)
    if (running !== undefined) return this.#heard(running)
    const record = this.record ?? answers.newLogin(id, pending)
    const livesSeconds = FLOWS[pending.flow].answerLivesSeconds
    const admission = answers.admit(record, { ...brings, livesSeconds }, this.#seconds)
    if (admission.act === 'refuse')
      return Promise.resolve({ ok: false, failure: admission.failure })
    if (admission.act === 'end') return Promise.resolve(this.#spent(mark, admission.failure))
    if (admission.act === 'follow') return this.#follow(record, admission.mark)
    return this.#heard(this.#work(mark, () => this.send(brings, text)))
  }

  /** Takes in a pair that came from elsewhere, once, and says how far it is. Nothing is spent before it is written down. */
  async take(pair: ImportedPair): Promise<Outcome> {
    const record = this.record ?? importedRecord(pair, this.#seconds)
    if (!this.record) this.journal(record)
    return this.#follow(record, IMPORT_MARK)
  }

  /**
   * Notes that X sent the user back without an answer: he said no, or X could not. What X gave before, or is about to
   * give, counts more.
   *
   * @param passes - whether X may give an answer to this login yet
   */
  async deny(
    { id, pending, proofHash }: Pick<Brings, 'id' | 'pending' | 'proofHash'>,
    failure: FailureData,
    passes: boolean,
  ): Promise<Outcome> {
    await this.fx.patience(Promise.all(this.#works.values()), limits.CALLER_PATIENCE_MS)
    if (this.#works.size > 0) return STILL_UNDER_WAY
    const record = this.record ?? answers.newLogin(id, pending)
    const waiting = record.grants.find(({ way }) => way === 'to its account')
    if (waiting) return this.#follow(record, waiting.mark)
    if (record.result.stage === 'complete') return done(record.result.account)
    const { result } = record
    const isSame =
      result.stage === 'failed' &&
      result.proofHash === proofHash &&
      result.failure.code === failure.code
    if (!passes && !isSame) this.#end(answers.ended(record, { proofHash, failure }), failure)
    if (passes && result.stage === 'open' && result.failure?.code !== failure.code)
      this.held.keep({ ...record, result: { stage: 'open', failure } })
    return { ok: false, failure }
  }

  /** Notes which caller was told the result: from then on it stands. @throws when the storage refuses */
  tell(told: Told): void {
    const record = this.#known
    if (record.result.stage !== 'complete') return
    this.held.note({ ...record, result: { ...record.result, told } })
  }

  /** How this login stands, once what is under way is over or a person has waited long enough; undefined: it is open. */
  async standing(): Promise<Outcome | undefined> {
    const record = this.record
    if (!record) return undefined
    const { result } = record
    if (result.stage === 'complete') return done(result.account)
    if (result.stage === 'failed') return { ok: false, failure: result.failure }
    if (result.stage === 'open') return undefined
    return this.#follow(record, record.answers[result.by]?.mark ?? '')
  }

  /** Does what is due by now: a call that was cut off ends, grants go on their way, an old record is erased. */
  async alarm(): Promise<void> {
    const before = this.record
    if (!before) return
    // An alarm that rings a little early is for what is due next all the same.
    const now = Math.max(nextWorkAt(before) ?? 0, this.#seconds)
    const lost = answers.withoutLost(before, (mark) => this.#works.has(mark), now)
    if (lost !== before) this.#end(lost, new Failure('login_reply_lost').data)
    const due = before.grants.filter(({ nextAt }) => nextAt <= now)
    await Promise.all(due.map(({ mark }) => this.#work(mark, () => this.#tend(mark))))
    const { record } = this
    if (!record) return
    const wasIdle = nextWorkAt(before) === undefined && this.#works.size === 0
    if (wasIdle && this.#seconds >= record.expiresAt) return this.held.erase()
    await this.held.wake()
  }

  #tend(mark: string): Promise<Outcome> {
    const grant = this.#grantOf(mark)
    if (!grant) return Promise.resolve(this.#resultFor(mark))
    return grant.way === 'back to x' ? this.#giveBack(grant) : this.settle(mark)
  }

  /** The result of an answer that X took; if its grant is still on its way, after one more try. */
  async #follow(record: LoginRecord, mark: string): Promise<Outcome> {
    const grant = record.grants.find((each) => each.mark === mark && each.way === 'to its account')
    const isWaiting = grant && !this.#works.has(mark)
    const until = isWaiting ? leftToAlarmUntil(grant, this.#seconds) : undefined
    if (grant && until === undefined) return this.#heard(this.#work(mark, () => this.settle(mark)))
    const outcome = this.#resultFor(mark)
    if (until === undefined || outcome.ok || record.result.stage !== 'waiting') return outcome
    // What was said a while ago would send whoever comes now away for too long.
    return { ok: false, failure: { ...outcome.failure, retryAfter: until - this.#seconds } }
  }

  /** How the login stands for whoever brought this answer. */
  #resultFor(mark: string): Outcome {
    const result = this.record?.result
    const outcome = this.record && answers.sentAnswer(this.record, mark)?.outcome
    if (outcome?.stage === 'spent') return { ok: false, failure: outcome.failure }
    if (outcome?.stage === 'taken' && outcome.beside !== undefined)
      return failed('login_told', `This answer was @${outcome.beside}’s.`)
    if (result?.stage === 'complete') return done(result.account)
    return { ok: false, failure: (result && answers.failureOf(result)) ?? UNKNOWN }
  }

  /** Waits for the work, but no longer than a person does: it goes on without him, and a reload finds its end. */
  async #heard(work: Promise<Outcome>): Promise<Outcome> {
    let heard: Outcome | undefined
    const hearing = work.then((outcome) => {
      heard = outcome
    })
    await this.fx.patience(hearing, limits.CALLER_PATIENCE_MS)
    return heard ?? STILL_UNDER_WAY
  }

  #work(mark: string, begin: () => Promise<Outcome>): Promise<Outcome> {
    const running = this.#works.get(mark)
    if (running !== undefined) return running
    const work = begin()
      .catch((error: unknown) => {
        this.fx.log('login_interrupted', { login: this.record?.id, ...errorOf(error) })
        // A grant that is still here is tried again by alarm, less and less often.
        const grant = this.#grantOf(mark)
        if (grant) this.held.keep(this.#with(postponed(grant, this.#seconds)))
        return failedWith(error)
      })
      .finally(() => this.#works.delete(mark))
    this.#works.set(mark, work)
    // The work goes on when the browser that began it goes away.
    this.fx.keepAlive(work)
    return work
  }

  /** Sends an answer to X, and once more if the outcome of the first call got lost and it still lives. */
  protected async send(brings: Brings, text: string): Promise<Outcome> {
    const { id, pending, mark } = brings
    const { answerLivesSeconds } = FLOWS[pending.flow]
    for (;;) {
      // Written before the call leaves: should this object die now, the next callback knows that the answer was sent.
      this.journal(
        answers.sending(this.record ?? answers.newLogin(id, pending), brings, this.#seconds),
      )
      const outcome = await this.fx.exchange(id, pending, text)
      const { message, nonconformity } = {
        message: undefined,
        nonconformity: undefined,
        ...outcome,
      }
      const said = outcome.kind === 'granted' ? { nonconformity } : { message }
      this.fx.log('login_exchange', { login: id, outcome: outcome.kind, ...said })
      if (outcome.kind === 'granted') {
        this.held.keep(answers.granted(this.#known, mark, outcome.grant, this.#seconds))
        return this.settle(mark)
      }
      if (outcome.kind !== 'unknown') return this.#refused(brings, outcome)
      const sent = answers.sentAnswer(this.#known, mark)
      // X has taken the code: sent again, it would be refused, and what X gave for it might end (RFC 6749 §4.1.2).
      const isTaken = outcome.cut?.tokens !== undefined
      if (isTaken || !sent || !answers.mayBeSent(sent, answerLivesSeconds, this.#seconds))
        return this.#spent(mark, new Failure('login_reply_lost', message).data)
    }
  }

  /** Writes a step down before its call leaves. @throws when the storage refuses */
  protected journal(next: LoginRecord): void {
    this.held.journal(next)
  }

  /** Answers X's no, for now or for good. */
  #refused(brings: Brings, outcome: Parameters<typeof verdictOn>[0]): Outcome {
    const record = this.#known
    const { mark } = brings
    const sent = answers.sentAnswer(record, mark)
    const { fate, failure } = verdictOn(outcome, brings, sent, record, this.#seconds)
    if (fate === 'spent') return this.#spent(mark, failure)
    this.held.keep(
      fate === 'unused'
        ? answers.unused(record, mark, failure)
        : answers.spent(record, mark, failure, true),
    )
    return { ok: false, failure }
  }

  /** Brings a grant to its account: asks X whose it is, whether that user may connect here, and has it adopted. */
  protected async settle(mark: string): Promise<Outcome> {
    const grant = this.#grantOf(mark)
    if (!grant) return this.#resultFor(mark)
    if (isStale(grant, this.#seconds)) return this.#renew(grant)
    const { id, identityOnly, loginApp } = this.#known
    const askedAtMs = this.fx.now()
    const whose = await this.fx.whose(id, grant)
    if (whose.kind !== 'user') {
      const { waitSeconds } = whose
      const isPassing = whose.kind === 'later'
      const failure = isPassing ? unfinished(whose.message, waitSeconds) : whose.failure
      return this.#later(postponed(grant, this.#seconds, waitSeconds), failure)
    }
    const { user } = whose
    const isAllowed = this.fx.mayConnect(this.#known, user)
    // X has ended what this account held: where it may not connect, its only live grant goes where it belongs.
    const where = !isAllowed ? 'in place' : identityOnly ? 'if connected' : 'anywhere'
    const bringing = { id, grant, user, askedAtMs, where } as const
    // X has ended nothing that an account holds for a grant of the second app.
    const brought = loginApp ? OF_LOGIN_APP : await this.fx.bring(bringing).catch(() => undefined)
    if (!brought) {
      const again = postponed(grant, this.#seconds)
      return this.#later(again, unfinished('The account could not be stored yet.'))
    }
    const { how } = brought
    if (!loginApp) this.fx.log('login_adopted', { login: id, account: user.id, how })
    const { id: userId, username, name } = user
    const claim = { user: { id: userId, username, name }, askedAtMs }
    const back = this.#goingBack(grant, brought, {
      ...claim,
      where: isAllowed ? 'if connected' : 'in place',
    })
    if (!isAllowed) {
      const failure = new Failure('account_not_allowed').data
      return this.#unwanted(mark, failure, back, username)
    }
    if (brought.kind === 'adopted') return this.#complete(mark, brought.account, how)
    if (!identityOnly) return this.#unwanted(mark, new Failure('login_superseded').data, back)
    // Who it is was all that was asked.
    return this.#complete(mark, identityOf(user, whose.sealedEmail), how, back)
  }

  /** A grant that no account has, on its way back to X; undefined where it needs not, or must not, go there. */
  #goingBack(grant: HeldGrant, brought: Brought, claim: LaterClaim): HeldGrant | undefined {
    if (brought.kind === 'adopted' || brought.isShared) return undefined
    if (brought === OF_LOGIN_APP)
      return { ...grant, way: 'back to x', tries: 0, nextAt: this.#seconds }
    const nextAt = this.#seconds + limits.GIVE_BACK_AFTER_SECONDS
    // A login that came before a DELETE is offered to nobody again.
    const again = brought.how === 'disconnected' ? {} : { claim }
    return { ...grant, way: 'back to x', tries: 0, nextAt, ...again }
  }

  /** An account has the grant, or who it is is all that was wanted: the newest answer decides who logged in. */
  #complete(mark: string, account: AccountView, how: string, back?: HeldGrant): Outcome {
    const record = this.#known
    const next = answers.completed(record, mark, account)
    this.held.keep(back ? { ...next, grants: [...next.grants, back] } : next)
    this.fx.log('login_complete', { login: record.id, account: account.id, how })
    const { result } = next
    const isBeside = result.stage === 'complete' && result.account.id !== account.id
    return isBeside ? this.#resultFor(mark) : done(account)
  }

  /** Ends this answer where its user may not have what he asked for. */
  async #unwanted(
    mark: string,
    failure: FailureData,
    back: HeldGrant | undefined,
    is?: string,
  ): Promise<Outcome> {
    const meant = is === undefined ? undefined : await this.#meant()
    const wrongAccount = is === undefined ? {} : { wrongAccount: { is, ...meant } }
    const proofHash = answers.sentAnswer(this.#known, mark)?.proofHash ?? ''
    const without = answers.withoutHeld(this.#known, mark)
    const left = back ? { ...without, grants: [...without.grants, back] } : without
    this.#end(answers.ended(left, { proofHash, failure, ...wrongAccount }), failure)
    return { ok: false, failure }
  }

  /** The account that was meant, if the caller that made this login is limited to a single one. */
  async #meant(): Promise<{ meant?: string }> {
    const [only, ...others] = this.#known.creator?.accounts ?? []
    if (only === undefined || others.length > 0) return {}
    const meant = await this.fx.usernameOf(only).catch(() => undefined)
    return meant === undefined ? {} : { meant }
  }

  /** Refreshes a pair that has expired before X said whose it is: it may be the only live grant that its account has. */
  async #renew(before: HeldGrant): Promise<Outcome> {
    const { renewal, ...grant } = before
    const now = this.#seconds
    const { id } = this.#known
    // The object that sent the last refresh died; its call may still run at X.
    const over = renewal && renewal.startedAt + limits.JOURNAL_DOUBT_SECONDS
    if (over !== undefined && now < over)
      return this.#later({ ...before, nextAt: over }, unfinished(STILL_ASKED, over - now))
    const trouble = await this.fx.permit()
    if (trouble) return this.#heldBack(grant, trouble)
    const startedAt = this.#seconds
    const nextAt = startedAt + limits.JOURNAL_DOUBT_SECONDS
    this.journal(this.#with({ ...grant, renewal: { startedAt }, nextAt }))
    const renewed = await this.fx.renew(id, grant)
    this.fx.log('login_renewed', { login: id, outcome: renewed.kind })
    if (renewed.kind === 'renewed') {
      const fresh = { ...grant, ...renewed.grant, tries: 0, renewalTries: 0 }
      this.held.keep(this.#with(postponed(fresh, this.#seconds)))
      return this.settle(grant.mark)
    }
    if (renewed.kind === 'dead') return this.#lose(grant, renewed.message)
    if (renewed.kind === 'cut' && renewed.grant) {
      // The access token arrived: it is all that the next question needs.
      this.held.keep(this.#with(postponed({ ...grant, ...renewed.grant, tries: 0 }, this.#seconds)))
      return this.settle(grant.mark)
    }
    const next = notRenewed(grant, renewed, this.fx.now(), this.fx.random())
    const outcome = this.#later(next, unfinished(renewed.message, next.nextAt - this.#seconds))
    const halted = await this.#consult(renewed)
    return halted && this.#grantOf(grant.mark) ? this.#heldBack(grant, halted) : outcome
  }

  /** Lets the app's object judge what concerns more than this pair. X's answer is written down by now. */
  async #consult(why: NotRenewed): Promise<FailureData | undefined> {
    if (why.kind === 'app') return this.fx.appRefused(why.message)
    if (why.kind === 'later') await this.fx.paused(why.waitSeconds)
    return undefined
  }

  /** Keeps a pair whose refresh token is not presented while no refresh may leave, however long that is. */
  #heldBack(grant: HeldGrant, { code, detail = '', retryAfter = 1 }: FailureData): Outcome {
    const failure = new Failure(code, `${detail} What X gave is kept.`.trim(), retryAfter).data
    this.fx.log('login_unfinished', { login: this.#known.id, message: failure.detail ?? code })
    const next = this.#with(haltedFor(grant, this.#seconds, retryAfter))
    this.held.keep(answers.waiting(next, grant.mark, failure))
    return { ok: false, failure }
  }

  /** Keeps the grant here: X is asked again by the alarm, or by a reload of the page. */
  #later(grant: HeldGrant, failure: FailureData): Outcome {
    if (isGivenUp(grant, this.#seconds)) {
      this.fx.log('login_identity_unknown', { login: this.#known.id })
      return this.#lose(grant, failure.detail)
    }
    this.fx.log('login_unfinished', {
      login: this.#known.id,
      message: failure.detail ?? failure.code,
    })
    this.held.keep(answers.waiting(this.#with(grant), grant.mark, failure))
    return { ok: false, failure }
  }

  /** Ends an answer whose grant is of no use to anybody any more. */
  #lose(grant: HeldGrant, message: string | undefined): Outcome {
    this.held.keep(answers.withoutHeld(this.#known, grant.mark))
    return this.#spent(grant.mark, new Failure('identity_unknown', message).data)
  }

  /** Gives a grant that nobody may have back to X; until X has taken it, the alarm tries again. */
  async #giveBack(grant: HeldGrant): Promise<Outcome> {
    const { id } = this.#known
    const claimed = grant.claim && (await this.#claimed(id, grant, grant.claim))
    if (claimed === 'later') this.held.keep(this.#with(postponed(grant, this.#seconds)))
    if (claimed === 'adopted') this.held.keep(answers.withoutHeld(this.#known, grant.mark))
    if (claimed === 'later' || claimed === 'adopted') return this.#resultFor(grant.mark)
    const message = await this.fx
      .giveBack(id, grant)
      .catch((error: unknown) => failedWith(error).failure.detail ?? 'Perch could not ask X.')
    const givenUp = this.#seconds > grant.obtainedAtMs / 1000 + limits.REVOKE_GIVE_UP_SECONDS
    this.fx.log('login_given_back', { login: id, revoked: message === undefined })
    if (message === undefined || givenUp)
      this.held.keep(answers.withoutHeld(this.#known, grant.mark))
    else this.held.keep(this.#with(postponed(grant, this.#seconds)))
    return this.#resultFor(grant.mark)
  }

  /** Offers a grant once more to the account of its user, which may have been connected meanwhile with what X has ended. */
  async #claimed(
    id: string,
    grant: HeldGrant,
    claim: LaterClaim,
  ): Promise<'adopted' | 'later' | 'nobody'> {
    const brought = await this.fx.bring({ id, grant, ...claim }).catch(() => undefined)
    if (!brought) return 'later'
    if (brought.kind !== 'adopted') return 'nobody'
    this.fx.log('login_adopted', { login: id, account: claim.user.id, how: brought.how })
    return 'adopted'
  }

  #spent(mark: string, failure: FailureData): Outcome {
    this.#end(answers.spent(this.#known, mark, failure), failure)
    return { ok: false, failure }
  }

  #end(next: LoginRecord, { code }: FailureData): void {
    this.fx.log('login_failed', { login: next.id, code })
    this.held.keep(next)
  }

  #grantOf(mark: string): HeldGrant | undefined {
    return this.record?.grants.find((grant) => grant.mark === mark)
  }

  #with(grant: HeldGrant): LoginRecord {
    const record = this.#known
    const grants = record.grants.map((each) => (each.mark === grant.mark ? grant : each))
    return { ...record, grants }
  }

  /** The record of a login of which an answer has arrived. */
  get #known(): LoginRecord {
    const { record } = this
    if (!record) throw new Error('No answer has arrived')
    return record
  }

  get #seconds(): number {
    return secondsOf(this.fx.now())
  }
}

const unfinished = (message: string, wait = limits.IDENTITY_RETRY_SECONDS): FailureData =>
  new Failure('login_unfinished', message, wait).data

const OF_LOGIN_APP: Brought = { kind: 'unwanted', how: 'login_app' }
const STILL_ASKED = 'X has not answered yet.'
const STILL_UNDER_WAY = failed('login_unfinished', STILL_ASKED, limits.STILL_UNDER_WAY_SECONDS)
const UNKNOWN = new Failure('login_unknown').data

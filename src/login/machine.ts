/**
 * The life of one login: an answer is sent to X once, and a grant that X gave is kept until an account has it or X has it
 * back. What it needs of the world is in {@link LoginEffects}.
 *
 * Browsers load a callback twice, and X may revoke everything when a code is replayed. So every answer to a login comes
 * here: of equal ones the first is exchanged, and the others join it. Different ones are exchanged each, since people go
 * back and choose another account; the newest good one wins.
 */
import { secondsOf } from '../clock'
import { done, Failure, type FailureData, failed, failedWith } from '../failure'
import * as limits from '../limits'
import { errorOf } from '../log'
import * as answers from './answers'
import type { LoginEffects } from './effects'
import type { Redeemable } from './exchange'
import { FLOWS, fittingAnswer } from './flows'
import { HeldGrants } from './held-grants'
import { HeldLogin, type LoginOutcome } from './held-login'
import { IMPORT_MARK, type ImportedPair, importedRecord, mayTryAgain } from './imported-pair'
import type { PendingLogin } from './pending'
import { type LoginRecord, nextWorkAt, type Told } from './record'
import { verdictOn } from './verdict'
import { leftToAlarmUntil, postponed } from './waits'

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

/** The life of one login. */
export class LoginMachine {
  protected readonly fx: LoginEffects
  protected readonly held: HeldLogin
  /** What is under way, by the mark of its answer: whoever brings the same one joins it. None of these rejects. */
  readonly #works = new Map<string, Promise<LoginOutcome>>()
  readonly #grants: HeldGrants

  constructor(effects: LoginEffects, held = new HeldLogin(effects)) {
    this.fx = effects
    this.held = held
    this.#grants = new HeldGrants(effects, held)
  }

  /** The record; undefined: no answer to this login has arrived. */
  get record(): LoginRecord | undefined {
    return this.held.current
  }

  /** Brings an answer to X, or joins or follows the one that was brought before. */
  redeem(brings: Brings): Promise<LoginOutcome> {
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
    if (admission.act === 'end') return Promise.resolve(this.held.spend(mark, admission.failure))
    if (admission.act === 'follow') return this.#follow(record, admission.mark)
    return this.#heard(this.#work(mark, () => this.send(brings, text)))
  }

  /** Takes in a pair that came from elsewhere, once, and says how far it is. Nothing is spent before it is written down. */
  async take(pair: ImportedPair): Promise<LoginOutcome> {
    const known = this.record && !mayTryAgain(this.record, this.#seconds) ? this.record : undefined
    const record = known ?? importedRecord(pair, this.#seconds)
    if (!known) this.journal(record)
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
  ): Promise<LoginOutcome> {
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
    if (!passes && !isSame) this.held.end(answers.ended(record, { proofHash, failure }), failure)
    if (passes && result.stage === 'open' && result.failure?.code !== failure.code)
      this.held.keep({ ...record, result: { stage: 'open', failure } })
    return { ok: false, failure }
  }

  /** Notes which caller was told the result: from then on it stands. @throws when the storage refuses */
  tell(told: Told): void {
    const record = this.held.known
    if (record.result.stage !== 'complete') return
    this.held.note({ ...record, result: { ...record.result, told } })
  }

  /** How this login stands, once what is under way is over or a person has waited long enough; undefined: it is open. */
  async standing(): Promise<LoginOutcome | undefined> {
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
    if (lost !== before) this.held.end(lost, new Failure('login_reply_lost').data)
    // One that is left over, since the storage refused the row that would have moved it, is early by minutes: X's time holds.
    const soon = this.#seconds + limits.ALARM_EARLY_SECONDS
    const due = before.grants.filter((grant) => grant.nextAt <= now && notBefore(grant) <= soon)
    await Promise.all(due.map(({ mark }) => this.#work(mark, () => this.#tend(mark))))
    const { record } = this
    if (!record) return
    const wasIdle = nextWorkAt(before) === undefined && this.#works.size === 0
    if (wasIdle && this.#seconds >= record.expiresAt) return this.held.erase()
    await this.held.wake()
  }

  #tend(mark: string): Promise<LoginOutcome> {
    const grant = this.held.grantOf(mark)
    if (!grant) return Promise.resolve(this.held.outcomeFor(mark))
    return grant.way === 'back to x' ? this.#grants.giveBack(grant) : this.#grants.settle(mark)
  }

  /** The result of an answer that X took; if its grant is still on its way, after one more try. */
  async #follow(record: LoginRecord, mark: string): Promise<LoginOutcome> {
    const grant = record.grants.find((each) => each.mark === mark && each.way === 'to its account')
    const isWaiting = grant && !this.#works.has(mark)
    const until = isWaiting ? leftToAlarmUntil(grant, this.#seconds) : undefined
    if (grant && until === undefined)
      return this.#heard(this.#work(mark, () => this.#grants.settle(mark)))
    const outcome = this.held.outcomeFor(mark)
    if (until === undefined || outcome.ok || record.result.stage !== 'waiting') return outcome
    // What was said a while ago would send whoever comes now away for too long.
    return { ok: false, failure: { ...outcome.failure, retryAfter: until - this.#seconds } }
  }

  /** Waits for the work, but no longer than a person does: it goes on without him, and a reload finds its end. */
  async #heard(work: Promise<LoginOutcome>): Promise<LoginOutcome> {
    let heard: LoginOutcome | undefined
    const hearing = work.then((outcome) => {
      heard = outcome
    })
    await this.fx.patience(hearing, limits.CALLER_PATIENCE_MS)
    return heard ?? STILL_UNDER_WAY
  }

  #work(mark: string, begin: () => Promise<LoginOutcome>): Promise<LoginOutcome> {
    const running = this.#works.get(mark)
    if (running !== undefined) return running
    const work = begin()
      .catch((error: unknown) => {
        this.fx.log('login_interrupted', { login: this.record?.id, ...errorOf(error) })
        // A grant that is still here is tried again by alarm, less and less often.
        const grant = this.held.grantOf(mark)
        if (grant) this.held.keep(this.held.with(postponed(grant, this.#seconds)))
        return failedWith(error)
      })
      .finally(() => this.#works.delete(mark))
    this.#works.set(mark, work)
    // The work goes on when the browser that began it goes away.
    this.fx.keepAlive(work)
    return work
  }

  /** Sends an answer to X, and once more if the outcome of the first call got lost and it still lives. */
  protected async send(brings: Brings, text: string): Promise<LoginOutcome> {
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
        this.held.keep(answers.granted(this.held.known, mark, outcome.grant, this.#seconds))
        return this.#grants.settle(mark)
      }
      if (outcome.kind !== 'unknown') return this.#refused(brings, outcome)
      const sent = answers.sentAnswer(this.held.known, mark)
      // X has taken the code: sent again, it would be refused, and what X gave for it might end (RFC 6749 §4.1.2).
      const isTaken = outcome.cut?.tokens !== undefined
      if (isTaken || !sent || !answers.mayBeSent(sent, answerLivesSeconds, this.#seconds))
        return this.held.spend(mark, new Failure('login_reply_lost', message).data)
    }
  }

  /** Writes a step down before its call leaves. @throws when the storage refuses */
  protected journal(next: LoginRecord): void {
    this.held.journal(next)
  }

  /** Answers X's no, for now or for good. */
  #refused(brings: Brings, outcome: Parameters<typeof verdictOn>[0]): LoginOutcome {
    const record = this.held.known
    const { mark } = brings
    const sent = answers.sentAnswer(record, mark)
    const { fate, failure } = verdictOn(outcome, brings, sent, record, this.#seconds)
    if (fate === 'spent') return this.held.spend(mark, failure)
    this.held.keep(
      fate === 'unused'
        ? answers.unused(record, mark, failure)
        : answers.spent(record, mark, failure, true),
    )
    return { ok: false, failure }
  }

  get #seconds(): number {
    return secondsOf(this.fx.now())
  }
}

const STILL_UNDER_WAY = failed(
  'login_unfinished',
  'X has not answered yet.',
  limits.STILL_UNDER_WAY_SECONDS,
)

const notBefore = (grant: { notBefore?: number }): number => grant.notBefore ?? 0

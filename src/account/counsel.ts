/**
 * What the app's object says of the refreshes of one account. That object may be unreachable, so it is waited for a moment
 * only, and without its word things go on.
 */
import { secondsOf } from '../clock'
import type { FailureData } from '../failure'
import { APP_PATIENCE_MS, WELL_ASK_SECONDS } from '../limits'
import type { RefreshAnswer } from './answer'
import { blamed, suspected } from './attempt'
import type { Effects } from './effects'
import type { HeldRecord } from './held-record'
import type { KvCopy } from './kv-copy'
import type { Attempt, Connected } from './record'

/**
 * Asks the app's object whether a refresh may leave, and what X's answer means where it may concern more than this
 * account; does to the account what that comes to.
 */
export class Counsel {
  readonly #fx: Effects
  readonly #held: HeldRecord
  readonly #kvCopy: KvCopy
  /** Whether the app's object wants to hear if X grants the refresh under way. */
  #isWatched = false
  /** The last refresh was left without a usable answer; with `obstacle` further ones are held back for that. */
  #unanswered: { obstacle?: FailureData } | undefined
  /** When the app's object was last asked whether X is well, Unix seconds. */
  #askedIfWellAt = 0

  constructor(fx: Effects, held: HeldRecord, kvCopy: KvCopy) {
    this.#fx = fx
    this.#held = held
    this.#kvCopy = kvCopy
  }

  /** A hint of a batch for which the app's object was asked. @param isWatching - whether it wants to hear of a new pair */
  hint(isWatching: boolean): void {
    this.#isWatched ||= isWatching
    this.#unanswered = undefined
  }

  /** Set where X gave no usable answer since the last hint; `obstacle`: why further refreshes are held back, if so. */
  get unanswered(): { obstacle?: FailureData } | undefined {
    return this.#unanswered
  }

  /** Asks for one refresh. @returns why it may not leave */
  async mayLeave(
    { status }: Connected,
    isUrgent: boolean,
    isHealing = false,
  ): Promise<FailureData | undefined> {
    const ask = {
      isUrgent,
      isSuspected: status === 'suspected',
      ...(isHealing ? { isHealing } : {}),
    }
    const admission = await this.ask(this.#fx.admit(ask))
    this.#isWatched = admission?.isWatching ?? false
    return admission?.obstacle
  }

  /**
   * Whether X answers others again since this time (Unix seconds). The app's object is not asked for each request of a
   * caller that asks all the time: in between this is false.
   */
  async isWellSince(at: number): Promise<boolean> {
    const now = this.#unixSeconds()
    if (now < this.#askedIfWellAt + WELL_ASK_SECONDS) return false
    this.#askedIfWellAt = now
    const since = await this.ask(this.#fx.wellSince())
    return since !== undefined && since >= at
  }

  /** X refused so many grants at once that its refusals are suspected: an end that it caused is taken back. */
  async suspect(): Promise<void> {
    const account = this.#held.connected
    const next = account && suspected(account, this.#unixSeconds())
    if (!next || next === account) return
    await this.#kvCopy.writeAndPublish(next)
  }

  /**
   * Lets the app's object judge what may concern more than this account. The answer is committed by now.
   *
   * @param before - the account as it was when the answer came
   * @param by - what it is the answer to, where that is no refresh
   * @returns why all refreshes are halted, if they are
   */
  async consult(
    answer: RefreshAnswer,
    before: Connected,
    by?: Attempt['by'],
  ): Promise<FailureData | undefined> {
    const isWatched = this.#isWatched
    this.#isWatched = false
    if ('rotation' in answer) {
      if (by) await this.ask(this.#fx.granted(by))
      // X was wrong about it, or may have been: that may be so for others as well.
      else if (isWatched || before.refusalRetracted) await this.ask(this.#fx.granted())
      return undefined
    }
    const account = this.#held.connected
    if (!account) return undefined
    if (answer.kind === 'unknown') {
      const obstacle = await this.ask(this.#fx.unanswered(answer.message))
      this.#unanswered = obstacle ? { obstacle } : {}
      return undefined
    }
    if (answer.kind === 'later') {
      await this.ask(this.#fx.paused(answer.retryAfter))
      return { code: 'x_rate_limited', detail: answer.message, retryAfter: answer.retryAfter }
    }
    if (answer.kind === 'unavailable')
      return void (await this.ask(this.#fx.exchangeUnavailable(answer.message)))
    // A grant that X had refused before says nothing new about X, so it does not count towards a halt.
    const isNew = !before.oauth2?.ended
    const reason = account.exchange?.heals ?? account.oauth2?.ended?.reason
    // Nor does one that a DELETE or the user had ended.
    if (!by && isNew && answer.kind === 'refused' && reason && !EXPLAINED.has(reason)) {
      const isAgain = before.refusalRetracted === true
      const halted = await this.ask(this.#fx.refused(account.id, isAgain))
      if (halted) await this.suspect()
      return halted
    }
    if (answer.kind !== 'app') return undefined
    const halted = await this.ask(this.#fx.appRefused(answer.message))
    const now = this.#held.connected
    // A login may have brought another grant meanwhile: X's words were not about that one.
    if (halted || now?.oauth2?.generation !== account.oauth2?.generation) return halted
    // Nor about another exchange than the one that it was said of.
    if (by && (!now?.exchange || now.exchange !== account.exchange)) return halted
    if (now) this.#held.write(blamed(now, answer.message, this.#fx.now(), this.#fx.random()))
    return undefined
  }

  /**
   * Waits for an answer of the app's object. If none comes in time this resolves to undefined, which is also the answer
   * that nothing stands in the way: accounts have to be refreshed even while that object cannot be reached.
   */
  protected async ask<T>(asked: Promise<T>): Promise<T | undefined> {
    let answer: T | undefined
    const answering = asked.then((said) => {
      answer = said
    })
    await this.#fx.patience(answering, APP_PATIENCE_MS)
    return answer
  }

  /** The time as the effects have it, in whole Unix seconds. */
  #unixSeconds(): number {
    return secondsOf(this.#fx.now())
  }
}

/** Ends whose cause is known, so that X's refusal is right. */
const EXPLAINED: ReadonlySet<string> = new Set(['ended_by_delete', 'revoked_by_user'])

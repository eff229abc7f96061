/** The record as a login's object holds it: in memory, and durable except while the storage refuses to take it. */
import type { AccountView } from '../account/view'
import { secondsOf } from '../clock'
import { done, Failure, type FailureData, failed, type Result } from '../failure'
import { STORE_AGAIN_MAX_MS, STORE_AGAIN_MS } from '../limits'
import { errorOf } from '../log'
import * as answers from './answers'
import type { LoginEffects } from './effects'
import { alarmAt, type HeldGrant, type LoginRecord } from './record'

/** How a login stands for whoever asks: the account that logged in, or why there is none. */
export type LoginOutcome = Result<AccountView>

/**
 * Holds the one record of a login. Everything that changes a login goes through its two steps: {@link journal}, which
 * fails when the storage does, and {@link keep}, for what has happened at X and stays true all the same.
 */
export class HeldLogin {
  protected readonly fx: LoginEffects
  protected record: LoginRecord | undefined

  constructor(effects: LoginEffects) {
    this.fx = effects
    this.record = effects.read()
  }

  /** The record; undefined: no answer to this login has arrived. */
  get current(): LoginRecord | undefined {
    return this.record
  }

  /** One durable step, and the alarm for it. @throws when the storage refuses; then nothing has changed */
  journal(next: LoginRecord): LoginRecord {
    this.note(next)
    void this.wake()
    return next
  }

  /** One durable step that leaves the alarm where it is. @throws when the storage refuses; then nothing has changed */
  note(next: LoginRecord): void {
    this.fx.write(next)
    this.record = next
  }

  /** Sets the alarm for what is due next. */
  async wake(): Promise<void> {
    if (this.record) await this.fx.setAlarm(alarmAt(this.record, secondsOf(this.fx.now())) * 1000)
  }

  /**
   * A step that cannot be taken back, since X has acted. If the storage refuses it, this object may hold the only pair
   * that X takes: it goes on from memory, and writes the step again for as long as it lives. Never throws.
   */
  keep(next: LoginRecord): LoginRecord {
    try {
      return this.journal(next)
    } catch (error) {
      this.fx.log('login_not_stored', { login: next.id, ...errorOf(error) })
      this.record = next
      this.fx.keepAlive(this.#storeAgain(next))
      return next
    }
  }

  /** Ends an answer, and with it maybe the login, in a failure. */
  spend(mark: string, failure: FailureData): LoginOutcome {
    this.end(answers.spent(this.known, mark, failure), failure)
    return { ok: false, failure }
  }

  /** Keeps how an answer, or the login, ended. */
  end(next: LoginRecord, { code }: FailureData): void {
    this.fx.log('login_failed', { login: next.id, code })
    this.keep(next)
  }

  /** The grant of an answer that is on its way, either way. */
  grantOf(mark: string): HeldGrant | undefined {
    return this.record?.grants.find((grant) => grant.mark === mark)
  }

  /** The record with this grant in place of the one of the same answer. */
  with(grant: HeldGrant): LoginRecord {
    const record = this.known
    const grants = record.grants.map((each) => (each.mark === grant.mark ? grant : each))
    return { ...record, grants }
  }

  /** The record of a login of which an answer has arrived. */
  get known(): LoginRecord {
    const { record } = this
    if (!record) throw new Error('No answer has arrived')
    return record
  }

  /** How the login stands for whoever brought this answer. */
  outcomeFor(mark: string): LoginOutcome {
    const result = this.record?.result
    const outcome = this.record && answers.sentAnswer(this.record, mark)?.outcome
    if (outcome?.stage === 'spent') return { ok: false, failure: outcome.failure }
    if (outcome?.stage === 'taken' && outcome.beside !== undefined)
      return failed('login_told', `This answer was @${outcome.beside}’s.`)
    if (result?.stage === 'complete') return done(result.account)
    return { ok: false, failure: (result && answers.failureOf(result)) ?? UNKNOWN }
  }

  /** Nothing is left of this login. */
  async erase(): Promise<void> {
    this.record = undefined
    await this.fx.erase()
  }

  async #storeAgain(next: LoginRecord): Promise<void> {
    for (let ms = STORE_AGAIN_MS; ; ms = Math.min(ms * 2, STORE_AGAIN_MAX_MS)) {
      await this.fx.sleep(ms)
      // A later step has taken the place of this one, and is written in its own turn.
      if (this.record !== next) return
      try {
        this.journal(next)
        return
      } catch (error) {
        this.fx.log('login_not_stored', { login: next.id, ...errorOf(error) })
      }
    }
  }
}

const UNKNOWN = new Failure('login_unknown').data

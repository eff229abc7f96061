/**
 * The object `Login`, one per login: the truth about what X was sent for it and what X gave. What it does is in
 * {@link LoginMachine}; here are the effects that the machine needs, and who is told what came of it.
 */
import { DurableObject } from 'cloudflare:workers'
import type { AccountView } from '../account/view'
import { unixSeconds } from '../clock'
import { sameSecret } from '../crypto/hash'
import { keyringOf } from '../crypto/keyring'
import { configOf, need } from '../env'
import { Failure, type FailureData, failed, failedWith, type Result } from '../failure'
import * as limits from '../limits'
import { log } from '../log'
import { Row } from '../store/row'
import { unlessNewer } from '../store/version'
import { answerMark } from './answer-mark'
import { answerFor, disclose, type LoginStatus, type Viewer } from './disclosure'
import type { Redeemable } from './exchange'
import { fittingAnswer, flowSettings } from './flows'
import { type FormerRecord, formerRecord } from './former-record'
import type { ImportedPair } from './imported-pair'
import { LoginMachine } from './machine'
import { LOGIN_ROW, migrationsFor } from './migrations'
import { openPending, type PendingLogin } from './pending'
import { effectsOf } from './real-effects'
import type { LoginRecord } from './record'
import { appOfLogin, appSettings } from './x-app'

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

/** A callback of X without an answer. */
export interface Denial extends Omit<Redemption, 'answer'> {
  /** Why there is none; a Worker of the former build names none, and means that the user said no. */
  failure?: FailureData
  /** Whether X may give an answer to this login yet. */
  passes?: boolean
}

/** The answer for a browser that comes back, and where it goes then. */
export interface Resumed {
  result: Result<AccountView>
  returnTo: string | undefined
}

/** The object of one login: redeems its answers once each, and keeps a grant until an account has it. */
export class Login extends DurableObject<Env> {
  #row: Row<LoginRecord>
  /** Undefined while the row is one of a later build: this one neither reads it nor writes over it. */
  readonly #machine: LoginMachine | undefined

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    this.#row = new Row(ctx.storage.sql, LOGIN_ROW)
    const storage = {
      read: () => this.#row.read(),
      write: (record: LoginRecord) => this.#row.write(record, migrationsFor(LOGIN_ROW, record)),
      erase: async () => {
        await ctx.storage.deleteAll()
        this.#row = new Row(ctx.storage.sql, LOGIN_ROW)
      },
    }
    this.#machine = unlessNewer(() => new LoginMachine(effectsOf(ctx, env, storage)))
  }

  /** Redeems an answer, or gives what the same one brought before. */
  redeem(redemption: Redemption): Promise<Result<AccountView>> {
    return this.#answered(redemption, async (machine, pending) => {
      const { id, answer, proofHash } = redemption
      const text = fittingAnswer(pending.flow, answer)
      if (text === undefined)
        return failed('callback_malformed', 'It answers another kind of login.')
      const mark = await answerMark(pending, text)
      const isCreator = isCreatorOf(redemption)
      return machine.redeem({ id, pending, answer, mark, proofHash, isCreator })
    })
  }

  /** The same for a login through the second app. An object of a build that knows one app lacks it, and sends that one no code. */
  redeemByLoginApp(redemption: Redemption): Promise<Result<AccountView>> {
    return this.redeem(redemption)
  }

  /** Takes in a pair that came from elsewhere, or says how far that is. */
  async take(pair: ImportedPair): Promise<Result<AccountView>> {
    return this.#machine ? this.#machine.take(pair).catch(failedWith) : failed('storage_newer')
  }

  /** Whether it has brought an account. */
  async isComplete(): Promise<boolean> {
    return this.#machine?.record?.result.stage === 'complete'
  }

  /** Notes that X sent somebody back without an answer. What X gave before, or is about to give, counts more. */
  cancel(denial: Denial): Promise<Result<AccountView>> {
    const { failure = new Failure('login_cancelled').data, passes = false } = denial
    return this.#answered(denial, (machine, pending) =>
      machine.deny({ ...denial, pending }, failure, passes),
    )
  }

  /**
   * The answer for a browser that comes back after the pending state is gone; undefined when that browser does not hold
   * this login's proof, or when the login has no end yet.
   */
  async resume(proofHash: string): Promise<Resumed | undefined> {
    if (!this.#machine) return { result: failed('storage_newer'), returnTo: undefined }
    const { record } = this.#machine
    if (!record || record.result.stage === 'open') return undefined
    if (!(await sameSecret(proofHash, record.result.proofHash))) return undefined
    const standing = await this.#machine.standing()
    if (!standing) return undefined
    const result = await this.#answerFor({ proofHash, isCreator: false }, standing)
    return { result, returnTo: record.returnTo }
  }

  /**
   * What a caller is told that asks how this login went; undefined when no answer to it has arrived. Two callers may
   * bring the same proof at the same time: this object makes one of them the first, and writes that down before it
   * answers.
   *
   * @param proofHash - the hash of the proof that the caller sent along; undefined: it sent none
   */
  async disclose(
    viewer: Viewer,
    proofHash: string | undefined,
  ): Promise<Result<LoginStatus> | undefined> {
    if (!this.#machine) return failed('storage_newer')
    const { record } = this.#machine
    if (!record) return undefined
    const { result } = record
    const ofBrowser = result.stage === 'open' ? undefined : result.proofHash
    const isRight =
      proofHash !== undefined && ofBrowser !== undefined && (await sameSecret(proofHash, ofBrowser))
    // While the hashes were compared, X may have taken another answer, or another caller spent the proof.
    if (this.#machine.record !== record) return this.disclose(viewer, proofHash)
    // Nobody has brought anything yet, so no proof is better than another.
    const isNone = proofHash === undefined || result.stage === 'open'
    const proof = isRight ? 'right' : isNone ? 'none' : 'wrong'
    const { answer, told } = disclose(record, viewer, proof, unixSeconds())
    if (told) this.#machine.tell(told)
    if (!answer.ok && answer.failure.code === 'proof_spent' && result.stage === 'complete')
      log('login_proof_spent', { login: record.id, by: result.told?.to, again: viewer.id })
    return answer
  }

  /**
   * All that is known of this login, for a Worker of the former build, which judges by `maker` who may see it; undefined
   * when no answer to it has arrived.
   */
  async status(): Promise<FormerRecord | undefined> {
    if (!this.#machine) throw new Failure('storage_newer')
    const { record } = this.#machine
    return record && formerRecord(record)
  }

  override async alarm(): Promise<void> {
    if (this.#machine) return this.#machine.alarm()
    log('storage_newer', { login: this.ctx.id.name })
    await this.ctx.storage.setAlarm((unixSeconds() + limits.NEWER_ALARM_SECONDS) * 1000)
  }

  /** Opens the pending state, and what X needs, before an answer is spent; then asks the machine. */
  async #answered(
    who: Omit<Redemption, 'answer'>,
    ask: (machine: LoginMachine, pending: PendingLogin) => Promise<Result<AccountView>>,
  ): Promise<Result<AccountView>> {
    const machine = this.#machine
    if (!machine) return failed('storage_newer')
    try {
      const config = configOf(this.env)
      need(config, 'SEALING_KEYS')
      const keyring = await keyringOf(config.sealingKeys)
      const pending = await openPending(keyring, who.id, who.sealedPending)
      need(config, ...flowSettings(pending.flow), ...appSettings(pending))
      // Neither app could do anything with what X gives for the other one's login.
      if (!appOfLogin(config, pending)) {
        const { data } = new Failure('login_app_changed')
        return await this.#answerFor(who, await machine.deny({ ...who, pending }, data, false))
      }
      return await this.#answerFor(who, await ask(machine, pending))
    } catch (error) {
      // What is known already is known without them.
      const standing = await machine.standing()
      return standing?.ok ? this.#answerFor(who, standing) : failedWith(error)
    }
  }

  /** What {@link answerFor} tells this redeemer. */
  async #answerFor(who: Redeemer, answer: Result<AccountView>): Promise<Result<AccountView>> {
    const record = this.#machine?.record
    if (!record || record.result.stage === 'open') return answer
    const isTheirs = await sameSecret(who.proofHash, record.result.proofHash)
    return answerFor(record, { isCreator: isCreatorOf(who), isTheirs }, answer)
  }
}

const isCreatorOf = (who: Redeemer): boolean => who.isCreator ?? who.isMaker ?? false

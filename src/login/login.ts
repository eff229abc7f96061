/**
 * The object `Login`, one per login: makes redemption happen once, and keeps a new grant safe until it has a home.
 *
 * X may revoke everything when a code is replayed, and browsers do load a callback twice; so every callback of a login
 * comes here, the first one works and the others get its answer.
 */
import { DurableObject } from 'cloudflare:workers'
import { sealTokens } from '../account/grant'
import { type AccountView, viewOf } from '../account/view'
import { sameSecret } from '../crypto/hash'
import { keyringOf } from '../crypto/keyring'
import { configOf, need, OAUTH2_SETTINGS } from '../env'
import {
  done,
  Failure,
  type FailureCode,
  type FailureData,
  failed,
  failedWith,
  type Result,
} from '../failure'
import * as limits from '../limits'
import { errorOf, log } from '../log'
import { Row } from '../store/row'
import type { Refused } from '../x/answer'
import { whoIs } from '../x/me'
import { exchangeCode, revoke } from '../x/token'
import { openGrant, sealGrant } from './grant'
import { openPending } from './pending'
import { alarmAt, type LoginRecord, mayConnect, type UnadoptedGrant } from './record'

/** What a callback brings here; the pending state stays sealed on the way. */
export interface Redemption {
  id: string
  sealedPending: string
  proofHash: string
  code: string
}

const REFUSALS: Record<Refused, FailureCode> = {
  token: 'code_refused',
  code: 'code_refused',
  code_verifier: 'pkce_refused',
  redirect_uri: 'redirect_uri_refused',
}

export class Login extends DurableObject<Env> {
  #row: Row<LoginRecord>
  #record: LoginRecord | undefined
  /** The one redemption that every callback joins; it never rejects. */
  #running: Promise<Result<AccountView>> | undefined

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    this.#row = new Row(ctx.storage.sql)
    this.#record = this.#row.read()
  }

  /** Redeems the code, or gives the answer that the first callback got. */
  async redeem(redemption: Redemption): Promise<Result<AccountView>> {
    return this.#settled() ?? this.#once(() => this.#redeem(redemption))
  }

  /** The user said no. Nothing that was already under way or settled is changed by it. */
  async cancel({
    id,
    sealedPending,
    proofHash,
  }: Omit<Redemption, 'code'>): Promise<Result<AccountView>> {
    return (
      this.#settled() ??
      this.#once(async () => {
        const { record } = await this.#opened(id, sealedPending, proofHash)
        // X gave us a grant, whatever this callback says.
        if (record.grant) return this.#settle(record)
        return this.#end(record, new Failure('login_cancelled').data)
      })
    )
  }

  /**
   * The answer for a browser that comes back after the pending state is gone; undefined when it is not this login's,
   * or when there is nothing to answer yet.
   */
  async resume(
    proofHash: string,
  ): Promise<{ result: Result<AccountView>; returnTo: string | undefined } | undefined> {
    const record = this.#record
    if (!record || !(await sameSecret(proofHash, record.proofHash))) return undefined
    const unfinished =
      record.stage === 'granted' ? this.#once(() => this.#settle(record)) : undefined
    const result = this.#settled() ?? (await unfinished)
    return result && { result, returnTo: record.returnTo }
  }

  /** How far this login is; undefined when no callback of it has arrived. */
  async status(): Promise<LoginRecord | undefined> {
    return this.#record
  }

  override async alarm(): Promise<void> {
    const record = this.#record
    if (!record) return
    const result = await this.#once(async () => this.#tend(record))
    if (!result.ok && this.#record) await this.#setAlarm(this.#record)
  }

  /** What the passing of time asks for. */
  async #tend(record: LoginRecord): Promise<Result<AccountView>> {
    if (record.stage === 'exchanging')
      return this.#end(record, new Failure('login_reply_lost').data)
    if (record.stage === 'granted' && record.grant!.expiresAt > seconds())
      return this.#settle(record)
    if (record.stage === 'granted') {
      log('login_identity_unknown', { login: record.id })
      return this.#giveBack(record, new Failure('identity_unknown').data)
    }
    if (record.grant) return this.#giveBack(record, record.failure!)
    if (seconds() >= record.expiresAt) {
      await this.ctx.storage.deleteAll()
      this.#row = new Row(this.ctx.storage.sql)
      this.#record = undefined
    }
    return failed('login_unknown')
  }

  #settled(): Result<AccountView> | undefined {
    if (this.#record?.stage === 'complete') return done(this.#record.account!)
    if (this.#record?.stage === 'failed') return { ok: false, failure: this.#record.failure! }
    return undefined
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

  async #redeem({ id, sealedPending, proofHash, code }: Redemption): Promise<Result<AccountView>> {
    const { record, config, keyring, pending } = await this.#opened(id, sealedPending, proofHash)
    if (record.grant) return this.#settle(record)
    const sentAt = record.sentAt ?? seconds()
    const call = {
      code,
      state: pending.state.reveal(),
      redirectUri: pending.redirectUri,
      codeVerifier: pending.codeVerifier.reveal(),
    }
    for (let { doubts } = record; doubts < limits.CODE_TRIES && isAlive(sentAt); doubts++) {
      // Journal before the call: should this object die now, the next callback knows that a code is out.
      this.#write({ ...record, stage: 'exchanging', sentAt, doubts: doubts + 1 })
      const outcome = await exchangeCode(config, call, seconds())
      log('code_exchange', {
        login: id,
        outcome: outcome.kind,
        ...('words' in outcome ? { words: outcome.words } : { oddity: outcome.oddity }),
      })
      if (outcome.kind === 'granted') {
        const { scope } = pending
        const grant = await sealGrant(
          keyring,
          id,
          outcome.tokens,
          scope,
          config.clientId,
          Date.now(),
        )
        return this.#settle(this.#write({ ...record, stage: 'granted', sentAt, doubts, grant }))
      }
      if (outcome.kind === 'refused') {
        // A refusal after a doubt: an earlier request did arrive, and its answer was lost.
        const why = doubts > 0 ? 'login_reply_lost' : REFUSALS[outcome.what]
        return this.#end(record, new Failure(why, outcome.words).data)
      }
      if (outcome.kind === 'app' || outcome.kind === 'later') {
        this.#write({ ...record, stage: 'open', sentAt, doubts })
        return outcome.kind === 'app'
          ? failed('app_credentials_refused', outcome.words)
          : failed('x_rate_limited', outcome.words, outcome.retryAfter)
      }
      record.failure = new Failure('login_reply_lost', outcome.words).data
    }
    const why = record.doubts > 0 || record.failure ? 'login_reply_lost' : 'code_expired'
    return this.#end(record, record.failure ?? new Failure(why).data)
  }

  /** From a grant to an account: who is it, may they, adopt. */
  async #settle(record: LoginRecord): Promise<Result<AccountView>> {
    const config = configOf(this.env)
    const keyring = await keyringOf(config.sealingKeys)
    const grant = record.grant!
    const pair = await openGrant(keyring, record.id, grant)
    const user = await whoIs(config, pair.accessToken)
    if (typeof user === 'string') return this.#later(record, user)
    if (!mayConnect(config.allow, record.maker, user))
      return this.#giveBack(record, new Failure('account_not_allowed').data)
    const { scope, obtainedAtMs, clientId } = grant
    const expiresIn = grant.expiresAt - Math.floor(obtainedAtMs / 1000)
    const obtainedAt = Math.floor(obtainedAtMs / 1000)
    const sealed = await sealTokens(keyring, user.id, { ...pair, scope, expiresIn }, obtainedAt)
    const adoption = {
      ...user,
      loginId: record.id,
      grant: { ...sealed, scope, obtainedAtMs, clientId },
    }
    const adopted = await this.env.ACCOUNT.getByName(user.id)
      .adopt(adoption)
      .catch(() => undefined)
    if (!adopted) return this.#later(record, 'The account could not be stored yet.')
    if (!adopted.account || adopted.how === 'forgotten')
      return this.#giveBack(record, new Failure('login_superseded').data)
    const { grant: _, failure: __, ...rest } = record
    log('login_complete', { login: record.id, account: user.id, how: adopted.how })
    return done(
      this.#write({ ...rest, stage: 'complete', account: viewOf(adopted.account) }).account!,
    )
  }

  /** The grant stays here and X is asked again, by alarm or by a reload of the page. */
  #later(record: LoginRecord, words: string): Result<AccountView> {
    log('login_unfinished', { login: record.id, words })
    this.#write({ ...record, tries: record.tries + 1 })
    return failed('login_unfinished', words, limits.IDENTITY_RETRY_SECONDS)
  }

  /** A grant that nobody may have goes back to X; until X took it, the alarm tries again. */
  async #giveBack(record: LoginRecord, failure: FailureData): Promise<Result<AccountView>> {
    const ended = this.#write({ ...record, stage: 'failed', failure, tries: record.tries + 1 })
    const grant = record.grant!
    const words = await this.#revoke(record.id, grant)
    const givenUp = seconds() > grant.obtainedAtMs / 1000 + limits.REVOKE_GIVE_UP_SECONDS
    log('login_given_back', { login: record.id, code: failure.code, revoked: words === undefined })
    if (words === undefined || givenUp) {
      const { grant: _, ...rest } = ended
      this.#write(rest)
    }
    return { ok: false, failure }
  }

  /** @returns undefined when X took the grant back, else why not */
  async #revoke(id: string, grant: UnadoptedGrant): Promise<string | undefined> {
    try {
      const config = configOf(this.env)
      const pair = await openGrant(await keyringOf(config.sealingKeys), id, grant)
      return await revoke(config, pair, seconds())
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
  async #opened(id: string, sealedPending: string, proofHash: string) {
    const config = configOf(this.env)
    need(config, ...OAUTH2_SETTINGS)
    const keyring = await keyringOf(config.sealingKeys)
    const pending = await openPending(keyring, id, sealedPending)
    const { maker, returnTo, expiresAt } = pending
    const record: LoginRecord = this.#record ?? {
      id,
      expiresAt,
      ...(maker ? { maker } : {}),
      proofHash,
      ...(returnTo === undefined ? {} : { returnTo }),
      stage: 'open',
      doubts: 0,
      tries: 0,
    }
    return { record: { ...record }, config, keyring, pending }
  }

  #write(next: LoginRecord): LoginRecord {
    this.#row.write(next)
    this.#record = next
    void this.#setAlarm(next)
    return next
  }

  #setAlarm(record: LoginRecord): Promise<void> {
    return this.ctx.storage.setAlarm(alarmAt(record, seconds()) * 1000)
  }
}

const isAlive = (sentAt: number): boolean => seconds() - sentAt < limits.CODE_TTL_SECONDS

const seconds = (): number => Math.floor(Date.now() / 1000)

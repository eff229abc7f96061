/**
 * The life of one account: adopt, lease, refresh, leave. The order of a refresh — journal, call, commit, KV — is why
 * no pair that X gave is lost here, and one promise that everybody joins is why no token is presented twice at once.
 *
 * All effects are passed in, so that a model can run it with every crash and every lost reply there is.
 *
 * Longer than a file should be: whatever changes the one record goes by the one promise and the one alarm, and which
 * may happen during which can be seen in one place.
 */
import { done, type FailureData, failed, failedWith, type Result } from '../failure'
import { FORGOTTEN_TTL_SECONDS, JOURNAL_DOUBT_SECONDS, REPAIR_SECONDS } from '../limits'
import { errorOf } from '../log'
import { type GrantKind, grantsOf, type VaultAccount } from '../store/vault'
import type { NotGranted } from '../x/answer'
import { type Ask, type Decision, decide, type Leased, leaseOf } from './decide'
import type { Effects } from './effects'
import * as record from './record'

const JOURNAL_ALARM_MS = JOURNAL_DOUBT_SECONDS * 1000
const REPAIR_MS = REPAIR_SECONDS * 1000

/** How an account or a grant left. */
export interface Left {
  /** Whether X confirmed that the tokens are revoked … */
  revoked: boolean
  /** … and what it said if not. */
  words?: string
}

export class AccountMachine {
  protected record: record.AccountRecord | undefined
  /** The one attempt that everybody joins; it never rejects. */
  protected running: Promise<FailureData | undefined> | undefined
  #leaving: Promise<Result<Left>> | undefined
  /** Whether the OAuth 2.0 grant is being given back: its token is not presented meanwhile. */
  #ending = false
  /** Ends of single grants, one after the other. */
  #ends: Promise<unknown> = Promise.resolve()
  /** Writes to KV, one after the other. */
  #copies: Promise<void> = Promise.resolve()
  /** What KV is known to hold; unknown to a fresh instance. */
  #copied: record.AccountRecord | undefined
  /** Whether KV is to be told something that it was not told yet … */
  #behind = false
  /** … and how often it has refused lately. */
  #refusals = 0
  protected readonly fx: Effects

  constructor(effects: Effects) {
    this.fx = effects
    this.record = effects.read()
  }

  /** Takes a login's grant in, once. `superseded` and `forgotten` mean that it was not needed and is not kept. */
  async adopt(adoption: record.Adoption): Promise<{
    how: 'adopt' | 'already' | 'superseded' | 'forgotten' | 'occupied'
    account: VaultAccount | undefined
  }> {
    if (this.connected()?.leaving) await this.leave(false)
    // What an import brings may be what a refresh is spending right now; its outcome decides whether X's word still holds.
    if (adoption.asOf !== undefined) await this.running
    const { unconfirmed, kind } = adoption.grant
    // X gives the same OAuth 1.0a token again: one that is being ended ends for the login as well.
    if (kind === 'oauth1') await this.#ends
    // What nobody confirmed may fill an empty place, never take one.
    const occupied = unconfirmed && this.connected()?.[kind] !== undefined
    const how = occupied ? 'occupied' : record.judgeAdoption(this.record, adoption)
    if (how === 'adopt') {
      this.write(record.adopted(this.record, adoption, this.seconds()), REPAIR_MS)
      await this.publish()
    }
    return { how, account: this.read() }
  }

  /** The generation that is held once no refresh is under way; 0: none. */
  async settled(): Promise<number> {
    await this.running
    return this.connected()?.oauth2?.generation ?? 0
  }

  /** The account as it is now, without secrets in the clear. */
  read(): VaultAccount | undefined {
    const account = this.connected()
    return account && record.vaultCopy(account)
  }

  /** Refreshes if need be and says what may be handed out. */
  async lease(ask: Ask): Promise<Result<Leased>> {
    const account = this.connected()
    if (!account) return failed('account_unknown')
    if (account.leaving || this.#ending) return failed('account_leaving')
    const decision = this.decide(account, ask)
    const trouble =
      decision.do === 'refresh' ? await this.refresh(decision.forced, false) : undefined
    await this.confirm('oauth2')
    const after = this.connected()
    if (!after) return failed('account_unknown')
    return leaseOf(after, ask, this.seconds(), { decision, trouble })
  }

  /**
   * A hint that the grant is due. Refreshes if it still is; the outcome stands in the record.
   *
   * @param permitted - whether the app's object has been asked already, for a whole batch
   * @returns why nothing was sent, or why all refreshes are halted
   */
  async refreshDue(sweptAtMs: number, permitted: boolean): Promise<FailureData | undefined> {
    const account = this.connected()
    if (!account || account.leaving || this.#ending) return undefined
    const decision = this.decide(account, { because: 'due', sweptAtMs })
    return decision.do === 'refresh' ? this.refresh(decision.forced, permitted) : undefined
  }

  /**
   * X gave this user another grant, which is not wanted here: the one that is held has most likely ended with it, so X
   * is asked by a refresh, whose answer stands in the record.
   *
   * @param atMs - when X gave the other one, Unix milliseconds
   */
  async replaced(clientId: string, atMs: number): Promise<void> {
    const account = this.connected()
    const grant = account?.oauth2
    if (!grant || grant.clientId !== clientId || grant.obtainedAtMs > atMs || grant.dueAt === null)
      return
    this.write({ ...account, oauth2: { ...grant, dueAt: this.seconds() } }, REPAIR_MS)
    await this.refreshDue(this.fx.now(), false)
    await this.publish()
  }

  /** X refused so many grants at once that its word is doubted: an end that it caused is taken back, once. */
  async suspect(): Promise<void> {
    const account = this.connected()
    const next = account && record.suspected(account, this.seconds())
    if (!next || next === account) return
    this.write(next, REPAIR_MS)
    await this.publish()
  }

  /** Gives the access back to X, then forgets. Unless forced, nothing is forgotten before X confirmed. */
  leave(force: boolean): Promise<Result<Left>> {
    const account = this.connected()
    if (force && account?.leaving)
      this.write({ ...account, leaving: { ...account.leaving, force } })
    this.#leaving ??= this.#leave(force).finally(() => {
      this.#leaving = undefined
    })
    return this.#leaving
  }

  /** Ends one grant at X and here. The last one takes the account with it. Unless forced, X's word is waited for. */
  endGrant(kind: GrantKind, force: boolean): Promise<Result<Left>> {
    const end = this.#ends.then(() => this.#endGrant(kind, force))
    this.#ends = end.catch(() => undefined)
    return end
  }

  /** Asks X whose an imported grant is, if nobody has yet. What X does not say is asked again by the next use. */
  async confirm(kind: GrantKind): Promise<VaultAccount | undefined> {
    const account = this.connected()
    const grant = account?.[kind]
    if (!account || !grant?.unconfirmed || grant.ended) return this.read()
    const owner = await this.fx.ownerAtX(account, kind)
    const now = this.connected()
    if (now?.[kind] === grant && typeof owner !== 'string') {
      const quarantined = owner.id !== account.id
      this.fx.log('grant_confirmed', { account: account.id, kind, quarantined })
      this.write(record.confirmed(now, kind, owner, this.seconds()), REPAIR_MS)
      await this.publish()
    }
    return this.read()
  }

  /** The same record, sealed anew; nothing when it changed meanwhile, or a refresh is under way. */
  async reseal(seal: (account: VaultAccount) => Promise<VaultAccount>): Promise<void> {
    const account = this.connected()
    if (!account || account.attempt || account.leaving) return
    const sealed = await seal(account)
    if (this.record !== account) return
    this.write({ ...account, ...sealed }, REPAIR_MS)
    await this.publish()
  }

  /** Puts a copy from a backup into an object that knows nothing. */
  async restore(copy: VaultAccount): Promise<Result<VaultAccount>> {
    if (this.connected()) return failed('account_connected')
    if (this.record) return failed('account_forgotten')
    this.write({ ...copy, logins: [] }, REPAIR_MS)
    await this.publish()
    return done(this.read()!)
  }

  /** Resolves what a crash, a lost reply or a failed KV write left behind. */
  async alarm(): Promise<void> {
    const account = this.record
    if (!account) return
    if (this.#leaving !== undefined || this.running !== undefined)
      // Still at work here: the journal is looked at again, should this object die meanwhile.
      return this.fx.setAlarm(this.fx.now() + JOURNAL_ALARM_MS)
    if (record.isForgotten(account)) return this.#fade(account)
    if (account.leaving) return void (await this.leave(account.leaving.force))
    if (account.attempt) {
      const { generation } = account.attempt
      this.fx.log('refresh_interrupted', { account: account.id, generation })
      this.write(record.interrupted(account, this.fx.now(), this.fx.random()))
    }
    // A fresh instance does not know what KV has.
    if (this.#behind || this.#copied === undefined) await this.publish()
    await this.refreshDue(this.fx.now(), false)
    await this.settleAlarm()
  }

  protected decide(account: record.Connected, ask: Ask): Decision {
    // While its attempt runs here the journal is no trace of a crash, and whoever wants a refresh joins it.
    const { attempt: _, forced: __, ...joining } = account
    const record = this.running === undefined ? account : joining
    return decide(record, ask, this.fx.policy(), this.seconds())
  }

  protected refresh(isForced: boolean, permitted: boolean): Promise<FailureData | undefined> {
    this.running ??= this.attempt(isForced, permitted)
      .catch((error: unknown) => {
        this.fx.log('refresh_not_made', { account: this.record?.id, ...errorOf(error) })
        return failedWith(error).failure
      })
      .finally(() => {
        this.running = undefined
      })
    // A caller that hangs up cancels nothing.
    this.fx.keepAlive(this.running)
    return this.running
  }

  /** @returns why nothing was sent, or why all refreshes are halted */
  protected async attempt(isForced: boolean, permitted: boolean): Promise<FailureData | undefined> {
    const before = this.connected()
    if (!before?.oauth2?.refreshToken) return undefined
    const { id, oauth2 } = before
    // Whatever can fail here fails before a token is spent.
    const refresh = await this.fx.prepare(before)
    const trouble = permitted ? undefined : await this.fx.permit()
    if (trouble) return trouble
    const account = this.connected()
    if (!account || account.oauth2 !== oauth2 || account.leaving || this.#ending) return undefined
    const startedAt = this.seconds()
    const attempt = { id: this.fx.newAttemptId(), generation: oauth2.generation, startedAt }
    this.write(record.begun(account, attempt, isForced), JOURNAL_ALARM_MS)

    const answer = await refresh.send()

    const now = this.connected()
    const outcome = 'rotation' in answer ? 'granted' : answer.kind
    if (now?.attempt?.id !== attempt.id) {
      this.fx.log('refresh_dropped', { account: id, generation: attempt.generation, outcome })
      return undefined
    }
    const next = record.answered(now, answer, this.fx.now(), this.fx.random())
    const isNew = !now.oauth2?.ended
    this.write(next)
    this.fx.log('refresh', {
      account: id,
      outcome,
      generation: next.oauth2?.generation,
      ...('words' in answer ? { words: answer.words } : { oddity: answer.oddity }),
    })
    const halted = 'rotation' in answer ? undefined : await this.#consult(answer, isNew)
    const after = this.connected()
    // A failure after a failure tells readers of KV nothing new, and a write costs.
    const forKv = after?.status !== now.status || !after.oauth2?.failure || !now.oauth2?.failure
    if (forKv || this.#copied === undefined) await this.publish()
    else await this.settleAlarm()
    return halted
  }

  /** Lets the app's object judge what may concern more than this account. The answer is committed by now. */
  async #consult(answer: NotGranted, isNew: boolean): Promise<FailureData | undefined> {
    const account = this.connected()
    if (!account) return undefined
    if (answer.kind === 'later') {
      await this.fx.paused(answer.retryAfter)
      return { code: 'x_rate_limited', detail: answer.words, retryAfter: answer.retryAfter }
    }
    // One that X refused before says nothing new about X.
    if (isNew && answer.kind === 'refused' && account.oauth2?.ended?.reason === 'refused_by_x') {
      if (!account.doubted && (await this.fx.refused(account.id))) await this.suspect()
    }
    if (answer.kind !== 'app') return undefined
    const halted = await this.fx.appRefused(answer.words)
    const now = this.connected()
    // Another login may have come meanwhile: nothing is held against its grant.
    if (halted || now?.oauth2?.generation !== account.oauth2?.generation) return halted
    if (now) this.write(record.blamed(now, answer.words, this.fx.now(), this.fx.random()))
    return undefined
  }

  async #leave(force: boolean): Promise<Result<Left>> {
    const before = this.connected()
    if (!before) return failed('account_unknown')
    const leaving = { since: this.seconds(), force }
    this.write({ ...before, leaving }, JOURNAL_ALARM_MS)
    await this.running
    const account = this.connected()!
    const { ended, words } = await this.fx.endAtX(account, grantsOf(account))
    if (words !== undefined && !this.connected()?.leaving?.force) {
      const { leaving: _, ...stays } = this.connected()!
      // What has ended at X is of no use here.
      const left = ended.reduce((rest, kind) => record.without(rest, kind, this.fx.now()), stays)
      this.write(left, REPAIR_MS)
      await this.publish()
      return failed('revoke_failed', words)
    }
    const generation = record.generationOf(account)
    this.write({ id: account.id, forgottenAtMs: this.fx.now(), generation }, REPAIR_MS)
    this.fx.log('account_forgotten', { account: account.id, revoked: words === undefined })
    await this.publish()
    return done(leftBy(words))
  }

  async #endGrant(kind: GrantKind, force: boolean): Promise<Result<Left>> {
    const before = this.connected()
    if (!before) return failed('account_unknown')
    if (!before[kind]) return failed('grant_unknown')
    if (before.leaving || grantsOf(before).length === 1) return this.leave(force)
    this.#ending = kind === 'oauth2'
    try {
      if (kind === 'oauth2') await this.running
      const account = this.connected()
      const held = account?.[kind]
      if (!account || !held) return failed('grant_unknown')
      const { words } = await this.fx.endAtX(account, [kind])
      if (words !== undefined && !force) return failed('revoke_failed', words)
      const now = this.connected()
      // A login that came in meanwhile brought another grant, which nobody asked to end.
      if (now && record.isSameGrant(now[kind], held)) {
        this.write(record.without(now, kind, this.fx.now()), REPAIR_MS)
        await this.publish()
      }
      return done(leftBy(words))
    } finally {
      this.#ending = false
    }
  }

  /** Nothing is left here only once nothing is left in KV. */
  async #fade(account: record.Forgotten): Promise<void> {
    this.#copied = undefined
    await this.publish()
    const over = this.fx.now() >= account.forgottenAtMs + FORGOTTEN_TTL_SECONDS * 1000
    // KV may still be at it: an alarm stays until it is done.
    if (!over || this.#copied !== account || this.record !== account) return this.settleAlarm()
    this.record = undefined
    await this.fx.erase()
  }

  /** Resolves once KV has what is true then, or when patience is over: a write that hangs holds up nobody for long. */
  protected async publish(): Promise<void> {
    this.#behind = true
    this.#copies = this.#copies.then(() => this.#putCopy())
    await this.fx.patience(this.#copies)
  }

  /** Writes to KV the record as it is now. Never rejects: what fails is repeated by alarm. */
  async #putCopy(): Promise<void> {
    const account = this.record
    if (!account) return
    if (account === this.#copied) {
      this.#behind = false
      return
    }
    try {
      await this.fx.putCopy(account)
      this.#copied = account
      this.#refusals = 0
      // What was written meanwhile has a turn of its own.
      if (this.record !== account) return
      this.#behind = false
      await this.settleAlarm()
    } catch (error) {
      this.#copied = undefined
      this.#refusals += 1
      this.fx.log('vault_write_failed', { account: account.id, ...errorOf(error) })
      await this.fx.setAlarm(this.#repairAt()).catch(() => undefined)
    }
  }

  /** KV may refuse for the rest of a day, so the next try is further away each time. */
  #repairAt(): number {
    const seconds = record.repairIn(this.#refusals, this.fx.random())
    return this.fx.now() + seconds * 1000
  }

  /** The alarm that is still needed. */
  protected async settleAlarm(): Promise<void> {
    const account = this.record
    if (!account) return
    if (this.#behind) return this.fx.setAlarm(this.#repairAt())
    if (record.isForgotten(account))
      return this.fx.setAlarm(account.forgottenAtMs + FORGOTTEN_TTL_SECONDS * 1000)
    // The journal's own alarm stays until the attempt or the DELETE is over.
    if (account.attempt || account.leaving) return
    const { ended, failure } = account.oauth2 ?? {}
    const retryAt = account.doubt && !ended ? failure?.retryAt : undefined
    // What is late already could not be done just now (halted, paused, a key is missing): that is for the sweep, which
    // finds it due and goes at the app's pace.
    const ahead = retryAt !== undefined && retryAt * 1000 > this.fx.now()
    await this.fx.setAlarm(ahead ? retryAt * 1000 : null)
  }

  protected connected(): record.Connected | undefined {
    return this.record && !record.isForgotten(this.record) ? this.record : undefined
  }

  /** One durable step. The alarm set with it is in the same transaction: nothing awaits in between. */
  protected write(next: record.AccountRecord, alarmInMs?: number): void {
    this.fx.write(next)
    this.record = next
    if (alarmInMs !== undefined) void this.fx.setAlarm(this.fx.now() + alarmInMs)
  }

  protected seconds(): number {
    return Math.floor(this.fx.now() / 1000)
  }
}

const leftBy = (words: string | undefined): Left => ({
  revoked: words === undefined,
  ...(words === undefined ? {} : { words }),
})

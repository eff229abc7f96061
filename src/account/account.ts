/**
 * The object `Account`, one per X user: the truth about which token pair is current, and the only place that
 * refreshes. KV has a copy; it is written after the truth, one write at a time, always as the record is then.
 *
 * The order of a refresh — journal, call, commit, KV — is why no pair that X gave is lost here; see STORAGE.md.
 */
import { DurableObject } from 'cloudflare:workers'
import { type Keyring, keyringOf } from '../crypto/keyring'
import { randomText } from '../crypto/random'
import { keyIdOf } from '../crypto/seal'
import { configOf, need, OAUTH2_SETTINGS } from '../env'
import { done, Failure, type FailureData, failed, failedWith, type Result } from '../failure'
import {
  ACCESS_TOKEN_TTL_SECONDS,
  FORGOTTEN_TTL_SECONDS,
  JOURNAL_DOUBT_SECONDS,
  REPAIR_SECONDS,
} from '../limits'
import { errorOf, log } from '../log'
import type { Tokens } from '../oauth/token'
import { Row } from '../store/row'
import {
  deleteAccount,
  type GrantKind,
  grantsOf,
  putAccount,
  type VaultAccount,
} from '../store/vault'
import * as x from '../x/token'
import { endAtX, ofAnotherApp, ownerAtX } from './at-x'
import { type Ask, decide, type Leased, leaseOf } from './decide'
import { openToken, sealTokens } from './grant'
import { Publisher } from './publisher'
import * as record from './record'

const JOURNAL_ALARM_MS = JOURNAL_DOUBT_SECONDS * 1000

export class Account extends DurableObject<Env> {
  #row: Row<record.AccountRecord>
  #record: record.AccountRecord | undefined
  /** The one attempt that everybody joins; it never rejects. */
  #running: Promise<FailureData | undefined> | undefined
  #leaving: Promise<Result<Left>> | undefined
  /** Whether the OAuth 2.0 grant is being given back: its token is not presented meanwhile. */
  #ending = false
  readonly #copy = new Publisher(() => this.#putCopy())
  #published: record.AccountRecord | undefined

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    this.#row = new Row(ctx.storage.sql)
    this.#record = this.#row.read()
  }

  /** Takes a login's grant in, once. `superseded` and `forgotten` mean that it was not needed and is not kept. */
  async adopt(adoption: record.Adoption): Promise<{
    how: 'adopt' | 'already' | 'superseded' | 'forgotten' | 'occupied'
    account: VaultAccount | undefined
  }> {
    if (this.#connected()?.leaving) await this.leave(false)
    const { unconfirmed, kind } = adoption.grant
    // What nobody confirmed may fill an empty place, never take one.
    const occupied = unconfirmed && this.#connected()?.[kind] !== undefined
    const how = occupied ? 'occupied' : record.judgeAdoption(this.#record, adoption)
    if (how === 'adopt') {
      this.#write(record.adopted(this.#record, adoption, seconds()), REPAIR_SECONDS * 1000)
      await this.#copy.publish()
    }
    const account = this.#connected()
    return { how, account: account && record.vaultCopy(account) }
  }

  /** The account as it is now, without secrets in the clear. */
  async read(): Promise<VaultAccount | undefined> {
    const account = this.#connected()
    return account && record.vaultCopy(account)
  }

  /** Refreshes if need be and says what may be handed out. */
  async lease(ask: Ask): Promise<Result<Leased>> {
    const account = this.#connected()
    if (!account) return failed('account_unknown')
    if (account.leaving || this.#ending) return failed('account_leaving')
    // While its attempt runs here the journal is no trace of a crash, and whoever wants a refresh joins it.
    const { attempt: _, ...running } = account
    const decision = decide(this.#running === undefined ? account : running, ask, seconds())
    const trouble = decision.do === 'refresh' ? await this.#refresh() : undefined
    if (ask.because !== 'due') await this.confirm('oauth2')
    const after = this.#connected()
    if (!after) return failed('account_unknown')
    return leaseOf(after, ask, seconds(), { decision, trouble })
  }

  /** A sweep's hint. Refreshes if it is still due; the outcome stands in the record. */
  async refreshDue(sweptAtMs: number): Promise<void> {
    await this.lease({ because: 'due', sweptAtMs })
  }

  /**
   * X gave this user another grant, which is not wanted here: the one that is held has most likely ended with it, so X
   * is asked by a refresh, whose answer stands in the record.
   *
   * @param atMs - when X gave the other one, Unix milliseconds
   */
  async replaced(clientId: string, atMs: number): Promise<void> {
    const account = this.#connected()
    const grant = account?.oauth2
    if (!grant || grant.clientId !== clientId || grant.obtainedAtMs > atMs || grant.dueAt === null)
      return
    this.#write({ ...account, oauth2: { ...grant, dueAt: seconds() } }, REPAIR_SECONDS * 1000)
    await this.refreshDue(Date.now())
    await this.#copy.publish()
  }

  /** Gives the access back to X, then forgets. Unless forced, nothing is forgotten before X confirmed. */
  leave(force: boolean): Promise<Result<Left>> {
    const account = this.#connected()
    if (force && account?.leaving)
      this.#write({ ...account, leaving: { ...account.leaving, force } })
    this.#leaving ??= this.#leave(force).finally(() => {
      this.#leaving = undefined
    })
    return this.#leaving
  }

  /**
   * Ends one grant at X and here. The last one takes the account with it. Unless forced, X's word is waited for.
   */
  async endGrant(kind: GrantKind, force: boolean): Promise<Result<Left>> {
    const before = this.#connected()
    if (!before) return failed('account_unknown')
    if (!before[kind]) return failed('grant_unknown')
    if (before.leaving || grantsOf(before).length === 1) return this.leave(force)
    this.#ending = kind === 'oauth2'
    try {
      if (kind === 'oauth2') await this.#running
      return await this.#endGrant(kind, force)
    } finally {
      this.#ending = false
    }
  }

  async #endGrant(kind: GrantKind, force: boolean): Promise<Result<Left>> {
    const before = this.#connected()
    const held = before?.[kind]
    if (!before || !held) return failed('grant_unknown')
    const words = await endAtX(this.env, before, [kind], seconds())
    if (words !== undefined && !force) return failed('revoke_failed', words)
    const account = this.#connected()
    // A login that came in meanwhile brought another grant, which nobody asked to end.
    if (account && account[kind] === held) {
      this.#write(record.without(account, kind), REPAIR_SECONDS * 1000)
      await this.#copy.publish()
    }
    return done(leftBy(words))
  }

  /** Asks X whose an imported grant is, if nobody has yet. What X does not say is asked again by the next use. */
  async confirm(kind: GrantKind): Promise<VaultAccount | undefined> {
    const account = this.#connected()
    const grant = account?.[kind]
    if (!account || !grant?.unconfirmed || grant.ended) return account && record.vaultCopy(account)
    const owner = await ownerAtX(this.env, account, kind, seconds())
    const now = this.#connected()
    if (now?.[kind] === grant && typeof owner !== 'string') {
      const next = record.confirmed(now, kind, owner, seconds())
      log('grant_confirmed', { account: account.id, kind, quarantined: owner.id !== account.id })
      this.#write(next, REPAIR_SECONDS * 1000)
      await this.#copy.publish()
    }
    return now && record.vaultCopy(this.#connected()!)
  }

  /** Resolves what a crash or a failed KV write left behind. */
  override async alarm(): Promise<void> {
    const account = this.#record
    if (!account) return
    this.#published = undefined
    if (record.isForgotten(account)) {
      await this.#copy.publish()
      const over = Date.now() >= account.forgottenAtMs + FORGOTTEN_TTL_SECONDS * 1000
      // Nothing is left here only once nothing is left in KV.
      if (over && this.#published === account) await this.#vanish()
    } else if (this.#leaving !== undefined || this.#running !== undefined) {
      // Still at work here: the journal is looked at again, should this object die meanwhile.
      await this.ctx.storage.setAlarm(Date.now() + JOURNAL_ALARM_MS)
    } else if (account.leaving) {
      await this.leave(account.leaving.force)
    } else {
      if (account.attempt) {
        log('refresh_interrupted', { account: account.id, generation: account.attempt.generation })
        this.#write(record.interrupted(account, Date.now()))
      }
      await this.#copy.publish()
    }
  }

  #refresh(): Promise<FailureData | undefined> {
    this.#running ??= this.#attempt()
      .catch((error: unknown) => {
        log('refresh_not_made', { account: this.#record?.id, ...errorOf(error) })
        return failedWith(error).failure
      })
      .finally(() => {
        this.#running = undefined
      })
    // A caller that hangs up cancels nothing.
    this.ctx.waitUntil(this.#running)
    return this.#running
  }

  async #attempt(): Promise<undefined> {
    // Whatever can fail here fails before a token is spent.
    const config = configOf(this.env)
    need(config, ...OAUTH2_SETTINGS)
    const keyring = await keyringOf(config.sealingKeys)
    const before = this.#connected()
    if (!before?.oauth2?.refreshToken) return
    const { id, oauth2 } = before
    const token = await openToken(keyring, id, 'oauth2.refreshToken', before.oauth2.refreshToken)
    // An alarm that waits says that KV is behind.
    const kvIsBehind = (await this.ctx.storage.getAlarm()) !== null
    const account = this.#connected()
    if (!account || account.oauth2 !== oauth2 || account.leaving) return

    const other = ofAnotherApp(config, oauth2)
    if (other !== undefined) throw new Failure('app_changed', other)
    const attempt = { id: randomText(8), generation: oauth2.generation, startedAt: seconds() }
    this.#write({ ...account, attempt }, JOURNAL_ALARM_MS)

    const outcome = await x.refresh(config, token, seconds())

    const answer =
      outcome.kind === 'granted'
        ? { rotation: await this.#rotation(keyring, id, outcome.tokens) }
        : outcome
    const now = this.#connected()
    if (now?.attempt?.id !== attempt.id) {
      log('refresh_dropped', { account: id, generation: attempt.generation, outcome: outcome.kind })
      return
    }
    const next = record.answered(now, answer, Date.now())
    this.#write(next)
    log('refresh', {
      account: id,
      outcome: outcome.kind,
      generation: next.oauth2?.generation,
      ...('words' in outcome ? { words: outcome.words } : { oddity: outcome.oddity }),
    })
    // A failure after a failure tells readers of KV nothing new, and a write costs.
    const news = next.status !== now.status || !next.oauth2?.failure || !now.oauth2?.failure
    if (news || kvIsBehind) await this.#copy.publish()
    else await this.ctx.storage.deleteAlarm()
  }

  async #leave(force: boolean): Promise<Result<Left>> {
    const before = this.#connected()
    if (!before) return failed('account_unknown')
    this.#write({ ...before, leaving: { since: seconds(), force } }, JOURNAL_ALARM_MS)
    await this.#running
    const account = this.#connected()!
    const words = await endAtX(this.env, account, grantsOf(account), seconds())
    if (words !== undefined && !this.#connected()?.leaving?.force) {
      const { leaving: _, ...stays } = this.#connected()!
      this.#write(stays)
      await this.#copy.publish()
      return failed('revoke_failed', words)
    }
    this.#write({ id: account.id, forgottenAtMs: Date.now() }, REPAIR_SECONDS * 1000)
    log('account_forgotten', { account: account.id, revoked: words === undefined })
    await this.#copy.publish()
    return done(leftBy(words))
  }

  #rotation(keyring: Keyring, id: string, tokens: Tokens): Promise<record.Rotation> {
    const expiresAt = seconds() + (tokens.expiresIn ?? ACCESS_TOKEN_TTL_SECONDS)
    return sealTokens(keyring, id, { ...tokens, expiresAt }, true)
  }

  /** Writes to KV the record as it is now. Never rejects: what fails is repeated by alarm. */
  async #putCopy(): Promise<void> {
    const account = this.#record
    if (!account || account === this.#published) return
    const { storage } = this.ctx
    try {
      if (record.isForgotten(account)) await deleteAccount(this.env.VAULT, account.id)
      else await putAccount(this.env.VAULT, record.vaultCopy(account), keyId(account))
      this.#published = account
      if (this.#record !== account) return
      if (record.isForgotten(account))
        await storage.setAlarm(account.forgottenAtMs + FORGOTTEN_TTL_SECONDS * 1000)
      else if (!account.attempt && account.leaving === undefined) await storage.deleteAlarm()
    } catch (error) {
      log('vault_write_failed', { account: account.id, ...errorOf(error) })
      await storage.setAlarm(Date.now() + REPAIR_SECONDS * 1000).catch(() => undefined)
    }
  }

  #connected(): record.Connected | undefined {
    return this.#record && !record.isForgotten(this.#record) ? this.#record : undefined
  }

  /** One durable step. The alarm set with it is in the same transaction: nothing awaits in between. */
  #write(next: record.AccountRecord, alarmInMs?: number): void {
    this.#row.write(next)
    this.#record = next
    if (alarmInMs !== undefined) void this.ctx.storage.setAlarm(Date.now() + alarmInMs)
  }

  async #vanish(): Promise<void> {
    await this.ctx.storage.deleteAll()
    this.#row = new Row(this.ctx.storage.sql)
    this.#record = undefined
  }
}

/** How an account left. */
export interface Left {
  /** Whether X confirmed that the tokens are revoked … */
  revoked: boolean
  /** … and what it said if not. */
  words?: string
}

const leftBy = (words: string | undefined): Left => ({
  revoked: words === undefined,
  ...(words === undefined ? {} : { words }),
})

const keyId = ({ oauth2, oauth1 }: record.Connected): string =>
  keyIdOf(oauth2?.accessToken ?? oauth1?.token ?? '')

const seconds = (): number => Math.floor(Date.now() / 1000)

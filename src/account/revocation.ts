import { secondsOf } from '../clock'
import { done, failed, type Result } from '../failure'
import { JOURNAL_ALARM_MS } from '../limits'
import { GRANT_KINDS, type GrantKind, grantsOf } from '../store/vault'
import type { Effects } from './effects'
import { unheardEnds, withEndsNoted } from './ended-at-x'
import { disconnected, withoutGrant } from './fields'
import type { HeldRecord } from './held-record'
import type { KvCopy } from './kv-copy'
import { type Connected, isInDoubt } from './record'
import type { Refresher } from './refresher'
import type { RevokedAtX } from './revoke-at-x'

/** How an account or a grant was ended. */
export interface Disconnected {
  /** Whether X confirmed that the tokens are revoked. */
  revoked: boolean
  /** What X said instead, for a person; absent where it confirmed. */
  message?: string
}

/**
 * Ends an account, or one of its grants: at X first, then here. Single grants end one after the other. Below it: the
 * record, KV's copy and the refresher, of which it only waits for the refresh that is under way, since X may be giving a
 * pair for the token that is to end.
 */
export class Revocation {
  readonly #fx: Effects
  readonly #held: HeldRecord
  readonly #kvCopy: KvCopy
  readonly #refresher: Refresher
  #disconnecting: Promise<Result<Disconnected>> | undefined
  /** Whether the end of a single grant is under way in this object; a journal without it is of one that died. */
  #isEndingGrant = false
  /** Ends of single grants, one after the other. */
  #grantsSettled: Promise<unknown> = Promise.resolve()

  constructor(fx: Effects, held: HeldRecord, kvCopy: KvCopy, refresher: Refresher) {
    this.#fx = fx
    this.#held = held
    this.#kvCopy = kvCopy
    this.#refresher = refresher
  }

  /** Whether something is being ended by this object. */
  get isUnderWay(): boolean {
    return this.#disconnecting !== undefined || this.#isEndingGrant
  }

  /**
   * Resolves when the ends of single grants that were asked for are over, with one that an object left which died; never
   * rejects.
   */
  async grantsEnded(): Promise<void> {
    const left = this.#held.connected?.endingGrant
    if (left && !this.#isEndingGrant)
      void this.#inTurn(() => this.#endGrant(left.kind, left.force, left.obtainedAtMs))
    await this.#grantsSettled
  }

  disconnect(force: boolean): Promise<Result<Disconnected>> {
    const account = this.#held.connected
    if (force && account?.disconnecting)
      this.#held.write(
        { ...account, disconnecting: { ...account.disconnecting, force } },
        JOURNAL_ALARM_MS,
      )
    // A DELETE whose outcome is written only waits for KV. Whoever asks now means the account that stayed, or that a login
    // brought back meanwhile: that is a DELETE of its own.
    if (this.#disconnecting && account?.disconnecting) return this.#disconnecting
    const disconnecting = this.#disconnect(force).finally(() => {
      if (this.#disconnecting === disconnecting) this.#disconnecting = undefined
    })
    this.#disconnecting = disconnecting
    return disconnecting
  }

  endGrant(kind: GrantKind, force: boolean): Promise<Result<Disconnected>> {
    // The caller means the grant that is held now, not one that a login brings before this end has its turn.
    const meant = this.#held.connected?.[kind]
    return this.#inTurn(async () => {
      await this.#finishLeft(kind, meant?.obtainedAtMs)
      return this.#endGrant(kind, force, meant?.obtainedAtMs)
    })
  }

  #inTurn(work: () => Promise<Result<Disconnected>>): Promise<Result<Disconnected>> {
    const end = this.#grantsSettled.then(work)
    this.#grantsSettled = end.catch(() => undefined)
    return end
  }

  /** Goes on with the end of another grant that an object left which died: there is one journal for all of them. */
  async #finishLeft(kind: GrantKind, obtainedAtMs: number | undefined): Promise<void> {
    const left = this.#held.connected?.endingGrant
    if (left && (left.kind !== kind || left.obtainedAtMs !== obtainedAtMs))
      await this.#endGrant(left.kind, left.force, left.obtainedAtMs)
  }

  async #disconnect(force: boolean): Promise<Result<Disconnected>> {
    const before = this.#held.connected
    if (!before) return failed('account_unknown')
    // A forced DELETE whose object died is still forced when the alarm goes on with it.
    const isForced = force || before.disconnecting?.force === true
    const disconnecting = { since: secondsOf(this.#fx.now()), force: isForced }
    this.#held.write({ ...this.#withEndsOfDead(before), disconnecting }, JOURNAL_ALARM_MS)
    await this.#refresher.settled()
    const account = this.#held.connected!
    const kinds = grantsOf(account)
    const { revoked, message, notes } = await this.#endAtX(
      account,
      kinds,
      account.disconnecting?.force,
    )
    if (message !== undefined && !this.#held.connected?.disconnecting?.force) {
      const { disconnecting: _, ...rest } = this.#held.connected!
      const held = this.#isEndingGrant ? rest : withoutJournal(rest)
      const stays = withEndsNoted(held, notes, secondsOf(this.#fx.now()))
      // Grants that X has ended are of no use here, though the account stays for those that X did not end.
      const left = revoked.reduce((rest, kind) => withoutGrant(rest, kind, this.#fx.now()), stays)
      // The one that X did not hear of may have ended meanwhile by a DELETE of its own: then nothing is left to stay for.
      if (grantsOf(left).length > 0) {
        await this.#kvCopy.keepAndPublish(left)
        return failed('revoke_failed', message)
      }
    }
    const left = disconnectedBy(message ?? newerAtX(account, kinds))
    this.#fx.log('account_disconnected', { account: account.id, revoked: left.revoked })
    await this.#kvCopy.keepAndPublish(disconnected(this.#held.connected!, this.#fx.now()))
    return done(left)
  }

  async #endGrant(
    kind: GrantKind,
    force: boolean,
    obtainedAtMs: number | undefined,
  ): Promise<Result<Disconnected>> {
    const before = this.#held.connected
    if (!before) return failed('account_unknown')
    if (before[kind]?.obtainedAtMs !== obtainedAtMs || obtainedAtMs === undefined) {
      await this.#dropJournal()
      return failed('grant_unknown', before[kind] && obtainedAtMs ? REPLACED : undefined)
    }
    if (before.disconnecting || grantsOf(before).length === 1) return this.disconnect(force)
    const endingGrant = { since: secondsOf(this.#fx.now()), force, kind, obtainedAtMs }
    this.#held.write({ ...this.#withEndsOfDead(before), endingGrant }, JOURNAL_ALARM_MS)
    this.#isEndingGrant = true
    try {
      // An exchange presents the OAuth 1.0a token, and brings a pair.
      if (kind === 'oauth2' || before.attempt?.by) await this.#refresher.settled()
      const account = this.#held.connected
      const held = account?.[kind]
      if (!account || !held) return failed('grant_unknown')
      if (held.obtainedAtMs !== obtainedAtMs) return failed('grant_unknown', REPLACED)
      const { message, notes } = await this.#endAtX(account, [kind], force)
      const now = this.#held.connected
      if (message !== undefined && !force) {
        const left = now && withEndsNoted(withoutJournal(now), notes, secondsOf(this.#fx.now()))
        if (left) await this.#kvCopy.keepAndPublish(left)
        return failed('revoke_failed', message)
      }
      // A DELETE of the account may have ended the other grant meanwhile, so that this one is the last.
      // It may have given way to an import and be back since, under another generation.
      const isHeld = now?.[kind]?.obtainedAtMs === obtainedAtMs
      if (now && isHeld && grantsOf(now).length === 1) return this.disconnect(force)
      // A login that came in meanwhile brought another grant, which nobody asked to end.
      if (now && isHeld) {
        const left = withoutGrant(withoutJournal(now), kind, this.#fx.now())
        await this.#kvCopy.keepAndPublish(left)
      }
      return done(disconnectedBy(message ?? newerAtX(account, [kind])))
    } finally {
      this.#isEndingGrant = false
      await this.#dropJournal()
    }
  }

  /**
   * The journal of a single grant's end goes where the end has not taken it along. KV never had it, but the object that
   * began the end may have died while it told KV of something else.
   */
  async #dropJournal(): Promise<void> {
    const account = this.#held.connected
    if (!account?.endingGrant || account.disconnecting) return
    this.#held.keep(withoutJournal(account), 'record_not_stored')
    if (!(await this.#kvCopy.catchUp())) await this.#kvCopy.settleAlarm()
  }

  /** The record, with what an object that died while X was asked may have ended. */
  #withEndsOfDead(record: Connected): Connected {
    const { disconnecting, endingGrant } = record
    // While a refresh ran, or its outcome was not known, X was not asked.
    const asked = isInDoubt(record) ? [] : grantsOf(record)
    const left = endingGrant && !this.#isEndingGrant ? endingGrant.kind : undefined
    // Nor was it for the OAuth 1.0a token while an exchange presented it.
    const isAskedAlone = left === 'oauth1' && !(isInDoubt(record) && record.exchange)
    const kinds = GRANT_KINDS.filter(
      (kind) =>
        (disconnecting && asked.includes(kind)) ||
        (kind === left && (isAskedAlone || asked.includes(kind))),
    )
    return withEndsNoted(record, unheardEnds(record, kinds), secondsOf(this.#fx.now()))
  }

  /**
   * Ends grants at X. While the answer to a refresh is lost X may hold a newer pair than this object, and when X
   * confirms that the pair held here has ended, that says nothing of the newer one. So nothing is ended then unless
   * forced, and a forced end says that newer tokens may be left.
   */
  async #endAtX(
    account: Connected,
    kinds: readonly GrantKind[],
    force = false,
  ): Promise<RevokedAtX> {
    const isMeant = kinds.includes('oauth2') || account.exchange !== undefined
    const isUnsure = isMeant && isInDoubt(account) && !account.oauth2?.ended
    if (!isUnsure) return this.#fx.revokeAtX(account, kinds)
    if (!force) return { revoked: [], message: UNSURE, notes: [] }
    const { message, ...rest } = await this.#fx.revokeAtX(account, kinds)
    return { ...rest, message: message === undefined ? UNSURE : `${UNSURE} ${message}` }
  }
}

const UNSURE =
  'The answer to a refresh got lost, so X may hold newer tokens of this account than Perch. Perch finds out by itself, mostly within minutes: try again then. Forced, it forgets the account, and the user ends what X holds in its settings, under Connected apps.'

function withoutJournal({ endingGrant: _, ...record }: Connected): Connected {
  return record
}

const REPLACED = 'A login brought another one meanwhile, which stays.'

/** In words, what of this account X may hold that is not held here, and was given up already. */
function newerAtX(account: Connected, kinds: readonly GrantKind[]): string | undefined {
  const ended = kinds.includes('oauth2') ? account.oauth2?.ended : undefined
  const isLost = ended && (ended.reason === 'refresh_reply_lost' || isInDoubt(account))
  return isLost ? NEWER_TOKENS_AT_X : undefined
}

const NEWER_TOKENS_AT_X =
  'The answer to a refresh got lost, and with it newer tokens that X may hold. The user ends them in its settings, under Connected apps.'

const disconnectedBy = (message: string | undefined): Disconnected => ({
  revoked: message === undefined,
  ...(message === undefined ? {} : { message }),
})

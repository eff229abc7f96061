/** How an account ends, or one of its grants: at X first, then here. */
import { done, failed, type Result } from '../failure'
import { type GrantKind, grantsOf } from '../store/vault'
import type { EndedAtX } from './at-x'
import type { Effects } from './effects'
import * as record from './record'

/** How an account or a grant left. */
export interface Left {
  /** Whether X confirmed that the tokens are revoked … */
  revoked: boolean
  /** … and what it said if not. */
  words?: string
}

/** The account that ends. */
export interface Ending {
  connected: () => record.Connected | undefined
  /** The refresh that is under way, if one is. */
  refreshed: () => Promise<unknown> | undefined
  /** One durable step, with an alarm in case this object dies. */
  write: (next: record.Connected) => void
  publish: (next: record.AccountRecord) => Promise<void>
}

export class Ends {
  readonly #fx: Effects
  readonly #account: Ending
  #leaving: Promise<Result<Left>> | undefined
  /** Whether the OAuth 2.0 grant is being given back: its token is not presented meanwhile. */
  #isEndingOAuth2 = false
  /** Ends of single grants, one after the other. */
  #all: Promise<unknown> = Promise.resolve()

  constructor(fx: Effects, account: Ending) {
    this.#fx = fx
    this.#account = account
  }

  get isLeaving(): boolean {
    return this.#leaving !== undefined
  }

  get isEndingOAuth2(): boolean {
    return this.#isEndingOAuth2
  }

  /** Resolves when the ends of single grants that were asked for are over; it never rejects. */
  get all(): Promise<unknown> {
    return this.#all
  }

  leave(force: boolean): Promise<Result<Left>> {
    const account = this.#account.connected()
    if (force && account?.leaving)
      this.#account.write({ ...account, leaving: { ...account.leaving, force } })
    // One that is decided only waits for KV yet: it says nothing of an account that stayed, or came back meanwhile.
    if (this.#leaving && account?.leaving) return this.#leaving
    const leaving = this.#leave(force).finally(() => {
      if (this.#leaving === leaving) this.#leaving = undefined
    })
    this.#leaving = leaving
    return leaving
  }

  endGrant(kind: GrantKind, force: boolean): Promise<Result<Left>> {
    // The one that is held now is meant, not one that a login brings before it is its turn.
    const meant = this.#account.connected()?.[kind]
    const end = this.#all.then(() => this.#endGrant(kind, force, meant?.obtainedAtMs))
    this.#all = end.catch(() => undefined)
    return end
  }

  async #leave(force: boolean): Promise<Result<Left>> {
    const before = this.#account.connected()
    if (!before) return failed('account_unknown')
    // An object that died in a forced one goes on by force.
    const isForced = force || before.leaving?.force === true
    const leaving = { since: Math.floor(this.#fx.now() / 1000), force: isForced }
    this.#account.write({ ...before, leaving })
    await this.#account.refreshed()
    const account = this.#account.connected()!
    const kinds = grantsOf(account)
    const { ended, words } = await this.#endAtX(account, kinds, account.leaving?.force)
    if (words !== undefined && !this.#account.connected()?.leaving?.force) {
      const { leaving: _, ...stays } = this.#account.connected()!
      // What has ended at X is of no use here.
      const left = ended.reduce((rest, kind) => record.without(rest, kind, this.#fx.now()), stays)
      await this.#account.publish(left)
      return failed('revoke_failed', words)
    }
    const left = leftBy(words ?? newerAtX(account, kinds))
    this.#fx.log('account_forgotten', { account: account.id, revoked: left.revoked })
    await this.#account.publish(record.forgotten(this.#account.connected()!, this.#fx.now()))
    return done(left)
  }

  async #endGrant(
    kind: GrantKind,
    force: boolean,
    obtainedAtMs: number | undefined,
  ): Promise<Result<Left>> {
    const before = this.#account.connected()
    if (!before) return failed('account_unknown')
    if (!before[kind] || obtainedAtMs === undefined) return failed('grant_unknown')
    if (before[kind].obtainedAtMs !== obtainedAtMs) return failed('grant_unknown', REPLACED)
    if (before.leaving || grantsOf(before).length === 1) return this.leave(force)
    this.#isEndingOAuth2 = kind === 'oauth2'
    try {
      if (kind === 'oauth2') await this.#account.refreshed()
      const account = this.#account.connected()
      const held = account?.[kind]
      if (!account || !held) return failed('grant_unknown')
      if (held.obtainedAtMs !== obtainedAtMs) return failed('grant_unknown', REPLACED)
      const { words } = await this.#endAtX(account, [kind], force)
      if (words !== undefined && !force) return failed('revoke_failed', words)
      const now = this.#account.connected()
      // A login that came in meanwhile brought another grant, which nobody asked to end.
      if (now && record.isSameGrant(now[kind], held)) {
        await this.#account.publish(record.without(now, kind, this.#fx.now()))
      }
      return done(leftBy(words ?? newerAtX(account, [kind])))
    } finally {
      this.#isEndingOAuth2 = false
    }
  }

  /** What X confirms of the pair that is held says nothing of a newer one, which a lost answer may have brought it. */
  async #endAtX(
    account: record.Connected,
    kinds: readonly GrantKind[],
    force = false,
  ): Promise<EndedAtX> {
    const isUnsure = kinds.includes('oauth2') && record.isUnsure(account) && !account.oauth2?.ended
    if (!isUnsure) return this.#fx.endAtX(account, kinds)
    if (!force) return { ended: [], words: UNSURE }
    const { ended, words } = await this.#fx.endAtX(account, kinds)
    return { ended, words: words === undefined ? UNSURE : `${UNSURE} ${words}` }
  }
}

const UNSURE =
  'The answer to a refresh got lost, so X may hold newer tokens of this account than Perch. Perch finds out by itself, mostly within minutes: try again then. Forced, it forgets the account, and the user ends what X holds in its settings, under Connected apps.'

const REPLACED = 'A login brought another one meanwhile, which stays.'

/** In words, what of this account X may hold that is not held here, and was given up already. */
function newerAtX(account: record.Connected, kinds: readonly GrantKind[]): string | undefined {
  const ended = kinds.includes('oauth2') ? account.oauth2?.ended : undefined
  const isLost = ended && (ended.reason === 'refresh_reply_lost' || record.isUnsure(account))
  return isLost ? NEWER : undefined
}

const NEWER =
  'The answer to a refresh got lost, and with it newer tokens that X may hold. The user ends them in its settings, under Connected apps.'

const leftBy = (words: string | undefined): Left => ({
  revoked: words === undefined,
  ...(words === undefined ? {} : { words }),
})

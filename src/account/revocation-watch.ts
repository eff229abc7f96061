/** X's word that a user took our access away: noted, and asked about at once. X's own no ends the grant, nothing else. */
import { secondsOf } from '../clock'
import { errorOf } from '../log'
import type { GrantKind } from '../store/vault'
import type { Unnamed } from '../x/me'
import { saysRefused } from '../x/trouble'
import type { User } from '../x/user'
import { endedByX } from './attempt'
import type { Effects } from './effects'
import { refusedByX } from './exchange'
import type { HeldRecord } from './held-record'
import type { KvCopy } from './kv-copy'
import type { Connected } from './record'
import type { Refresher } from './refresher'
import { askedInVain, askingDue, revocationNoted, revocationOver } from './revoked'

/** Has X asked about what its webhook told of one account. */
export class RevocationWatch {
  readonly #fx: Effects
  readonly #held: HeldRecord
  readonly #kvCopy: KvCopy
  readonly #refresher: Refresher
  readonly #refreshIfDue: (sweptAtMs: number) => Promise<unknown>
  #asking: Promise<void> | undefined

  /** @param refreshIfDue - refreshes where the record says so to a sweep that looked then, Unix milliseconds */
  constructor(
    fx: Effects,
    held: HeldRecord,
    kvCopy: KvCopy,
    refresher: Refresher,
    refreshIfDue: (sweptAtMs: number) => Promise<unknown>,
  ) {
    this.#fx = fx
    this.#held = held
    this.#kvCopy = kvCopy
    this.#refresher = refresher
    this.#refreshIfDue = refreshIfDue
  }

  /**
   * X says that the access was taken away. Resolves once that is noted; asking goes on.
   *
   * @param at - when that was, as X says, Unix seconds
   */
  async heard(at: number): Promise<void> {
    const account = this.#held.connected
    const next = account && revocationNoted(account, at, this.#unixSeconds())
    if (!next || next === account) return
    this.#fx.log('revocation_noted', { account: next.id })
    const noted = this.#kvCopy.writeAndPublish(next)
    // KV may take its time, and X is not asked later for it.
    this.#fx.keepAlive(this.#ask().catch(this.#notAsked))
    await noted
  }

  async #ask(): Promise<void> {
    // What is under way had begun before X's word, so it settles nothing.
    await this.#refresher.settled()
    const { revokedAtX, triedAtMs = 0 } = this.#held.connected ?? {}
    if (revokedAtX) await this.#refreshIfDue(Math.max(this.#fx.now(), triedAtMs + 1))
    await this.askByCall()
  }

  /** Asks X about what no refresh tells of, where its time has come: X names whose the grant is, or refuses it. One call at a time. */
  askByCall(): Promise<void> {
    this.#asking ??= this.#askByCall().finally(() => {
      this.#asking = undefined
    })
    return this.#asking
  }

  async #askByCall(): Promise<void> {
    const account = this.#held.connected
    const due = account && askingDue(account)
    if (!account || !due || due.at > this.#unixSeconds()) return
    const { kind } = due
    const said = await this.#fx.ownerAtX(account, kind)
    const now = this.#held.connected
    if (!now || now[kind] !== account[kind] || askingDue(now)?.kind !== kind) return
    await this.#kvCopy.keepAndPublish(this.#after(now, kind, said))
    // What X has refused may be healed at once.
    await this.#refreshIfDue(this.#fx.now())
  }

  #after(account: Connected, kind: GrantKind, said: User | Unnamed): Connected {
    const now = this.#unixSeconds()
    if (!('message' in said)) return revocationOver(account)
    if (said.isOfApp || !saysRefused(said.message))
      return askedInVain(account, now, this.#fx.random())
    // What X said of the pair is a no as good as one to a refresh: where an exchange can heal it, that is tried.
    return kind === 'oauth2' ? endedByX(account, said.message, now) : refusedByX(account, now)
  }

  readonly #notAsked = (error: unknown): void =>
    this.#fx.log('revocation_not_asked', { account: this.#held.current?.id, ...errorOf(error) })

  /** The time as the effects have it, in whole Unix seconds. */
  #unixSeconds(): number {
    return secondsOf(this.#fx.now())
  }
}

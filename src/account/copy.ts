/** KV's copy of one account: told what is true then, one write after the other, and again by alarm while KV refuses. */
import { PUBLISH_PATIENCE_MS } from '../limits'
import { errorOf } from '../log'
import type { Effects } from './effects'
import type { AccountRecord } from './record'
import { isTold, kvRefused, kvTook } from './told'

/** The account whose copy it is. */
export interface Held {
  read: () => AccountRecord | undefined
  write: (next: AccountRecord) => void
  settleAlarm: () => Promise<void>
}

export class Copy {
  readonly #fx: Effects
  readonly #account: Held
  #puts: Promise<void> = Promise.resolve()
  /** What KV is known to hold; unknown to a fresh instance. */
  #known: AccountRecord | undefined
  #behind = false

  constructor(fx: Effects, account: Held) {
    this.#fx = fx
    this.#account = account
  }

  /** Whether a write is under way, or was refused. */
  get isBehind(): boolean {
    return this.#behind
  }

  /** Whether KV may not know what it should, as far as a fresh instance can tell, and may be asked now. */
  get isWanting(): boolean {
    const account = this.#account.read()
    if (account?.kv) return this.#fx.now() >= account.kv.retryAtMs
    return this.#behind || (this.#known === undefined && !(account && isTold(account)))
  }

  knows(account: AccountRecord): boolean {
    return this.#known === account
  }

  /** Tells KV again, whatever it is known to hold. */
  async repeat(): Promise<void> {
    this.#known = undefined
    await this.publish()
  }

  /** Resolves once KV has what is true then, or when patience is over: a write that hangs holds up nobody for long. */
  async publish(): Promise<void> {
    this.#behind = true
    this.#puts = this.#puts.then(() => this.#put())
    await this.#fx.patience(this.#puts, PUBLISH_PATIENCE_MS)
  }

  /** Never rejects: what fails is repeated by alarm. */
  async #put(): Promise<void> {
    const account = this.#account.read()
    if (!account) return
    if (account === this.#known) {
      this.#behind = false
      return
    }
    try {
      await this.#fx.putCopy(account)
      this.#known = account
      // What was written meanwhile has a turn of its own.
      if (this.#account.read() !== account) return
      this.#behind = false
      this.#note(kvTook(account))
    } catch (error) {
      this.#known = undefined
      this.#fx.log('vault_write_failed', { account: account.id, ...errorOf(error) })
      const now = this.#account.read()
      if (now) this.#account.write(kvRefused(now, this.#fx.now(), this.#fx.random()))
    }
    await this.#account.settleAlarm().catch(() => undefined)
  }

  /** What is noted of KV itself, KV is not told. */
  #note(next: AccountRecord): void {
    if (next === this.#known) return
    this.#account.write(next)
    this.#known = next
  }
}

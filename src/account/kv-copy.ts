/**
 * Keeps KV's copy of one account up to date. One write follows the other, each with the record that is held when it
 * begins; while KV refuses, an alarm repeats the write.
 */
import { LATE_WRITE_SECONDS, PUBLISH_PATIENCE_MS, REPAIR_SECONDS } from '../limits'
import { errorOf } from '../log'
import { nextAlarm } from './alarm'
import type { Effects } from './effects'
import type { HeldRecord } from './held-record'
import { isSynced, isToldAgain, kvWriteFailed, kvWritten, markDirty } from './kv-copy-state'
import type { AccountRecord } from './record'

const REPAIR_MS = REPAIR_SECONDS * 1000

/**
 * Writes the record that is held to KV. Whoever changes an account publishes the change through this. It needs the
 * record and the effects alone, and knows nothing of refreshes.
 */
export class KvCopy {
  readonly #fx: Effects
  readonly #held: HeldRecord
  /** The write that is under way, or the last one that was; it never rejects. */
  #put: Promise<void> = Promise.resolve()
  #isPutting = false
  /** The write that begins once {@link #put} is over: whoever has something new for KV meanwhile joins it. */
  #next: Promise<void> | undefined
  /** What KV is known to hold; unknown to a fresh instance. */
  #known: AccountRecord | undefined
  #behind = false
  #hasPut = false
  /** Until when a write of an object that died may land; Unix milliseconds. */
  #inheritedUntilMs = 0

  constructor(fx: Effects, held: HeldRecord) {
    this.#fx = fx
    this.#held = held
  }

  /** Sets the alarm that the record still needs, KV's part in it, and that of events that wait. */
  async settleAlarm(): Promise<void> {
    const record = this.#held.current
    if (!record) return
    await this.#setAlarm(record)
    if (this.#held.eventsDueAtMs !== undefined) this.#fx.keepAlive(this.#settleOnceSent(record))
  }

  async #setAlarm(record: AccountRecord): Promise<void> {
    const { eventsDueAtMs } = this.#held
    await this.#fx.setAlarm(nextAlarm(record, this.#behind, this.#fx.now(), eventsDueAtMs))
  }

  /** An alarm that events alone need is over with them: left behind, it would look like a write to KV that was cut off. */
  async #settleOnceSent(record: AccountRecord): Promise<void> {
    await this.#held.sendEvents()
    // Whatever changed the record since has set an alarm of its own.
    const isSame = this.#held.current === record && !this.#isPutting
    if (isSame && this.#held.eventsDueAtMs === undefined) await this.#setAlarm(record)
  }

  /** Writes a changed record to the storage, then to KV. @throws when the storage refuses; KV is not told then */
  async writeAndPublish(next: AccountRecord): Promise<void> {
    this.#held.write(markDirty(next), REPAIR_MS)
    await this.publish()
  }

  /**
   * Keeps a record that was changed because of what X did, then writes it to KV. X's act cannot be taken back, so if
   * the storage refuses the record it stays in memory, and is stored later.
   */
  async keepAndPublish(next: AccountRecord): Promise<void> {
    this.#held.keep(markDirty(next), 'record_not_stored', REPAIR_MS)
    await this.publish()
  }

  /** Whether KV may lack the record that is held, as far as a fresh instance can tell, and may be written to now. */
  #isWanting(): boolean {
    const account = this.#held.current
    // A write that is under way finds out by itself whether KV has what it should.
    if (this.#isPutting) return false
    if (account?.kv) return this.#fx.now() >= account.kv.retryAtMs
    return this.#behind || (this.#known === undefined && !(account && isSynced(account)))
  }

  /** The object before this one may have died with a write under way. */
  inherit(): void {
    if (!this.#hasPut) this.#inheritedUntilMs = this.#fx.now() + LATE_WRITE_SECONDS * 1000
  }

  knows(account: AccountRecord): boolean {
    return this.#known === account
  }

  /** Tells KV what it may not know. @returns whether there was anything */
  async catchUp(): Promise<boolean> {
    const isWanting = this.#isWanting()
    if (isWanting) await (this.#held.current?.kv ? this.repeat() : this.publish())
    return isWanting
  }

  /** Tells KV again, whatever it is known to hold. */
  async repeat(): Promise<void> {
    this.#known = undefined
    await this.publish()
  }

  /** Tells KV again what a sweep's hint shows it not to have, at most once an hour: see {@link isToldAgain}. */
  async tellAgain(sweptAtMs: number): Promise<void> {
    const record = this.#held.current
    const nowMs = this.#fx.now()
    if (!record || this.#isPutting || !isToldAgain(record, sweptAtMs, nowMs)) return
    this.#fx.log('vault_told_again', { account: record.id })
    await this.writeAndPublish({ ...record, toldAgainAtMs: nowMs })
  }

  /** Resolves once KV has what is true then, or when patience is over: a write that hangs holds up nobody for long. */
  async publish(): Promise<void> {
    this.#behind = true
    this.#next ??= this.#put.then(() => {
      this.#next = undefined
      this.#isPutting = true
      this.#put = this.#putNow().finally(() => {
        this.#isPutting = false
      })
      return this.#put
    })
    await this.#fx.patience(this.#next, PUBLISH_PATIENCE_MS)
  }

  /** Writes the record to KV. A write that fails is repeated by alarm. */
  async #putNow(): Promise<void> {
    const account = this.#held.current
    if (!account) return
    // The storage has refused this record so far, so if this object died now, the next one would not know of it. KV
    // must not be ahead of the storage: it gets the record once that is stored.
    if (!this.#held.isStored) return void this.#held.whenStored().then(() => this.publish())
    if (account === this.#known) {
      this.#behind = false
      return
    }
    this.#hasPut = true
    const begunAtMs = this.#fx.now()
    const how = await this.#fx.putCopy(account).catch((error: unknown) => {
      this.#fx.log('vault_write_failed', { account: account.id, ...errorOf(error) })
      return 'refused' as const
    })
    if (how === 'unanswered') this.#fx.log('vault_write_unanswered', { account: account.id })
    const now = this.#held.current
    if (how === 'put') {
      this.#known = account
      // The record changed while KV took this one: the next write tells KV, and notes what is to be noted.
      if (now !== account) return
      this.#behind = false
      this.#note(kvWritten(account, begunAtMs, this.#inheritedUntilMs))
    } else {
      this.#known = undefined
      if (now)
        this.#held.keep(
          kvWriteFailed(now, how, this.#fx.now(), this.#fx.random()),
          'record_not_stored',
        )
    }
    await this.settleAlarm().catch(() => undefined)
  }

  /**
   * Keeps a record that differs from KV's copy only in what it notes about KV. That part is not in the copy, so KV
   * counts as knowing this record too, and is not written to again.
   */
  #note(next: AccountRecord): void {
    if (next === this.#known) return
    this.#held.keep(next, 'record_not_stored')
    this.#known = next
  }
}

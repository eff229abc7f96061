/**
 * KV's copies of the callers, as the object `Registry` keeps them: what KV may lack is noted in the same turn as the
 * change, and told again by alarm until KV has it.
 */
import {
  KV_COPIES_AT_ONCE,
  KV_COPIES_PER_ALARM,
  LATE_WRITE_SECONDS,
  NEWER_ALARM_SECONDS,
  REPAIR_SECONDS,
  VAULT_WRITE_TIMEOUT_MS,
} from '../limits'
import { errorOf, log } from '../log'
import { inTime } from '../patience'
import { repairIn } from '../store/repair'
import type { Rows } from '../store/rows'

/** What is known of KV's copy of one caller. */
export interface CopyState {
  /** The key that sealed the copy that KV took last; absent: KV took none that is sealed. */
  keyId?: string
  /** KV may not have what is true: it refused so often, and is told again at that time, Unix milliseconds. */
  dirty?: { refusals: number; retryAtMs: number }
}

/** What the copies need of the object that holds the callers. */
export interface CopyEffects {
  states: Pick<Rows<CopyState>, 'get' | 'write' | 'delete' | 'page'>
  /**
   * Writes what is true of a caller to KV: its copy, or that there is none. Rejects as KV does.
   *
   * @returns the id of the key that sealed the copy; `none` where it was deleted; `newer` where nothing was done, since a
   *   later build wrote the caller.
   */
  write: (id: string) => Promise<{ keyId: string } | 'none' | 'newer'>
  /** Unix milliseconds; null: none. */
  setAlarm: (at: number | null) => Promise<void>
  /** Unix milliseconds. */
  now: () => number
  /** 0 to 1. */
  random: () => number
}

/** KV's copies of the callers. */
export class CallerCopies {
  readonly #fx: CopyEffects
  /** Counts the changes of each caller: a write that began before the last one tells KV what is not true any more. */
  readonly #changes = new Map<string, number>()
  /** The last write of each caller, which never rejects: two at once could land in either order. */
  readonly #writes = new Map<string, Promise<boolean>>()
  /** Until then a write that was not answered, or whose object died, may land over a newer one; Unix milliseconds. */
  #lateUntilMs = 0

  constructor(effects: CopyEffects) {
    this.#fx = effects
    if (this.#dirty().length > 0) this.#lateUntilMs = effects.now() + LATE_WRITE_SECONDS * 1000
  }

  /** Notes that KV lacks a change of these callers. Call it in the same turn, before the change itself is written. */
  markDirty(ids: readonly string[], inMs = REPAIR_SECONDS * 1000): void {
    if (ids.length === 0) return
    const retryAtMs = this.#fx.now() + inMs
    for (const id of ids) {
      this.#changes.set(id, (this.#changes.get(id) ?? 0) + 1)
      this.#fx.states.write(id, {
        ...this.#fx.states.get(id),
        dirty: { refusals: 0, retryAtMs },
      })
    }
    void this.settleAlarm().catch(() => undefined)
  }

  /** Tells KV what is true of a caller, after the writes of it that are under way. @returns whether KV has it now */
  publish(id: string): Promise<boolean> {
    const writing = (this.#writes.get(id) ?? Promise.resolve(true))
      .then(() => this.#write(id))
      .catch((error: unknown) => {
        log('caller_copy_failed', { other_caller: id, ...errorOf(error) })
        return false
      })
      .finally(() => {
        if (this.#writes.get(id) === writing) this.#writes.delete(id)
      })
    this.#writes.set(id, writing)
    return writing
  }

  /** Whether KV may lack what is true of a caller. */
  isDirty(id: string): boolean {
    return this.#fx.states.get(id)?.dirty !== undefined
  }

  /** Tells KV what it may lack and is to be told by now, some at a time. */
  async catchUp(): Promise<void> {
    // Should the object die in the middle, this alarm is all that is left.
    await this.#fx.setAlarm(this.#fx.now() + REPAIR_SECONDS * 1000)
    const due = this.#dirty()
      .filter(({ retryAtMs }) => retryAtMs <= this.#fx.now())
      .slice(0, KV_COPIES_PER_ALARM)
    const next = async (): Promise<void> => {
      for (let copy = due.shift(); copy; copy = due.shift()) await this.publish(copy.id)
    }
    await Promise.all(Array.from({ length: KV_COPIES_AT_ONCE }, next))
    await this.settleAlarm()
  }

  /** Has copies that another key sealed sealed anew. @returns how many copies each key sealed, before that */
  reseal(keyId: string, most: number): Record<string, number> {
    const sealed = this.#all().flatMap(({ id, record }) =>
      record?.keyId === undefined ? [] : [{ id, keyId: record.keyId, dirty: record.dirty }],
    )
    const old = sealed.filter((copy) => copy.keyId !== keyId && !copy.dirty)
    this.markDirty(
      old.slice(0, most).map(({ id }) => id),
      0,
    )
    const counts: Record<string, number> = {}
    for (const copy of sealed) counts[copy.keyId] = (counts[copy.keyId] ?? 0) + 1
    return counts
  }

  /** Sets the alarm that the copies still need. */
  async settleAlarm(): Promise<void> {
    const times = this.#dirty().map(({ retryAtMs }) => retryAtMs)
    await this.#fx.setAlarm(times.length > 0 ? Math.min(...times) : null)
  }

  async #write(id: string): Promise<boolean> {
    const state = this.#fx.states.get(id)
    if (!state?.dirty) return true
    const change = this.#changes.get(id)
    const how = await this.#written(id)
    // The caller changed or ended meanwhile: KV has what was true before that.
    if (this.#changes.get(id) !== change) return this.#write(id)
    const nowMs = this.#fx.now()
    const isKnown = typeof how === 'object' || how === 'none'
    if (isKnown && nowMs >= this.#lateUntilMs) {
      if (how === 'none') this.#fx.states.delete(id)
      else this.#fx.states.write(id, { keyId: how.keyId })
    } else {
      const dirty = isKnown
        ? { refusals: 0, retryAtMs: this.#lateUntilMs }
        : this.#again(state.dirty.refusals, how === 'newer', nowMs)
      const keyId = typeof how === 'object' ? how.keyId : state.keyId
      this.#fx.states.write(id, { ...(keyId === undefined ? {} : { keyId }), dirty })
    }
    await this.settleAlarm()
    return isKnown
  }

  /** @returns undefined where KV refused, or did not answer */
  async #written(id: string): Promise<{ keyId: string } | 'none' | 'newer' | undefined> {
    try {
      const written = await inTime(this.#fx.write(id), VAULT_WRITE_TIMEOUT_MS)
      if (written) return written.value
      this.#lateUntilMs = this.#fx.now() + LATE_WRITE_SECONDS * 1000
      log('caller_copy_failed', { other_caller: id })
    } catch (error) {
      log('caller_copy_failed', { other_caller: id, ...errorOf(error) })
    }
    return undefined
  }

  #again(refusals: number, isNewer: boolean, nowMs: number): NonNullable<CopyState['dirty']> {
    const seconds = isNewer ? NEWER_ALARM_SECONDS : repairIn(refusals + 1, this.#fx.random())
    return { refusals: refusals + 1, retryAtMs: nowMs + seconds * 1000 }
  }

  #all(): { id: string; record: CopyState | undefined }[] {
    return this.#fx.states.page('', Number.MAX_SAFE_INTEGER)
  }

  #dirty(): { id: string; retryAtMs: number }[] {
    return this.#all().flatMap(({ id, record }) =>
      record?.dirty ? [{ id, retryAtMs: record.dirty.retryAtMs }] : [],
    )
  }
}

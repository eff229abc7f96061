/**
 * What one isolate remembers of keys that were refused, and how often it may ask the object `Registry` about further ones.
 * Anybody can write a key whose checksum is right, so a key that KV does not know must cost little, however many come.
 */
import {
  ISOLATE_CACHE_SECONDS,
  REFUSALS_REMEMBERED,
  REGISTRY_ASK_SECONDS,
  REGISTRY_ASKS_MAX,
} from '../limits'

/** Why a key is refused: in words for its holder, or undefined where there is nothing to say. */
type Refusal = { detail: string | undefined }

/** The refused keys of an isolate, and its allowance of questions. Times are Unix seconds. */
export class Refusals {
  readonly #refused = new Map<string, Refusal & { until: number }>()
  #allowed = REGISTRY_ASKS_MAX
  #since = 0

  /**
   * Why this key was refused a moment ago; undefined: it was not.
   *
   * @param key - the caller's id with the hash of the secret that was shown
   */
  of(key: string, now: number): Refusal | undefined {
    const refusal = this.#refused.get(key)
    return refusal && refusal.until > now ? refusal : undefined
  }

  /** Remembers that the object refused this key. */
  add(key: string, detail: string | undefined, now: number): void {
    this.#refused.delete(key)
    this.#refused.set(key, { detail, until: now + ISOLATE_CACHE_SECONDS })
    // A Map keeps the order of insertion, so the first key is the oldest.
    if (this.#refused.size > REFUSALS_REMEMBERED)
      this.#refused.delete(this.#refused.keys().next().value!)
  }

  /** Whether the object may be asked about a key that may be anybody's; if so, it counts as asked. */
  mayAsk(now: number): boolean {
    const earned = Math.floor((now - this.#since) / REGISTRY_ASK_SECONDS)
    // A clock that was set back begins anew: it must not hold questions back until it is where it was.
    if (earned !== 0) this.#since = now
    this.#allowed = Math.min(this.#allowed + Math.max(earned, 0), REGISTRY_ASKS_MAX)
    if (this.#allowed === 0) return false
    this.#allowed -= 1
    return true
  }
}

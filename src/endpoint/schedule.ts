/** When a delivery that failed is tried again (pure; a table tests it). */
import { DAY_SECONDS } from '../clock'
import { DELIVERY_AGAIN_SECONDS, DELIVERY_JITTER, DELIVERY_WAIT_MAX_SECONDS } from '../limits'

/**
 * When the next try is due, Unix milliseconds: by the schedule, and not before the receiver wants it.
 *
 * @param tries - that failed so far, one at least
 * @param random - 0 to 1
 * @param retryAfter - for how long the receiver asks to be left alone, seconds.
 */
export function nextTryAtMs(tries: number, nowMs: number, random: number, retryAfter = 0): number {
  const step = Math.min(tries, DELIVERY_AGAIN_SECONDS.length) - 1
  const seconds = (DELIVERY_AGAIN_SECONDS[step] ?? DAY_SECONDS) * jitter(random)
  return nowMs + Math.round(Math.max(seconds, retryAfter) * 1000)
}

const jitter = (random: number): number => 1 - DELIVERY_JITTER + 2 * DELIVERY_JITTER * random

/**
 * For how long a receiver asks to be left alone, seconds, up to a day; undefined where it says nothing that can be read.
 *
 * @param header - of `Retry-After`: seconds, or a date
 * @param nowMs - Unix milliseconds
 * @see [RFC 9110 §10.2.3](https://www.rfc-editor.org/rfc/rfc9110.html#section-10.2.3)
 */
export function waitAsked(header: string | null, nowMs: number): number | undefined {
  const text = header?.trim() ?? ''
  const seconds = /^\d{1,15}$/.test(text)
    ? Number(text)
    : /^[A-Z][a-z]{2}.* GMT$/.test(text)
      ? Math.ceil((Date.parse(text) - nowMs) / 1000)
      : 0
  return seconds > 0 ? Math.min(seconds, DELIVERY_WAIT_MAX_SECONDS) : undefined
}

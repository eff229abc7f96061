/**
 * How long X asks to be left alone. Each header is believed only as far as it can be true: one that is no number or
 * date, lies in the past or beyond a day ahead says nothing, so that a clock, a unit or a gateway that is wrong neither
 * stops refreshes for years nor makes them hammer X.
 *
 * @see [X: rate limits](https://docs.x.com/x-api/fundamentals/rate-limits)
 */
import { DAY_SECONDS } from '../clock'
import { CLOCK_SKEW_SECONDS, RETRY_AFTER_DEFAULT_SECONDS, RETRY_AFTER_MAX_SECONDS } from '../limits'

/** The limits that X counts, as its headers begin: `<name>-reset` is Unix seconds, `<name>-remaining` a number of calls. */
const X_LIMITS = ['x-rate-limit', 'x-app-limit-24hour', 'x-user-limit-24hour']

/**
 * Seconds until a call may be sent again, 1 to 900: the longest wait of all headers that can be believed, a minute where
 * none can.
 *
 * @param now - Unix seconds.
 */
export function retryAfter({ headers }: { headers: Headers }, now: number): number {
  const limits = X_LIMITS.map((limit) => untilReset(headers, limit, now))
  const longest = longestOf([...limits, afterIn(headers, now)]) ?? RETRY_AFTER_DEFAULT_SECONDS
  return Math.min(Math.max(longest, 1), RETRY_AFTER_MAX_SECONDS)
}

/**
 * Seconds that X asks to be left alone in so many words, 1 to 900; undefined where it names no time that can be believed, or
 * one that is over. Any answer but a success may carry `Retry-After`; the limits' resets stand beside each answer, and hold
 * back nothing unless it is a 429.
 *
 * @param now - Unix seconds.
 */
export function askedWait(
  { status, headers }: { status: number; headers: Headers },
  now: number,
): number | undefined {
  const limits = status === 429 ? X_LIMITS.map((limit) => untilReset(headers, limit, now)) : []
  const longest = longestOf([...limits, afterIn(headers, now)]) ?? 0
  return longest > 0 ? Math.min(longest, RETRY_AFTER_MAX_SECONDS) : undefined
}

function longestOf(waits: readonly (number | undefined)[]): number | undefined {
  const said = waits.filter((seconds) => seconds !== undefined)
  return said.length > 0 ? Math.max(...said) : undefined
}

/** Seconds until a limit is reset; undefined where calls are left of it, or its reset cannot be true. */
function untilReset(headers: Headers, limit: string, now: number): number | undefined {
  if (Number(headers.get(`${limit}-remaining`) ?? 0) > 0) return undefined
  const reset = headers.get(`${limit}-reset`)?.trim() ?? ''
  return WHOLE.test(reset) ? believed(Number(reset) - now) : undefined
}

/** Seconds, or an HTTP-date. @see [RFC 9110 §10.2.3](https://www.rfc-editor.org/rfc/rfc9110.html#section-10.2.3) */
function afterIn(headers: Headers, now: number): number | undefined {
  const text = headers.get('retry-after')?.trim() ?? ''
  if (WHOLE.test(text)) return believed(Number(text))
  return HTTP_DATE.test(text) ? believed(Math.ceil(Date.parse(text) / 1000) - now) : undefined
}

const WHOLE = /^\d{1,15}$/
/** As `Date.parse` reads it alike everywhere; what else it takes for a date ("-5") is none. */
const HTTP_DATE = /^[A-Z][a-z]{2,8}, \d{2}[ -][A-Z][a-z]{2}[ -]\d{2,4} \d{2}:\d{2}:\d{2} GMT$/

/** A reset that is over by a few seconds is one of now, by a clock that goes a little differently. */
const believed = (seconds: number): number | undefined =>
  seconds >= -CLOCK_SKEW_SECONDS && seconds <= DAY_SECONDS + CLOCK_SKEW_SECONDS
    ? seconds
    : undefined

/** Times that a call brings from elsewhere, in whichever form another store keeps them. */
import * as v from 'valibot'
import { secondsOf } from '../clock'
import { UNIX_SECONDS_MAX } from '../limits'

const TIME_EXPECTED =
  'a time is expected: Unix seconds, Unix milliseconds, or ISO 8601 with its zone (2026-11-28T12:00:00Z)'

/** A date, a time and a zone: without the zone nobody knows which hour is meant. @see [RFC 3339 §5.6](https://www.rfc-editor.org/rfc/rfc3339.html#section-5.6) */
const ISO = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})$/i

/** A time as Unix seconds; undefined for what is none. No time of seconds is so late that it could be one of milliseconds. */
function timeOf(given: unknown): number | undefined {
  if (typeof given === 'string')
    return ISO.test(given)
      ? atLeast0(secondsOf(Date.parse(given.replace(' ', 'T'))))
      : /^\d{1,13}$/.test(given)
        ? timeOf(Number(given))
        : undefined
  if (typeof given !== 'number') return undefined
  const seconds = given > UNIX_SECONDS_MAX ? given / 1000 : given
  return seconds <= UNIX_SECONDS_MAX ? atLeast0(Math.floor(seconds)) : undefined
}

const atLeast0 = (seconds: number): number | undefined => (seconds >= 0 ? seconds : undefined)

/** A time in any of these forms, read as Unix seconds; fractions of a second go. */
export const Time = v.pipe(
  v.custom<unknown>((given) => timeOf(given) !== undefined, TIME_EXPECTED),
  v.transform((given) => timeOf(given)!),
)

import { FAULT_RESET_SECONDS } from '../limits.ts'

/** What a `status:` fault says beside its status. */
export interface Limits {
  headers?: Record<string, string>
  /** Seconds until `x-rate-limit-reset`; of a 429 without it, 15. */
  reset_in?: number
  /** `retry-after`, in seconds. */
  retry_after?: number
  /** The limits of a day, for the user and for the app. */
  daily?: { limit?: number; remaining?: number; reset_in?: number }
}

/** Reads them from JSON; undefined if there is no such thing. */
export function readLimits(json: string): Limits | undefined {
  try {
    const value = JSON.parse(json) as Limits
    const { headers = {}, reset_in = 0, retry_after = 0, daily = {} } = value
    const known = Object.keys(value).every((key) => KEYS.includes(key))
    const numbers = [reset_in, retry_after, ...Object.values(daily)]
    return known && areHeaders(headers) && numbers.every(Number.isInteger) ? value : undefined
  } catch {
    return undefined
  }
}

/** Whether this can be sent as headers. */
export function areHeaders(value: unknown): value is Record<string, string> {
  if (typeof value !== 'object' || value === null) return false
  try {
    new Headers(value as Record<string, string>)
    return Object.values(value).every((each) => typeof each === 'string')
  } catch {
    return false
  }
}

/** When and where a fault is played: Unix seconds, and how often the call may be made in 15 minutes. */
export interface Moment {
  now: number
  limit: number
}

/** The headers of a reply with this status. */
export function limitHeaders(
  status: number,
  limits: Limits,
  { now, limit }: Moment,
): Record<string, string> {
  const { headers = {}, retry_after, daily } = limits
  const reset = limits.reset_in ?? (status === 429 ? FAULT_RESET_SECONDS : undefined)
  return {
    ...(reset === undefined
      ? {}
      : {
          'x-rate-limit-limit': String(limit),
          'x-rate-limit-remaining': '0',
          'x-rate-limit-reset': String(now + reset),
        }),
    ...(retry_after === undefined ? {} : { 'retry-after': String(retry_after) }),
    ...(daily ? { ...dailyHeaders('user', daily, now), ...dailyHeaders('app', daily, now) } : {}),
    ...headers,
  }
}

function dailyHeaders(
  whose: 'user' | 'app',
  { limit = 17, remaining = 0, reset_in = 86_400 }: NonNullable<Limits['daily']>,
  now: number,
): Record<string, string> {
  return {
    [`x-${whose}-limit-24hour-limit`]: String(limit),
    [`x-${whose}-limit-24hour-remaining`]: String(remaining),
    [`x-${whose}-limit-24hour-reset`]: String(now + reset_in),
  }
}

const KEYS = ['headers', 'reset_in', 'retry_after', 'daily']

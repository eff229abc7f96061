/** The time as this machine has it, in whole Unix seconds: what X, KV and every record count in. */
export const unixSeconds = (): number => secondsOf(Date.now())

/** A time in Unix milliseconds as whole Unix seconds. */
export const secondsOf = (ms: number): number => Math.floor(ms / 1000)

/** A time in Unix seconds as the digits of its minute in UTC, `yyyymmddhhmm`; the seconds go. */
export const utcMinute = (seconds: number): string =>
  new Date(seconds * 1000).toISOString().replace(/\D/g, '').slice(0, 12)

/** A day, in seconds. */
export const DAY_SECONDS = 86_400

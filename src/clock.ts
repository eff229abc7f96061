/** The time as this machine has it, in whole Unix seconds: what X, KV and every record count in. */
export const unixSeconds = (): number => secondsOf(Date.now())

/** A time in Unix milliseconds as whole Unix seconds. */
export const secondsOf = (ms: number): number => Math.floor(ms / 1000)

/** A day, in seconds. */
export const DAY_SECONDS = 86_400

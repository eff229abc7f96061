/** The time as this machine has it, in whole Unix seconds: what X, KV and every record count in. */
export const unixSeconds = (): number => Math.floor(Date.now() / 1000)

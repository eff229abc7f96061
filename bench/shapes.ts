/** What the benchmarks and their Workers say to each other. */

/** How often each operation was done. */
export type Counts = Record<string, number>

export interface SeededGrant {
  id: string
  access_token: string
  refresh_token: string
}

/** Accounts to be put into Perch, due or asleep. */
export interface Seed {
  accounts: SeededGrant[]
  due: boolean
}

/** Events that happen: numbered from, how many, and how they come. */
export interface Happened {
  from: number
  count: number
  /** Events with each call of the log. */
  perCall: number
  /** Calls under way at once. */
  atOnce: number
}

/** What a whole sweep saw. It travels with a sweep that is carried on, and rests with the app's state. */
import * as v from 'valibot'
import { USER_ID } from '../x/user'

/** A whole number of things. */
export const Count = v.pipe(v.number(), v.safeInteger(), v.minValue(0))
const isCounts = (counts: unknown): boolean =>
  typeof counts === 'object' && counts !== null && Object.values(counts).every(Number.isSafeInteger)

/** A list of X user ids. */
export const Ids = v.array(v.pipe(v.string(), v.regex(USER_ID)))

/** The counts of a sweep so far: of accounts, unless a name says otherwise. */
export const SweepStats = v.object({
  /** Unix milliseconds. */
  sweptAtMs: v.number(),
  accounts: Count,
  ok: Count,
  suspected: Count,
  login_required: Count,
  due: Count,
  queued: Count,
  oldest_lateness_seconds: Count,
  /** Records by the key that they are sealed with. */
  keys: v.custom<Record<string, number>>(isCounts),
  /** Accounts with a sealing key that is not configured. */
  missing_key_accounts: Count,
  /** The ids of some of those accounts. */
  missing_key: Ids,
})
/** The counts of a sweep so far, as {@link newSweepStats} begins them. */
export type SweepStats = v.InferOutput<typeof SweepStats>

/** Stands for a key that a copy does not name. */
export const UNKNOWN_KEY = 'unknown'

/** The counts of a sweep that begins at this moment, Unix milliseconds. */
export const newSweepStats = (sweptAtMs: number): SweepStats => ({
  sweptAtMs,
  accounts: 0,
  ok: 0,
  suspected: 0,
  login_required: 0,
  due: 0,
  queued: 0,
  oldest_lateness_seconds: 0,
  keys: {},
  missing_key_accounts: 0,
  missing_key: [],
})

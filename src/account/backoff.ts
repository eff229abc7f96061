/** The waits before something that failed is tried again, by the number of failures. Seconds; `random` is 0 to 1. */
import {
  BACK_OFF_JITTER,
  BACK_OFF_MAX_SECONDS,
  BACK_OFF_SECONDS,
  CALL_DOUBT_SECONDS,
  DOUBT_SPREAD_SECONDS,
  FORCED_GAP_MAX_SECONDS,
  FORCED_GAP_SECONDS,
  IDENTITY_RETRY_MAX_SECONDS,
  IDENTITY_RETRY_SECONDS,
  JOURNAL_DOUBT_SECONDS,
} from '../limits'
import type { VaultOAuth2 } from '../store/vault'

/**
 * Seconds until the refresh token is presented again after this many failures: 30, 60, … up to an hour, spread; after a
 * doubt over a minute at least, so 30 to 90 after the first.
 */
export function backOff(tries: number, random: number, isDoubt = false): number {
  const plain = Math.min(BACK_OFF_SECONDS * 2 ** (tries - 1), BACK_OFF_MAX_SECONDS)
  const spread = Math.max(BACK_OFF_JITTER * plain, isDoubt ? DOUBT_SPREAD_SECONDS : 0) * random
  return Math.min(Math.ceil(Math.max(plain + spread, CALL_DOUBT_SECONDS)), BACK_OFF_MAX_SECONDS)
}

/**
 * When the refresh token of an attempt that was cut off is presented again, Unix seconds: never while its call may still
 * run at X, and up to a minute later, since what killed one object mostly killed many.
 */
export const afterJournal = (startedAt: number, random: number): number =>
  startedAt + JOURNAL_DOUBT_SECONDS + Math.floor(DOUBT_SPREAD_SECONDS * random)

/**
 * The time at which X is asked again after it said how long to wait. A random part of that wait is added, or all
 * accounts would come back in the same second.
 */
export const laterAt = (now: number, retryAfter: number, random: number): number =>
  now + retryAfter + Math.floor(BACK_OFF_JITTER * random * retryAfter)

/**
 * Seconds until X is asked again whose a grant is, after it did not say so `tries` times: 0 after the first, since
 * once is chance, then 15, 30, … up to {@link IDENTITY_RETRY_MAX_SECONDS}.
 */
export const askOwnerIn = (tries: number): number =>
  tries < 2 ? 0 : Math.min(IDENTITY_RETRY_SECONDS * 2 ** (tries - 2), IDENTITY_RETRY_MAX_SECONDS)

/** What somebody forced last, and how far away the next time has to be: the distance doubles while it goes on. */
export interface Forced {
  /** Unix seconds. */
  at: number
  gap: number
}

/** The distance after one more that is forced at `now` (Unix seconds). */
export function nextForced(before: Forced | undefined, now: number): Forced {
  const goesOn = before && now < before.at + before.gap + FORCED_GAP_MAX_SECONDS
  const gap = goesOn ? Math.min(before.gap * 2, FORCED_GAP_MAX_SECONDS) : FORCED_GAP_SECONDS
  return { at: now, gap }
}

/** Since when each refresh failed, where the last one did: what the next failure carries on. */
export const failingSince = ({ failure }: Pick<VaultOAuth2, 'failure'>): { since?: number } =>
  failure ? { since: failure.since ?? failure.at } : {}

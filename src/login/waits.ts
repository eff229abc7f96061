/** When a grant on its way is tried again (pure). Times are Unix seconds. */
import { backOff } from '../account/backoff'
import { secondsOf } from '../clock'
import {
  ANSWERED_DOUBT_SECONDS,
  IDENTITY_RETRY_MAX_SECONDS,
  IDENTITY_RETRY_SECONDS,
  OWNER_ASKED_BY_RELOADS,
} from '../limits'
import type { HeldGrant } from './record'
import type { NotRenewed } from './renewal'

/**
 * The grant after its way failed once more: it is tried again later, and less and less often.
 *
 * @param waitSeconds - what X asked for: until then a reload does not try it either.
 */
export function postponed(grant: HeldGrant, now: number, waitSeconds?: number): HeldGrant {
  const own = Math.min(IDENTITY_RETRY_SECONDS * 2 ** grant.tries, IDENTITY_RETRY_MAX_SECONDS)
  return {
    ...grant,
    tries: grant.tries + 1,
    nextAt: now + Math.max(own, waitSeconds ?? 0),
    ...(waitSeconds === undefined ? {} : { notBefore: now + waitSeconds }),
  }
}

/**
 * Until when a reload asks X no more than the alarm does: X asked to wait, or was asked often, and each question costs.
 * Undefined: a reload tries it at once.
 */
export function leftToAlarmUntil(
  { notBefore = 0, tries, nextAt }: HeldGrant,
  now: number,
): number | undefined {
  const until = Math.max(notBefore, tries >= OWNER_ASKED_BY_RELOADS ? nextAt : 0)
  return now < until ? until : undefined
}

/**
 * The grant after its refresh brought no pair: nobody has its token presented again before the call that broke is over at
 * X, or the time has come that X named. An account's grant waits as long.
 *
 * @param nowMs - when the answer came, Unix milliseconds
 * @param random - 0 to 1.
 */
export function notRenewed(
  grant: HeldGrant,
  why: NotRenewed,
  nowMs: number,
  random: number,
): HeldGrant {
  const renewalTries = (grant.renewalTries ?? 0) + 1
  const at = presentedAgainAt(why, renewalTries, nowMs, random)
  return { ...grant, renewalTries, nextAt: at, notBefore: at }
}

function presentedAgainAt(why: NotRenewed, tries: number, nowMs: number, random: number): number {
  if (why.kind === 'later') return secondsOf(nowMs) + why.waitSeconds
  // Once only, or a gateway that breaks every answer would be asked each second.
  if (why.kind === 'cut' && tries === 1) return Math.ceil(nowMs / 1000) + ANSWERED_DOUBT_SECONDS
  return secondsOf(nowMs) + backOff(tries, random)
}

/** The grant while the app's object lets no refresh leave: a reload asks that object again, which costs X nothing. */
export function haltedFor(grant: HeldGrant, now: number, retryAfter: number): HeldGrant {
  const { notBefore: _, ...free } = grant
  return { ...free, nextAt: now + Math.max(retryAfter, IDENTITY_RETRY_SECONDS) }
}

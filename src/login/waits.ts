/** When a grant on its way is tried again (pure). Times are Unix seconds. */
import {
  IDENTITY_RETRY_MAX_SECONDS,
  IDENTITY_RETRY_SECONDS,
  OWNER_ASKED_BY_RELOADS,
} from '../limits'
import type { HeldGrant } from './record'

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

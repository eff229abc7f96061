/**
 * X's word that a user took our access away, as it comes by its webhooks. It is no proof: signed as it is, it may be
 * replayed, and may be of before a login. So it ends nothing by itself; X is asked at once, and X's own no ends the grant.
 * Plain data in, plain data out. Times are Unix seconds.
 */
import { secondsOf } from '../clock'
import { CLOCK_SKEW_SECONDS, REVOKED_GIVE_UP_SECONDS } from '../limits'
import type { GrantKind } from '../store/vault'
import { backOff } from './backoff'
import { type Connected, isEndingOAuth2 } from './record'

/**
 * The record that has X's word noted and is due; the same one where it says nothing new: no grant here is as old as that
 * moment, X has given a pair since, or what was meant has ended.
 *
 * @param at - when the access was taken away, as X says.
 */
export function revocationNoted(record: Connected, at: number, now: number): Connected {
  const isFuture = at > now + CLOCK_SKEW_SECONDS
  if (isFuture || (record.revokedHeardAt ?? 0) >= at || isEndingOAuth2(record)) return record
  const during = record.attempt?.id ?? record.inDoubt?.attempt?.id
  const revokedAtX = { at, tries: 0, retryAt: now, ...(during === undefined ? {} : { during }) }
  const noted = { ...record, revokedHeardAt: at, revokedAtX }
  const { oauth2 } = record
  if (!oauth2 || !isRefreshed(record, at)) return kindToAsk(record, at) ? noted : record
  if ((oauth2.refreshedAt ?? 0) > at) return record
  // A wait after a failure stands, since two calls at once would end the grant. An exchange under way goes first.
  const dueAt = Math.max(oauth2.failure?.retryAt ?? 0, now)
  return { ...noted, oauth2: { ...oauth2, dueAt } }
}

/** The record after X gave a pair; due at once where X's word is not settled by it, see {@link revocationLeft}. */
export function dueByRevocation(record: Connected, now: number): Connected {
  const { revokedAtX, oauth2 } = record
  if (!revokedAtX || !oauth2?.refreshToken || oauth2.failure) return record
  return { ...record, oauth2: { ...oauth2, dueAt: now } }
}

/**
 * What is left of X's word once X has given a pair to an attempt: nothing, unless that attempt had begun before the word
 * came. Then it may be the pair that the user ended, and is asked about once more.
 */
export function revocationLeft(
  { revokedAtX }: Connected,
  attemptId: string | undefined,
): Pick<Connected, 'revokedAtX'> {
  if (!revokedAtX || attemptId === undefined || revokedAtX.during !== attemptId) return {}
  const { during: _, ...left } = revokedAtX
  return { revokedAtX: left }
}

/** A grant that X is to be asked about by a call of its own, since no refresh tells, and when, Unix seconds; undefined: none. */
export function askingDue(record: Connected): { kind: GrantKind; at: number } | undefined {
  const { revokedAtX } = record
  const kind = revokedAtX && kindToAsk(record, revokedAtX.at)
  return revokedAtX && kind && { kind, at: revokedAtX.retryAt }
}

/**
 * The record of a pair that the user has ended, and that no exchange heals now: it was healed a moment ago, or too often, or X
 * makes none. The OAuth 1.0a token, which the same click has ended as a rule, is asked about by a signature.
 */
export function askedBySignature(record: Connected, now: number): Connected {
  const { oauth1, oauth2, exchange } = record
  const why = exchange ? exchange.heals : oauth2?.ended?.reason
  const isOpen = oauth1 !== undefined && !oauth1.ended
  if (why !== 'revoked_by_user' || !isOpen) return record
  return { ...record, revokedAtX: { at: now, tries: 0, retryAt: now } }
}

/** The record after X refused the OAuth 1.0a token: X's word is of the pair beside it as well, which is still to be asked about. */
export const pairLeftToAsk = (record: Connected, revokedAtX: Connected['revokedAtX']): Connected =>
  revokedAtX && (isRefreshed(record, revokedAtX.at) || kindToAsk(record, revokedAtX.at))
    ? { ...record, revokedAtX }
    : record

/** The record after X took the grant: the access goes on. */
export function revocationOver({ revokedAtX: _, ...rest }: Connected): Connected {
  return rest
}

/** The record after X neither took the grant nor refused it: it is asked again, for a day. `random` is 0 to 1. */
export function askedInVain(record: Connected, now: number, random: number): Connected {
  const { revokedAtX } = record
  if (!revokedAtX || now > revokedAtX.at + REVOKED_GIVE_UP_SECONDS) return revocationOver(record)
  const tries = revokedAtX.tries + 1
  const retryAt = now + backOff(tries, random)
  return { ...record, revokedAtX: { ...revokedAtX, tries, retryAt } }
}

/** Whether the refresh of a pair tells. One that is being healed has been refused; one that came since says nothing of before. */
const isRefreshed = ({ oauth2, exchange }: Connected, at: number): boolean =>
  oauth2?.refreshToken !== undefined &&
  !oauth2.ended &&
  secondsOf(oauth2.obtainedAtMs) <= at &&
  exchange?.heals !== 'revoked_by_user'

/** Of the grants that were there at that moment, one that a call of its own has to ask about. */
function kindToAsk(record: Connected, at: number): GrantKind | undefined {
  if (isRefreshed(record, at)) return undefined
  const isOpen = (kind: GrantKind): boolean => {
    const grant = record[kind]
    return grant !== undefined && !grant.ended && secondsOf(grant.obtainedAtMs) <= at
  }
  if (isOpen('oauth2') && !record.oauth2?.refreshToken) return 'oauth2'
  return isOpen('oauth1') ? 'oauth1' : undefined
}

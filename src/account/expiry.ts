/** The end of a grant that cannot be refreshed: its access token expires, and only a login helps. Times are Unix seconds. */
import { type Connected, isEndingOAuth2 } from './record'

/**
 * When the OAuth 2.0 grant ends by itself; undefined: it can be refreshed, has ended, or gives way to something else: to one
 * from before an import, or to what an exchange brings.
 */
export function endsAt(record: Connected): number | undefined {
  const { oauth2, exchange, formers } = record
  if (!oauth2 || oauth2.refreshToken || oauth2.ended) return undefined
  return formers || exchange || isEndingOAuth2(record) ? undefined : oauth2.expiresAt
}

/** The record once the token of such a grant has expired; the very same one before that. */
export function expired(record: Connected, now: number): Connected {
  const at = endsAt(record)
  if (at === undefined || at > now) return record
  const ended = { reason: 'no_refresh_token' as const, since: at }
  return { ...record, status: 'login_required', oauth2: { ...record.oauth2!, ended } }
}

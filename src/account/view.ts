/** An account as callers see it: everything but secrets. Field names are those of the wire. */
import { DAY_SECONDS, secondsOf } from '../clock'
import { plainText } from '../plain-text'
import {
  type Ended,
  type EndedAtX,
  keyIdsOf,
  metadataOf,
  statusAt,
  type VaultAccount,
  type VaultMetadata,
  type VaultOAuth2,
} from '../store/vault'

/** An account as a list of the API shows it. */
export interface AccountSummary {
  id: string
  username: string
  name: string
  status: string
  grants: string[]
  generation: number
  /** Unix seconds. */
  expires_at: number | null
  due_at: number | null
}

/** An account as the API shows it alone. */
export interface AccountView extends AccountSummary {
  picture?: string
  verified?: boolean
  /** Only where whoever makes an answer of it opens it: see `emailJson`. */
  email?: string
  oauth2?: {
    scope: string
    lost_scopes?: string[]
    client_id: string
    obtained_at: number
    refreshed_at?: number
    ended?: Ended
    ended_at_x?: EndedAtXView
    unconfirmed?: true
    failure?: { code: string; message: string; at: number; retry_at: number }
    last_failure?: { code: string; message: string; at: number }
    rotations_24h: number
  }
  /** Of a login that was to exchange its OAuth 1.0a token: why X gave no pair for it. */
  exchange?: { code: string; detail?: string }
  /** The tokens cannot be opened: the key that sealed them is not configured. */
  sealing_key_missing?: true
  oauth1?: {
    api_key: string
    obtained_at: number
    ended?: Ended
    ended_at_x?: EndedAtXView
    unconfirmed?: true
  }
}

/** What a DELETE that X did not confirm has done to a grant; `unheard`: X may have ended that token. `since` is Unix seconds. */
interface EndedAtXView {
  since: number
  refresh_token?: 'ended' | 'unheard'
  access_token?: 'ended' | 'unheard'
  token?: 'ended' | 'unheard'
}

/** An account as it stands in KV’s list, in the wire’s form. `now` is Unix seconds. */
export function summaryOf(account: VaultMetadata & { id: string }, now: number): AccountSummary {
  const { id, username, grants, generation, expiresAt, dueAt } = account
  const status = statusAt(account, now)
  const name = nameOf(account)
  return { id, username, name, status, grants, generation, expires_at: expiresAt, due_at: dueAt }
}

/**
 * An account in the wire’s form.
 *
 * @param now - Unix seconds
 * @param keys - the sealing keys that are configured, by id, where a missing one is to be told.
 */
export function viewOf(
  account: VaultAccount,
  now: number,
  keys?: ReadonlyMap<string, unknown>,
): AccountView {
  const { id, username, name, picture, verified, oauth2, oauth1 } = account
  return {
    ...summaryOf({ ...metadataOf(account), id, username, name }, now),
    ...(picture === undefined ? {} : { picture }),
    ...(verified === undefined ? {} : { verified }),
    ...(oauth2
      ? {
          oauth2: {
            scope: oauth2.scope,
            ...(oauth2.lostScopes ? { lost_scopes: oauth2.lostScopes } : {}),
            client_id: oauth2.clientId,
            obtained_at: secondsOf(oauth2.obtainedAtMs),
            ...(oauth2.refreshedAt === undefined ? {} : { refreshed_at: oauth2.refreshedAt }),
            ...(oauth2.ended ? { ended: oauth2.ended } : {}),
            ...endedAtXJson(oauth2),
            ...(oauth2.failure ? { failure: failureJson(oauth2.failure) } : {}),
            ...(oauth2.lastFailure ? { last_failure: oauth2.lastFailure } : {}),
            rotations_24h: (oauth2.rotatedAt ?? []).filter((at) => at > now - DAY_SECONDS).length,
            ...(oauth2.unconfirmed ? { unconfirmed: true } : {}),
          },
        }
      : {}),
    ...(keys && keyIdsOf(account).some((key) => !keys.has(key))
      ? { sealing_key_missing: true }
      : {}),
    ...(oauth1
      ? {
          oauth1: {
            api_key: oauth1.apiKey,
            obtained_at: secondsOf(oauth1.obtainedAtMs),
            ...(oauth1.ended ? { ended: oauth1.ended } : {}),
            ...endedAtXJson(oauth1),
            ...(oauth1.unconfirmed ? { unconfirmed: true } : {}),
          },
        }
      : {}),
  }
}

/** Records of former builds hold names as X gave them. */
const nameOf = ({ username, name }: { username: string; name: string }): string =>
  plainText(name) || username

function endedAtXJson({ endedAtX }: { endedAtX?: EndedAtX }): { ended_at_x?: EndedAtXView } {
  if (!endedAtX) return {}
  const { refreshToken, accessToken, token } = endedAtX.tokens
  const view = {
    since: endedAtX.since,
    ...(refreshToken ? { refresh_token: refreshToken } : {}),
    ...(accessToken ? { access_token: accessToken } : {}),
    ...(token ? { token } : {}),
  }
  return { ended_at_x: view }
}

const failureJson = ({ code, message, at, retryAt }: NonNullable<VaultOAuth2['failure']>) => ({
  code,
  message,
  at,
  retry_at: retryAt,
})

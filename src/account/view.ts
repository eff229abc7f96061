/** An account as callers see it: everything but secrets. Field names are those of the wire. */
import type { VaultAccount, VaultMetadata } from '../store/vault'

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

export interface AccountView extends AccountSummary {
  oauth2?: {
    scope: string
    client_id: string
    obtained_at: number
    refreshed_at?: number
    ended?: { reason: string; since: number }
    failure?: { code: string; words: string; at: number }
  }
}

export function summaryOf(account: VaultMetadata & { id: string }): AccountSummary {
  const { id, username, name, status, grants, generation, expiresAt, dueAt } = account
  return { id, username, name, status, grants, generation, expires_at: expiresAt, due_at: dueAt }
}

export function viewOf({ id, username, name, status, oauth2 }: VaultAccount): AccountView {
  return {
    id,
    username,
    name,
    status,
    grants: oauth2 ? ['oauth2'] : [],
    generation: oauth2?.generation ?? 0,
    expires_at: oauth2?.expiresAt ?? null,
    due_at: oauth2 && status === 'ok' ? oauth2.dueAt : null,
    ...(oauth2
      ? {
          oauth2: {
            scope: oauth2.scope,
            client_id: oauth2.clientId,
            obtained_at: Math.floor(oauth2.obtainedAtMs / 1000),
            ...(oauth2.refreshedAt === undefined ? {} : { refreshed_at: oauth2.refreshedAt }),
            ...(oauth2.ended ? { ended: oauth2.ended } : {}),
            ...(oauth2.failure ? { failure: oauth2.failure } : {}),
          },
        }
      : {}),
  }
}

/** Making and ending callers, an act of the admin key. */
import { hash } from '../crypto/hash'
import { Failure } from '../failure'
import type { Secret } from '../secret'
import { type CallerRecord, deleteCaller, putCaller } from '../store/callers'
import { type Scope, UNLIMITED_SCOPES } from './caller'
import { newKey } from './key'

/** A caller that the admin wants made. */
export interface CallerRequest {
  name: string
  scopes: Scope[]
  accounts?: string[]
  /** Prefixes of the addresses that are its own. */
  returnTo?: string[]
  /** Unix seconds. */
  expiresAt?: number
}

/**
 * Makes a caller. Its key is given this once.
 *
 * @param now - Unix seconds
 * @throws Failure `request_malformed`, `storage_unavailable`
 */
export async function createCaller(
  env: Env,
  request: CallerRequest,
  now: number,
): Promise<{ caller: CallerRecord; key: Secret }> {
  const tooWide = request.scopes.filter((scope) => UNLIMITED_SCOPES.includes(scope))
  if (request.accounts && tooWide.length > 0)
    throw new Failure(
      'request_malformed',
      `scopes: ${tooWide.join(', ')} reach beyond a list of accounts; leave out these scopes, or accounts.`,
    )
  if (request.expiresAt !== undefined && request.expiresAt <= now)
    throw new Failure('request_malformed', 'expires_at: it lies in the past.')
  const { id, secret, text } = await newKey()
  const caller = { ...request, id, secretHash: await hash(secret.reveal()), createdAt: now }
  await putCaller(env.VAULT, caller)
  return { caller, key: text }
}

/** Ends a caller; one that is unknown is ended already. @throws Failure `storage_unavailable` */
export const removeCaller = (env: Env, id: string): Promise<void> => deleteCaller(env.VAULT, id)

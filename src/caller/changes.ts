/** How a caller is made, changed and rotated: plain data in, plain data out. Times are Unix seconds. */
import { Failure } from '../failure'
import { FORMER_KEYS_MAX } from '../limits'
import type { CallerRecord, FormerKey } from '../store/callers'
import { type Scope, UNLIMITED_SCOPES } from './caller'

/** A caller that the admin wants made. */
export interface CallerRequest {
  name: string
  scopes: Scope[]
  accounts?: string[]
  /** Prefixes of the addresses that are its own. */
  returnTo?: string[]
  expiresAt?: number
}

/** What the admin wants changed of a caller; null takes a field away. */
export interface CallerChange {
  name?: string
  scopes?: Scope[]
  accounts?: string[] | null
  returnTo?: string[] | null
  expiresAt?: number | null
}

/**
 * A caller as it is made.
 *
 * @param secretHash - of its key's secret part
 * @throws Failure `request_malformed`
 */
export function newCaller(
  request: CallerRequest,
  id: string,
  secretHash: string,
  now: number,
): CallerRecord {
  demandFuture(request.expiresAt, now)
  return demandNarrow({ ...request, id, secretHash, createdAt: now })
}

/** The caller with these changes; the whole of it is judged as when it is made. @throws Failure `request_malformed` */
export function changedCaller(
  caller: CallerRecord,
  change: CallerChange,
  now: number,
): CallerRecord {
  demandFuture(change.expiresAt ?? undefined, now)
  const merged = Object.entries({ ...caller, ...change }).filter(
    ([, value]) => value !== null && value !== undefined,
  )
  return demandNarrow(Object.fromEntries(merged) as unknown as CallerRecord)
}

/**
 * The caller with a new key. The key that it had, and those before it, work until the overlap is over and no longer.
 *
 * @throws Failure `too_many` when so many keys of it would work beside the new one.
 */
export function rotatedCaller(
  { formerKeys: before = [], ...caller }: CallerRecord,
  secretHash: string,
  overlapSeconds: number,
  now: number,
): CallerRecord {
  const until = now + overlapSeconds
  const formerKeys = [{ secretHash: caller.secretHash, until }, ...before]
    .map((key) => ({ ...key, until: Math.min(key.until, until) }))
    .filter((key) => key.until > now)
  if (formerKeys.length > FORMER_KEYS_MAX)
    throw new Failure(
      'too_many',
      `${FORMER_KEYS_MAX} former keys of this caller work yet. Rotate with a smaller overlap_seconds, which ends them, or wait.`,
    )
  return { ...caller, secretHash, ...(formerKeys.length > 0 ? { formerKeys } : {}) }
}

/** The former keys of a caller that still work. */
export const liveFormerKeys = ({ formerKeys = [] }: CallerRecord, now: number): FormerKey[] =>
  formerKeys.filter(({ until }) => until > now)

function demandNarrow(caller: CallerRecord): CallerRecord {
  const tooWide = UNLIMITED_SCOPES.filter((scope) => caller.scopes.includes(scope))
  if (caller.accounts && tooWide.length > 0)
    throw new Failure(
      'request_malformed',
      `scopes: ${tooWide.join(', ')} reach beyond a list of accounts; leave out these scopes, or accounts.`,
    )
  return caller
}

function demandFuture(expiresAt: number | undefined, now: number): void {
  if (expiresAt !== undefined && expiresAt <= now)
    throw new Failure('request_malformed', 'expires_at: it lies in the past.')
}

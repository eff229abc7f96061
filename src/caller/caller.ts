import { Failure } from '../failure'
import type { CallerRecord } from '../store/callers'

/** What a key may be given. Managing callers is for the admin key alone. */
export const SCOPES = [
  'logins',
  'accounts:read',
  'accounts:write',
  'tokens',
  'sign',
  'app',
  'status',
  'events',
  'x:webhooks',
] as const
/** A thing that a key may be given. */
export type Scope = (typeof SCOPES)[number]

/** Scopes that reach beyond any list of accounts. */
export const UNLIMITED_SCOPES: readonly Scope[] = ['app', 'status']

/** The program that calls, and what it may do. */
export interface Caller {
  /** `admin`, or the id of a caller key. */
  id: string
  scopes: readonly string[]
  /** The accounts it is limited to; undefined: all. */
  accounts: readonly string[] | undefined
  /** Prefixes of the addresses that are its own; none: no browser's login that returned to an app is shown to it. */
  returnTo: readonly string[]
}

/** The holder of the admin key, who may do everything. */
export const ADMIN: Caller = { id: 'admin', scopes: SCOPES, accounts: undefined, returnTo: [] }

/** Whether a caller is the holder of the admin key. */
export const isAdmin = (caller: Caller): boolean => caller === ADMIN

/** Whether a caller may read what X’s webhooks delivered. */
export const readsX = (caller: Pick<Caller, 'scopes'>): boolean =>
  caller.scopes.includes('x:webhooks')

/** The caller that a stored record describes. */
export function callerOf({ id, scopes, accounts, returnTo = [] }: CallerRecord): Caller {
  return { id, scopes, accounts, returnTo }
}

/** Refuses a caller that lacks a scope; `admin` is what no scope gives. @throws Failure `scope_missing`. */
export function demandScope(caller: Caller, scope: Scope | 'admin'): void {
  if (isAdmin(caller)) return
  if (scope === 'admin' || !caller.scopes.includes(scope))
    throw new Failure(
      'scope_missing',
      scope === 'admin' ? 'This needs the admin key.' : `This needs the scope ${scope}.`,
    )
}

/**
 * Refuses a caller that is limited to other accounts: for it this one does not exist.
 *
 * @throws Failure `account_unknown`.
 */
export function demandAccount(caller: Caller, id: string): void {
  if (caller.accounts && !caller.accounts.includes(id)) throw new Failure('account_unknown')
}

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
] as const
export type Scope = (typeof SCOPES)[number]

/** Scopes that reach beyond any list of accounts. */
export const UNLIMITED_SCOPES: readonly Scope[] = ['app', 'status']

export interface Caller {
  /** `admin`, or the id of a caller key. */
  id: string
  scopes: readonly string[]
  /** The accounts it is limited to; undefined: all. */
  accounts: readonly string[] | undefined
  /** Prefixes of the addresses that are its own; none: no browser's login that returned to an app is shown to it. */
  returnTo: readonly string[]
}

export const ADMIN: Caller = { id: 'admin', scopes: SCOPES, accounts: undefined, returnTo: [] }

export const isAdmin = (caller: Caller): boolean => caller === ADMIN

export function callerOf({ id, scopes, accounts, returnTo = [] }: CallerRecord): Caller {
  return { id, scopes, accounts, returnTo }
}

/** @throws Failure `scope_missing` */
export function demandScope(caller: Caller, scope: Scope | 'admin'): void {
  if (isAdmin(caller)) return
  if (scope === 'admin' || !caller.scopes.includes(scope))
    throw new Failure(
      'scope_missing',
      scope === 'admin' ? 'This needs the admin key.' : `This needs the scope ${scope}.`,
    )
}

/** An account off a caller's list does not exist for that caller. @throws Failure `account_unknown` */
export function demandAccount(caller: Caller, id: string): void {
  if (caller.accounts && !caller.accounts.includes(id)) throw new Failure('account_unknown')
}

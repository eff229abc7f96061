/** The caller of an API request, and the account it is about. Nothing that was sent is judged before the key. */
import type { Context } from 'hono'
import { copyOf } from '../access/lookup'
import { readClaim, verify } from '../caller/authenticate'
import { type Caller, demandAccount, demandScope, type Scope } from '../caller/caller'
import type { VaultAccount } from '../store/vault'
import { USER_ID } from '../x/user'
import { accountId } from './input'
import type { AppEnv } from './middleware'
import { note } from './request-log'

/**
 * The caller of a request, given that it has this scope; `admin` is what no scope gives.
 *
 * @throws Failure `key_missing`, `key_invalid`, `scope_missing`, `config_incomplete`, `storage_unavailable`.
 */
export async function callerWith(c: Context<AppEnv>, scope: Scope | 'admin'): Promise<Caller> {
  if (scope !== 'admin') c.set('demanded', scope)
  const claim = await readClaim(c.env, c.req.header('authorization'))
  const caller = await verify(c.env, claim, c.get('now'))
  note(c, { caller: caller.id })
  demandScope(caller, scope)
  return caller
}

/**
 * The account in the path and the caller that asks, given that it may touch that account.
 *
 * @throws Failure as {@link callerWith} does, `request_malformed` for an id that is none, and `account_unknown`.
 */
export async function accountFor(
  c: Context<AppEnv>,
  scope: Scope,
): Promise<{ id: string; caller: Caller }> {
  const caller = await callerWith(c, scope)
  return { id: demandedAccount(c, caller), caller }
}

/**
 * The account in the path with KV's copy of it, given that the caller may touch it: for calls that must cost no more
 * than the reads of the caller and of the copy.
 *
 * @throws Failure as {@link accountFor} does.
 */
export async function accountWithCopy(
  c: Context<AppEnv>,
  scope: Scope,
): Promise<{ id: string; copy: VaultAccount | null }> {
  c.set('demanded', scope)
  const now = c.get('now')
  const claim = await readClaim(c.env, c.req.header('authorization'))
  const named = c.req.param('id') ?? ''
  // Both reads at once: a caller whose key turns out invalid has only warmed a cache.
  const [caller, copy] = await Promise.all([
    verify(c.env, claim, now),
    USER_ID.test(named) ? copyOf(c.env, named, now) : null,
  ])
  note(c, { caller: caller.id })
  demandScope(caller, scope)
  return { id: demandedAccount(c, caller), copy }
}

function demandedAccount(c: Context<AppEnv>, caller: Caller): string {
  const account = accountId(c)
  note(c, { account })
  demandAccount(caller, account)
  return account
}

/** The caller of an API request. */
import type { Context } from 'hono'
import { readClaim, verify } from '../caller/authenticate'
import { type Caller, demandAccount, demandScope, type Scope } from '../caller/caller'
import type { Door } from './door'
import { accountId } from './input'

/** Who calls, given that they may. @throws Failure of authentication, `scope_missing` */
export async function callerWith(c: Context<Door>, scope: Scope | 'admin'): Promise<Caller> {
  const claim = await readClaim(c.env, c.req.header('authorization'))
  const caller = await verify(c.env, claim, c.get('now'))
  demandScope(caller, scope)
  return caller
}

/** The account in the path, given that the caller may touch it. @throws Failure also `account_unknown` */
export async function accountFor(c: Context<Door>, scope: Scope): Promise<string> {
  const id = accountId(c)
  demandAccount(await callerWith(c, scope), id)
  return id
}

/** How a caller ends an account, or one of its grants. */
import type { Disconnected } from '../account/revocation'
import { accountAt } from '../account/stub'
import { unwrap } from '../failure'
import { forgetAccount, type GrantKind } from '../store/vault'

/** Gives an account's access back to X and forgets it. @throws Failure `account_unknown`, `revoke_failed` */
export async function disconnect(env: Env, id: string, force: boolean): Promise<Disconnected> {
  const left = unwrap(await accountAt(env, id).disconnect(force))
  forgetAccount(id)
  return left
}

/**
 * Ends one grant of an account at X and here; the last one takes the account with it.
 *
 * @throws Failure `account_unknown`, `grant_unknown`, `revoke_failed`
 */
export async function endGrant(
  env: Env,
  id: string,
  kind: GrantKind,
  force: boolean,
): Promise<Disconnected> {
  const left = unwrap(await accountAt(env, id).endGrant(kind, force))
  forgetAccount(id)
  return left
}

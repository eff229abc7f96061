import type { Published } from '../account/machine'
import { accountAt } from '../account/stub'
import { Failure, failed, failedWith, type Result, unwrap } from '../failure'
import type { FailureCode } from '../failures'
import { RESTORE_PAGE } from '../limits'
import { forgetAccount, getAccount, listAccounts, type VaultAccount } from '../store/vault'
import { unknownCursor } from './list'

/**
 * Puts KV's copy into an object that knows nothing of the account. An object that has a grant knows better than any
 * backup, and one whose account was disconnected within the last day does not get it back.
 *
 * @param now - Unix seconds
 * @throws Failure `account_unknown` when KV has no copy, `account_connected`, `account_disconnected`
 */
export async function restore(env: Env, id: string, now: number): Promise<VaultAccount> {
  const copy = await getAccount(env.VAULT, id, now)
  return unwrap(await restored(env, id, copy))
}

/**
 * Has an account's object write its copy to KV now, for a KV that was lost or is wrong.
 *
 * @throws Failure `account_unknown` when the object has nothing, `account_disconnected` when it was deleted.
 */
export async function publish(env: Env, id: string): Promise<Published> {
  const published = unwrap(await accountAt(env, id).publish())
  forgetAccount(id)
  return published
}

/**
 * Restores a page of what KV has; `kept` are those that were not, and why.
 *
 * @throws Failure `storage_unavailable`, `request_malformed` for a cursor that no page gave.
 */
export async function restorePage(
  env: Env,
  cursor: string | undefined,
  now: number,
): Promise<{ restored: string[]; kept: { id: string; code: string }[]; cursor?: string }> {
  const page = await listAccounts(env.VAULT, cursor, RESTORE_PAGE).catch(() => {
    throw cursor === undefined ? new Failure('storage_unavailable') : unknownCursor()
  })
  const restoredIds: string[] = []
  const kept: { id: string; code: string }[] = page.newer.map((id) => ({ id, code: STORAGE_NEWER }))
  for (const { id } of page.accounts) {
    const result = await getAccount(env.VAULT, id, now)
      .then((copy) => restored(env, id, copy))
      .catch(failedWith)
    if (result.ok) restoredIds.push(id)
    else kept.push({ id, code: result.failure.code })
  }
  return {
    restored: restoredIds,
    kept,
    ...(page.cursor === undefined ? {} : { cursor: page.cursor }),
  }
}

const STORAGE_NEWER = 'storage_newer' satisfies FailureCode

async function restored(
  env: Env,
  id: string,
  copy: VaultAccount | null,
): Promise<Result<VaultAccount>> {
  if (!copy) return failed('account_unknown')
  return accountAt(env, id).restore(copy)
}

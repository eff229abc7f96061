/** Accounts by id and by page. */

import type { Disconnected } from '../account/revocation'
import { type AccountSummary, summaryOf } from '../account/view'
import { Failure, unwrap } from '../failure'
import { errorOf, log } from '../log'
import {
  forgetAccount,
  type GrantKind,
  getAccount,
  getSummaries,
  listAccounts,
  type VaultAccount,
} from '../store/vault'

/** KV's copy of an account, if it has one: not the truth, but usually as good. `now` is Unix seconds. */
export async function copyOf(env: Env, id: string, now: number): Promise<VaultAccount | null> {
  // The account's object can answer without KV, so a KV that refuses is no reason to fail.
  return getAccount(env.VAULT, id, now).catch((error: unknown) => {
    log('vault_read_failed', { account: id, ...errorOf(error) })
    return null
  })
}

/** One account: from KV, or from its object, which alone may say that there is none. `now` is Unix seconds. */
export async function findAccount(
  env: Env,
  id: string,
  now: number,
): Promise<VaultAccount | undefined> {
  return (await copyOf(env, id, now)) ?? (await env.ACCOUNT.getByName(id).read())
}

/** Gives an account's access back to X and forgets it. @throws Failure `account_unknown`, `revoke_failed` */
export async function disconnect(env: Env, id: string, force: boolean): Promise<Disconnected> {
  const left = unwrap(await env.ACCOUNT.getByName(id).disconnect(force))
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
  const left = unwrap(await env.ACCOUNT.getByName(id).endGrant(kind, force))
  forgetAccount(id)
  return left
}

/**
 * One page of the accounts: all, or those on a list.
 *
 * @param only - the ids a caller is limited to
 * @throws Failure `request_malformed` for a cursor that no page gave, `storage_unavailable`
 */
export async function pageOf(
  env: Env,
  only: readonly string[] | undefined,
  cursor: string | undefined,
  limit: number,
): Promise<{ accounts: AccountSummary[]; cursor?: string }> {
  const page = only
    ? await listedPage(env, only, cursor, limit)
    : await listAccounts(env.VAULT, cursor, limit).catch(() => {
        throw cursor === undefined ? new Failure('storage_unavailable') : unknownCursor()
      })
  return {
    accounts: page.accounts.map(summaryOf),
    ...(page.cursor === undefined ? {} : { cursor: page.cursor }),
  }
}

async function listedPage(
  env: Env,
  only: readonly string[],
  cursor: string | undefined,
  limit: number,
) {
  if (cursor !== undefined && !/^[0-9]{1,6}$/.test(cursor)) throw unknownCursor()
  const from = Number(cursor ?? 0)
  const to = from + limit
  return {
    accounts: await getSummaries(env.VAULT, only.slice(from, to)),
    cursor: to < only.length ? String(to) : undefined,
  }
}

export const unknownCursor = (): Failure =>
  new Failure('request_malformed', 'cursor: pass the cursor of the page before, unchanged.')

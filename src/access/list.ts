import { type AccountSummary, summaryOf } from '../account/view'
import { Failure } from '../failure'
import { getSummaries, listAccounts } from '../store/vault'

/**
 * A page of the accounts: of all, or of those on a list.
 *
 * @param only - the ids that a caller is limited to; undefined: it is not
 * @param cursor - of the page before; undefined: the first page
 * @param limit - accounts on a page at most
 * @throws Failure `request_malformed` for a cursor that no page gave, `storage_unavailable`.
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

/** The failure of a call whose `cursor` no page gave. */
export const unknownCursor = (): Failure =>
  new Failure('request_malformed', 'cursor: pass the cursor of the page before, unchanged.')

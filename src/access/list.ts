import { isDue } from '../account/decide'
import { type AccountSummary, summaryOf } from '../account/view'
import { configOf } from '../env'
import { Failure } from '../failure'
import { FILTER_PAGES, KV_BULK_KEYS, SWEEP_PAGE } from '../limits'
import { type AccountPage, getSummaries, listAccounts, type Status } from '../store/vault'

/** The accounts to list. Each field that is there has to fit. */
export interface AccountFilter {
  status?: Status | undefined
  /** A username at X, in any case. */
  username?: string | undefined
  /** A part of the id, the username or the name, in any case. */
  q?: string | undefined
  /** Whether it is time to refresh it. */
  due?: boolean | undefined
}

/** The accounts of a page, and where the next one begins; undefined: nowhere. */
interface Page<T> {
  accounts: T[]
  cursor: string | undefined
}

/**
 * A page of the accounts: of all, or of those on a list. With a filter it looks at 5,000 accounts at most, so that it
 * may be empty and not be the last one.
 *
 * @param only - the ids that a caller is limited to; undefined: it is not
 * @param cursor - of the page before; undefined: the first page
 * @param limit - accounts on a page at most
 * @param now - Unix seconds
 * @throws Failure `request_malformed` for a cursor that no page gave, `storage_unavailable`.
 */
export async function pageOf(
  env: Env,
  only: readonly string[] | undefined,
  filter: AccountFilter,
  cursor: string | undefined,
  limit: number,
  now: number,
): Promise<Page<AccountSummary>> {
  const { refreshPolicy } = configOf(env)
  const fits = (account: Listed): boolean => {
    const { id, status, username, name } = summaryOf(account, now)
    const { q } = filter
    return (
      (filter.status ?? status) === status &&
      isSameName(filter.username ?? username, username) &&
      (q === undefined || [id, username, name].some((text) => lower(text).includes(lower(q)))) &&
      (filter.due === undefined || filter.due === isDue(account, refreshPolicy, now))
    )
  }
  const isFiltered = Object.values(filter).some((wanted) => wanted !== undefined)
  const page = only
    ? await pageOfList(env, only, fits, isFiltered, cursor, limit)
    : await pageOfAll(env, fits, isFiltered, cursor, limit)
  return { ...page, accounts: page.accounts.map((account) => summaryOf(account, now)) }
}

type Listed = AccountPage['accounts'][number]

const lower = (text: string): string => text.toLowerCase()
const isSameName = (one: string, other: string): boolean => lower(one) === lower(other)

/** The cursor is the place in the list. */
async function pageOfList(
  env: Env,
  only: readonly string[],
  fits: (account: Listed) => boolean,
  isFiltered: boolean,
  cursor: string | undefined,
  limit: number,
): Promise<Page<Listed>> {
  const accounts: Listed[] = []
  let at = Number(cursor ?? 0)
  while (at < only.length) {
    const ids = only.slice(at, at + (isFiltered ? KV_BULK_KEYS : limit))
    const found = await getSummaries(env.VAULT, ids)
    for (const id of ids) {
      if (accounts.length === limit) return { accounts, cursor: String(at) }
      accounts.push(...found.filter((account) => account.id === id && fits(account)))
      at += 1
    }
    if (!isFiltered) break
  }
  return { accounts, cursor: at < only.length ? String(at) : undefined }
}

/**
 * The cursor is KV’s, before it a space and the last id that was looked at, where a page ended in the middle of one of
 * KV’s: accounts come and go, so that a place in it would not be the same for long.
 */
async function pageOfAll(
  env: Env,
  fits: (account: Listed) => boolean,
  isFiltered: boolean,
  cursor: string | undefined,
  limit: number,
): Promise<Page<Listed>> {
  const accounts: Listed[] = []
  const [after = '', ...rest] = (cursor ?? '').split(' ')
  let from = rest.join(' ') || undefined
  let last = after
  // Without a filter a page of KV is a page.
  for (let pages = 0; pages < (isFiltered ? FILTER_PAGES : 1); pages++) {
    const page = await listed(env, from, isFiltered ? SWEEP_PAGE : limit)
    for (const account of page.accounts.filter(({ id }) => id > last)) {
      if (accounts.length === limit) return { accounts, cursor: `${last} ${from ?? ''}` }
      if (fits(account)) accounts.push(account)
      last = account.id
    }
    if (page.cursor === undefined) return { accounts, cursor: undefined }
    from = page.cursor
  }
  return { accounts, cursor: ` ${from}` }
}

const listed = (env: Env, from: string | undefined, limit: number): Promise<AccountPage> =>
  listAccounts(env.VAULT, from, limit).catch(() => {
    throw from === undefined ? new Failure('storage_unavailable') : unknownCursor()
  })

/** The failure of a call whose `cursor` no page gave. */
export const unknownCursor = (): Failure =>
  new Failure('request_malformed', 'cursor: pass the cursor of the page before, unchanged.')

import { KV_CACHE_SECONDS, PAGE_DEFAULT } from '../limits'
import { forget, remembered } from './cache'
import { CALLER } from './migrations'
import { unavailable } from './unavailable'
import { isNewer, stamped, upToDate } from './version'

/** A program with a key, as it stands in KV. */
export interface CallerRecord {
  id: string
  name: string
  /** SHA-256 of the key's secret part, base64url. */
  secretHash: string
  scopes: string[]
  /** The X user ids it is limited to; absent: every account. */
  accounts?: string[]
  /** Prefixes of the addresses that are its own: a browser's login that returned there is shown to it. */
  returnTo?: string[]
  /** Unix seconds. */
  createdAt: number
  /** Unix seconds; absent: it does not expire by itself. */
  expiresAt?: number
}

/** What listing shows. */
export type CallerSummary = Omit<CallerRecord, 'secretHash' | 'accounts'> & { limited: boolean }

/** What the listing itself brings; `returns`: the record has a `returnTo`, which may be too long for metadata. */
type Metadata = Omit<CallerSummary, 'returnTo'> & { returns?: true }

const CALLER_PREFIX = 'caller/'

/**
 * A caller as KV or this isolate has it; null when KV has none.
 *
 * @param now - Unix seconds
 * @throws Failure `storage_unavailable`, and `storage_newer` for a record that a later build wrote.
 */
export function getCaller(kv: KVNamespace, id: string, now: number): Promise<CallerRecord | null> {
  const key = CALLER_PREFIX + id
  return remembered(key, now, async () => {
    const record = await kv
      .get<object>(key, { type: 'json', cacheTtl: KV_CACHE_SECONDS })
      .catch(unavailable)
    return record && upToDate<CallerRecord>(record, CALLER)
  })
}

/** Writes a caller. @throws Failure `storage_unavailable` */
export async function putCaller(kv: KVNamespace, caller: CallerRecord): Promise<void> {
  const { secretHash: _, accounts, returnTo, ...shown } = caller
  const limited = accounts !== undefined
  const listed: Metadata = { ...shown, limited, ...(returnTo ? { returns: true } : {}) }
  const metadata = stamped(listed, CALLER)
  const record = JSON.stringify(stamped(caller, CALLER))
  await kv.put(CALLER_PREFIX + caller.id, record, { metadata }).catch(unavailable)
  forget(CALLER_PREFIX + caller.id)
}

/** Deletes a caller, of whatever version. @throws Failure `storage_unavailable` */
export async function deleteCaller(kv: KVNamespace, id: string): Promise<void> {
  await kv.delete(CALLER_PREFIX + id).catch(unavailable)
  forget(CALLER_PREFIX + id)
}

/**
 * A page of the callers, without the hashes of their keys.
 *
 * @param cursor - of the page before
 * @throws Failure `storage_unavailable`
 */
export async function listCallers(
  kv: KVNamespace,
  cursor?: string,
): Promise<{ callers: CallerSummary[]; cursor: string | undefined }> {
  const query = { prefix: CALLER_PREFIX, limit: PAGE_DEFAULT, cursor: cursor ?? null }
  const page = await kv.list<Metadata & { v?: number }>(query).catch(unavailable)
  // What a later build wrote is left out: this one cannot tell what it says.
  const listed = page.keys.flatMap(({ metadata }) => {
    const { v = 0, ...shown } = metadata ?? {}
    return metadata && !isNewer(v, CALLER) ? [shown as Metadata] : []
  })
  const returnTo = await returnToOf(
    kv,
    listed.filter(({ returns }) => returns),
  )
  const callers = listed.map(({ returns: _, ...shown }) => {
    const prefixes = returnTo.get(shown.id)
    return { ...shown, ...(prefixes ? { returnTo: prefixes } : {}) }
  })
  return { callers, cursor: page.list_complete ? undefined : page.cursor }
}

/** The addresses of the callers on one page, by id: a page is no larger than what one read of KV takes. */
async function returnToOf(
  kv: KVNamespace,
  callers: readonly { id: string }[],
): Promise<Map<string, string[] | undefined>> {
  if (callers.length === 0) return new Map()
  const keys = callers.map(({ id }) => CALLER_PREFIX + id)
  const records = await kv
    .get<CallerRecord>(keys, { type: 'json', cacheTtl: KV_CACHE_SECONDS })
    .catch(unavailable)
  return new Map(callers.map(({ id }) => [id, records.get(CALLER_PREFIX + id)?.returnTo]))
}

import { Failure } from '../failure'
import { KV_CACHE_SECONDS, PAGE_DEFAULT } from '../limits'
import { forget, remembered } from './cache'

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

const PREFIX = 'caller/'

/** `now` is Unix seconds. @throws Failure `storage_unavailable` */
export function getCaller(kv: KVNamespace, id: string, now: number): Promise<CallerRecord | null> {
  const key = PREFIX + id
  return remembered(key, now, () =>
    kv.get<CallerRecord>(key, { type: 'json', cacheTtl: KV_CACHE_SECONDS }).catch(refused),
  )
}

/** @throws Failure `storage_unavailable` when KV refuses the write */
export async function putCaller(kv: KVNamespace, caller: CallerRecord): Promise<void> {
  const { secretHash: _, accounts, returnTo, ...shown } = caller
  const limited = accounts !== undefined
  const metadata: Metadata = { ...shown, limited, ...(returnTo ? { returns: true } : {}) }
  await kv.put(PREFIX + caller.id, JSON.stringify(caller), { metadata }).catch(refused)
  forget(PREFIX + caller.id)
}

/** @throws Failure `storage_unavailable` when KV refuses the write */
export async function deleteCaller(kv: KVNamespace, id: string): Promise<void> {
  await kv.delete(PREFIX + id).catch(refused)
  forget(PREFIX + id)
}

export async function listCallers(
  kv: KVNamespace,
  cursor?: string,
): Promise<{ callers: CallerSummary[]; cursor: string | undefined }> {
  const query = { prefix: PREFIX, limit: PAGE_DEFAULT, cursor: cursor ?? null }
  const page = await kv.list<Metadata>(query).catch(refused)
  const listed = page.keys.flatMap(({ metadata }) => (metadata ? [metadata] : []))
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
  const keys = callers.map(({ id }) => PREFIX + id)
  const records = await kv
    .get<CallerRecord>(keys, { type: 'json', cacheTtl: KV_CACHE_SECONDS })
    .catch(refused)
  return new Map(callers.map(({ id }) => [id, records.get(PREFIX + id)?.returnTo]))
}

const refused = (): never => {
  throw new Failure('storage_unavailable')
}

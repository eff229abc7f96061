/** KV `VAULT`, keys `caller/<id>`: programs with a key. */
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
  /** Unix seconds. */
  createdAt: number
  /** Unix seconds; absent: it does not expire by itself. */
  expiresAt?: number
}

/** What listing alone shows. */
export type CallerSummary = Omit<CallerRecord, 'secretHash' | 'accounts'> & { limited: boolean }

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
  const { secretHash: _, accounts, ...shown } = caller
  const metadata: CallerSummary = { ...shown, limited: accounts !== undefined }
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
  const page = await kv.list<CallerSummary>(query).catch(refused)
  const callers = page.keys.flatMap(({ metadata }) => (metadata ? [metadata] : []))
  return { callers, cursor: page.list_complete ? undefined : page.cursor }
}

const refused = (): never => {
  throw new Failure('storage_unavailable')
}

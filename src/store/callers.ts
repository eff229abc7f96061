/** KV `VAULT`, keys `caller/<id>`: the copy of each caller that the whole edge reads, sealed for its own place. */
import type { Keyring } from '../crypto/keyring'
import { keyIdOf } from '../crypto/seal'
import { openJson, sealJson } from '../crypto/sealed-json'
import { failedWith } from '../failure'
import { jsonObject } from '../json'
import { KV_BULK_KEYS, KV_CACHE_SECONDS } from '../limits'
import { log } from '../log'
import { forget, remember, remembered } from './cache'
import { CALLER, CALLER_COPY } from './migrations'
import { unavailable } from './unavailable'
import { isNewer, type Stored, stamped, upToDate } from './version'

/** A program with a key, as the object `Registry` knows it. Times are Unix seconds. */
export interface CallerRecord {
  id: string
  name: string
  /** SHA-256 of the key's secret part, base64url. */
  secretHash: string
  /** The keys before that one which still work, each until its own end. */
  formerKeys?: FormerKey[]
  scopes: string[]
  /** The X user ids it is limited to; absent: every account. */
  accounts?: string[]
  /** Prefixes of the addresses that are its own: a browser's login that returned there is shown to it. */
  returnTo?: string[]
  createdAt: number
  /** Absent: it does not expire by itself. */
  expiresAt?: number
}

/** A caller's key that was rotated, and works a while longer. */
export interface FormerKey {
  /** SHA-256 of its secret part, base64url. */
  secretHash: string
  /** Unix seconds. */
  until: number
}

/** KV's copy of a caller, as it was read. */
export type CallerCopy =
  | { isSealed: true; record: CallerRecord }
  /** Whoever can write KV may have written it: nothing is known by it, and no more of it is looked at than this. */
  | { isSealed: false; secretHash: unknown }

const CALLER_PREFIX = 'caller/'
const keyOf = (id: string): string => CALLER_PREFIX + id

/** The place that a caller's copy is sealed for. */
export const callerPlace = (id: string): string => `VAULT/${keyOf(id)}`

/**
 * A caller as KV or this isolate has it; null when KV has none, or one that cannot be read here.
 *
 * @param keyring - awaited only where KV is read
 * @param now - Unix seconds
 * @throws Failure `storage_unavailable`, and `storage_newer` for a copy that a later build wrote.
 */
export function getCaller(
  kv: KVNamespace,
  keyring: Promise<Keyring>,
  id: string,
  now: number,
): Promise<CallerCopy | null> {
  return remembered(keyOf(id), now, async () => {
    const text = await kv.get(keyOf(id), { cacheTtl: KV_CACHE_SECONDS }).catch(unavailable)
    return text === null ? null : readCopy(await keyring, id, text)
  })
}

async function readCopy(keyring: Keyring, id: string, text: string): Promise<CallerCopy | null> {
  const { sealed, secretHash } = upToDate<Stored>(jsonObject(text) ?? {}, CALLER_COPY)
  if (typeof sealed !== 'string') return { isSealed: false, secretHash }
  try {
    const record = await openJson<object>(keyring, sealed, callerPlace(id))
    return { isSealed: true, record: upToDate<CallerRecord>(record, CALLER) }
  } catch (error) {
    const { failure } = failedWith(error)
    if (failure.code !== 'sealed_unreadable') throw error
    // Moved from another caller's key, altered, or sealed by a key that is not configured: the object knows better.
    log('caller_record_unreadable', { other_caller: id })
    return null
  }
}

/** What this isolate learned of a caller from the object `Registry`, which knows better than KV. `now` is Unix seconds. */
export const rememberCaller = (record: CallerRecord, now: number): void =>
  remember(keyOf(record.id), { isSealed: true, record } satisfies CallerCopy, now)

/** Drops what this isolate remembers of a caller that was just changed. */
export const forgetCaller = (id: string): void => forget(keyOf(id))

/**
 * Writes KV’s copy of a caller, for the object `Registry` alone. Rejects as KV does.
 *
 * @returns the id of the key that sealed it.
 */
export async function putCaller(
  kv: KVNamespace,
  keyring: Keyring,
  caller: CallerRecord,
): Promise<string> {
  const sealed = await sealJson(keyring, stamped(caller, CALLER), callerPlace(caller.id))
  await kv.put(keyOf(caller.id), JSON.stringify(stamped<SealedCopy>({ sealed }, CALLER_COPY)))
  forgetCaller(caller.id)
  return keyIdOf(sealed)
}

/** Deletes KV’s copy of a caller, of whatever version, for the object `Registry` alone. Rejects as KV does. */
export async function deleteCaller(kv: KVNamespace, id: string): Promise<void> {
  await kv.delete(keyOf(id))
  forgetCaller(id)
}

/** KV's value. */
interface SealedCopy {
  sealed: string
}

/**
 * The values that KV has unsealed, as the build before the object `Registry` wrote callers, by the id in their key. They
 * are as they were read: nobody vouches for what is in them.
 *
 * @throws Failure `storage_unavailable`
 */
export async function unsealedCallers(kv: KVNamespace): Promise<Map<string, unknown>> {
  const found = new Map<string, unknown>()
  let cursor: string | null = null
  do {
    const page: KVNamespaceListResult<unknown> = await kv
      .list({ prefix: CALLER_PREFIX, limit: KV_BULK_KEYS, cursor })
      .catch(unavailable)
    const keys = page.keys.map(({ name }) => name)
    const texts: Map<string, string | null> =
      keys.length > 0 ? await kv.get(keys).catch(unavailable) : new Map()
    for (const [key, text] of texts) {
      const { sealed, v = 0 } = jsonObject(text ?? '') ?? {}
      // What is sealed was written by an object `Registry`, and what a later build wrote is not for this one to read.
      if (typeof sealed !== 'string' && !isNewer(v, CALLER))
        found.set(key.slice(CALLER_PREFIX.length), jsonObject(text ?? ''))
    }
    cursor = page.list_complete ? null : page.cursor
  } while (cursor !== null)
  return found
}

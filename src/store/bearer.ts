/** KV `VAULT`, key `app/bearer`: the copy of the app-only bearer that the whole edge reads. */
import type { Sealed } from '../crypto/seal'
import { KV_CACHE_SECONDS } from '../limits'
import { forget, remembered } from './cache'
import { BEARER } from './migrations'
import { stamped, upToDate } from './version'

/** The app-only bearer at rest. */
export interface VaultBearer {
  /** Sealed for {@link bearerPlace}. */
  bearer: Sealed
  /** The API key that X issued it to. */
  apiKey: string
}

const KEY = 'app/bearer'

/** The place that the bearer is sealed for. */
export const bearerPlace = `VAULT/${KEY}#bearer`

/**
 * The app-only bearer as KV or this isolate has it; null when KV has none. Rejects as KV does.
 *
 * @param now - Unix seconds
 * @throws Failure `storage_newer` for a copy that a later build wrote.
 */
export function getBearer(kv: KVNamespace, now: number): Promise<VaultBearer | null> {
  return remembered(KEY, now, async () => {
    const copy = await kv.get<object>(KEY, { type: 'json', cacheTtl: KV_CACHE_SECONDS })
    return copy && upToDate<VaultBearer>(copy, BEARER)
  })
}

/** Writes KV’s copy of the bearer, for the object `App` alone. Rejects as KV does. */
export async function putBearer(kv: KVNamespace, bearer: VaultBearer): Promise<void> {
  await kv.put(KEY, JSON.stringify(stamped(bearer, BEARER)))
  forgetBearer()
}

/** Deletes KV’s copy of the bearer, for the object `App` alone. Rejects as KV does. */
export async function deleteBearer(kv: KVNamespace): Promise<void> {
  forgetBearer()
  await kv.delete(KEY)
  forgetBearer()
}

/** Drops what this isolate remembers of it. */
export const forgetBearer = (): void => forget(KEY)

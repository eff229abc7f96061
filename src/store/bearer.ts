/** KV `VAULT`, key `app/bearer`: the copy of the app-only bearer that the whole edge reads. */
import type { Sealed } from '../crypto/seal'
import { KV_CACHE_SECONDS } from '../limits'
import { forget, remembered } from './cache'

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

/** `now` is Unix seconds. */
export function getBearer(kv: KVNamespace, now: number): Promise<VaultBearer | null> {
  return remembered(KEY, now, () =>
    kv.get<VaultBearer>(KEY, { type: 'json', cacheTtl: KV_CACHE_SECONDS }),
  )
}

export async function putBearer(kv: KVNamespace, bearer: VaultBearer): Promise<void> {
  await kv.put(KEY, JSON.stringify(bearer))
  forgetBearer()
}

export async function deleteBearer(kv: KVNamespace): Promise<void> {
  forgetBearer()
  await kv.delete(KEY)
  forgetBearer()
}

/** Drops what this isolate remembers of it. */
export const forgetBearer = (): void => forget(KEY)

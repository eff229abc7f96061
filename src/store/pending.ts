/** KV `PENDING`: what must be remembered of a login until its callback, under the hash of what X brings back. */

import type { Sealed } from '../crypto/seal'
import { LOGIN_TTL_SECONDS } from '../limits'
import { unavailable } from './unavailable'

/** The place that a pending state is sealed for. */
export const pendingPlace = (id: string): string => `PENDING/${id}`

/** Writes the pending state of a login, for as long as a login lives. @throws Failure `storage_unavailable` */
export async function putPending(kv: KVNamespace, id: string, sealed: Sealed): Promise<void> {
  await kv.put(id, sealed, { expirationTtl: LOGIN_TTL_SECONDS }).catch(unavailable)
}

/** The pending state of a login, sealed; null when there is none. @throws Failure `storage_unavailable` */
export function getPending(kv: KVNamespace, id: string): Promise<Sealed | null> {
  return kv.get(id).catch(unavailable)
}

/** KV `PENDING`: what must be remembered of a login until its callback, under the hash of what X brings back. */
import type { Sealed } from '../crypto/seal'
import { Failure } from '../failure'
import { LOGIN_TTL_SECONDS } from '../limits'

/** The place that a pending state is sealed for. */
export const pendingPlace = (id: string): string => `PENDING/${id}`

/** @throws Failure `storage_unavailable` when KV refuses the write */
export async function putPending(kv: KVNamespace, id: string, sealed: Sealed): Promise<void> {
  await kv.put(id, sealed, { expirationTtl: LOGIN_TTL_SECONDS }).catch(refused)
}

/** @throws Failure `storage_unavailable` when KV refuses the read */
export function getPending(kv: KVNamespace, id: string): Promise<Sealed | null> {
  return kv.get(id).catch(refused)
}

const refused = (): never => {
  throw new Failure('storage_unavailable')
}

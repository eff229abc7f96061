/** Whether anybody listens to what X delivers. Where nobody does, none of it is kept: it is other people's words. */
import { askRegistry } from '../caller/stub'
import { HEARD_REMEMBERED_MS, REGISTRY_PATIENCE_MS } from '../limits'

const heardUntilMs = new WeakMap<Env, number>()

/**
 * Whether an endpoint exists, or a caller that may read what X delivers. A yes is remembered for a moment, a no is not:
 * the first event after somebody began to listen counts.
 *
 * @param nowMs - Unix milliseconds
 * @throws Failure `object_unreachable`, `storage_newer`
 */
export async function isHeard(env: Env, nowMs: number): Promise<boolean> {
  if (nowMs < (heardUntilMs.get(env) ?? 0)) return true
  const isListened = await askRegistry(env, (all) => all.isHeard(), REGISTRY_PATIENCE_MS)
  if (isListened) heardUntilMs.set(env, nowMs + HEARD_REMEMBERED_MS)
  return isListened
}

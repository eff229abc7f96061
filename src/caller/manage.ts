/** Making, changing, rotating and ending callers: acts of the admin key, done by the object `Registry`. */
import { hash } from '../crypto/hash'
import { Failure } from '../failure'
import { CALLER_PATIENCE_MS } from '../limits'
import type { Secret } from '../secret'
import { forgetCaller, rememberCaller } from '../store/callers'
import { type CallerChange, type CallerRequest, newCaller } from './changes'
import { newKey } from './key'
import type { KnownCaller } from './registry'
import { askRegistry } from './stub'

/** A caller with its new key, which is given this once. */
export type KeyedCaller = KnownCaller & { key: Secret }

/**
 * Makes a caller.
 *
 * @param now - Unix seconds
 * @throws Failure `request_malformed`, `too_many`, `storage_unavailable`, `object_unreachable`.
 */
export async function createCaller(
  env: Env,
  request: CallerRequest,
  now: number,
): Promise<KeyedCaller> {
  const { id, secret, text } = await newKey()
  const caller = newCaller(request, id, await hash(secret.reveal()), now)
  const made = await askRegistry(env, (all) => all.add(caller), CALLER_PATIENCE_MS)
  return { ...remembered(made, now), key: text }
}

/** Changes a caller. @throws Failure `caller_unknown`, `request_malformed`, `storage_unavailable`, `object_unreachable` */
export async function changeCaller(
  env: Env,
  id: string,
  change: CallerChange,
  now: number,
): Promise<KnownCaller> {
  const changed = await askRegistry(env, (all) => all.change(id, change), CALLER_PATIENCE_MS)
  return remembered(changed, now)
}

/**
 * Gives a caller a new key; the former one works for so many seconds more.
 *
 * @throws Failure `caller_unknown`, `too_many`, `storage_unavailable`, `object_unreachable`.
 */
export async function rotateCaller(
  env: Env,
  id: string,
  overlapSeconds: number,
  now: number,
): Promise<KeyedCaller> {
  const { secret, text } = await newKey(id)
  const secretHash = await hash(secret.reveal())
  const rotated = await askRegistry(
    env,
    (all) => all.rotate(id, secretHash, overlapSeconds),
    CALLER_PATIENCE_MS,
  )
  return { ...remembered(rotated, now), key: text }
}

/** The caller with this id, as it is now. @throws Failure `caller_unknown`, `storage_unavailable`, `object_unreachable` */
export async function findCaller(env: Env, id: string): Promise<KnownCaller> {
  const found = await askRegistry(env, (all) => all.find(id), CALLER_PATIENCE_MS)
  if (!found) throw new Failure('caller_unknown')
  return found
}

/**
 * A page of the callers, in the order of their ids.
 *
 * @param cursor - of the page before
 * @throws Failure `storage_unavailable`, `object_unreachable`.
 */
export async function listCallers(
  env: Env,
  cursor: string,
  limit: number,
): Promise<{ callers: KnownCaller[]; cursor: string | undefined }> {
  return askRegistry(env, (all) => all.list(cursor, limit), CALLER_PATIENCE_MS)
}

/**
 * Ends a caller; one that is unknown is ended already.
 *
 * @throws Failure `storage_unavailable` where it ended and KV has its copy yet; `object_unreachable`.
 */
export async function endCaller(env: Env, id: string): Promise<void> {
  const { isPublished } = await askRegistry(env, (all) => all.end(id), CALLER_PATIENCE_MS)
  forgetCaller(id)
  if (!isPublished) throw new Failure('storage_unavailable', COPY_LEFT)
}

const COPY_LEFT =
  'The caller has ended here, but KV did not delete its copy: its key may work until KV does. Perch asks KV again by itself; the same call tells whether it has.'

function remembered(known: KnownCaller, now: number): KnownCaller {
  rememberCaller(known.caller, now)
  return known
}

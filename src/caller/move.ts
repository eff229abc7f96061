/** Callers and endpoints that leave for another deployment, or come from one. */
import { secondsOf } from '../clock'
import { keyringOf } from '../crypto/keyring'
import { configOf, need } from '../env'
import { readEvents } from '../events/stub'
import { CALLER_PATIENCE_MS, EXPORT_PAGE } from '../limits'
import { rememberCaller } from '../store/callers'
import { type Exported, exportedRecord, openedRecord } from '../store/exported'
import { askRegistry } from './stub'

/**
 * A page of the callers, with the hashes of their keys.
 *
 * @param cursor - of the page before; undefined: the first page
 * @throws Failure `storage_unavailable`, `object_unreachable`, `config_incomplete`.
 */
export async function exportedCallers(
  env: Env,
  cursor: string | undefined,
): Promise<{ records: Exported[]; cursor: string | undefined }> {
  const config = configOf(env)
  need(config, 'SEALING_KEYS')
  const keyring = await keyringOf(config.sealingKeys)
  const page = await askRegistry(
    env,
    (all) => all.list(cursor ?? '', EXPORT_PAGE),
    CALLER_PATIENCE_MS,
  )
  const records = page.callers.map(({ caller }) => exportedRecord(keyring, 'caller', caller))
  return { records: await Promise.all(records), cursor: page.cursor }
}

/**
 * Takes in a caller from another deployment, with its key.
 *
 * @param nowMs - Unix milliseconds
 * @throws Failure `sealed_unreadable`, `storage_newer`, `import_superseded` where it is here and differs; `too_many`,
 *   `object_unreachable`, `storage_unavailable`, `config_incomplete`.
 */
export async function importMovedCaller(
  env: Env,
  exported: Pick<Exported, 'id' | 'sealed'>,
  nowMs: number,
): Promise<'imported' | 'already'> {
  const config = configOf(env)
  need(config, 'SEALING_KEYS')
  const caller = await openedRecord(await keyringOf(config.sealingKeys), 'caller', exported)
  const { how } = await askRegistry(env, (all) => all.moveIn(caller), CALLER_PATIENCE_MS)
  rememberCaller(caller, secondsOf(nowMs))
  return how
}

/** All endpoints, with their secrets. @throws Failure `object_unreachable`, `config_incomplete`. */
export async function exportedEndpoints(
  env: Env,
): Promise<{ records: Exported[]; cursor: undefined }> {
  const config = configOf(env)
  need(config, 'SEALING_KEYS')
  const keyring = await keyringOf(config.sealingKeys)
  const all = await askRegistry(env, (each) => each.listEndpoints(undefined), CALLER_PATIENCE_MS)
  const records = all.map((endpoint) => exportedRecord(keyring, 'endpoint', endpoint))
  return { records: await Promise.all(records), cursor: undefined }
}

/**
 * Takes in an endpoint from another deployment, with its secrets. It is told what happens here from now on: the numbers of
 * the other log mean nothing here.
 *
 * @throws Failure `sealed_unreadable`, `storage_newer`, `import_superseded` where it is here and differs; `caller_unknown`
 *   where its caller is not here, `too_many`, `object_unreachable`, `config_incomplete`.
 */
export async function importMovedEndpoint(
  env: Env,
  exported: Pick<Exported, 'id' | 'sealed'>,
): Promise<'imported' | 'already'> {
  const config = configOf(env)
  need(config, 'SEALING_KEYS')
  const moved = await openedRecord(await keyringOf(config.sealingKeys), 'endpoint', exported)
  const { last: after } = await readEvents(env, undefined, 1)
  const { how } = await askRegistry(
    env,
    (all) => all.moveInEndpoint({ ...moved, epoch: 1, after }),
    CALLER_PATIENCE_MS,
  )
  return how
}

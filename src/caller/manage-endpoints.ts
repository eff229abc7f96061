/** Making, changing, rotating and ending endpoints: acts of their owners, done by the object `Registry`. */
import { keyringOf } from '../crypto/keyring'
import { randomHex } from '../crypto/random'
import { configOf, need } from '../env'
import { readEvents } from '../events/stub'
import { CALLER_PATIENCE_MS } from '../limits'
import type { Secret } from '../secret'
import type { EndpointRecord } from '../store/endpoints'
import { type Caller, isAdmin } from './caller'
import { type EndpointChange, type EndpointRequest, newEndpoint } from './endpoint-changes'
import { newEndpointSecret } from './endpoint-secret'
import type { EndpointOwner } from './endpoints'
import { askRegistry } from './stub'

/** The form of an endpoint's id. */
export const ENDPOINT_ID = /^ep_[0-9a-f]{16}$/

/** An endpoint with its new secret, which is given this once. */
export interface KeyedEndpoint {
  endpoint: EndpointRecord
  secret: Secret
}

const ownerOf = (caller: Caller): EndpointOwner => (isAdmin(caller) ? undefined : caller.id)

/** The last number in the log: what comes after it is delivered. */
const lastNumber = async (env: Env): Promise<number> => (await readEvents(env, undefined, 1)).last

/**
 * Makes an endpoint. Everything that comes into the log after it was asked for is delivered to it.
 *
 * @param now - Unix seconds
 * @throws Failure `too_many`, `object_unreachable`, `config_incomplete`
 */
export async function createEndpoint(
  env: Env,
  caller: Caller,
  request: EndpointRequest,
  now: number,
): Promise<KeyedEndpoint> {
  const config = configOf(env)
  need(config, 'SEALING_KEYS')
  const id = `ep_${randomHex(8)}`
  const { text, sealed } = await newEndpointSecret(await keyringOf(config.sealingKeys), id)
  const origin = { id, sealed, caller: ownerOf(caller), after: await lastNumber(env) }
  const made = newEndpoint(request, origin, now)
  const endpoint = await askRegistry(env, (all) => all.addEndpoint(made), CALLER_PATIENCE_MS)
  return { endpoint, secret: text }
}

/** The endpoint with this id, if it is the caller's. @throws Failure `endpoint_unknown`, `object_unreachable` */
export const findEndpoint = (env: Env, caller: Caller, id: string): Promise<EndpointRecord> =>
  askRegistry(env, (all) => all.findEndpoint(id, ownerOf(caller)), CALLER_PATIENCE_MS)

/** The caller's endpoints, or for the admin all. @throws Failure `object_unreachable` */
export const listEndpoints = (env: Env, caller: Caller): Promise<EndpointRecord[]> =>
  askRegistry(env, (all) => all.listEndpoints(ownerOf(caller)), CALLER_PATIENCE_MS)

/**
 * Changes an endpoint. One that is switched on begins with what comes into the log after it was asked for.
 *
 * @throws Failure `endpoint_unknown`, `object_unreachable`
 */
export async function changeEndpoint(
  env: Env,
  caller: Caller,
  id: string,
  { enabled, ...rest }: Omit<EndpointChange, 'enabled'> & { enabled?: boolean | undefined },
): Promise<EndpointRecord> {
  const change: EndpointChange = {
    ...rest,
    ...(enabled ? { enabled: { after: await lastNumber(env) } } : {}),
    ...(enabled === false ? { enabled } : {}),
  }
  return askRegistry(
    env,
    (all) => all.changeEndpoint(id, ownerOf(caller), change),
    CALLER_PATIENCE_MS,
  )
}

/**
 * Gives an endpoint a new secret; the one that it had signs along for a day.
 *
 * @throws Failure `endpoint_unknown`, `too_many`, `object_unreachable`, `config_incomplete`
 */
export async function rotateEndpoint(env: Env, caller: Caller, id: string): Promise<KeyedEndpoint> {
  const config = configOf(env)
  need(config, 'SEALING_KEYS')
  const { text, sealed } = await newEndpointSecret(await keyringOf(config.sealingKeys), id)
  const endpoint = await askRegistry(
    env,
    (all) => all.rotateEndpoint(id, ownerOf(caller), sealed),
    CALLER_PATIENCE_MS,
  )
  return { endpoint, secret: text }
}

/** Ends an endpoint. @throws Failure `endpoint_unknown`, `object_unreachable` */
export const endEndpoint = (env: Env, caller: Caller, id: string): Promise<void> =>
  askRegistry(env, (all) => all.endEndpoint(id, ownerOf(caller)), CALLER_PATIENCE_MS)

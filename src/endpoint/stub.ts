/** The object `Endpoint` as the edge calls it. */
import type { Result } from '../failure'
import { ENDPOINT_PATIENCE_MS } from '../limits'
import { log } from '../log'
import { reach } from '../reach'
import type { DoneDelivery, OpenDelivery } from '../store/delivery-rows'
import type { Endpoint, EndpointLook } from './endpoint'

/** How the deliveries of an endpoint stand; null: they have not begun. @throws Failure `object_unreachable`, `storage_newer` */
export const lookAt = (env: Env, id: string): Promise<EndpointLook | null> =>
  ask(env, id, (endpoint) => endpoint.look())

/**
 * Deliveries of events below this number in the log, the newest event first.
 *
 * @throws Failure `object_unreachable`, `storage_newer`
 */
export const deliveriesOf = (
  env: Env,
  id: string,
  below: number,
  limit: number,
): Promise<(OpenDelivery | DoneDelivery)[]> =>
  ask(env, id, (endpoint) => endpoint.deliveries(below, limit))

/**
 * Has the events after this number, or the one with this id, delivered again.
 *
 * @throws Failure `endpoint_unknown`, `endpoint_disabled`, `request_malformed`, `too_many`, `object_unreachable`
 */
export const replay = (
  env: Env,
  id: string,
  what: { after: number } | { event: string },
): Promise<void> =>
  ask(env, id, (endpoint) =>
    'after' in what ? endpoint.replayAfter(what.after) : endpoint.replayEvent(what.event),
  )

const ask = <T>(
  env: Env,
  id: string,
  what: (endpoint: DurableObjectStub<Endpoint>) => Promise<Result<T>>,
): Promise<T> =>
  reach(
    () => what(env.ENDPOINT.getByName(id)),
    ENDPOINT_PATIENCE_MS,
    (error) => log('endpoint_unreachable', { endpoint: id, ...error }),
    'The endpoint’s object did not answer.',
  )

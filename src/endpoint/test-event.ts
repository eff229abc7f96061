/** A delivery on trial: an event that stands in no log, sent at once, whose answer its owner is told. */

import { endpointData } from '../caller/happenings'
import { keyringOf } from '../crypto/keyring'
import { configOf, need } from '../env'
import { eventOf, newEventId } from '../events/event'
import type { DeliveryAnswer } from '../store/delivery-rows'
import type { EndpointRecord } from '../store/endpoints'
import { sendMessage } from './send'

/**
 * Sends an endpoint the event `endpoint.test`, also where it is switched off.
 *
 * @throws Failure `sealed_unreadable`, `config_incomplete`
 */
export async function sendTest(env: Env, endpoint: EndpointRecord): Promise<DeliveryAnswer> {
  const config = configOf(env)
  need(config, 'SEALING_KEYS')
  const now = () => Date.now()
  const happening = { type: 'endpoint.test', data: endpointData(endpoint) } as const
  const event = eventOf(happening, newEventId(), now())
  const means = {
    keyring: await keyringOf(config.sealingKeys),
    publicOrigin: config.publicOrigin,
    now,
  }
  return sendMessage(endpoint, { id: event.id, body: JSON.stringify(event) }, means)
}

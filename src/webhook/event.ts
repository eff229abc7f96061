/** A delivery of X's as an event. The same delivery is the same event however often it comes, so that the log has it once. */
import { utf8 } from '../crypto/bytes'
import { hashHex } from '../crypto/hash'
import { eventOf, type PerchEvent } from '../events/event'
import type { Delivery } from './delivery'

/**
 * The event of a delivery, without its body. X does not say whether an event that goes to two subscriptions has one id in
 * both, so whom it is for and its type belong to what tells events apart.
 *
 * @param bytes - the body as it came: where X gave no id, it tells one event from another
 * @param nowMs - Unix milliseconds.
 */
export async function eventOfDelivery(
  { type, uuid, account, tag }: Delivery,
  bytes: Uint8Array,
  nowMs: number,
): Promise<PerchEvent> {
  const told = uuid === undefined ? bytes : utf8(JSON.stringify([uuid, type, account]))
  const id = `evt_${(await hashHex(told)).slice(0, ID_HEX_CHARS)}`
  const data = {
    ...(account === undefined ? {} : { account: { id: account } }),
    ...(uuid === undefined ? {} : { event_uuid: uuid }),
    ...(tag === undefined ? {} : { tag }),
  }
  return eventOf({ type, data }, id, nowMs)
}

/** 128 bits: enough that no two deliveries ever share an id. */
const ID_HEX_CHARS = 32

/** Events as they rest in the log: what X delivered is sealed, since it may be somebody's private message. */
import type { Keyring } from '../crypto/keyring'
import { keyIdOf, open, type Sealed, seal } from '../crypto/seal'
import { Secret } from '../secret'
import type { LoggedEvent, PerchEvent } from './event'

/** An event as it is handed to the log and read from it: `raw` of its data apart, and sealed. */
export type StoredEvent<E extends PerchEvent = PerchEvent> = E & { raw?: Sealed }

const placeOf = (id: string): string => `EVENTS/${id}#raw`

/** An event with what X delivered, sealed for the log. */
export async function withRaw(
  keyring: Keyring,
  event: PerchEvent,
  raw: string,
): Promise<StoredEvent> {
  return { ...event, raw: await seal(keyring, new Secret(raw), placeOf(event.id)) }
}

/** An event as it is told, opened. @throws Failure `sealed_unreadable` */
export async function openedEvent(
  keyring: Keyring,
  { raw, ...event }: StoredEvent<LoggedEvent>,
): Promise<LoggedEvent> {
  if (raw === undefined) return event
  const opened = await open(keyring, raw, placeOf(event.id))
  return { ...event, data: { ...event.data, raw: opened.reveal() } }
}

/** An event as it is, sealed with the first key. @throws Failure `sealed_unreadable` */
export async function resealedEvent<E extends StoredEvent>(keyring: Keyring, event: E): Promise<E> {
  if (event.raw === undefined || keyIdOf(event.raw) === keyring.first) return event
  const place = placeOf(event.id)
  return { ...event, raw: await seal(keyring, await open(keyring, event.raw, place), place) }
}

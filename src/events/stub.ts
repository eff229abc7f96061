/** The object `Events` as others call it. */
import type { Result } from '../failure'
import { EVENTS_PATIENCE_MS } from '../limits'
import { log } from '../log'
import { reach } from '../reach'
import type { LoggedEvent } from './event'
import type { Appended, EventPage, Events } from './log'
import type { StoredEvent } from './stored'

/**
 * Adds events to the log, in their order; those that it has it ignores.
 *
 * @throws Failure `object_unreachable` where that is not certain, `storage_newer`, `storage_unavailable`
 */
export async function appendEvents(env: Env, events: readonly Appended[]): Promise<void> {
  await ask(env, (all) => all.append(events))
}

/**
 * A page of the log.
 *
 * @param after - the number after which it begins; undefined: with the first event that is left
 * @throws Failure `events_expired`, `request_malformed`, `object_unreachable`, `storage_newer`
 */
export const readEvents = (
  env: Env,
  after: number | undefined,
  limit: number,
): Promise<EventPage> => ask(env, (all) => all.read(after, limit))

/** The event with this id; null: the log does not have it. @throws Failure `object_unreachable`, `storage_newer` */
export const findEvent = (env: Env, id: string): Promise<StoredEvent<LoggedEvent> | null> =>
  ask(env, (all) => all.find(id))

/** How many keys sealed what is in the log, once a sweep had it seal anew. @throws Failure `object_unreachable` */
export const sealedEvents = (env: Env): Promise<Record<string, number>> =>
  ask(env, (all) => all.sweepBegins())

const ask = <T>(
  env: Env,
  what: (events: DurableObjectStub<Events>) => Promise<Result<T>>,
): Promise<T> =>
  reach(
    () => what(env.EVENTS.getByName('events')),
    EVENTS_PATIENCE_MS,
    (error) => log('events_unreachable', error),
    'The log of events did not answer.',
  )

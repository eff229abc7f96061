/** The object `Events` as others call it. */
import { Failure, type Result, unwrap } from '../failure'
import { EVENTS_PATIENCE_MS } from '../limits'
import { errorOf, log } from '../log'
import { inTime } from '../patience'
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

async function ask<T>(
  env: Env,
  what: (events: DurableObjectStub<Events>) => Promise<Result<T>>,
): Promise<T> {
  const asking = async (): Promise<Result<T>> => what(env.EVENTS.getByName('events'))
  const said = await inTime(asking(), EVENTS_PATIENCE_MS).catch((error: unknown) => {
    log('events_unreachable', errorOf(error))
    return undefined
  })
  if (!said) throw new Failure('object_unreachable', 'The log of events did not answer.')
  return unwrap(said.value)
}

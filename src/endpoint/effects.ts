import type { KnownEndpoint } from '../caller/endpoints'
import type { PerchEvent } from '../events/event'
import type { EventPage } from '../events/log'
import type { log } from '../log'
import type { DeliveryAnswer, DeliveryRows } from '../store/delivery-rows'
import type { DisabledReason, EndpointRecord } from '../store/endpoints'
import type { Row } from '../store/row'
import type { FedEvent } from './feed'
import type { EndpointState } from './state'

/** The rows of an endpoint's deliveries, as its machine uses them. */
export type Deliveries = Pick<
  DeliveryRows,
  | 'openCount'
  | 'open'
  | 'due'
  | 'nextAfterMs'
  | 'writeOpen'
  | 'allDue'
  | 'deleteOpen'
  | 'dropOpen'
  | 'dropDone'
  | 'done'
  | 'writeDone'
  | 'prune'
>

/** What the machine of an endpoint needs of the world. */
export interface EndpointEffects {
  /** The endpoint's id. */
  id: () => string
  row: Pick<Row<EndpointState>, 'read' | 'write'>
  rows: Deliveries
  /** The endpoint, and what its owner may read now; null: it has ended. Rejects where nobody says. */
  endpoint: () => Promise<KnownEndpoint | null>
  /** Has the endpoint switched off, if it is still the same one. Rejects where that is not certain. */
  disable: (endpoint: EndpointRecord, reason: DisabledReason) => Promise<void>
  /** @throws Failure `events_expired`, `request_malformed` beyond the end, or another where the log does not answer */
  readEvents: (after: number | undefined, limit: number) => Promise<EventPage>
  /** The event with this id; null: the log has forgotten it. */
  findEvent: (id: string) => Promise<FedEvent | null>
  /** Puts events into the log. Rejects where that is not certain. */
  append: (events: readonly PerchEvent[]) => Promise<void>
  /** Sends an event once. Rejects only where it could not be sent for a reason of our own. */
  send: (endpoint: EndpointRecord, event: FedEvent) => Promise<DeliveryAnswer>
  /** Forgets all that the object has, its alarm too. */
  erase: () => Promise<void>
  /** Unix milliseconds; null: none. */
  setAlarm: (atMs: number | null) => Promise<void>
  /** Resolves when one of these does, or after so many milliseconds. */
  wait: (work: readonly Promise<unknown>[], ms: number) => Promise<void>
  /** Unix milliseconds. */
  now: () => number
  /** 0 to 1. */
  random: () => number
  log: typeof log
}

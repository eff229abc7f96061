/** An address that events are delivered to, as the object `Registry` has it. KV knows nothing of them. */
import type { Sealed } from '../crypto/seal'
import { type Migration, onlyNumbered } from './version'

/** Why nothing is delivered: the receiver failed for days, said 410, or somebody switched it off. */
export const DISABLED_REASONS = ['failing', 'gone', 'by_hand'] as const
/** A reason of {@link DISABLED_REASONS}. */
export type DisabledReason = (typeof DISABLED_REASONS)[number]

/** An address that events are delivered to. Times are Unix seconds. */
export interface EndpointRecord {
  id: string
  /** Its query and its path may be secrets of the receiver's. */
  url: string
  /** The types of events that it wants, or their beginnings; absent: all. */
  types?: string[]
  /** The X user ids that it wants events about; absent: about all, and about none. */
  accounts?: string[]
  description?: string
  /** The id of the caller that it belongs to; absent: it is the admin's. */
  caller?: string
  /** What its deliveries are signed with, the newest first. */
  secrets: EndpointSecret[]
  createdAt: number
  /** Why nothing is delivered, and since when; absent: events are delivered. */
  disabled?: { since: number; reason: DisabledReason }
  /** Counts how often it was switched on: its object begins anew with each. */
  epoch: number
  /** The number in the log after which its deliveries began, when it was switched on last. */
  after: number
}

/** A secret of an endpoint, sealed. */
export interface EndpointSecret {
  sealed: Sealed
  /** Until when it signs along, Unix seconds; absent: it is the newest. */
  until?: number
}

/** Of an endpoint's record. */
export const ENDPOINT_ROW: readonly Migration[] = [onlyNumbered]

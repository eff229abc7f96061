/** How an endpoint is made, changed, rotated, switched off and on: plain data in, plain data out. Times are Unix seconds. */
import type { Sealed } from '../crypto/seal'
import { Failure } from '../failure'
import { ENDPOINT_SECRET_OVERLAP_SECONDS, ENDPOINT_SECRETS_MAX } from '../limits'
import type { DisabledReason, EndpointRecord, EndpointSecret } from '../store/endpoints'

/** An endpoint that somebody wants made. */
export interface EndpointRequest {
  url: string
  types?: string[]
  accounts?: string[]
  description?: string
}

/** What somebody wants changed of an endpoint; null takes a field away. */
export interface EndpointChange {
  url?: string
  types?: string[] | null
  accounts?: string[] | null
  description?: string | null
  /** `after`: the number in the log after which its deliveries begin, if it was switched off. */
  enabled?: { after: number } | false
}

/** What an endpoint is made with, beside what was asked for. */
export interface EndpointOrigin {
  id: string
  sealed: Sealed
  /** The caller that it belongs to; undefined: it is the admin's. */
  caller: string | undefined
  /** The last number in the log. */
  after: number
}

/** An endpoint as it is made. */
export const newEndpoint = (
  request: EndpointRequest,
  { id, sealed, caller, after }: EndpointOrigin,
  now: number,
): EndpointRecord => ({
  ...request,
  id,
  ...(caller === undefined ? {} : { caller }),
  secrets: [{ sealed }],
  createdAt: now,
  epoch: 1,
  after,
})

/** The endpoint with these changes. */
export function changedEndpoint(
  endpoint: EndpointRecord,
  { enabled, ...change }: EndpointChange,
  now: number,
): EndpointRecord {
  const merged = Object.entries({ ...endpoint, ...change }).filter(
    ([, value]) => value !== null && value !== undefined,
  )
  const changed = Object.fromEntries(merged) as unknown as EndpointRecord
  if (enabled === undefined) return changed
  return enabled === false
    ? disabledEndpoint(changed, 'by_hand', now)
    : enabledEndpoint(changed, enabled.after)
}

/** The endpoint switched off; one that is off already stays as it is. */
export const disabledEndpoint = (
  endpoint: EndpointRecord,
  reason: DisabledReason,
  now: number,
): EndpointRecord =>
  endpoint.disabled ? endpoint : { ...endpoint, disabled: { since: now, reason } }

/** The endpoint switched on, beginning after this number in the log; one that is on already stays as it is. */
export function enabledEndpoint(
  { disabled, ...endpoint }: EndpointRecord,
  after: number,
): EndpointRecord {
  return disabled ? { ...endpoint, epoch: endpoint.epoch + 1, after } : endpoint
}

/**
 * The endpoint with a new secret; the one that it had signs along for a day.
 *
 * @throws Failure `too_many` when so many secrets of it would sign beside the new one.
 */
export function rotatedEndpoint(
  endpoint: EndpointRecord,
  sealed: Sealed,
  now: number,
): EndpointRecord {
  const until = now + ENDPOINT_SECRET_OVERLAP_SECONDS
  const former = liveSecrets(endpoint, now).map((secret) => ({ until, ...secret }))
  if (former.length >= ENDPOINT_SECRETS_MAX)
    throw new Failure(
      'too_many',
      `${ENDPOINT_SECRETS_MAX} secrets of this endpoint sign its deliveries. Wait: each one that was rotated goes after a day.`,
    )
  return { ...endpoint, secrets: [{ sealed }, ...former] }
}

/** The secrets of an endpoint that sign now, the newest first. */
export const liveSecrets = ({ secrets }: EndpointRecord, now: number): EndpointSecret[] =>
  secrets.filter(({ until }) => until === undefined || until > now)

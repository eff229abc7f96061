/** What others are told of a change of a caller or an endpoint: two records in, what happened out (pure). */
import type { Happening } from '../events/event'
import type { CallerRecord } from '../store/callers'
import type { EndpointRecord } from '../store/endpoints'

/** What happened to a caller: before undefined, it was made; after undefined, it has ended. */
export function callerHappenings(
  before: CallerRecord | undefined,
  after: CallerRecord | undefined,
): Happening[] {
  const shown = after ?? before
  if (!shown) return []
  const { id, name, scopes, accounts } = shown
  const data = { caller: { id, name, scopes, limited: accounts !== undefined } }
  if (!before) return [{ type: 'caller.created', data }]
  if (!after) return [{ type: 'caller.deleted', data }]
  const isRotated = before.secretHash !== after.secretHash
  const isChanged = CALLER_FIELDS.some((field) => differs(before[field], after[field]))
  return [
    ...(isChanged ? [{ type: 'caller.changed' as const, data }] : []),
    ...(isRotated ? [{ type: 'caller.rotated' as const, data }] : []),
  ]
}

const CALLER_FIELDS = ['name', 'scopes', 'accounts', 'returnTo', 'expiresAt'] as const

/** What happened to an endpoint: before undefined, it was made; after undefined, it has ended. */
export function endpointHappenings(
  before: EndpointRecord | undefined,
  after: EndpointRecord | undefined,
): Happening[] {
  const shown = after ?? before
  if (!shown) return []
  const data = endpointData(shown)
  if (!before) return [{ type: 'endpoint.created', data }]
  if (!after) return [{ type: 'endpoint.deleted', data }]
  const isChanged = ENDPOINT_FIELDS.some((field) => differs(before[field], after[field]))
  const isRotated = before.secrets[0]?.sealed !== after.secrets[0]?.sealed
  const isEnabled = before.disabled !== undefined && after.disabled === undefined
  const isDisabled = before.disabled === undefined && after.disabled !== undefined
  return [
    ...(isChanged ? [{ type: 'endpoint.changed' as const, data }] : []),
    ...(isRotated ? [{ type: 'endpoint.rotated' as const, data }] : []),
    ...(isEnabled ? [{ type: 'endpoint.enabled' as const, data }] : []),
    ...(isDisabled
      ? [{ type: 'endpoint.disabled' as const, data: { ...data, reason: after.disabled?.reason } }]
      : []),
  ]
}

const ENDPOINT_FIELDS = ['url', 'types', 'accounts', 'description'] as const

/** An endpoint as events show it: of its address the origin alone, since path and query are secrets of many a receiver. */
export const endpointData = ({ id, url, description, caller }: EndpointRecord) => ({
  endpoint: {
    id,
    url: new URL(url).origin,
    ...(description === undefined ? {} : { description }),
    ...(caller === undefined ? {} : { caller }),
  },
})

const differs = (one: unknown, other: unknown): boolean =>
  JSON.stringify(one) !== JSON.stringify(other)

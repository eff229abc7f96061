/** Which events an endpoint is sent (pure; a table tests it): those that it asks for and its owner may see now. */
import type { KnownEndpoint } from '../caller/endpoints'
import { type Happening, isOfType, isVisible } from '../events/event'

/** Whether an endpoint is sent this event. */
export function isWanted(event: Happening, { endpoint, reader }: KnownEndpoint): boolean {
  if (!reader || !isVisible(event, reader)) return false
  if (endpoint.types && !isOfType(event.type, endpoint.types)) return false
  // Who names accounts wants nothing that is about none.
  const account = event.data.account?.id
  return !endpoint.accounts || (account !== undefined && endpoint.accounts.includes(account))
}

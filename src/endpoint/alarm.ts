/** When the object of an endpoint has to work again by itself (pure; a table tests it). */
import type { KnownEndpoint } from '../caller/endpoints'
import { DELIVERIES_OPEN_MAX } from '../limits'
import { type EndpointState, failingUntilMs, isProbing, probesNewAtMs } from './state'

/** What is left at the end of a run. */
export interface LeftOver {
  nowMs: number
  /** Somebody woke the object since it last looked. */
  isNews: boolean
  /** Undefined: it is not known what the endpoint is now. */
  known: KnownEndpoint | null | undefined
  state: EndpointState | undefined
  /** How many events wait for another try. */
  open: number
  /** When the first of them is due, Unix milliseconds. */
  retryAtMs: number | undefined
  /** Whether the log may have events that were not taken from it. */
  hasMore: boolean
}

/** When the object works again, Unix milliseconds; null: when it is woken. */
export function worksAtMs(left: LeftOver): number | null {
  const { nowMs, isNews, known, state, open, retryAtMs, hasMore } = left
  if (isNews || !state || !known) return nowMs
  if (known.endpoint.disabled || !known.reader) return null
  const probes = isProbing(state, open)
  const mayTake = hasMore && open < DELIVERIES_OPEN_MAX
  if (!probes && mayTake) return nowMs
  if (open === 0) return null
  const newAtMs = probes && mayTake ? probesNewAtMs(state) : undefined
  const times = [retryAtMs, failingUntilMs(state), newAtMs].filter((at) => at !== undefined)
  return Math.max(Math.min(...times), nowMs)
}

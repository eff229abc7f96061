/** What the object of an endpoint knows, and how it changes with what happens (pure). Numbers are those of the log. */
import { secondsOf } from '../clock'
import {
  ENDPOINT_FAILING_SECONDS,
  FAILURES_IN_A_ROW,
  NEW_EVENT_PROBE_SECONDS,
  OUTAGE_SECONDS,
} from '../limits'
import type { DeliveryAnswer } from '../store/delivery-rows'
import type { DisabledReason, EndpointRecord } from '../store/endpoints'

/** What the object of an endpoint knows of its deliveries. */
export interface EndpointState {
  /** Which time that the endpoint was switched on this is about. */
  epoch: number
  /** The address that was sent to: failures are about this one alone. */
  url?: string
  /** Each event up to this one was delivered, was not wanted, or has a row of its own. */
  cursor: number
  /** How many tries failed in a row. */
  failures: number
  /** When the first try failed after the last that did not, Unix milliseconds. */
  failingSinceMs?: number
  /** When a first try of an event failed last, while tries fail in a row, Unix milliseconds. */
  newFailedAtMs?: number
  /** Why the endpoint is to be switched off: the object `Registry` may not know it yet. */
  disabling?: DisabledReason
  /** Old events that are delivered again; `after` moves, up to `until`. */
  replay?: Replay
  /** How many replays there were. */
  replays: number
  /** Events that the log had lost before they were delivered, when that last happened. */
  missed?: Missed
}

/** Old events that are delivered again. */
export interface Replay {
  id: number
  after: number
  until: number
}

/** Events that were lost: those after one number, and before another. */
export interface Missed {
  atMs: number
  after: number
  before: number
}

/** The state of an endpoint that was just switched on. */
export const begunState = (
  { epoch, url, after }: Pick<EndpointRecord, 'epoch' | 'url' | 'after'>,
  before: EndpointState | undefined,
): EndpointState => ({ epoch, url, cursor: after, failures: 0, replays: before?.replays ?? 0 })

/** The state of an endpoint that has another address: what the former one answered counts for nothing. */
export function movedState({ disabling: _, ...state }: EndpointState, url: string): EndpointState {
  return { ...calmState(state), url }
}

/** Whether a state is about this endpoint as it is now. */
export const isAbout = (
  state: EndpointState | undefined,
  { epoch, url }: Pick<EndpointRecord, 'epoch' | 'url'>,
): boolean => state?.epoch === epoch && state.url === url

/** The state without any trouble, as it is after a delivery that went well, or of an endpoint that is switched off. */
export function calmState({
  failingSinceMs,
  newFailedAtMs,
  disabling,
  ...state
}: EndpointState): EndpointState {
  // A receiver that said it is gone is gone, whatever it answers to what was under way.
  return { ...state, failures: 0, ...(disabling === 'gone' ? { disabling } : {}) }
}

/** The state of an endpoint that is switched off: nothing is waited for, the cursor stays for people to see. */
export function restingState(state: EndpointState): EndpointState {
  const { disabling: _, replay: __, ...rest } = calmState(state)
  return rest
}

/** The state after a try that failed: the first one of its event, or another one. */
export function failedState(
  state: EndpointState,
  { status }: DeliveryAnswer,
  isFirst: boolean,
  nowMs: number,
): EndpointState {
  const failingSinceMs = state.failingSinceMs ?? nowMs
  const failed = {
    ...state,
    failures: state.failures + 1,
    failingSinceMs,
    ...(isFirst ? { newFailedAtMs: nowMs } : {}),
  }
  return status === GONE ? { ...failed, disabling: 'gone' } : overdueState(failed, nowMs)
}

/** The state, to be switched off where it did nothing but fail for too long. */
export const overdueState = (state: EndpointState, nowMs: number): EndpointState =>
  !state.disabling && (failingUntilMs(state) ?? Number.POSITIVE_INFINITY) <= nowMs
    ? { ...state, disabling: 'failing' }
    : state

/** When an endpoint that does nothing but fail is switched off, Unix milliseconds; undefined: it does not fail. */
export const failingUntilMs = ({ failingSinceMs }: EndpointState): number | undefined =>
  failingSinceMs === undefined ? undefined : failingSinceMs + ENDPOINT_FAILING_SECONDS * 1000

/**
 * Whether the endpoint failed so often in a row that it is tried with one event at a time, each by its schedule. Where fewer
 * events wait than that, it may be these events that it does not take, so others are sent.
 *
 * @param open - how many events wait for another try.
 */
export const isProbing = ({ failures }: EndpointState, open: number): boolean =>
  failures >= FAILURES_IN_A_ROW && open >= FAILURES_IN_A_ROW

/** When an endpoint that fails is sent a new event, Unix milliseconds. */
export const probesNewAtMs = ({ newFailedAtMs = 0 }: EndpointState): number =>
  newFailedAtMs + NEW_EVENT_PROBE_SECONDS * 1000

/**
 * Whether a success ends an outage, so that all that waits may be sent at once. One that takes some events and refuses
 * others had none: each of these waits for its own time.
 */
export const isOutage = ({ failures, failingSinceMs }: EndpointState, nowMs: number): boolean =>
  failures >= FAILURES_IN_A_ROW && nowMs - (failingSinceMs ?? nowMs) >= OUTAGE_SECONDS * 1000

/** The state as its owner sees it. Times are Unix seconds. */
export const stateView = ({ cursor, failingSinceMs, replay, missed }: EndpointState) => ({
  cursor,
  ...(failingSinceMs === undefined ? {} : { failing_since: secondsOf(failingSinceMs) }),
  ...(replay ? { replay: { after: replay.after, until: replay.until } } : {}),
  ...(missed
    ? { missed: { at: secondsOf(missed.atMs), after: missed.after, before: missed.before } }
    : {}),
})

const GONE = 410

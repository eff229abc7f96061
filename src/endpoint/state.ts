/** What the object of an endpoint knows, and how it changes with what happens (pure). Numbers are those of the log. */
import { secondsOf } from '../clock'
import { ENDPOINT_FAILING_SECONDS, FAILURES_IN_A_ROW } from '../limits'
import type { DeliveryAnswer } from '../store/delivery-rows'
import type { DisabledReason, EndpointRecord } from '../store/endpoints'

/** What the object of an endpoint knows of its deliveries. */
export interface EndpointState {
  /** Which time that the endpoint was switched on this is about. */
  epoch: number
  /** Each event up to this one was delivered, was not wanted, or has a row of its own. */
  cursor: number
  /** How many tries failed in a row. */
  failures: number
  /** When the first try failed after the last that did not, Unix milliseconds. */
  failingSinceMs?: number
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
  { epoch, after }: Pick<EndpointRecord, 'epoch' | 'after'>,
  before: EndpointState | undefined,
): EndpointState => ({ epoch, cursor: after, failures: 0, replays: before?.replays ?? 0 })

/** The state without any trouble, as it is after a delivery that went well, or of an endpoint that is switched off. */
export function calmState({ failingSinceMs, disabling, ...state }: EndpointState): EndpointState {
  // A receiver that said it is gone is gone, whatever it answers to what was under way.
  return { ...state, failures: 0, ...(disabling === 'gone' ? { disabling } : {}) }
}

/** The state of an endpoint that is switched off: nothing is waited for, the cursor stays for people to see. */
export function restingState(state: EndpointState): EndpointState {
  const { disabling: _, replay: __, ...rest } = calmState(state)
  return rest
}

/** The state after a try that failed. */
export function failedState(
  state: EndpointState,
  { status }: DeliveryAnswer,
  nowMs: number,
): EndpointState {
  const failingSinceMs = state.failingSinceMs ?? nowMs
  const failed = { ...state, failures: state.failures + 1, failingSinceMs }
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

/** Whether the endpoint failed so often that it is tried with its oldest event alone. */
export const isProbing = ({ failures }: EndpointState): boolean => failures >= FAILURES_IN_A_ROW

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

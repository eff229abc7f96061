/** What others are told: the kinds of events, what each says, and their form. Nothing in an event is ever a secret. */

import { randomBase62 } from '../crypto/random'

/** The types of events that Perch itself makes; `x.` and X's own type are the deliveries of X's webhooks. */
export const EVENT_TYPES = [
  'account.connected',
  'account.disconnected',
  'account.login_required',
  'account.recovered',
  'account.degraded',
  'account.scope_reduced',
  'account.scope_restored',
  'account.renamed',
  'app.halted',
  'app.resumed',
  'app.webhook_invalid',
  'app.webhook_valid',
  'caller.created',
  'caller.changed',
  'caller.rotated',
  'caller.deleted',
  'endpoint.created',
  'endpoint.changed',
  'endpoint.rotated',
  'endpoint.enabled',
  'endpoint.disabled',
  'endpoint.deleted',
  'endpoint.gave_up',
  'endpoint.test',
  'vault.exported',
] as const

/** The type of an event. */
export type EventType = (typeof EVENT_TYPES)[number] | `x.${string}`

/** What an event says. Who may see an event that is about an account is told by its `account` alone. */
export interface EventData extends Readonly<Record<string, unknown>> {
  account?: { id: string; username?: string }
}

/** What happened, before it has an id and a time. */
export interface Happening {
  type: EventType
  data: EventData
}

/** An event as it is told. */
export interface PerchEvent extends Happening {
  /** `evt_` and letters and digits. The same event has the same id wherever and however often it is told. */
  id: string
  /** When it happened, ISO 8601. */
  timestamp: string
}

/** An event in the log. */
export interface LoggedEvent extends PerchEvent {
  /** Its place in the log: each event has the number after the one before it. */
  seq: number
}

/** An id for an event that happens now. */
export const newEventId = (): string => `evt_${randomBase62(EVENT_ID_CHARS)}`

/** As good as never twice. */
const EVENT_ID_CHARS = 22

/** The event of what happened. @param nowMs - Unix milliseconds. */
export const eventOf = ({ type, data }: Happening, id: string, nowMs: number): PerchEvent => ({
  id,
  type,
  timestamp: new Date(nowMs).toISOString(),
  data,
})

/** An event as it is shown, always in the same order. */
export const eventJson = ({ id, seq, type, timestamp, data }: LoggedEvent): LoggedEvent => ({
  id,
  seq,
  type,
  timestamp,
  data,
})

/** The body of an event as it is delivered: always the same bytes for the same event. */
export const bodyOf = (event: LoggedEvent): string => JSON.stringify(eventJson(event))

/** Whether an event is one of these types. A pattern is a type, or the beginning of types with `.*` behind it. */
export const isOfType = (type: string, patterns: readonly string[]): boolean =>
  patterns.some(
    (pattern) =>
      pattern === '*' ||
      pattern === type ||
      (pattern.endsWith('.*') && type.startsWith(pattern.slice(0, -1))),
  )

/** What decides which events somebody may read. */
export interface Reader {
  /** The accounts it is limited to; undefined: all, and what is about none. */
  accounts: readonly string[] | undefined
  /** Whether it may read what X delivered. */
  readsX: boolean
}

/** Whether somebody may see this event. */
export const isVisible = ({ type, data }: Happening, { accounts, readsX }: Reader): boolean =>
  (readsX || !type.startsWith('x.')) &&
  (!accounts || (data.account !== undefined && accounts.includes(data.account.id)))

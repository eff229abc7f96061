/**
 * What X delivered, as far as it is understood: of which type it is, about whom, and whether it tells that a user took our
 * access away. Pure; nothing that a body may hold makes it throw, and what nobody knows passes under its own name.
 *
 * @see [X: Activity API](https://docs.x.com/x-api/activity/introduction), and the older Account Activity API
 */
import { secondsOf } from '../clock'
import { isObject, jsonObject } from '../json'
import { TAG_MAX_CHARS, X_TYPE_MAX_CHARS } from '../limits'
import { USER_ID } from '../x/user'

/** A delivery, read. */
export interface Delivery {
  /** Of the event that it becomes: `x.` and X's own type, or `x.unknown`. */
  type: `x.${string}`
  /** X's own id of the event; undefined: it has none. */
  uuid?: string
  /** The X user that it is about; undefined where it does not say. */
  account?: string
  /** The tag of the subscription. */
  tag?: string
  /** The user took our access away: whose, and when, Unix seconds. */
  revoked?: { account: string; at: number }
}

const UNKNOWN: Delivery = { type: 'x.unknown' }

/** Reads a delivery. @param body - its text; anything at all. */
export function readDelivery(body: string): Delivery {
  const said = jsonObject(body)
  if (!said) return UNKNOWN
  if (isObject(said.user_event)) return ofUserEvent(said.user_event)
  if (isObject(said.replay_job_status)) return { type: 'x.replay_job_status' }
  if (isObject(said.data)) return ofActivity(said.data)
  return ofAccountActivity(said)
}

/** X's Activity API. */
function ofActivity(data: Record<string, unknown>): Delivery {
  const { event_type, event_uuid, filter, payload, tag } = data
  const type = typed(event_type)
  const user = type === 'x.oauth.revoke' ? userIn(payload, 'user_id') : undefined
  const account = userIn(filter, 'user_id') ?? user
  const at = user === undefined ? undefined : timeIn(payload)
  return {
    type,
    // A number would have lost its last digits by now; then, and beside a long one, the body tells one event from another.
    ...(isShort(event_uuid) && event_uuid !== '' ? { uuid: event_uuid } : {}),
    ...(account === undefined ? {} : { account }),
    ...(isShort(tag) ? { tag } : {}),
    ...(user !== undefined && at !== undefined ? { revoked: { account: user, at } } : {}),
  }
}

const isShort = (value: unknown): value is string =>
  typeof value === 'string' && value.length <= TAG_MAX_CHARS

/** A revocation by the Account Activity API, the one event there that names nobody it is for. */
function ofUserEvent({ revoke }: Record<string, unknown>): Delivery {
  if (!isObject(revoke)) return { type: 'x.user_event' }
  const account = userIn(revoke.source, 'user_id')
  const at = timeIn(revoke)
  return {
    type: 'x.user_event.revoke',
    ...(account === undefined ? {} : { account }),
    ...(account !== undefined && at !== undefined ? { revoked: { account, at } } : {}),
  }
}

/** The Account Activity API: whom it is for, and one list, which is named after what is in it. */
function ofAccountActivity(said: Record<string, unknown>): Delivery {
  const account = userIn(said, 'for_user_id')
  if (account === undefined) return UNKNOWN
  const [list] = Object.entries(said).find(([, value]) => Array.isArray(value)) ?? []
  return { type: typed(list), account }
}

/** A type of X's as the type of an event: in the letters that those are written in, whatever X makes up. */
function typed(name: unknown): `x.${string}` {
  if (typeof name !== 'string') return UNKNOWN.type
  const plain = name
    .slice(0, X_TYPE_MAX_CHARS)
    .toLowerCase()
    .replace(/[^a-z0-9_.]+/g, '_')
    .replace(/\.{2,}/g, '.')
    .replace(/^\.|\.$/g, '')
  return plain === '' ? UNKNOWN.type : `x.${plain}`
}

function userIn(value: unknown, field: string): string | undefined {
  const id = isObject(value) ? value[field] : undefined
  return typeof id === 'string' && USER_ID.test(id) ? id : undefined
}

/** A moment with its zone; without one nobody knows which hour is meant. */
const ISO = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:?\d{2})$/

function timeIn(value: unknown): number | undefined {
  const text = isObject(value) ? value.date_time : undefined
  const ms = typeof text === 'string' && ISO.test(text) ? Date.parse(text) : Number.NaN
  return Number.isNaN(ms) ? undefined : secondsOf(ms)
}

import type { World } from './world.ts'

/** What is known of a request to X when it arrives. */
export interface Arrival {
  method: string
  path: string
  grant_type: string | null
  fault: string | null
  /** How the client showed who it is: at endpoints for clients, and `oauth1` for any signed request. */
  auth: 'oauth1' | 'basic' | 'body' | 'none' | null
  has_client_secret_in_body: boolean | null
  /** Whether the URL had a query string. */
  query: boolean
}

/** The row of a request that is being answered. */
export interface Call {
  seq: number
  /** Unix seconds with a fraction. */
  at: number
  /** A short word for what happened, such as `rotated`. Never a token. */
  outcome: string
  /** What X would not say: `spent`, `expired`, … */
  why: string | null
  /** What was taken though it is not as it should be; they stand in `why`, too. */
  notes: string[]
  user_id: string | null
}

/** Notes that something was taken which is not as it should be. */
export function note(call: Call, what: string): void {
  if (!call.notes.includes(what)) call.notes.push(what)
}

/** Which calls to list. */
export interface CallFilter {
  path: string | undefined
  since: number
  limit: number
}

type CallRow = Record<string, string | number | null>

/** Lists a call as soon as it is here, so that one which is being delayed can be seen. */
export function beginCall(world: World, arrival: Arrival): Call {
  const at = world.nowMs() / 1000
  const { seq } = world.sql
    .exec<{ seq: number }>(
      `INSERT INTO calls (at, method, path, grant_type, fault, auth, has_client_secret_in_body,
        query, outcome) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'waiting') RETURNING seq`,
      at,
      arrival.method,
      arrival.path,
      arrival.grant_type,
      arrival.fault,
      arrival.auth,
      arrival.has_client_secret_in_body === null ? null : Number(arrival.has_client_secret_in_body),
      Number(arrival.query),
    )
    .one()
  return { seq, at, outcome: 'ok', why: null, notes: [], user_id: null }
}

/** Writes down what came of a call; of none that a reset overtook, though its number is given again. */
export function finishCall(world: World, call: Call, status: number, hint: string | null): void {
  world.sql.exec(
    'UPDATE calls SET status = ?, outcome = ?, why = ?, hint = ?, user_id = ? WHERE seq = ? AND at = ?',
    status,
    call.outcome,
    [...(call.why === null ? [] : [call.why]), ...call.notes].join('; ') || null,
    hint,
    call.user_id,
    call.seq,
    call.at,
  )
}

/** The calls after `since` in order, without the fields that do not apply. */
export function listCalls(world: World, filter: CallFilter): Record<string, unknown>[] {
  const { path, since, limit } = filter
  const rows = path
    ? world.sql.exec<CallRow>(
        'SELECT * FROM calls WHERE path = ? AND seq > ? ORDER BY seq LIMIT ?',
        path,
        since,
        limit,
      )
    : world.sql.exec<CallRow>(
        'SELECT * FROM calls WHERE seq > ? ORDER BY seq LIMIT ?',
        since,
        limit,
      )
  return rows.toArray().map(shown)
}

/** The last calls, the newest one first. */
export function lastCalls(world: World, limit: number): Record<string, unknown>[] {
  return world.sql
    .exec<CallRow>('SELECT * FROM calls ORDER BY seq DESC LIMIT ?', limit)
    .toArray()
    .map(shown)
}

/** Empties the list. Numbering goes on. */
export function clearCalls(world: World): void {
  world.sql.exec('DELETE FROM calls')
}

function shown(row: CallRow): Record<string, unknown> {
  const known = Object.entries(row).filter(([, value]) => value !== null)
  return Object.fromEntries(
    known.map(([key, value]) => [key, BOOLEANS.has(key) ? value === 1 : value]),
  )
}

const BOOLEANS = new Set(['query', 'has_client_secret_in_body'])

import type { World } from './world.ts'

/** An event on its way to a webhook. `body` holds the bytes that are signed. */
export type Delivery = {
  id: number
  webhook_id: string
  event_type: string
  body: string
  created_at: number
  /** When it is tried next; null: no more. */
  due_at: number | null
  tries: number
  /** What the webhook answered last. */
  status: number | null
  outcome: 'waiting' | 'delivered' | 'retrying' | 'lost' | 'webhook invalid'
}

/** Puts an event on its way. One for a webhook that is invalid is kept, for a replay. */
export function addDelivery(
  world: World,
  { webhook_id, event_type, body }: Pick<Delivery, 'webhook_id' | 'event_type' | 'body'>,
  valid: boolean,
): void {
  const now = world.now()
  world.sql.exec(
    `INSERT INTO deliveries (webhook_id, event_type, body, created_at, due_at, tries, outcome)
      VALUES (?, ?, ?, ?, ?, 0, ?)`,
    webhook_id,
    event_type,
    body,
    now,
    valid ? now : null,
    valid ? 'waiting' : 'webhook invalid',
  )
}

/** Takes what is due; nobody else sends it meanwhile. */
export function takeDue(world: World): Delivery[] {
  return world.sql
    .exec<Delivery>(
      'UPDATE deliveries SET due_at = NULL WHERE due_at <= ? RETURNING *',
      world.now(),
    )
    .toArray()
}

/** Writes down how a try went. */
export function noteTry(
  world: World,
  {
    id,
    due_at,
    tries,
    status,
    outcome,
  }: Omit<Delivery, 'webhook_id' | 'event_type' | 'body' | 'created_at'>,
): void {
  world.sql.exec(
    'UPDATE deliveries SET due_at = ?, tries = ?, status = ?, outcome = ? WHERE id = ?',
    due_at,
    tries,
    status,
    outcome,
    id,
  )
}

/** When the next thing is due: a delivery, or a webhook's check. */
export function nextDue(world: World): number | null {
  return world.sql
    .exec<{ at: number | null }>(
      `SELECT min(at) AS at FROM (SELECT min(due_at) AS at FROM deliveries
        UNION ALL SELECT min(check_at) FROM webhooks WHERE valid = 1)`,
    )
    .one().at
}

/** Every delivery, oldest first. */
export function listDeliveries(world: World): Delivery[] {
  return world.sql.exec<Delivery>('SELECT * FROM deliveries ORDER BY id').toArray()
}

/** What was delivered or tried between two times, for a replay; replays' own last words left out. */
export function deliveriesBetween(
  world: World,
  webhook: string,
  from: number,
  to: number,
): Delivery[] {
  return world.sql
    .exec<Delivery>(
      `SELECT * FROM deliveries WHERE webhook_id = ? AND created_at >= ? AND created_at <= ?
        AND event_type <> 'replay_job_status' ORDER BY id`,
      webhook,
      from,
      to,
    )
    .toArray()
}

/** Whether something is still to be sent to a webhook. */
export function isBusy(world: World, webhook: string): boolean {
  const waiting = world.sql.exec(
    'SELECT 1 FROM deliveries WHERE webhook_id = ? AND due_at IS NOT NULL LIMIT 1',
    webhook,
  )
  return waiting.toArray().length > 0
}

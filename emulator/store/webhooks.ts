import type { World } from './world.ts'

/** A URL that events go to. Times are Unix seconds. */
export type Webhook = {
  id: string
  url: string
  /** 1 while X sends events there. */
  valid: number
  created_at: number
  /** When it last answered a check well. */
  answered_at: number
  check_at: number
  /** How the last check failed. */
  why: string | null
}

const FIRST_ID = 1_976_000_000_000_000_000n

/** Keeps a webhook that has answered its first check. */
export function addWebhook(world: World, url: string, checkAt: number): Webhook {
  const now = world.now()
  const id = nextId(world, 'webhooks')
  world.sql.exec(
    `INSERT INTO webhooks (id, url, valid, created_at, answered_at, check_at)
      VALUES (?, ?, 1, ?, ?, ?)`,
    id,
    url,
    now,
    now,
    checkAt,
  )
  return { id, url, valid: 1, created_at: now, answered_at: now, check_at: checkAt, why: null }
}

/** An id of X's shape: 19 digits, kept as text. One that was ended is not given again. */
export function nextId(world: World, table: 'webhooks' | 'subscriptions'): string {
  const last = world.sql.exec<{ id: string | null }>(`SELECT max(id) AS id FROM ${table}`).one().id
  const byTime = FIRST_ID + BigInt(Math.floor(world.nowMs()))
  const next = BigInt(last ?? 0) + 1n
  return String(next > byTime ? next : byTime)
}

/** Every webhook, oldest first. */
export function listWebhooks(world: World): Webhook[] {
  return world.sql.exec<Webhook>('SELECT * FROM webhooks ORDER BY id').toArray()
}

/** The webhook with this id. */
export function findWebhook(world: World, id: string): Webhook | undefined {
  return world.sql.exec<Webhook>('SELECT * FROM webhooks WHERE id = ?', id).toArray()[0]
}

/** Deletes a webhook, with the subscriptions to it where the app's settings say so. */
export function removeWebhook(world: World, id: string, withSubscriptions: boolean): void {
  world.sql.exec('DELETE FROM webhooks WHERE id = ?', id)
  if (withSubscriptions) world.sql.exec('DELETE FROM subscriptions WHERE webhook_id = ?', id)
  world.sql.exec('DELETE FROM deliveries WHERE webhook_id = ?', id)
}

/** Writes down how a check went. */
export function noteCheck(
  world: World,
  id: string,
  { valid, answered_at, check_at, why }: Omit<Webhook, 'id' | 'url' | 'created_at'>,
): void {
  world.sql.exec(
    'UPDATE webhooks SET valid = ?, answered_at = ?, check_at = ?, why = ? WHERE id = ?',
    valid,
    answered_at,
    check_at,
    why,
    id,
  )
}

import { nextId } from './webhooks.ts'
import type { World } from './world.ts'

/** Which events of which user go where. `filter` is JSON, as it was given. */
export type Subscription = {
  id: string
  event_type: string
  user_id: string
  filter: string
  tag: string | null
  webhook_id: string | null
  created_at: number
  updated_at: number
}

type Wanted = Pick<Subscription, 'event_type' | 'user_id' | 'filter' | 'tag' | 'webhook_id'>

/** Keeps a new subscription. */
export function addSubscription(world: World, wanted: Wanted): Subscription {
  const now = world.now()
  const made = { id: nextId(world, 'subscriptions'), ...wanted, created_at: now, updated_at: now }
  world.sql.exec(
    `INSERT INTO subscriptions (id, event_type, user_id, filter, tag, webhook_id, created_at,
      updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    made.id,
    made.event_type,
    made.user_id,
    made.filter,
    made.tag,
    made.webhook_id,
    now,
    now,
  )
  return made
}

/** Subscriptions after an id, oldest first. */
export function listSubscriptions(world: World, after: string, limit: number): Subscription[] {
  return world.sql
    .exec<Subscription>(
      'SELECT * FROM subscriptions WHERE id > ? ORDER BY id LIMIT ?',
      after,
      limit,
    )
    .toArray()
}

/** Subscriptions to this type of event of this user. */
export function subscriptionsTo(world: World, type: string, userId: string): Subscription[] {
  return world.sql
    .exec<Subscription>(
      'SELECT * FROM subscriptions WHERE user_id = ? AND event_type = ? ORDER BY id',
      userId,
      type,
    )
    .toArray()
}

/** The subscription with this id. */
export function findSubscription(world: World, id: string): Subscription | undefined {
  return world.sql.exec<Subscription>('SELECT * FROM subscriptions WHERE id = ?', id).toArray()[0]
}

/** Changes where a subscription goes and how it is tagged. */
export function changeSubscription(world: World, { id, tag, webhook_id }: Subscription): void {
  world.sql.exec(
    'UPDATE subscriptions SET tag = ?, webhook_id = ?, updated_at = ? WHERE id = ?',
    tag,
    webhook_id,
    world.now(),
    id,
  )
}

/** Deletes a subscription. Says whether there was one. */
export function removeSubscription(world: World, id: string): boolean {
  const gone = world.sql.exec('DELETE FROM subscriptions WHERE id = ? RETURNING id', id)
  return gone.toArray().length > 0
}

/** Deletes the subscriptions of a user who takes the app's access away. */
export function endSubscriptionsOf(world: World, userId: string): void {
  world.sql.exec('DELETE FROM subscriptions WHERE user_id = ?', userId)
}

/** How many there are. */
export function countSubscriptions(world: World): number {
  return world.sql.exec<{ n: number }>('SELECT count(*) AS n FROM subscriptions').one().n
}

import { randomBytes } from 'node:crypto'
import { firstApp } from '../store/apps.ts'
import { addDelivery } from '../store/deliveries.ts'
import { type Subscription, subscriptionsTo } from '../store/subscriptions.ts'
import type { User } from '../store/users.ts'
import { findWebhook, listWebhooks } from '../store/webhooks.ts'
import type { World } from '../store/world.ts'

/** Something that happened to a user. */
export interface Happened {
  event_type: string
  user_id: string
  payload: Record<string, unknown>
  includes?: Record<string, unknown>
  /** Of events that have two sides. */
  direction?: 'inbound' | 'outbound'
}

/** The app's number in events; X's ids of apps are not its client ids. */
export const APP_ID = '29820954'

/** Puts an event on its way to every subscription it is for. Says to how many. */
export function happen(world: World, happened: Happened): number {
  const wanted = subscriptionsTo(world, happened.event_type, happened.user_id).filter((each) =>
    goesTo(each, happened),
  )
  for (const { webhook_id, tag, filter } of wanted) {
    const webhook = webhook_id === null ? undefined : findWebhook(world, webhook_id)
    if (!webhook) continue
    const { event_type, payload, includes } = happened
    const data = {
      event_uuid: eventId(),
      filter: JSON.parse(filter) as unknown,
      event_type,
      ...(tag === null ? {} : { tag }),
      payload,
      ...(includes ? { includes } : {}),
    }
    const body = JSON.stringify({ data })
    addDelivery(world, { webhook_id: webhook.id, event_type, body }, webhook.valid === 1)
  }
  return wanted.length
}

/**
 * Tells that a user took the app's access away. X documents the event without a filter; whether it must be subscribed
 * to is open.
 */
export function tellRevoked(world: World, user: User): void {
  const date_time = new Date(world.nowMs()).toISOString().replace(/\.\d+Z$/, '+00:00')
  const payload = { date_time, user_id: user.id, app_id: APP_ID }
  const event_type = 'oauth.revoke'
  if (firstApp(world).revoke_events === 'subscribed') {
    happen(world, { event_type, user_id: user.id, payload })
    return
  }
  for (const webhook of listWebhooks(world)) {
    const body = JSON.stringify({
      data: { filter: {}, event_type, event_uuid: eventId(), payload },
    })
    addDelivery(world, { webhook_id: webhook.id, event_type, body }, webhook.valid === 1)
  }
}

function goesTo({ filter }: Subscription, { direction }: Happened): boolean {
  const { direction: wanted } = JSON.parse(filter) as { direction?: string }
  return wanted === undefined || direction === undefined || wanted === direction
}

/** A signed 64-bit number as text, which may be negative. */
function eventId(): string {
  return String(randomBytes(8).readBigInt64BE())
}

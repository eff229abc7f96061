import { Hono } from 'hono'
import type { Own } from '../env.ts'
import { listDeliveries } from '../store/deliveries.ts'
import { findUser, findUserById } from '../store/users.ts'
import { listWebhooks } from '../store/webhooks.ts'
import { happen } from '../webhooks/events.ts'
import { EVENT_TYPES } from '../webhooks/types.ts'
import { InputError, objectWith, readJson } from './input.ts'

/** What tests see and order of webhooks: how they stand, what was sent, and events that nobody caused. */
export const webhookControl = new Hono<Own>()
  .get('/_emulator/webhooks', (c) => c.json({ webhooks: listWebhooks(c.env.world) }))
  .get('/_emulator/deliveries', (c) => c.json({ deliveries: listDeliveries(c.env.world) }))
  .post('/_emulator/events', async (c) => {
    const { world } = c.env
    const input = objectWith(readJson(await c.req.text()), [
      'event_type',
      'username',
      'user_id',
      'payload',
      'includes',
      'direction',
    ])
    const { event_type, username, user_id, payload = {}, includes, direction } = input
    if (typeof event_type !== 'string' || !Object.hasOwn(EVENT_TYPES, event_type))
      throw new InputError(`event_type: expected one of ${Object.keys(EVENT_TYPES).join(', ')}.`)
    const user =
      typeof username === 'string'
        ? findUser(world, username)
        : findUserById(world, String(user_id))
    if (!user) throw new InputError('username or user_id: expected one of a user.')
    const subscriptions = happen(world, {
      event_type,
      user_id: user.id,
      payload: objectOf(payload, 'payload'),
      ...(includes === undefined ? {} : { includes: objectOf(includes, 'includes') }),
      ...(direction === 'inbound' || direction === 'outbound' ? { direction } : {}),
    })
    return c.json({ subscriptions }, 201)
  })

function objectOf(value: unknown, name: string): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>
  throw new InputError(`${name}: expected an object.`)
}

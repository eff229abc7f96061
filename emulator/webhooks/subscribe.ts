import type { Context } from 'hono'
import type { Caller } from '../api/caller.ts'
import { guardedFor } from '../api/guard.ts'
import { operation } from '../api/operation.ts'
import { invalidRequest, problem } from '../api/problem.ts'
import type { X } from '../env.ts'
import { SUBSCRIPTIONS_MAX } from '../limits.ts'
import { firstApp } from '../store/apps.ts'
import {
  addSubscription,
  changeSubscription,
  countSubscriptions,
  findSubscription,
  listSubscriptions,
  removeSubscription,
  type Subscription,
  subscriptionsTo,
} from '../store/subscriptions.ts'
import { findWebhook } from '../store/webhooks.ts'
import { fieldsOf, isoTime, webhookRefused } from './answers.ts'
import { EVENT_TYPES } from './types.ts'

const CREATE = operation('POST /2/activity/subscriptions')
const LIST = operation('GET /2/activity/subscriptions')
const CHANGE = operation('PUT /2/activity/subscriptions/{subscription_id}')
const DELETE = operation('DELETE /2/activity/subscriptions/{subscription_id}')
const DELETE_MANY = operation('DELETE /2/activity/subscriptions')

/** `POST /2/activity/subscriptions`. @see X docs, X Activity API */
export function subscribe(c: Context<X>): Promise<Response> {
  const { world, exchange } = c.env
  return guardedFor(c, CREATE, (caller) => {
    const { event_type, filter, tag, webhook_id } = fieldsOf(exchange.body)
    const wanted = asked(filter)
    const type = typeof event_type === 'string' ? event_type : ''
    const scope = EVENT_TYPES[type]
    if (scope === undefined || !wanted)
      return invalidRequest('event_type and filter.user_id are needed', { event_type: [type] })
    const tooLong = typeof tag === 'string' && tag.length > 200
    if (tooLong) return invalidRequest('tag: 200 characters at most', {})
    if (webhook_id !== undefined && !findWebhook(world, String(webhook_id)))
      return webhookRefused('WebhookIdInvalid', `No webhook ${webhook_id}`)
    const refused = mayNot(caller, scope, wanted.user_id)
    if (refused !== undefined) {
      exchange.call.why = refused
      return problem(403, 'Forbidden', `You are not permitted to subscribe to ${type}: ${refused}.`)
    }
    const stored = JSON.stringify(wanted)
    const same = subscriptionsTo(world, type, wanted.user_id).some((each) => each.filter === stored)
    if (same) return problem(409, 'Conflict', `DuplicateSubscription: ${type} ${wanted.user_id}`)
    if (countSubscriptions(world) >= SUBSCRIPTIONS_MAX)
      return problem(400, 'Invalid Request', `SubscriptionLimitExceeded: ${SUBSCRIPTIONS_MAX}`)
    const made = addSubscription(world, {
      event_type: type,
      user_id: wanted.user_id,
      filter: stored,
      tag: typeof tag === 'string' ? tag : null,
      webhook_id: webhook_id === undefined ? null : String(webhook_id),
    })
    return c.json({ data: inShape(c, shown(made)) })
  })
}

/** `GET /2/activity/subscriptions`, with `max_results` and `pagination_token`. */
export function getSubscriptions(c: Context<X>): Promise<Response> {
  return guardedFor(c, LIST, () => {
    const limit = Math.min(Number(c.req.query('max_results') ?? 1000) || 1000, 1000)
    const found = listSubscriptions(c.env.world, c.req.query('pagination_token') ?? '', limit + 1)
    const page = found.slice(0, limit)
    const next = found.length > limit ? { next_token: page.at(-1)?.id } : {}
    return c.json({ data: page.map(shown), meta: { result_count: page.length, ...next } })
  })
}

/** `PUT /2/activity/subscriptions/:id` with `tag` or `webhook_id`. */
export function changeIt(c: Context<X>): Promise<Response> {
  const { world, exchange } = c.env
  return guardedFor(c, CHANGE, () => {
    const known = findSubscription(world, c.req.param('id') ?? '')
    if (!known) return unknown(c.req.param('id'))
    const { tag, webhook_id } = fieldsOf(exchange.body)
    if (typeof webhook_id === 'string' && !findWebhook(world, webhook_id))
      return webhookRefused('WebhookIdInvalid', `No webhook ${webhook_id}`)
    const changed = {
      ...known,
      tag: typeof tag === 'string' ? tag : known.tag,
      webhook_id: typeof webhook_id === 'string' ? webhook_id : known.webhook_id,
    }
    changeSubscription(world, changed)
    return c.json({ data: inShape(c, shown(changed)) })
  })
}

/** `DELETE /2/activity/subscriptions/:id`. */
export function unsubscribe(c: Context<X>): Promise<Response> {
  return guardedFor(c, DELETE, () => {
    const id = c.req.param('id') ?? ''
    if (!removeSubscription(c.env.world, id)) return unknown(id)
    return c.json({ data: { deleted: true } })
  })
}

/** `DELETE /2/activity/subscriptions?ids=`, up to 100. */
export function unsubscribeMany(c: Context<X>): Promise<Response> {
  const { world } = c.env
  return guardedFor(c, DELETE_MANY, () => {
    const ids = (c.req.query('ids') ?? '').split(',').filter((id) => id !== '')
    if (ids.length === 0 || ids.length > 100) return invalidRequest('ids: 1 to 100 are needed', {})
    const data = ids.map((id) => ({ subscription_id: id, deleted: removeSubscription(world, id) }))
    return c.json({ data, meta: { total_subscriptions: countSubscriptions(world) } })
  })
}

/** What a caller lacks for a private event: the user's own token, with its scope where it is OAuth 2.0. */
function mayNot({ grant }: Caller, scope: string, userId: string): string | undefined {
  if (scope === '') return undefined
  if (grant.user_id !== userId) return 'it is private and needs a token of that user'
  const granted = grant.kind === 'oauth1' || grant.scope.split(' ').includes(scope)
  return granted ? undefined : `the scope ${scope} is missing`
}

function asked(filter: unknown): { user_id: string; direction?: string } | undefined {
  if (typeof filter !== 'object' || filter === null) return undefined
  const { user_id, direction } = filter as { user_id?: unknown; direction?: unknown }
  if (typeof user_id !== 'string' || !/^\d{1,20}$/.test(user_id)) return undefined
  if (direction === undefined) return { user_id }
  if (direction !== 'inbound' && direction !== 'outbound') return undefined
  return { user_id, direction }
}

function shown(each: Subscription) {
  return {
    subscription_id: each.id,
    event_type: each.event_type,
    filter: JSON.parse(each.filter) as unknown,
    ...(each.tag === null ? {} : { tag: each.tag }),
    ...(each.webhook_id === null ? {} : { webhook_id: each.webhook_id }),
    created_at: isoTime(each.created_at),
    updated_at: isoTime(each.updated_at),
  }
}

/** X's pages show three shapes of one answer. */
function inShape(c: Context<X>, subscription: ReturnType<typeof shown>) {
  const { subscription_shape: shape } = firstApp(c.env.world)
  if (shape === 'array') return [subscription]
  return shape === 'flat' ? subscription : { subscription }
}

function unknown(id = ''): Response {
  return problem(404, 'Not Found', `Could not find subscription with id: [${id}].`)
}

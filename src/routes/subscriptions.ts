/** `/v1/accounts/:id/subscriptions`: what X delivers of an account. Each event costs, so it has a scope of its own. */
import type { Context } from 'hono'
import { Hono } from 'hono/tiny'
import * as v from 'valibot'
import {
  activityType,
  subscribeFor,
  subscriptionsOf,
  unsubscribeFor,
} from '../access/subscriptions'
import { Failure } from '../failure'
import { TAG_MAX_CHARS, X_TYPE_MAX_CHARS } from '../limits'
import type { XSubscription } from '../x/subscriptions'
import { accountFor } from './api'
import { NoQuery, readJson, readQuery } from './input'
import type { AppEnv } from './middleware'
import { warningsJson } from './scope'

const SubscriptionBody = v.strictObject({
  event_type: v.pipe(
    v.string(),
    v.maxLength(X_TYPE_MAX_CHARS, 'too long'),
    v.regex(
      /^[a-z][a-z0-9_]*(\.[a-z0-9_]+)+$/,
      'a type of X’s is expected, such as post.mention.create',
    ),
  ),
  tag: v.optional(v.pipe(v.string(), v.maxLength(TAG_MAX_CHARS, 'at most 200 characters'))),
})

/** The routes of `/v1/accounts/:id/subscriptions`. */
export const subscriptions = new Hono<AppEnv>()
  .post('/:id/subscriptions', async (c) => {
    const { id } = await accountFor(c, 'x:webhooks')
    readQuery(c, NoQuery)
    const { event_type, tag } = await readJson(c, SubscriptionBody)
    const wanted = { eventType: event_type, tag }
    const { subscription, isKnown } = await subscribeFor(c.env, id, wanted, c.get('now'))
    const warnings = activityType(event_type) ? [] : [`${event_type}: ${UNKNOWN_TYPE}`]
    const json = { ...subscriptionJson(subscription), ...warningsJson(warnings) }
    return c.json(json, isKnown ? 200 : 201)
  })

  .get('/:id/subscriptions', async (c) => {
    const { id } = await accountFor(c, 'x:webhooks')
    readQuery(c, NoQuery)
    const all = await subscriptionsOf(c.env, id, c.get('now'))
    return c.json({ subscriptions: all.map(subscriptionJson) })
  })

  .delete('/:id/subscriptions/:subscription', async (c) => {
    const { id } = await accountFor(c, 'x:webhooks')
    readQuery(c, NoQuery)
    const subscription = subscriptionId(c)
    await unsubscribeFor(c.env, id, subscription, c.get('now'))
    return c.json({ id: subscription, deleted: true })
  })

const UNKNOWN_TYPE = 'this type is not known here, nor what an event of it costs.'

/** The id in the path; what looks like none is none of X's. @throws Failure `subscription_unknown` */
function subscriptionId(c: Context<AppEnv>): string {
  const id = c.req.param('subscription') ?? ''
  if (!/^[\w-]{1,64}$/.test(id)) throw new Failure('subscription_unknown')
  return id
}

/** `cost_usd` is of each event; null: nobody knows. */
const subscriptionJson = ({ id, eventType, tag, webhookId }: XSubscription) => ({
  id,
  event_type: eventType,
  ...(tag === undefined ? {} : { tag }),
  ...(webhookId === undefined ? {} : { webhook_id: webhookId }),
  cost_usd: activityType(eventType)?.usd ?? null,
})

/**
 * Subscriptions of X's Activity API: one is one type of event of one user, delivered to one webhook.
 *
 * @see [X: Activity API](https://docs.x.com/x-api/activity/introduction)
 */
import * as v from 'valibot'
import { Failure } from '../failure'
import { SUBSCRIPTION_PAGES_MAX } from '../limits'
import { type RawReply, signedCall } from '../oauth/signed-call'
import type { Secret } from '../secret'
import { PATHS, REPEATABLE_CALL } from './endpoints'
import {
  Anything,
  bearerCall,
  demandDone,
  type Managed,
  type ManagedApp,
  managedIn,
  type NotDone,
} from './managed'
import { type OAuth1App, type RequestToken, signer } from './oauth1'
import { listWebhooks } from './webhooks'

/** What somebody wants to hear of. */
export interface Wanted {
  eventType: string
  /** An X user id; undefined: of everybody, which X takes of few types. */
  userId: string | undefined
  webhookId: string
  tag?: string | undefined
}

/** A subscription as X knows it. */
export interface XSubscription {
  id: string
  eventType: string
  userId?: string
  webhookId?: string
  tag?: string
}

const Subscription = v.pipe(
  v.object({
    subscription_id: v.pipe(v.string(), v.regex(/^[\w-]{1,64}$/)),
    event_type: v.string(),
    filter: v.fallback(v.optional(v.object({ user_id: v.optional(v.string()) })), undefined),
    webhook_id: v.fallback(v.optional(v.string()), undefined),
    tag: v.fallback(v.optional(v.string()), undefined),
  }),
  v.transform(
    ({ subscription_id, event_type, filter, webhook_id, tag }): XSubscription => ({
      id: subscription_id,
      eventType: event_type,
      ...(filter?.user_id === undefined ? {} : { userId: filter.user_id }),
      ...(webhook_id === undefined ? {} : { webhookId: webhook_id }),
      ...(tag === undefined ? {} : { tag }),
    }),
  ),
)

/** X's pages show three forms of one answer: a list, the subscription itself, and one level further down. */
const Made = v.object({
  data: v.union([
    Subscription,
    v.pipe(
      v.object({ subscription: Subscription }),
      v.transform(({ subscription }) => subscription),
    ),
    v.pipe(
      v.array(Subscription),
      v.minLength(1),
      v.transform(([first]) => first!),
    ),
  ]),
})

const Page = v.object({
  // One that is not as X's pages say keeps nobody from the others.
  data: v.optional(v.array(v.fallback(v.optional(Subscription), undefined)), []),
  meta: v.fallback(
    v.optional(v.object({ next_token: v.fallback(v.optional(v.string()), undefined) })),
    undefined,
  ),
})

/** A credential for one call: a bearer, the app's or a user's, or a user's OAuth 1.0a token. */
export type ShownToX = Secret | { app: OAuth1App; token: RequestToken }

/** Subscribes. `now` is Unix seconds. */
export async function subscribe(
  app: ManagedApp,
  shown: ShownToX,
  { eventType, userId, webhookId, tag }: Wanted,
  now: number,
): Promise<Managed<XSubscription>> {
  const body = {
    event_type: eventType,
    filter: userId === undefined ? {} : { user_id: userId },
    ...(tag === undefined ? {} : { tag }),
    webhook_id: webhookId,
  }
  const reply =
    'app' in shown
      ? await signedCall(
          { method: 'POST', url: app.apiOrigin + PATHS.subscriptions, json: JSON.stringify(body) },
          signer(shown.app, shown.token),
          { ...REPEATABLE_CALL, timestamp: now },
        )
      : await bearerCall(app, shown, { method: 'POST', path: PATHS.subscriptions, body })
  return madeIn(reply, now)
}

/** Whether X refuses a subscription since it has it. */
export const isDuplicate = ({ status, reason }: NotDone): boolean =>
  status === 409 || /^DuplicateSubscription/.test(reason ?? '')

/**
 * The subscription for which X refuses another one. One that was left by a webhook that has ended is ours from now on.
 *
 * @param no - X's refusal
 * @param now - Unix seconds
 * @throws Failure `subscription_refused` where it is another webhook's, and what X fails with.
 */
export async function keptAtX(
  app: ManagedApp,
  bearer: Secret,
  wanted: Wanted,
  no: NotDone,
  now: number,
): Promise<XSubscription> {
  const all = demandDone(await listSubscriptions(app, bearer, now))
  const same = all.filter(
    ({ eventType, userId }) => eventType === wanted.eventType && userId === wanted.userId,
  )
  const found = same.find(({ webhookId }) => webhookId === wanted.webhookId)
  if (found) return found
  const ids = demandDone(await listWebhooks(app, bearer, now)).map(({ id }) => id)
  // A list that lacks ours lacks others that live.
  const left = same.find(
    ({ webhookId: id }) => id !== undefined && ids.includes(wanted.webhookId) && !ids.includes(id),
  )
  if (left) return moveSubscription(app, bearer, left, wanted, now)
  const detail =
    same.length > 0
      ? 'X has it for another webhook of this app, or for its stream.'
      : no.failure.detail
  throw new Failure('subscription_refused', detail)
}

/** Has X deliver a subscription to this webhook. `now` is Unix seconds. @throws Failure what X fails with. */
async function moveSubscription(
  app: ManagedApp,
  bearer: Secret,
  subscription: XSubscription,
  { webhookId, tag }: Wanted,
  now: number,
): Promise<XSubscription> {
  const path = `${PATHS.subscriptions}/${subscription.id}`
  const tagged = tag === undefined ? {} : { tag }
  const body = { ...tagged, webhook_id: webhookId }
  demandDone(managedIn(await bearerCall(app, bearer, { method: 'PUT', path, body }), Anything, now))
  return { ...subscription, ...tagged, webhookId }
}

function madeIn(reply: RawReply, now: number): Managed<XSubscription> {
  const made = managedIn(reply, Made, now)
  return made.kind === 'done' ? { ...made, value: made.value.data } : made
}

/** All subscriptions of this app, those of other deployments among them. `now` is Unix seconds. */
export async function listSubscriptions(
  app: ManagedApp,
  bearer: Secret,
  now: number,
): Promise<Managed<XSubscription[]>> {
  const all: XSubscription[] = []
  let token: string | undefined
  for (let pages = 0; pages < SUBSCRIPTION_PAGES_MAX; pages++) {
    const query = new URLSearchParams({ max_results: '1000' })
    if (token !== undefined) query.set('pagination_token', token)
    const path = `${PATHS.subscriptions}?${query}`
    const page = managedIn(await bearerCall(app, bearer, { method: 'GET', path }), Page, now)
    if (page.kind === 'no') return page
    all.push(...page.value.data.filter((each) => each !== undefined))
    token = page.value.meta?.next_token
    if (token === undefined) break
  }
  return { kind: 'done', value: all }
}

/** Ends a subscription. `now` is Unix seconds. */
export async function unsubscribe(
  app: ManagedApp,
  bearer: Secret,
  id: string,
  now: number,
): Promise<Managed<unknown>> {
  const path = `${PATHS.subscriptions}/${id}`
  const reply = await bearerCall(app, bearer, { method: 'DELETE', path })
  return managedIn(reply, Anything, now)
}

/**
 * X's list of our webhooks, and what may be done with one. All of it by the app-only bearer.
 *
 * @see [X: managing webhooks](https://docs.x.com/x-api/webhooks/quickstart)
 */
import * as v from 'valibot'
import { DAY_SECONDS, utcMinute } from '../clock'
import type { Secret } from '../secret'
import { PATHS } from './endpoints'
import {
  Anything,
  bearerCall,
  type Managed,
  type ManagedApp,
  type ManagedCall,
  managedIn,
} from './managed'

/** A webhook as X knows it. */
export interface XWebhook {
  /** Digits; as text, since they are more than a number holds. */
  id: string
  url: string
  /** Whether X delivers to it. */
  valid: boolean
}

const WebhookId = v.pipe(v.string(), v.regex(/^[0-9]{1,19}$/))
const Webhook = v.object({ id: WebhookId, url: v.string(), valid: v.boolean() })
const One = v.object({ data: Webhook })
const All = v.object({ data: v.optional(v.array(Webhook), []) })
const Job = v.object({ data: v.object({ job_id: v.string() }) })

/** The webhooks of this app. `now` is Unix seconds. */
export async function listWebhooks(
  app: ManagedApp,
  bearer: Secret,
  now: number,
): Promise<Managed<XWebhook[]>> {
  const listed = await call(app, bearer, { method: 'GET', path: PATHS.webhooks }, All, now)
  return listed.kind === 'done' ? { ...listed, value: listed.value.data } : listed
}

/** Registers an address, which X checks before it answers. `now` is Unix seconds. */
export async function createWebhook(
  app: ManagedApp,
  bearer: Secret,
  url: string,
  now: number,
): Promise<Managed<XWebhook>> {
  const sent = { method: 'POST', path: PATHS.webhooks, body: { url } } as const
  const made = await call(app, bearer, sent, One, now)
  return made.kind === 'done' ? { ...made, value: made.value.data } : made
}

/** A call about one webhook, whose answer says no more than that X has heard. */
const about =
  (method: 'PUT' | 'DELETE') =>
  (app: ManagedApp, bearer: Secret, id: string, now: number): Promise<Managed<unknown>> =>
    call(app, bearer, { method, path: `${PATHS.webhooks}/${id}` }, Anything, now)

/** Has X check a webhook anew. A yes means that it has begun: the list tells how it went. Its `now` is Unix seconds. */
export const validateWebhook = about('PUT')

/** Ends a webhook. Its `now` is Unix seconds. */
export const deleteWebhook = about('DELETE')

/**
 * Has X deliver again what it delivered, or tried to, between two times of the last day. They count to the minute: the
 * first and the last one count whole.
 *
 * @param from - Unix seconds
 * @param to - Unix seconds
 * @param now - Unix seconds
 * @returns the job's id.
 */
export async function replayDeliveries(
  app: ManagedApp,
  bearer: Secret,
  id: string,
  { from, to }: { from: number; to: number },
  now: number,
): Promise<Managed<string>> {
  // Cut to the minute, a time of exactly a day ago would lie before the day that X has.
  const first = Math.max(from, now - DAY_SECONDS + 59)
  const body = { webhook_id: id, from_date: utcMinute(first), to_date: utcMinute(to) }
  const sent = { method: 'POST', path: PATHS.replay, body } as const
  const begun = await call(app, bearer, sent, Job, now)
  return begun.kind === 'done' ? { ...begun, value: begun.value.data.job_id } : begun
}

async function call<T>(
  app: ManagedApp,
  bearer: Secret,
  sent: ManagedCall,
  schema: v.GenericSchema<unknown, T>,
  now: number,
): Promise<Managed<T>> {
  return managedIn(await bearerCall(app, bearer, sent), schema, now)
}

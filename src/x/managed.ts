/**
 * Calls by which X is told what to send us, of webhooks and of subscriptions: how they leave, and what X's answer means.
 *
 * @see [X: webhooks](https://docs.x.com/x-api/webhooks/introduction)
 */
import * as v from 'valibot'
import { Failure, type FailureData } from '../failure'
import type { FailureCode } from '../failures'
import { parsedJson } from '../json'
import { type RawReply, sentCall } from '../oauth/signed-call'
import type { Secret } from '../secret'
import { PASSING_STATUS } from './answer'
import { REPEATABLE_CALL, type XApp } from './endpoints'
import { readSaid } from './error-text'
import { readTrouble } from './trouble'
import { retryAfter } from './wait'

/** The app whose webhooks and subscriptions are managed. */
export type ManagedApp = Pick<XApp, 'apiOrigin'>

/** A call, as its method, its path with the query, and what goes along as JSON. */
export interface ManagedCall {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  path: string
  body?: object
}

/** The answer of X where it did not do what it was asked. */
export interface NotDone {
  kind: 'no'
  status: number
  /** X's own word for it, such as `CrcValidationFailed`; undefined: it gave none. */
  reason: string | undefined
  failure: FailureData
}

/** What came of a call. */
export type Managed<T> = { kind: 'done'; value: T } | NotDone

/** X's yes, in whatever form. */
export const Anything = v.object({})

/** Sends a call with a bearer, the app's or a user's. Never throws. */
export function bearerCall(
  { apiOrigin }: ManagedApp,
  bearer: Secret,
  { method, path, body }: ManagedCall,
): Promise<RawReply> {
  const headers = { authorization: `Bearer ${bearer.reveal()}` }
  const json = body && JSON.stringify(body)
  return sentCall(apiOrigin + path, headers, REPEATABLE_CALL, { method, json })
}

/** The meaning of a reply: what it brings, by this schema, or why X did not do it. `now` is Unix seconds. */
export function managedIn<T>(
  reply: RawReply,
  schema: v.GenericSchema<unknown, T>,
  now: number,
): Managed<T> {
  if (reply.status >= 200 && reply.status < 300) {
    const fits = v.safeParse(schema, parsedJson(reply.text))
    if (fits.success) return { kind: 'done', value: fits.output }
    const detail = 'X’s answer is not as its pages say.'
    return {
      kind: 'no',
      status: reply.status,
      reason: undefined,
      failure: { code: 'x_unreachable', detail },
    }
  }
  const [, reason] = REASON.exec(readSaid(reply.text).message ?? '') ?? []
  return { kind: 'no', status: reply.status, reason, failure: failureIn(reply, reason, now) }
}

/** What a call brought. @throws Failure that of the call where X did not do it. */
export function demandDone<T>(managed: Managed<T>): T {
  if (managed.kind === 'no') throw Failure.from(managed.failure)
  return managed.value
}

/** X's word for what is wrong stands before a colon. */
const REASON = /^([A-Z][A-Za-z]{3,60}):/

const BY_REASON: Readonly<Record<string, FailureCode>> = {
  CrcValidationFailed: 'webhook_check_failed',
  UrlValidationFailed: 'webhook_url_refused',
  WebhookLimitExceeded: 'webhook_limit',
  WebhookIdInvalid: 'webhook_missing',
  ReplayConflictError: 'replay_running',
}

function failureIn(reply: RawReply, reason: string | undefined, now: number): FailureData {
  const { status, message, failure } = readTrouble(reply)
  if (status === 429)
    return { code: 'x_rate_limited', detail: message, retryAfter: retryAfter(reply, now) }
  if (status < 400 || status >= 500 || PASSING_STATUS.has(status))
    return { code: 'x_unreachable', detail: message }
  const known = reason === undefined ? undefined : BY_REASON[reason]
  if (known) return { code: known, detail: message }
  // Of a user's token it is judged by whoever showed that; of the app's there is a cure.
  if (status === 401) return { code: 'x_refused', detail: `${message} ${BEARER}` }
  const isOfUser = failure === 'login_required' || failure === undefined
  return { code: isOfUser ? 'x_refused' : failure, detail: message }
}

const BEARER =
  'If it was the app-only bearer that X refused, DELETE /v1/app/token forgets it, and the next call fetches another.'

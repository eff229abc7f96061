import type { Context } from 'hono'
import type { X } from '../env.ts'
import type { Refusal } from '../errors.ts'
import { requestOf } from '../oauth1/authenticate.ts'
import { isSigned } from '../oauth1/protocol.ts'
import { type App, appOf } from '../store/apps.ts'
import type { Kind } from '../store/grants.ts'
import { countCall } from '../store/rates.ts'
import type { User } from '../store/users.ts'
import { type Caller, callerOf } from './caller.ts'
import type { Endpoint } from './endpoint.ts'
import { wrongParameters } from './parameters.ts'
import { forbidden } from './permitted.ts'
import { refusalAnswer } from './refusals.ts'

/**
 * Answers an API call: who is calling, may they, is it too often, then the endpoint itself; with X's rate
 * limit headers on every reply to a caller who is known.
 *
 * @see X docs, Rate limits
 */
export async function guardedFor(
  c: Context<X>,
  endpoint: Endpoint,
  answer: (caller: Caller) => Response | Promise<Response>,
): Promise<Response> {
  const { world, exchange } = c.env
  const caller = callerOf(c)
  if ('error' in caller) return refused(c, endpoint, caller)
  const { grant } = caller
  const app = appOf(world, grant)
  exchange.call.user_id = grant.user_id
  const lacks = forbidden(app, caller, endpoint)
  if (lacks) return refused(c, endpoint, lacks, grant.kind)

  const { used, reset_at } = countCall(
    world,
    `${endpoint.name} ${app.client_id} ${grant.user_id ?? 'app'}`,
  )
  const limit = endpoint.limit[grant.user_id === null ? 'app' : 'user']
  const late = used > limit && app.rate_limits
  const response = late
    ? refused(c, endpoint, { error: 'rate_limit', why: 'rate limit' })
    : (wrongParameters(c, endpoint) ?? (await answer(caller)))
  const headers = {
    'x-rate-limit-limit': String(limit),
    'x-rate-limit-remaining': String(Math.max(0, limit - used)),
    'x-rate-limit-reset': String(reset_at),
    ...(grant.kind === 'oauth1' ? { 'x-access-level': grant.scope } : {}),
  }
  for (const [name, value] of Object.entries(headers)) response.headers.set(name, value)
  if (!response.ok) exchange.call.outcome = 'refused'
  return response
}

/** The same for an endpoint that no app may call for itself. */
export function guarded(
  c: Context<X>,
  endpoint: Endpoint,
  answer: (user: User, app: App) => Response | Promise<Response>,
): Promise<Response> {
  return guardedFor(c, endpoint, ({ user, grant }) =>
    user
      ? answer(user, appOf(c.env.world, grant))
      : refused(c, endpoint, { error: 'wrong_kind' }, grant.kind),
  )
}

/** What is wrong with a signature is said in a word; everything else is just refused. */
function refused(c: Context<X>, endpoint: Endpoint, refusal: Refusal, kind?: Kind): Response {
  const { call } = c.env.exchange
  call.outcome = kind === undefined && isSigned(requestOf(c)) ? refusal.error : 'refused'
  call.why = refusal.why ?? refusal.error
  return refusalAnswer(refusal, endpoint, kind)
}

import type { Context } from 'hono'
import type { X } from '../env.ts'
import { loadApp } from '../store/apps.ts'
import { countCall } from '../store/rates.ts'
import type { User } from '../store/users.ts'
import { authenticate } from './bearer.ts'
import { problem } from './problem.ts'

/** An API endpoint of X: what it needs, and how often a user may call it in 15 minutes. */
export interface Endpoint {
  name: string
  scopes: readonly string[]
  limit: number
}

/**
 * Answers an API call: who is calling, is it too often, then the endpoint itself; with X's rate limit
 * headers on every reply to a caller who is known.
 *
 * @see X docs, Rate limits
 */
export function guarded(
  c: Context<X>,
  endpoint: Endpoint,
  answer: (user: User) => Response,
): Response {
  const { world, exchange } = c.env
  const verdict = authenticate(world, c.req.header('Authorization'), endpoint.scopes)
  if ('refusal' in verdict) return refused(c, verdict.refusal, verdict.why)
  exchange.call.user_id = verdict.user.id
  const { used, reset_at } = countCall(world, `${endpoint.name} ${verdict.user.id}`)
  const headers = {
    'x-rate-limit-limit': String(endpoint.limit),
    'x-rate-limit-remaining': String(Math.max(0, endpoint.limit - used)),
    'x-rate-limit-reset': String(reset_at),
  }
  if (used > endpoint.limit && loadApp(world).rate_limits) {
    return refused(c, problem(429, 'Too Many Requests', 'Too Many Requests', headers), 'rate limit')
  }
  const response = answer(verdict.user)
  for (const [name, value] of Object.entries(headers)) response.headers.set(name, value)
  if (!response.ok) exchange.call.outcome = 'refused'
  return response
}

function refused(c: Context<X>, refusal: Response, why: string): Response {
  c.env.exchange.call.outcome = 'refused'
  c.env.exchange.call.why = why
  return refusal
}

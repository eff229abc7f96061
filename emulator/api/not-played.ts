import type { Context } from 'hono'
import type { X } from '../env.ts'
import { guardedFor } from './guard.ts'
import { findOperation, operation } from './operation.ts'
import { problem } from './problem.ts'

/**
 * Answers an operation that X has and that is not played: who may call it is checked as at X, and then the answer says
 * that it ends here.
 */
export function notPlayed(c: Context<X>): Response | Promise<Response> {
  const name = findOperation(c.req.method, c.req.path)
  if (name === undefined) return c.notFound()
  return guardedFor(c, operation(name), () => {
    c.env.exchange.call.why = 'X has this operation, the emulator does not play it'
    return problem(501, 'Not Played', `The emulator does not play ${name}, which X has.`)
  })
}

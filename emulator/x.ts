import { Hono } from 'hono'
import { problem } from './api/problem.ts'
import { api } from './api/routes.ts'
import { appOnly } from './app-only/routes.ts'
import type { X } from './env.ts'
import { errorAnswer } from './errors.ts'
import { oauth1 } from './oauth1/routes.ts'
import { oauth2 } from './oauth2/routes.ts'
import { webhooks } from './webhooks/routes.ts'

/** Every endpoint of X that is played here. */
export const x = new Hono<X>()
  .route('/', oauth2)
  .route('/', oauth1)
  .route('/', appOnly)
  .route('/', webhooks)
  .route('/', api)

x.notFound((c) => {
  c.env.exchange.call.outcome = 'no such endpoint'
  if (c.req.path.startsWith('/1.1/')) return errorAnswer('no_page')
  return problem(404, 'Not Found', 'Not Found')
})

/** A mistake of the emulator, and said to be one: a client must not take it for X's answer. */
x.onError((error, c) => {
  c.env.exchange.call.outcome = 'emulator failed'
  console.error(error)
  return c.text('The emulator failed, which X would not have. See its log.\n', 500)
})

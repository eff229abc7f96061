import type { MiddlewareHandler } from 'hono'
import type { X } from '../env.ts'
import { firstApp } from '../store/apps.ts'
import { note } from '../store/calls.ts'

/** GET where X documents POST: X takes it, and Twython, Net::Twitter and mrjones/oauth send it. */
export const byGet: MiddlewareHandler<X> = async (c, next) => {
  if (firstApp(c.env.world).token_methods === 'post') return c.notFound()
  note(c.env.exchange.call, 'GET where X documents POST')
  return next()
}

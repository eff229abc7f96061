/** Who did what: one log line for each call of the API, each step of a login in a browser, and each refusal. */
import type { Context, MiddlewareHandler } from 'hono'
import { routePath } from 'hono/route'
import { randomHex } from '../crypto/random'
import { log } from '../log'
import type { AppEnv, Noted } from './middleware'

/** Adds to the log line of this request. What is noted here was checked for its form: it is written as it is. */
export function note(c: Context<AppEnv>, more: Noted): void {
  Object.assign(c.get('noted'), more)
}

/** Cloudflare's Ray ID, with the place behind it or without. On Cloudflare nobody else can set that header. */
const RAY_ID = /^[0-9a-f]{16}(-[A-Z]{3})?$/

/**
 * Gives the request an id, which the answer and the log line both have, and writes that line. Paths are logged as the
 * pattern of their route: what stands in an address may be a secret, or something that was put in the wrong place.
 */
export const requestLog: MiddlewareHandler<AppEnv> = async (c, next) => {
  const ray = c.req.header('cf-ray')
  const request = ray !== undefined && RAY_ID.test(ray) ? ray : randomHex(8)
  const noted: Noted = {}
  c.set('request', request)
  c.set('noted', noted)
  await next()
  c.header('perch-request-id', request)
  if (noted.code === undefined && !ACTS.test(c.req.path)) return
  // What no login has for its id may be a proof or a cookie that was put in the wrong place.
  if (noted.code === 'login_unknown') delete noted.login
  // The last route that matched is the handler, unless a middleware or nobody answered.
  const route = routePath(c, -1)
  log('request', {
    request,
    method: c.req.method,
    ...(route.includes('*') ? {} : { route }),
    status: c.res.status,
    ...noted,
  })
}

/** Where a request does something; elsewhere only a refusal is worth a line. */
const ACTS = /^\/(v1|login|callback)(\/|$)/

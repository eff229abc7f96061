/** What every route stands behind: time, transport, origin, headers. */
import type { Context, MiddlewareHandler } from 'hono'
import { unixSeconds } from '../clock'
import { configOf, need } from '../env'
import { Failure } from '../failure'
import { HSTS_SECONDS } from '../limits'
import type { LogFields } from '../log-events'
import { flowSettings } from '../login/flows'
import { SETTINGS } from '../settings'
import { KINDS_AT_X } from '../x/grant-kinds'
import { isAnswered, isSentTo, ownOrigin } from './own-address'

/** What a handler knows of its request that the log line should say. */
export type Noted = Partial<Omit<LogFields<'request'>, 'request' | 'method' | 'route' | 'status'>>

/** The environment of every handler: bindings, and what is known of a request. */
export type AppEnv = {
  Bindings: Env
  Variables: {
    now: number
    /** The scope that the route demands of its caller; absent where none would do. */
    demanded?: string
    /** The request's id, in the log and in the answer. */
    request: string
    /** What the log line of this request says beside what every one does. */
    noted: Noted
    /** Whether a form on this page leads to an app in the end. */
    formToApp?: true
  }
}

/** Unix seconds, read once a request so that everything in it sees the same time. */
export const clock: MiddlewareHandler<AppEnv> = async (c, next) => {
  c.set('now', unixSeconds())
  await next()
}

const CONTENT_SECURITY_POLICY = 'content-security-policy'
const OPENER_POLICY = 'cross-origin-opener-policy'

/** Pages carry no script and nothing from elsewhere; nobody may frame them or learn where people came from. */
const STRICT: Readonly<Record<string, string>> = {
  [CONTENT_SECURITY_POLICY]:
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  [OPENER_POLICY]: 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'origin-agent-cluster': '?1',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-dns-prefetch-control': 'off',
  'x-download-options': 'noopen',
  'x-frame-options': 'DENY',
  'x-permitted-cross-domain-policies': 'none',
  'x-xss-protection': '0',
}

/**
 * What a login in a popup passes through. A stricter policy there would cut the popup off from the app's page that opened
 * it, for good: back at the app it could tell that page nothing.
 */
const IN_POPUPS = /^\/(login|callback)(\/|$)/

/** Without `includeSubDomains`: what else lives below our host is not ours to decide. @see RFC 6797 §6.1 */
const HTTPS_ONLY = `max-age=${HSTS_SECONDS}`

/**
 * The strict headers. Browsers hold every redirect of a form's answer against `form-action`, and where an app leads on
 * is known to the app alone: a form that ends at an app has no such rule.
 */
export const headers: MiddlewareHandler<AppEnv> = async (c, next) => {
  await next()
  for (const [name, value] of Object.entries(STRICT)) c.header(name, value)
  // Never over plain http (RFC 6797 §7.2), which is spoken on loopback.
  if (c.req.url.startsWith('https:')) c.header('strict-transport-security', HTTPS_ONLY)
  if (IN_POPUPS.test(c.req.path)) c.header(OPENER_POLICY, 'unsafe-none')
  const policy = STRICT[CONTENT_SECURITY_POLICY] ?? ''
  if (c.get('formToApp'))
    c.header(CONTENT_SECURITY_POLICY, policy.replace("form-action 'self'; ", ''))
}

/** JSON says that it is UTF-8: some clients, PowerShell’s among them, take it for Latin-1 where nothing is said. */
export const charset: MiddlewareHandler<AppEnv> = async (c, next) => {
  await next()
  const type = c.res.headers.get('content-type') ?? ''
  if (/^application\/([\w.-]+\+)?json$/.test(type))
    c.header('content-type', `${type}; charset=utf-8`)
}

/** Nothing is cached unless a route says so. */
export const noStore: MiddlewareHandler<AppEnv> = async (c, next) => {
  await next()
  if (!c.res.headers.has('cache-control')) c.header('cache-control', 'no-store')
}

/** Refuses plain http where a key would travel in the clear. @throws Failure `https_required`. */
export const httpsOnly: MiddlewareHandler<AppEnv> = async (c, next) => {
  const url = new URL(c.req.url)
  if (!isAnswered(url, configOf(c.env))) throw new Failure('https_required')
  await next()
}

/**
 * Leads to the one origin that X knows: elsewhere a cookie would be set where the callback never comes.
 *
 * @throws Failure `config_incomplete`.
 */
export const onPublicOrigin: MiddlewareHandler<AppEnv> = async (c, next) => {
  const url = new URL(c.req.url)
  const origin = originOf(c)
  if (!isSentTo(origin, url, configOf(c.env))) return c.redirect(origin + url.pathname + url.search)
  await next()
}

/**
 * Lets a login begin or end when a person navigates, not when a browser looks ahead or a page loads something.
 *
 * @throws Failure `prefetch_refused`, `navigation_expected`.
 */
export const navigationOnly: MiddlewareHandler<AppEnv> = async (c, next) => {
  if (c.req.method === 'HEAD') return c.body(null, 204)
  const purpose = ['sec-purpose', 'purpose', 'x-moz', 'x-purpose'].map((name) => c.req.header(name))
  if (purpose.some((value) => value && /prefetch|prerender|preview/i.test(value)))
    throw new Failure('prefetch_refused')
  // Fetch Metadata: pictures, frames and scripts of whatever page say what they are. Older browsers say nothing.
  const wanted = c.req.header('sec-fetch-dest') || 'document'
  if (wanted !== 'document') throw new Failure('navigation_expected')
  await next()
}

/**
 * What is wrong with the set-up, as far as this request shows it. Without LOGIN_ALLOW Perch is complete, for programs;
 * the start page says so apart.
 */
export function missingSettings(c: Context<AppEnv>): Map<string, string> {
  const missing = new Map<string, string>(configOf(c.env).problems)
  missing.delete('LOGIN_ALLOW')
  const needed = configOf(c.env).flows.flatMap(flowSettings)
  for (const { settings } of Object.values(KINDS_AT_X))
    for (const name of settings) if (!needed.includes(name)) missing.delete(name)
  try {
    originOf(c)
  } catch {
    missing.set('PUBLIC_ORIGIN', SETTINGS.PUBLIC_ORIGIN.missing)
  }
  return missing
}

/**
 * The origin people reach this Worker by.
 *
 * @throws Failure `config_incomplete` where neither PUBLIC_ORIGIN nor a host that may be believed tells.
 */
export function originOf(c: Context<AppEnv>): string {
  const config = configOf(c.env)
  need(config, 'PUBLIC_ORIGIN')
  const origin = ownOrigin(new URL(c.req.url), config)
  if (origin !== undefined) return origin
  throw new Failure('config_incomplete', `PUBLIC_ORIGIN: ${SETTINGS.PUBLIC_ORIGIN.missing}`)
}

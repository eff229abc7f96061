/** What people's browsers open: the start page, and the way to X and back. */
import type { Context } from 'hono'
import { getCookie, setCookie } from 'hono/cookie'
import { Hono } from 'hono/tiny'
import * as v from 'valibot'
import { configOf, need } from '../env'
import { Failure } from '../failure'
import { LOGIN_LIMIT_PERIOD_SECONDS, LOGIN_TTL_SECONDS } from '../limits'
import { type BegunLogin, begin, callbackUrl, offeredFlow, openByTicket } from '../login/begin'
import { readCallback } from '../login/callback'
import { type Completed, completeInBrowser, idOf } from '../login/complete'
import { newCookie } from '../login/cookie'
import { demandTaken, FLOWS, flowSettings } from '../login/flows'
import { LOGIN_ID } from '../login/pending'
import { ConnectedPage } from '../pages/connected'
import { LandingPage } from '../pages/landing'
import { PinPage, type PinProps } from '../pages/pin'
import { scopeInWords, scopesToAsk } from '../scopes'
import { AccessType, hintsOf, loginId, readForm, readQuery, ScreenName } from './input'
import {
  type AppEnv,
  missingSettings,
  navigationOnly,
  onPublicOrigin,
  originOf,
} from './middleware'
import { network } from './network'
import { PastedPin } from './pasted'
import { note } from './request-log'
import { trouble } from './trouble'

const LoginQuery = v.object({
  flow: v.optional(v.string()),
  return_to: v.optional(v.string()),
  force_login: v.optional(v.picklist(['true', 'false'], 'true or false is expected')),
  screen_name: v.optional(ScreenName),
  access_type: v.optional(AccessType),
  scope: v.optional(v.string()),
  offline: v.optional(v.string()),
})
const Pin = v.object({ login: v.string(), pin: PastedPin })

/** The routes that people's browsers open. */
export const browser = new Hono<AppEnv>()
  .get('/', onPublicOrigin, (c) => {
    const config = configOf(c.env)
    const allow = config.problems.get('LOGIN_ALLOW')
    const missing = [...missingSettings(c), ...(allow ? [['LOGIN_ALLOW', allow] as const] : [])]
    const ready = config.flows.filter(
      (flow) => !flowSettings(flow).some((s) => config.problems.has(s)),
    )
    const scopes = scopesToAsk(config.scopes).split(' ').map(scopeInWords)
    const flows = (ready.length > 0 ? ready : config.flows.slice(0, 1)).map((flow) => ({
      flow,
      label: FLOWS[flow].label,
    }))
    const doubtful = [...config.warnings]
    return c.html(
      LandingPage({ callbackUrl: callbackUrl(originOf(c)), flows, scopes, missing, doubtful }),
    )
  })

  .get('/login', navigationOnly, onPublicOrigin, async (c) => {
    need(configOf(c.env), 'LOGIN_ALLOW')
    await limitRate(c)
    const { flow: wanted, return_to, ...fields } = readQuery(c, LoginQuery)
    const flow = offeredFlow(c.env, wanted)
    demandTaken(flow, fields)
    const { force_login, screen_name, access_type } = fields
    demandNoChoice(fields)
    const login = await begin(
      c.env,
      {
        flow,
        hints: hintsOf(force_login === 'true', screen_name),
        ...(access_type ? { accessType: access_type } : {}),
        origin: originOf(c),
        ...(return_to === undefined ? {} : { returnTo: return_to }),
      },
      c.get('now'),
    )
    return toX(c, login)
  })

  .get('/login/:id', navigationOnly, onPublicOrigin, async (c) => {
    await limitRate(c)
    const id = loginId(c)
    note(c, { login: id })
    const login = await openByTicket(c.env, id, c.req.query('ticket') ?? '', c.get('now'))
    return toX(c, login)
  })

  .get('/callback', navigationOnly, onPublicOrigin, async (c) => {
    const callback = readCallback(new URL(c.req.url).search)
    const id = await idOf(callback)
    note(c, { login: id })
    const completed = await completeInBrowser(c.env, id, callback.answer, cookieOf(c), c.get('now'))
    return afterLogin(c, completed)
  })

  .post('/login/pin', onPublicOrigin, async (c) => {
    // A browser that began no login has no PIN to send: its body is not even read.
    if (!hasLogin(c)) throw new Failure('login_elsewhere')
    const { login, pin } = await readForm(c, Pin)
    if (!LOGIN_ID.test(login)) throw new Failure('login_unknown')
    note(c, { login })
    const answer = { verifier: pin }
    const completed = await completeInBrowser(c.env, login, answer, cookieOf(c), c.get('now'))
    const { result } = completed
    if (result.ok || result.failure.code !== 'pin_wrong') return afterLogin(c, completed)
    return pinForm(c, { login, pageAtX: completed.pageAtX, wrong: true }, completed.returnTo)
  })

/** A link that anybody can write must not choose what its reader is asked for. @throws Failure `request_malformed` */
function demandNoChoice(fields: { scope?: unknown; offline?: unknown }): void {
  for (const name of ['scope', 'offline'] as const)
    if (fields[name] !== undefined)
      throw new Failure(
        'request_malformed',
        `${name}: a link cannot choose it, a program can, with POST /v1/logins. A link asks for X_SCOPES.`,
      )
}

/** Sends the browser to X, with the cookie by which we know it again; for a PIN X opens beside our form. */
async function toX(
  c: Context<AppEnv>,
  { id, pending, authorizeUrl }: BegunLogin,
): Promise<Response> {
  note(c, { login: id })
  const cookie = await newCookie(pending.browserSecret)
  setCookie(c, cookieName(c, id), cookie.reveal(), {
    path: '/',
    httpOnly: true,
    // The callback is a navigation from X's site, which Lax lets through and Strict would not.
    sameSite: 'Lax',
    secure: isSecure(c),
    maxAge: LOGIN_TTL_SECONDS,
  })
  if (FLOWS[pending.flow].answeredBy === 'callback') return c.redirect(authorizeUrl)
  return pinForm(c, { login: id, pageAtX: authorizeUrl, wrong: false }, pending.returnTo)
}

function pinForm(c: Context<AppEnv>, props: PinProps, returnTo: string | undefined) {
  if (returnTo !== undefined) c.set('formToApp', true)
  return c.html(PinPage(props), props.wrong ? 400 : 200)
}

function afterLogin(
  c: Context<AppEnv>,
  { result, returnTo }: Completed,
): Response | Promise<Response> {
  if (!result.ok) return trouble(c, result.failure, returnTo)
  note(c, { account: result.value.id })
  if (returnTo !== undefined) return c.redirect(returnTo)
  return c.html(ConnectedPage({ account: result.value, scopeInWords, now: c.get('now') }))
}

const cookieOf = (c: Context<AppEnv>) => (id: string) => getCookie(c, cookieName(c, id))

/** Whether this browser began any login that is still remembered there. */
const hasLogin = (c: Context<AppEnv>): boolean =>
  Object.keys(getCookie(c)).some((name) => name.startsWith(cookieName(c, '')))

/** The name of a login's cookie: one each, so that two tabs work. Not `__Host-` on plain loopback: Safari drops that there. */
const cookieName = (c: Context<AppEnv>, id: string): string =>
  `${isSecure(c) ? '__Host-' : ''}perch_login_${id.slice(0, 16)}`

const isSecure = (c: Context<AppEnv>): boolean => originOf(c).startsWith('https:')

/** Each begun login is a KV write, so nobody may begin them without end. @throws Failure `rate_limited` */
async function limitRate(c: Context<AppEnv>): Promise<void> {
  const key = network(c.req.header('cf-connecting-ip') ?? 'unknown')
  // The total is charged for admitted ones alone, or one address could use it up for everybody.
  const one = await c.env.LOGIN_LIMIT_ADDRESS.limit({ key })
  const all = one.success ? await c.env.LOGIN_LIMIT_TOTAL.limit({ key: 'all' }) : one
  if (!all.success) throw new Failure('rate_limited', undefined, LOGIN_LIMIT_PERIOD_SECONDS)
}

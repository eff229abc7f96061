/** What people's browsers open: the start page, and the way to X and back. */
import type { Context } from 'hono'
import { Hono } from 'hono/tiny'
import * as v from 'valibot'
import { configOf, need } from '../env'
import { Failure } from '../failure'
import { LOGIN_LIMIT_PERIOD_SECONDS } from '../limits'
import { errorOf, log } from '../log'
import { type BegunLogin, begin, callbackUrl, offeredFlow, openByTicket } from '../login/begin'
import { readCallback } from '../login/callback'
import { type Completed, completeInBrowser, idOf } from '../login/complete'
import { FLOWS, flowSettings } from '../login/flows'
import { LOGIN_ID } from '../login/pending'
import { ConnectedPage } from '../pages/connected'
import { LandingPage } from '../pages/landing'
import { PinPage, type PinProps } from '../pages/pin'
import { scopeInWords, scopesToAsk } from '../x/scopes'
import { AccessType, hintsOf, loginId, readForm, readQuery, ScreenName } from './input'
import { hasLoginCookie, loginCookie, rememberLogin } from './login-cookies'
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
    return c.html(LandingPage({ callbackUrl: callbackUrl(originOf(c)), flows, scopes, missing }))
  })

  .get('/login', navigationOnly, onPublicOrigin, async (c) => {
    need(configOf(c.env), 'LOGIN_ALLOW')
    await limitRate(c)
    const { flow, return_to, force_login, screen_name, access_type } = readQuery(c, LoginQuery)
    const login = await begin(
      c.env,
      {
        flow: offeredFlow(c.env, flow),
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
    const completed = await completeInBrowser(
      c.env,
      id,
      callback.answer,
      loginCookie(c, id),
      c.get('now'),
    )
    return afterLogin(c, completed)
  })

  .post('/login/pin', onPublicOrigin, async (c) => {
    // A browser that began no login has no PIN to send: its body is not even read.
    if (!hasLoginCookie(c)) throw new Failure('login_elsewhere')
    const { login, pin } = await readForm(c, Pin)
    if (!LOGIN_ID.test(login)) throw new Failure('login_unknown')
    note(c, { login })
    const answer = { verifier: pin }
    const completed = await completeInBrowser(
      c.env,
      login,
      answer,
      loginCookie(c, login),
      c.get('now'),
    )
    const { result, pageAtX, returnTo } = completed
    if (result.ok || result.failure.code !== 'pin_wrong' || pageAtX === undefined)
      return afterLogin(c, completed)
    return pinForm(c, { login, pageAtX, wrong: true }, returnTo)
  })

/**
 * Sends the browser to X, with the cookie by which we know it again; for a PIN X opens beside our form. Where the cookie
 * is enough to complete the login, nobody waits for KV.
 */
async function toX(c: Context<AppEnv>, login: BegunLogin): Promise<Response> {
  const { id, pending, authorizeUrl, store } = login
  note(c, { login: id })
  const isEnough = await rememberLogin(c, login)
  const storing = store()
  if (!isEnough) await storing
  else
    c.executionCtx.waitUntil(
      storing.catch((error: unknown) =>
        log('pending_not_stored', { login: id, ...errorOf(error) }),
      ),
    )
  if (FLOWS[pending.flow].answeredBy === 'callback') return c.redirect(authorizeUrl)
  return pinForm(c, { login: id, pageAtX: authorizeUrl, wrong: false }, pending.returnTo)
}

function pinForm(c: Context<AppEnv>, props: PinProps, returnTo: string | undefined) {
  if (returnTo !== undefined) c.set('formToApp', true)
  return c.html(PinPage(props), props.wrong ? 400 : 200)
}

function afterLogin(
  c: Context<AppEnv>,
  { result, returnTo, appPage }: Completed,
): Response | Promise<Response> {
  if (result.ok) {
    note(c, { account: result.value.id })
    if (returnTo !== undefined) return c.redirect(returnTo)
    return c.html(ConnectedPage({ account: result.value, scopeInWords, now: c.get('now') }))
  }
  // The app is told by the login's status, as by any OAuth library: its user did not come here to read pages of ours.
  if (result.failure.code === 'login_cancelled' && returnTo !== undefined) {
    note(c, { code: result.failure.code })
    return c.redirect(returnTo)
  }
  return trouble(c, result.failure, returnTo ?? appPage)
}

/** Each begun login is a KV write, so nobody may begin them without end. @throws Failure `rate_limited` */
async function limitRate(c: Context<AppEnv>): Promise<void> {
  const key = network(c.req.header('cf-connecting-ip') ?? 'unknown')
  // The total is charged for admitted ones alone, or one address could use it up for everybody.
  const one = await c.env.LOGIN_LIMIT_ADDRESS.limit({ key })
  const all = one.success ? await c.env.LOGIN_LIMIT_TOTAL.limit({ key: 'all' }) : one
  if (!all.success) throw new Failure('rate_limited', undefined, LOGIN_LIMIT_PERIOD_SECONDS)
}

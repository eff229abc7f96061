/** What people's browsers open: the start page, and the way to X and back. */
import type { Context } from 'hono'
import { Hono } from 'hono/tiny'
import * as v from 'valibot'
import { configOf, need } from '../env'
import { Failure } from '../failure'
import { errorOf, log } from '../log'
import { type BegunLogin, begin, callbackUrl, offeredFlow, openByTicket } from '../login/begin'
import { readCallback } from '../login/callback'
import { type Completed, completeInBrowser, idOf } from '../login/complete'
import { demandTaken, FLOWS, flowSettings, isExchangeable } from '../login/flows'
import { LOGIN_ID } from '../login/pending'
import { ConnectedPage } from '../pages/connected'
import { LandingPage } from '../pages/landing'
import { PinPage, type PinProps } from '../pages/pin'
import { scopeInWords, scopesToAsk } from '../scopes'
import { AccessType, hintsOf, loginId, readForm, readQuery, ScreenName } from './input'
import { cookiesFor, hasLoginCookie, loginCookie } from './login-cookies'
import { countLogin, tooManyLogins } from './login-rate'
import {
  type AppEnv,
  missingSettings,
  navigationOnly,
  onPublicOrigin,
  originOf,
} from './middleware'
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
    const mayCost = await countLogin(c)
    const { flow: wanted, return_to, ...fields } = readQuery(c, LoginQuery)
    const flow = offeredFlow(c.env, wanted)
    demandTaken(flow, fields)
    const { force_login, screen_name, access_type } = fields
    demandNoChoice(fields)
    // A login whose cookie is enough costs nobody anything: neither a KV write nor a call to X.
    if (!mayCost && FLOWS[flow].asksX) throw tooManyLogins()
    const login = await begin(
      c.env,
      {
        flow,
        hints: hintsOf(force_login === 'true', screen_name),
        ...(access_type ? { accessType: access_type } : {}),
        origin: originOf(c),
        ...(configOf(c.env).loginExchange && isExchangeable(flow) ? { exchange: {} } : {}),
        ...(return_to === undefined ? {} : { returnTo: return_to }),
      },
      c.get('now'),
    )
    return toX(c, login, mayCost)
  })

  .get('/login/:id', navigationOnly, onPublicOrigin, async (c) => {
    if (!(await countLogin(c))) throw tooManyLogins()
    const id = loginId(c)
    note(c, { login: id })
    const login = await openByTicket(c.env, id, c.req.query('ticket') ?? '', c.get('now'))
    return toX(c, login, true)
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

/** A link that anybody can write must not choose what its reader is asked for. @throws Failure `request_malformed` */
function demandNoChoice(fields: { scope?: unknown; offline?: unknown }): void {
  for (const name of ['scope', 'offline'] as const)
    if (fields[name] !== undefined)
      throw new Failure(
        'request_malformed',
        `${name}: a link cannot choose it, a program can, with POST /v1/logins. A link asks for X_SCOPES.`,
      )
}

/**
 * Sends the browser to X, with the cookie by which we know it again; for a PIN X opens beside our form. Where the cookie
 * is enough to complete the login, nobody waits for KV.
 *
 * @param mayWrite - whether a KV write may be spent on it
 * @throws Failure `rate_limited` for a login that needs one and may not have it; `storage_unavailable`
 */
async function toX(c: Context<AppEnv>, login: BegunLogin, mayWrite: boolean): Promise<Response> {
  const { id, pending, authorizeUrl } = login
  note(c, { login: id })
  const { isEnough, give } = await cookiesFor(c, login)
  if (!isEnough && !mayWrite) throw tooManyLogins()
  if (!isEnough) await login.store()
  give()
  if (isEnough && mayWrite) c.executionCtx.waitUntil(storeBehind(login))
  if (FLOWS[pending.flow].answeredBy === 'callback') return c.redirect(authorizeUrl)
  return pinForm(c, { login: id, pageAtX: authorizeUrl, wrong: false }, pending.returnTo)
}

/** Writes the pending state into KV behind the answer; until then a caller that asks for the login's status finds none. */
const storeBehind = ({ id, store }: BegunLogin): Promise<void> =>
  store().catch((error: unknown) => log('pending_not_stored', { login: id, ...errorOf(error) }))

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

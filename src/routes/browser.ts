/** What people's browsers open: the start page, and the way to X and back. */
import type { Context } from 'hono'
import { getCookie, setCookie } from 'hono/cookie'
import { Hono } from 'hono/tiny'
import { configOf, need } from '../env'
import { Failure } from '../failure'
import { LOGIN_LIMIT_PERIOD_SECONDS, LOGIN_TTL_SECONDS } from '../limits'
import { type Begun, begin, callbackUrl, offeredFlow, openByTicket } from '../login/begin'
import { readCallback } from '../login/callback'
import { completeInBrowser } from '../login/complete'
import { Connected } from '../pages/connected'
import { Landing } from '../pages/landing'
import { scopeInWords, scopesToAsk } from '../x/scopes'
import { type Door, missingSettings, navigationOnly, onPublicOrigin, originOf } from './door'
import { loginId } from './input'
import { trouble } from './trouble'

export const browser = new Hono<Door>()
  .get('/', onPublicOrigin, (c) => {
    const config = configOf(c.env)
    const allow = config.problems.get('LOGIN_ALLOW')
    const missing = [...missingSettings(c), ...(allow ? [['LOGIN_ALLOW', allow] as const] : [])]
    const scopes = scopesToAsk(config.scopes).split(' ').map(scopeInWords)
    return c.html(Landing({ callbackUrl: callbackUrl(originOf(c)), scopes, missing }))
  })

  .get('/login', navigationOnly, onPublicOrigin, async (c) => {
    need(configOf(c.env), 'LOGIN_ALLOW')
    await limitRate(c)
    const returnTo = c.req.query('return_to')
    const login = await begin(
      c.env,
      {
        flow: offeredFlow(c.env, c.req.query('flow')),
        origin: originOf(c),
        ...(returnTo === undefined ? {} : { returnTo }),
      },
      c.get('now'),
    )
    return toX(c, login)
  })

  .get('/login/:id', navigationOnly, onPublicOrigin, async (c) => {
    await limitRate(c)
    const id = loginId(c)
    const login = await openByTicket(c.env, id, c.req.query('ticket') ?? '', c.get('now'))
    return toX(c, login)
  })

  .get('/callback', navigationOnly, onPublicOrigin, async (c) => {
    const callback = readCallback(new URL(c.req.url).search)
    const cookieOf = (id: string) => getCookie(c, cookieName(c, id))
    const { result, returnTo } = await completeInBrowser(c.env, callback, cookieOf, c.get('now'))
    if (!result.ok) return trouble(c, result.failure, returnTo)
    if (returnTo !== undefined) return c.redirect(returnTo)
    return c.html(Connected({ account: result.value, scopeInWords, now: c.get('now') }))
  })

/** Sends the browser to X, with the cookie by which we know it again. */
function toX(c: Context<Door>, { id, pending, authorizeUrl }: Begun): Response {
  setCookie(c, cookieName(c, id), pending.binding.reveal(), {
    path: '/',
    httpOnly: true,
    // The callback is a navigation from X's site, which Lax lets through and Strict would not.
    sameSite: 'Lax',
    secure: isSecure(c),
    maxAge: LOGIN_TTL_SECONDS,
  })
  return c.redirect(authorizeUrl)
}

/** One cookie per login, so that two tabs work. On loopback http without prefix and `Secure`: Safari drops those there. */
const cookieName = (c: Context<Door>, id: string): string =>
  `${isSecure(c) ? '__Host-' : ''}perch_login_${id.slice(0, 16)}`

const isSecure = (c: Context<Door>): boolean => originOf(c).startsWith('https:')

/** Each begun login is a KV write, so nobody may begin them without end. @throws Failure `rate_limited` */
async function limitRate(c: Context<Door>): Promise<void> {
  const key = network(c.req.header('cf-connecting-ip') ?? 'unknown')
  // The total is charged for admitted ones alone, or one address could use it up for everybody.
  const one = await c.env.LOGIN_LIMIT_ADDRESS.limit({ key })
  const all = one.success ? await c.env.LOGIN_LIMIT_TOTAL.limit({ key: 'all' }) : one
  if (!all.success) throw new Failure('rate_limited', undefined, LOGIN_LIMIT_PERIOD_SECONDS)
}

/** One visitor: an IPv4 address, or the /64 of an IPv6 one, all of which one visitor has. */
function network(address: string): string {
  return address.includes(':') ? address.split(':').slice(0, 4).join(':') : address
}

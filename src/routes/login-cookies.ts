/** The cookies of logins: one for each login that a browser opened, and one that leads it back. */
import type { Context } from 'hono'
import { keyringOf } from '../crypto/keyring'
import { configOf } from '../env'
import { BACK_COOKIE_SECONDS, LOGIN_COOKIES_MAX, LOGIN_TTL_SECONDS } from '../limits'
import type { BegunLogin } from '../login/begin'
import { newCookie } from '../login/cookie'
import { openWayBack, sealWayBack, type WayBack } from '../login/way-back'
import { type AppEnv, originOf } from './middleware'

/** The cookies of a login that a browser opens, before it has them. */
export interface LoginCookies {
  /** Whether the login can be completed by them alone. */
  isEnough: boolean
  /** Puts them into the answer. */
  give: () => void
}

/** Makes the cookie by which this login is known again, and the one that leads its browser back. */
export async function cookiesFor(
  c: Context<AppEnv>,
  { id, pending }: BegunLogin,
): Promise<LoginCookies> {
  const keyring = await keyringOf(configOf(c.env).sealingKeys)
  const { text, isEnough } = await newCookie(keyring, id, pending)
  const { creator, returnTo, flow } = pending
  const way = { ...(creator ? {} : { flow }), ...(returnTo === undefined ? {} : { returnTo }) }
  const back = await sealWayBack(keyring, way)
  return {
    isEnough,
    give: () => {
      forgetOldest(c, cookieName(c, id))
      put(c, cookieName(c, id), text.reveal(), LOGIN_TTL_SECONDS)
      put(c, backName(c), back, BACK_COOKIE_SECONDS)
    },
  }
}

/** The text of this login's cookie, as the browser sent it. */
export const loginCookie = (c: Context<AppEnv>, id: string): string | undefined =>
  cookiesOf(c).get(cookieName(c, id))

/** Whether this browser began any login that is still remembered there. */
export const hasLoginCookie = (c: Context<AppEnv>): boolean => loginNames(c).length > 0

/** Where this browser's last login came from; undefined if it began none within a day. */
export async function wayBack(c: Context<AppEnv>): Promise<WayBack | undefined> {
  const { sealingKeys } = configOf(c.env)
  const text = cookiesOf(c).get(backName(c))
  if (text === undefined || sealingKeys.length === 0) return undefined
  return openWayBack(await keyringOf(sealingKeys), text)
}

/** Browsers send the cookies that they got first first (RFC 6265 §5.4), so the oldest logins go. */
function forgetOldest(c: Context<AppEnv>, next: string): void {
  const others = loginNames(c).filter((name) => name !== next)
  for (const name of others.slice(0, Math.max(others.length - LOGIN_COOKIES_MAX + 1, 0)))
    put(c, name, '', 0)
}

const loginNames = (c: Context<AppEnv>): string[] =>
  [...cookiesOf(c).keys()].filter((name) => name.startsWith(cookieName(c, '')))

/** What the browser sent, by name, as {@link put} wrote it. @see [RFC 6265 §5.4](https://www.rfc-editor.org/rfc/rfc6265.html#section-5.4) */
const cookiesOf = (c: Context<AppEnv>): Map<string, string> =>
  new Map(
    (c.req.header('cookie') ?? '').split(';').map((pair) => {
      const [name = '', value = ''] = pair.trim().split('=', 2)
      return [name, value]
    }),
  )

/** Values are letters, digits and `-_.` alone, so that nothing is to be encoded; an age of 0 has the browser forget it. */
function put(c: Context<AppEnv>, name: string, value: string, maxAge: number): void {
  const secure = isSecure(c) ? ' Secure;' : ''
  // The callback is a navigation from X's site, which Lax lets through and Strict would not.
  const cookie = `${name}=${value}; Max-Age=${maxAge}; Path=/; HttpOnly;${secure} SameSite=Lax`
  c.header('set-cookie', cookie, { append: true })
}

/** The name of a login's cookie: one each, so that two tabs work. Not `__Host-` on plain loopback: Safari drops that there. */
const cookieName = (c: Context<AppEnv>, id: string): string =>
  `${prefix(c)}perch_login_${id.slice(0, 16)}`

const backName = (c: Context<AppEnv>): string => `${prefix(c)}perch_back`

const prefix = (c: Context<AppEnv>): string => (isSecure(c) ? '__Host-' : '')

const isSecure = (c: Context<AppEnv>): boolean => originOf(c).startsWith('https:')

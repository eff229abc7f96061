/** A failure as a page. */
import type { Context } from 'hono'
import { configOf } from '../env'
import type { FailureData } from '../failure'
import { FAILURES, type FailureCode } from '../failures'
import type { WayBack } from '../login/way-back'
import { TroublePage } from '../pages/trouble'
import { wayBack } from './login-cookies'
import type { AppEnv } from './middleware'
import { note } from './request-log'

/**
 * Answers with the page of a failure. It leads back: to the app, and to a new login of the same kind, if this browser
 * began one within a day.
 *
 * @param backTo - where the login was to return, its id and proof in it, so that the app can ask how it ended; or the
 *   app's start page.
 */
export async function trouble(
  c: Context<AppEnv>,
  failure: FailureData,
  backTo?: string,
): Promise<Response> {
  const { status } = FAILURES[failure.code]
  note(c, { code: failure.code })
  if (failure.retryAfter !== undefined) c.header('retry-after', String(failure.retryAfter))
  c.header('cache-control', 'no-store')
  const way = await wayBack(c).catch(() => undefined)
  const mayHelp = configOf(c.env).allow !== undefined && !OPERATOR_FIRST.has(failure.code)
  const again = startAgain(way, mayHelp)
  const isBackFirst = APP_FIRST.has(failure.code)
  const props = { failure, again, backTo: backTo ?? way?.returnTo, isBackFirst }
  return c.html(TroublePage(props), status)
}

/** The failures that every login runs into until the operator did something: to start again would lead in a circle. */
const OPERATOR_FIRST: ReadonlySet<FailureCode> = new Set([
  'config_incomplete',
  'app_credentials_refused',
  'callback_refused',
  'redirect_uri_refused',
  'plan_refused',
])

/** The failures that a new login mostly runs into as well: the app can do more about them. */
const APP_FIRST: ReadonlySet<FailureCode> = new Set(['login_refused_by_x'])

/** Where a new login of the same kind begins; undefined where that helps nobody, or people cannot begin one themselves. */
function startAgain(way: WayBack | undefined, mayHelp: boolean): string | undefined {
  if (!mayHelp) return undefined
  if (way?.flow === undefined) return '/'
  const query = new URLSearchParams({ flow: way.flow })
  if (way.returnTo !== undefined) query.set('return_to', way.returnTo)
  return `/login?${query}`
}

/** A failure as a page. */
import type { Context } from 'hono'
import { configOf } from '../env'
import type { FailureData } from '../failure'
import { FAILURES } from '../failures'
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
  const again = startAgain(way, configOf(c.env).allow !== undefined)
  const props = { failure, again, backTo: backTo ?? way?.returnTo }
  return c.html(TroublePage(props), status)
}

/** Where a new login of the same kind begins; undefined where people cannot begin one themselves. */
function startAgain(way: WayBack | undefined, isOffered: boolean): string | undefined {
  if (!isOffered) return undefined
  if (way?.flow === undefined) return '/'
  const query = new URLSearchParams({ flow: way.flow })
  if (way.returnTo !== undefined) query.set('return_to', way.returnTo)
  return `/login?${query}`
}

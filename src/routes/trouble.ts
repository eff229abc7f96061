/** A failure as a page. */
import type { Context } from 'hono'
import type { FailureData } from '../failure'
import { FAILURES } from '../failures'
import { TroublePage } from '../pages/trouble'
import type { AppEnv } from './middleware'
import { note } from './request-log'

/**
 * Answers with the page of a failure.
 *
 * @param backTo - where the login was to return, its id and proof in it: the app can ask how it ended.
 */
export function trouble(
  c: Context<AppEnv>,
  failure: FailureData,
  backTo?: string,
): Response | Promise<Response> {
  const { status } = FAILURES[failure.code]
  note(c, { code: failure.code })
  if (failure.retryAfter !== undefined) c.header('retry-after', String(failure.retryAfter))
  c.header('cache-control', 'no-store')
  return c.html(TroublePage({ failure, backTo }), status)
}

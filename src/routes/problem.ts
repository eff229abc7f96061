/** A failure on the wire: an RFC 9457 problem document with a stable `code`. */
import type { Context } from 'hono'
import type { FailureData } from '../failure'
import { FAILURES } from '../failures'
import { type AppEnv, originOf } from './middleware'
import { note } from './request-log'

/** Fields of the problem document. `type` resolves to the page that lists every code. @see [RFC 9457 §3](https://www.rfc-editor.org/rfc/rfc9457.html#section-3) */
export function problemOf({ code, detail, retryAfter }: FailureData) {
  const { status, title, fix } = FAILURES[code]
  return {
    type: `/problems#${code}`,
    title,
    status,
    code,
    ...(detail === undefined ? {} : { detail }),
    fix,
    ...(retryAfter === undefined ? {} : { retry_after: retryAfter }),
  }
}

/** Answers with the problem document of a failure. */
export function problem(c: Context<AppEnv>, failure: FailureData): Response {
  const { status } = FAILURES[failure.code]
  note(c, { code: failure.code })
  const body: Record<string, unknown> = problemOf(failure)
  if (failure.code === 'login_required') body.login_url = loginUrl(c)
  if (status === 401) c.header('www-authenticate', 'Bearer realm="perch"')
  if (failure.retryAfter !== undefined) c.header('retry-after', String(failure.retryAfter))
  c.header('content-type', 'application/problem+json')
  c.header('cache-control', 'no-store')
  return c.body(JSON.stringify(body), status)
}

/** Undefined where PUBLIC_ORIGIN is missing: an error must not fail on the way out. */
function loginUrl(c: Context<AppEnv>): string | undefined {
  try {
    return `${originOf(c)}/login`
  } catch {
    return undefined
  }
}

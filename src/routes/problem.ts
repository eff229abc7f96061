/** A failure on the wire: an RFC 9457 problem document with a stable `code`. */
import type { Context } from 'hono'
import type { FailureData } from '../failure'
import { FAILURES } from '../failures'
import { loginUrl, noLoginUrl } from './login-url'
import type { AppEnv } from './middleware'
import { note } from './request-log'

/** Fields of the problem document. `type` resolves to the page that lists every code. @see [RFC 9457 §3](https://www.rfc-editor.org/rfc/rfc9457.html#section-3) */
export function problemOf({ code, detail, retryAfter, firstSeq }: FailureData) {
  const { status, title, fix } = FAILURES[code]
  return {
    type: `/problems#${code}`,
    title,
    status,
    code,
    ...(detail === undefined ? {} : { detail }),
    fix,
    ...(retryAfter === undefined ? {} : { retry_after: retryAfter }),
    ...(firstSeq === undefined ? {} : { first_seq: firstSeq }),
  }
}

/** Answers with the problem document of a failure. */
export function problem(c: Context<AppEnv>, failure: FailureData): Response {
  const { status } = FAILURES[failure.code]
  note(c, { code: failure.code })
  const challenge = challengeOf(c, failure)
  if (challenge !== undefined) c.header('www-authenticate', challenge)
  if (failure.retryAfter !== undefined) c.header('retry-after', String(failure.retryAfter))
  c.header('content-type', 'application/problem+json')
  c.header('cache-control', 'no-store')
  const shown = failure.code === 'login_required' ? withLogin(c, failure) : problemOf(failure)
  return c.body(JSON.stringify(shown), status)
}

/** The problem of a login that is needed: where it begins, else in words why it begins nowhere. */
function withLogin(c: Context<AppEnv>, failure: FailureData) {
  const needed = failure.login ?? { kind: 'oauth2' }
  const login_url = loginUrl(c, needed)
  if (login_url !== undefined) return { ...problemOf(failure), login_url }
  const detail = [failure.detail, noLoginUrl(c, needed)].filter(Boolean).join(' ')
  return problemOf({ ...failure, detail })
}

/**
 * What a key lacks. Where none was sent there is no error in it: nothing is wrong with a key yet.
 *
 * @see [RFC 6750 §3](https://www.rfc-editor.org/rfc/rfc6750.html#section-3)
 */
function challengeOf(c: Context<AppEnv>, { code }: FailureData): string | undefined {
  const scope = c.get('demanded')
  switch (code) {
    case 'key_missing':
      return REALM
    case 'key_invalid':
      return `${REALM}, error="invalid_token"`
    case 'scope_missing':
      return `${REALM}, error="insufficient_scope"${scope === undefined ? '' : `, scope="${scope}"`}`
    default:
      return undefined
  }
}

const REALM = 'Bearer realm="perch"'

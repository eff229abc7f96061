import type { Context } from 'hono'
import type { X } from './env.ts'

/** X's error of OAuth 1.0a, of app-only tokens and of API 1.1. `code` is X's own number. */
interface XError {
  status: 400 | 401 | 403 | 404 | 429
  message: string
  /** Left out: the message goes out as plain text. */
  code?: number
  /** What else X says beside the code. */
  more?: Record<string, unknown>
}

const COULD_NOT_AUTHENTICATE: XError = {
  status: 401,
  code: 32,
  message: 'Could not authenticate you.',
}

/**
 * Every such error by the word that the call list has for it.
 *
 * @see X docs, Response codes and errors
 */
export const ERRORS = {
  malformed: { status: 400, code: 215, message: 'Bad Authentication data.' },
  unknown_key: COULD_NOT_AUTHENTICATE,
  bad_signature: COULD_NOT_AUTHENTICATE,
  nonce_replayed: COULD_NOT_AUTHENTICATE,
  timestamp_out_of_bounds: { status: 401, code: 135, message: 'Timestamp out of bounds.' },
  dead_token: { status: 401, code: 89, message: 'Invalid or expired token.' },
  dead_bearer: { status: 401, code: 89, message: 'Invalid or expired token' },
  app_suspended: { status: 401, code: 416, message: 'Invalid / suspended application' },
  app_refused: {
    status: 403,
    code: 99,
    message: 'Unable to verify your credentials',
    more: { label: 'authenticity_token_error' },
  },
  user_suspended: {
    status: 403,
    code: 64,
    message: 'Your account is suspended and is not permitted to access this feature.',
  },
  user_locked: {
    status: 403,
    code: 326,
    message:
      'To protect our users from spam and other malicious activity, this account is temporarily locked. Please log in to https://twitter.com to unlock your account.',
    more: { sub_error_code: 0, bounce_location: 'https://twitter.com/account/access' },
  },
  wrong_kind: {
    status: 403,
    code: 220,
    message: 'Your credentials do not allow access to this resource',
  },
  read_only: { status: 403, code: 261, message: 'Application cannot perform write actions.' },
  not_in_plan: {
    status: 403,
    code: 453,
    message:
      'You currently have access to a subset of X API V2 endpoints and limited v1.1 endpoints (e.g. media post, oauth) only. If you need access to this endpoint, you may need a different access level. You can learn more here: https://developer.x.com/en/portal/product',
  },
  scope_missing: {
    status: 403,
    code: 220,
    message: 'Your credentials do not allow access to this resource',
  },
  rate_limit: { status: 429, code: 88, message: 'Rate limit exceeded' },
  no_page: { status: 404, code: 34, message: 'Sorry, that page does not exist.' },
  no_status: { status: 403, code: 170, message: 'Missing required parameter: status.' },
  callback_not_approved: {
    status: 403,
    code: 415,
    message: 'Callback URL not approved for this client application.',
  },
  desktop_app: {
    status: 401,
    code: 417,
    message: "Desktop applications only support the oauth_callback value 'oob'",
  },
  invalid_verifier: {
    status: 401,
    message: 'Error processing your OAuth request: Invalid oauth_verifier parameter',
  },
  no_request_token: { status: 401, message: 'Reverse auth credentials are invalid' },
} as const satisfies Record<string, XError>

/** One of ERRORS. */
export type ErrorName = keyof typeof ERRORS

/** An error, and what X would not say of it. */
export interface Refusal {
  error: ErrorName
  why?: string
}

/** X's answer with this error: JSON, or plain text where X has no code for it. */
export function errorAnswer(name: ErrorName): Response {
  const { status, code, message, more }: XError = ERRORS[name]
  const json = JSON.stringify({ errors: [{ code, message, ...more }] })
  const type = code === undefined ? 'text/plain' : 'application/json'
  return new Response(code === undefined ? message : json, {
    status,
    headers: { 'Content-Type': `${type};charset=utf-8` },
  })
}

/** Answers with an error and writes it into the call list. */
export function refuse(c: Context<X>, refusal: Refusal, answer = errorAnswer(refusal.error)) {
  c.env.exchange.call.outcome = refusal.error
  c.env.exchange.call.why = refusal.why ?? null
  return answer
}

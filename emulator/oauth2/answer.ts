import type { Context } from 'hono'
import type { X } from '../env.ts'

/** An error of the token or revoke endpoint. `why` is for the call list: what X would not say. */
export interface OAuthError {
  status: 400 | 401 | 429
  error:
    | 'invalid_request'
    | 'invalid_client'
    | 'unauthorized_client'
    | 'invalid_grant'
    | 'invalid_scope'
    | 'rate_limited'
  description: string
  why?: string
}

/** X's `invalid_request`, which it says for a spent token as for a missing parameter. */
export function invalid(description: string, why?: string): OAuthError {
  return { status: 400, error: 'invalid_request', description, ...(why ? { why } : {}) }
}

/** The first of these parameters that the form lacks, as X says it. */
export function firstMissing(form: URLSearchParams, names: string[]): OAuthError | undefined {
  const missing = names.find((name) => !form.get(name))
  return missing === undefined ? undefined : invalid(`Missing required parameter [${missing}].`)
}

/** X's JSON, which must not be cached. @see RFC 6749 §5.1 */
export function json(body: Record<string, unknown>, status: number): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: { 'Content-Type': 'application/json;charset=utf-8', 'Cache-Control': 'no-store' },
  })
}

/** Answers with an error and writes it into the call list. */
export function refuseOAuth2(c: Context<X>, refusal: OAuthError): Response {
  const { call } = c.env.exchange
  call.outcome = `refused: ${refusal.description}`
  call.why = refusal.why ?? null
  return json({ error: refusal.error, error_description: refusal.description }, refusal.status)
}

/** What an exchange ends in: the reply's body, or an error. */
export type Exchanged = { body: Record<string, unknown> } | { refusal: OAuthError }

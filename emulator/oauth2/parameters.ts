import { type Call, note } from '../store/calls.ts'

/** Endpoints whose parameters X takes from JSON and query as well, as clients send them. */
const LENIENT = new Set(['/2/oauth2/token', '/2/oauth2/revoke', '/oauth2/token'])

/** What those endpoints read. */
const NAMES = new Set([
  'grant_type',
  'client_id',
  'client_secret',
  'code',
  'redirect_uri',
  'code_verifier',
  'refresh_token',
  'scope',
  'subject_token',
  'subject_token_type',
  'oauth_token_secret',
  'token',
  'token_type_hint',
])

/** A request as far as its parameters go. */
export interface Sent {
  url: URL
  contentType: string
  body: string
}

/** Whether a body is a form. */
export function isForm(contentType: string): boolean {
  return /^application\/x-www-form-urlencoded/i.test(contentType)
}

/**
 * The parameters of a request's body. At the token endpoints those of JSON and of the query count where the form
 * lacks them, unless `taken` is `form`: twitter-api-v2 sends JSON, X's own twitter-api-sdk the query.
 *
 * @see [RFC 6749 §3.2](https://www.rfc-editor.org/rfc/rfc6749.html#section-3.2), which has the form alone
 */
export function readParameters(sent: Sent, taken: 'any' | 'form'): URLSearchParams {
  const form = new URLSearchParams(isForm(sent.contentType) ? sent.body : '')
  if (taken === 'form' || !LENIENT.has(sent.url.pathname)) return form
  for (const [name, value] of [...jsonPairs(sent), ...queryPairs(sent)])
    if (!form.has(name)) form.append(name, value)
  return form
}

/** Notes where parameters stood that count. */
export function noteParameters(call: Call, sent: Sent): void {
  if (!LENIENT.has(sent.url.pathname)) return
  if (jsonPairs(sent).length > 0) note(call, 'parameters as JSON')
  if (queryPairs(sent).length > 0) note(call, 'parameters in the query')
}

const queryPairs = ({ url }: Sent): [string, string][] =>
  [...url.searchParams].filter(([name]) => NAMES.has(name))

function jsonPairs({ contentType, body }: Sent): [string, string][] {
  if (!/^application\/json/i.test(contentType)) return []
  try {
    const value: unknown = JSON.parse(body)
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return []
    return Object.entries(value).filter(
      (pair): pair is [string, string] => NAMES.has(pair[0]) && typeof pair[1] === 'string',
    )
  } catch {
    return []
  }
}

/** What X's redirect brings, read without trusting a byte of it. */
import { Failure } from '../failure'
import { CALLBACK_MAX_CHARS, CODE_MAX_CHARS, STATE_MAX_CHARS } from '../limits'

/** An authorization response. @see [RFC 6749 §4.1.2](https://www.rfc-editor.org/rfc/rfc6749.html#section-4.1.2) */
export type Callback = { state: string } & ({ code: string } | { error: string })

/**
 * Reads a callback's query. Parameters that X may add are ignored.
 *
 * @throws Failure `callback_malformed` when a parameter is missing, doubled, too long or contradicts another
 */
export function readCallback(search: string): Callback {
  if (search.length > CALLBACK_MAX_CHARS) throw malformed('It is longer than any answer of X.')
  const query = new URLSearchParams(search)
  const one = (name: string, maxChars: number): string | undefined => {
    const [value, ...more] = query.getAll(name)
    // A parameter must not appear more than once (RFC 6749 §3.1).
    if (more.length > 0) throw malformed(`It has ${name} more than once.`)
    if (value !== undefined && value.length > maxChars) throw malformed(`Its ${name} is too long.`)
    return value || undefined
  }
  const state = one('state', STATE_MAX_CHARS)
  const code = one('code', CODE_MAX_CHARS)
  const error = one('error', CODE_MAX_CHARS)
  if (state === undefined) throw malformed('It has no state.')
  if (code !== undefined && error !== undefined) throw malformed('It has both a code and an error.')
  if (code !== undefined) return { state, code }
  if (error !== undefined) return { state, error }
  throw malformed('It has neither a code nor an error.')
}

const malformed = (detail: string): Failure => new Failure('callback_malformed', detail)

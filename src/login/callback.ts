import { Failure } from '../failure'
import { CALLBACK_MAX_CHARS, CODE_MAX_CHARS, STATE_MAX_CHARS } from '../limits'

/** What a login is answered with. */
export type Answer =
  /** OAuth 2.0 (RFC 6749 §4.1.2). */
  | { code: string }
  /** OAuth 1.0a (RFC 5849 §2.2), or a PIN. */
  | { verifier: string }
  /** The user said no, or (OAuth 2.0) X could not. */
  | { error: string }

export interface Callback {
  /** `state` or request token: its hash is the login's id. */
  key: string
  answer: Answer
}

/** What X says for "the user said no", by OAuth 2.0; OAuth 1.0a's `denied` is read as the same. */
export const ACCESS_DENIED = 'access_denied'

/**
 * Reads a callback's query. Parameters that X may add are ignored.
 *
 * @throws Failure `callback_malformed` when a parameter is missing, doubled, too long or contradicts another
 */
export function readCallback(search: string): Callback {
  if (search.length > CALLBACK_MAX_CHARS)
    throw malformedCallback('It is longer than any answer of X.')
  const query = new URLSearchParams(search)
  const one = (name: string, maxChars = CODE_MAX_CHARS): string | undefined => {
    const [value, ...more] = query.getAll(name)
    // A parameter must not appear more than once (RFC 6749 §3.1).
    if (more.length > 0) throw malformedCallback(`It has ${name} more than once.`)
    if (value !== undefined && value.length > maxChars)
      throw malformedCallback(`Its ${name} is too long.`)
    return value || undefined
  }
  const state = one('state', STATE_MAX_CHARS)
  const token = one('oauth_token')
  // X's denial of OAuth 1.0a is the request token under another name, and nothing else.
  const denied = one('denied')
  const given = {
    code: one('code'),
    verifier: one('oauth_verifier'),
    error: one('error') ?? (denied === undefined ? undefined : ACCESS_DENIED),
  }
  const answers = Object.entries(given).filter(([, value]) => value !== undefined)
  const [key, ...keys] = [state, token, denied].filter((value) => value !== undefined)
  if (key === undefined) throw malformedCallback('It has no state, and no request token.')
  if (answers.length > 1 || keys.length > 0)
    throw malformedCallback('It holds more than one answer.')
  if (answers.length === 0) throw malformedCallback('It holds no answer.')
  const [name] = answers[0]!
  const fits = state === undefined ? name !== 'code' : name !== 'verifier'
  if (!fits) throw malformedCallback('It mixes OAuth 1.0a and OAuth 2.0.')
  return { key, answer: Object.fromEntries(answers) as Answer }
}

const malformedCallback = (detail: string): Failure => new Failure('callback_malformed', detail)

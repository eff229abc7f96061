import type { FailureCode } from '../failures'
import type { Reply, Tokens } from '../oauth/token'
import { plainText } from '../plain-text'
import { scopeWords } from '../scopes'
import { retryAfter } from './wait'

/** The outcome of a call to X that gives tokens: the pair, or why there is none. */
export type Outcome =
  | { kind: 'granted'; tokens: Tokens; nonconformity: string | undefined }
  | NotGranted

/** Why X gave no pair, and so what is to be done about it. */
export type NotGranted =
  /** This token, code or verifier is not valid, by X's word. */
  | { kind: 'refused'; what: Refused; message: string }
  /** The app, its set-up or the user's standing at X: no grant is to blame. */
  | { kind: 'app'; failure: FailureCode; message: string }
  /** X asks to wait. */
  | { kind: 'later'; retryAfter: number; message: string }
  /** X said no in words of an API, but why is not known: it did not act. */
  | { kind: 'declined'; message: string }
  /** Anything else, or nothing: nobody knows whether X acted. */
  | { kind: 'unknown'; message: string; cut?: Cut }

/** A reply that X had begun with a 2xx and that broke off: the call is over at X, and this much of it arrived. */
export interface Cut {
  /** The access token, where it arrived whole and the refresh token did not. */
  tokens: Tokens | undefined
}

/** The thing that X calls invalid. */
export type Refused = 'token' | 'code' | 'code_verifier' | 'redirect_uri' | 'verifier'

const DESCRIPTIONS = new Map<string, Refused>([
  ['Value passed for the token was invalid.', 'token'],
  ['Value passed for the authorization code was invalid.', 'code'],
  ['Value passed for the code verifier did not match the code challenge.', 'code_verifier'],
  [
    'Value passed for the redirect uri did not match the uri of the authorization code.',
    'redirect_uri',
  ],
])

/**
 * Judges a reply of the token or revocation endpoint.
 *
 * @param subject - what RFC 6749's `invalid_grant` would refer to; X was never seen to use it, others do
 * @param now - Unix seconds, to read rate-limit headers.
 */
export function judge(reply: Reply, subject: 'token' | 'code', now: number): Outcome {
  const tokens = reply.tokens && inWords(reply.tokens)
  // Of a reply that broke off, both tokens are the pair. One alone is not: the other was on its way.
  if (tokens && (reply.isWhole || tokens.refreshToken))
    return { kind: 'granted', tokens, nonconformity: reply.nonconformity }
  const message = replyInWords(reply)
  if (!reply.isWhole && reply.status !== 0) return { kind: 'unknown', message, cut: { tokens } }
  if (reply.status === 429) return { kind: 'later', retryAfter: retryAfter(reply, now), message }
  if (reply.status >= 400 && reply.status < 500 && !PASSING_STATUS.has(reply.status)) {
    if (reply.error === 'unauthorized_client' || reply.error === 'invalid_client')
      return { kind: 'app', failure: 'app_credentials_refused', message }
    if (reply.error === 'invalid_grant') return { kind: 'refused', what: subject, message }
    const what = DESCRIPTIONS.get(reply.errorDescription?.trim() ?? '')
    if (what && reply.error === 'invalid_request') return { kind: 'refused', what, message }
    // X's own words, in whatever form: it has looked at the request, and did not act.
    const said = reply.error ?? reply.problem
    if (said !== undefined && !PASSING_ERRORS.has(said)) return { kind: 'declined', message }
  }
  return { kind: 'unknown', message }
}

/** The tokens with their scopes written as X documents them: one space between, whatever stood there. */
function inWords({ scope, ...tokens }: Tokens): Tokens {
  return {
    ...tokens,
    scope: scope === undefined ? undefined : scopeWords(scope).join(' ') || undefined,
  }
}

/** Statuses of a 4xx that judge the moment and not the request (RFC 9110 §15.5.9, RFC 8470 §5.2). */
export const PASSING_STATUS: ReadonlySet<number> = new Set([408, 425])

/** Errors that tell of a server's trouble, whatever the status beside them (RFC 6749 §4.1.2.1): nobody knows whether it acted. */
const PASSING_ERRORS: ReadonlySet<string> = new Set(['server_error', 'temporarily_unavailable'])

/** X's answer as one sentence that is safe to show: its own words, with anything that looks like a token cut out. */
function replyInWords(reply: Reply): string {
  if (reply.status === 0) return 'X could not be reached, or its answer broke off.'
  if (!reply.isWhole) return 'X’s answer broke off.'
  const error = [reply.error ?? reply.problem, reply.errorDescription].filter(
    (part) => part !== undefined,
  )
  if (error.length === 0)
    return `X answered ${reply.status} with ${contentInWords(reply.headers.get('content-type'))}.`
  return `X answered ${reply.status}: ${quote(error.join(', '))}`
}

/** Foreign text, shortened, without anything that could be a secret, or that is not seen. */
export function quote(foreign: string): string {
  // What is not seen goes first: it could stand in the middle of a secret.
  return plainText(foreign)
    .replace(/[\w+/=%~.-]{24,}/g, '…')
    .replace(/\s+/g, ' ')
    .slice(0, 200)
    .toWellFormed()
}

const contentInWords = (contentType: string | null): string =>
  contentType?.includes('html') ? 'a web page instead of data' : 'nothing that tells why'

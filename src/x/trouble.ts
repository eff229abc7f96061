import type { FailureCode } from '../failures'
import type { RawReply } from '../oauth/signed-call'
import { type NotGranted, PASSING_STATUS, quote } from './answer'
import { readSaid, type Said } from './error-text'
import { retryAfter } from './wait'

/** An error of X, read: its status, its code and what to do about it. */
export interface Trouble {
  status: number
  /** X's numbered code, if it gave one. */
  code: number | undefined
  /** What X said, and what to do about it where we know. */
  message: string
  /** Whose matter it is, where we know. */
  failure: FailureCode | undefined
  /** Whether X found that a signature does not fit: by the app's secrets or by the token's. */
  isSignature: boolean
}

/** X's code (or a word of its problem documents) -> whose matter it is, and the cure. */
const CURES: Record<string, { failure: FailureCode; cure: string }> = {
  32: blamesApp(
    'The signature does not fit: check X_API_KEY and X_API_SECRET (API Key and Secret, not the OAuth 2.0 Client ID), or the token’s secret.',
  ),
  64: { failure: 'user_blocked', cure: 'This account is suspended at X.' },
  89: { failure: 'login_required', cure: 'The token ended at X: log in again.' },
  99: blamesApp(
    'X_API_KEY and X_API_SECRET do not fit together (copy both anew from the developer portal), or X does not know this bearer any more.',
  ),
  135: { failure: 'clock_wrong', cure: 'Our clock differs from X’s by more than X allows.' },
  215: blamesApp(
    'X found no usable credentials in the request: check that X_API_KEY is the API Key.',
  ),
  220: {
    failure: 'wrong_auth_type',
    cure: 'This endpoint does not take this kind of token: use a user’s token.',
  },
  326: {
    failure: 'user_blocked',
    cure: 'This account is locked at X: the user unlocks it by logging in at x.com.',
  },
  415: {
    failure: 'callback_refused',
    cure: 'The callback URL is not registered at X. It must match exactly, to the last slash.',
  },
  416: blamesApp('The app is suspended or no longer exists at X.'),
  417: {
    failure: 'callback_refused',
    cure: 'The app has no callback URL at X, so X takes it for a desktop app: set one, or log in with a PIN.',
  },
  453: { failure: 'plan_refused', cure: 'The app’s plan at X does not include this endpoint.' },
  'unsupported-authentication': {
    failure: 'wrong_auth_type',
    cure: 'This endpoint does not take this kind of token.',
  },
  'client-not-enrolled': {
    failure: 'plan_refused',
    cure: 'Attach the app to a project with a package (such as Pay-per-use) and the Production environment in X’s developer portal.',
  },
  CreditsDepleted: { failure: 'plan_refused', cure: 'The app has no credits left at X.' },
  'oauth1-permissions': {
    failure: 'plan_refused',
    cure: 'Raise the app’s permissions in the portal; users then have to log in again.',
  },
}

function blamesApp(cure: string): { failure: FailureCode; cure: string } {
  return { failure: 'app_credentials_refused', cure }
}

/** X's texts that also come without their number, as they begin. */
const TEXTS: [beginning: string, code: number][] = [
  ['could not authenticate you', 32],
  ['failed to validate oauth signature', 32],
  ['your account is suspended', 64],
  ['invalid or expired token', 89],
  ['invalid / expired token', 89],
  ['unable to verify your credentials', 99],
  ['timestamp out of bounds', 135],
  ['bad authentication data', 215],
  ['your credentials do not allow access to this resource', 220],
  ['to protect our users', 326],
  ['callback url not approved', 415],
  ['invalid / suspended application', 416],
  ['desktop applications only support the oauth_callback value', 417],
]

/** The key of {@link CURES} that an error is known by; undefined: nobody knows it. */
function cureKeyOf({ code, message = '', names }: Said): string | undefined {
  const text = message.replace(/\s+/g, ' ').toLowerCase()
  const byText = TEXTS.find(([beginning]) => text.startsWith(beginning))?.[1]
  return [String(code), ...names, String(byText)].find((key) => Object.hasOwn(CURES, key))
}

/** Reads an error of X. */
export function readTrouble({ status, text }: RawReply): Trouble {
  const said = readSaid(text)
  const { code } = said
  const key = cureKeyOf(said) ?? ''
  const { cure, failure } = CURES[key] ?? {}
  // A 200 that is not what it should be may hold anything, secrets too.
  const quoted = said.message === undefined || status === 200 ? '' : `: ${quote(said.message)}`
  const brokeOff = status === 0 || (status === 200 && text === '')
  const message = brokeOff
    ? 'X could not be reached, or its answer broke off.'
    : `X answered ${status}${code === undefined ? '' : ` (code ${code})`}${quoted}${/[.!?]$/.test(quoted) ? '' : '.'}`
  const all = cure === undefined ? message : `${message} ${cure}`
  return { status, code, message: all, failure, isSignature: key === '32' }
}

/** Whether X called a token invalid, or let nobody say so: of what {@link readTrouble} told, a 401. */
export const saysInvalid = (message: string): boolean => /\bX answered 401\b/.test(message)

/**
 * Whether X refused what a call was signed with: of what {@link readTrouble} told, a 401 in X's own words, or its code for a
 * signature or a token. A page says nothing of either, nor does a code that is about something else, our clock for one.
 */
export const saysRefused = (message: string): boolean =>
  /\bX answered 4(01:|\d\d \(code (32|89)\))/.test(message)

/** The meaning of a failed call of OAuth 1.0a or app-only. `now` is Unix seconds. */
export function judgeTrouble(reply: RawReply, now: number): NotGranted {
  const { status, message } = readTrouble(reply)
  if (status === 429) return { kind: 'later', retryAfter: retryAfter(reply, now), message }
  if (status >= 400 && status < 500 && !PASSING_STATUS.has(status)) {
    const said = readSaid(reply.text)
    if (INVALID_VERIFIER.test(reply.text)) return { kind: 'refused', what: 'verifier', message }
    const key = cureKeyOf(said)
    if (key === '89') return { kind: 'refused', what: 'token', message }
    const cure = CURES[key ?? '']
    if (cure) return { kind: 'app', failure: cure.failure, message }
    const passing = said.code !== undefined && PASSING_CODES.has(said.code)
    // A web page, or nothing, may come from whatever stands before X.
    const spoken = said.message !== undefined || said.code !== undefined
    if (spoken && !passing) return { kind: 'declined', message }
  }
  return { kind: 'unknown', message }
}

const INVALID_VERIFIER = /Invalid oauth_verifier/i
/** Over capacity; internal error. */
const PASSING_CODES = new Set([130, 131])

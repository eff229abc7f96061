/**
 * X's errors outside OAuth 2.0, read from whatever they come in — JSON, XML, plain text, a form, a web page — into one
 * shape, with the cure in words.
 *
 * @see [X: Response codes](https://docs.x.com/x-api/fundamentals/response-codes-and-errors), RFC 9457 for problem documents
 */
import type { FailureCode } from '../failure'
import type { RawReply } from '../oauth/signed-call'
import { type NotGranted, quote, retryAfter } from './answer'

export interface Trouble {
  status: number
  /** X's numbered code, if it gave one. */
  code: number | undefined
  /** What X said, and what to do about it where we know. */
  words: string
}

/** X's code (or a word of its problem documents) -> whose matter it is, and the cure. */
const CURES: Record<string, { failure: FailureCode; cure: string }> = {
  32: app(
    'The signature does not fit: check X_API_KEY and X_API_SECRET (API Key and Secret, not the OAuth 2.0 Client ID), or the token’s secret.',
  ),
  64: { failure: 'user_blocked', cure: 'This account is suspended at X.' },
  89: { failure: 'login_required', cure: 'The token ended at X: log in again.' },
  99: app(
    'X_API_KEY and X_API_SECRET do not fit together (copy both anew from the developer portal), or X does not know this bearer any more.',
  ),
  135: { failure: 'clock_wrong', cure: 'Our clock differs from X’s by more than X allows.' },
  215: app('X found no usable credentials in the request: check that X_API_KEY is the API Key.'),
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
  416: app('The app is suspended or no longer exists at X.'),
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

function app(cure: string): { failure: FailureCode; cure: string } {
  return { failure: 'app_credentials_refused', cure }
}

/** Reads an error of X. */
export function readTrouble({ status, text }: RawReply): Trouble {
  const { code, message, word } = read(text)
  const cure = CURES[code ?? word ?? '']?.cure
  // A 200 that is not what it should be may hold anything, secrets too.
  const said = message === undefined || status === 200 ? '' : `: ${quote(message)}`
  const brokeOff = status === 0 || (status === 200 && text === '')
  const words = brokeOff
    ? 'X could not be reached, or its answer broke off.'
    : `X answered ${status}${code === undefined ? '' : ` (code ${code})`}${said}${/[.!?]$/.test(said) ? '' : '.'}`
  return { status, code, words: cure === undefined ? words : `${words} ${cure}` }
}

/** What a failed call of OAuth 1.0a or app-only means. `now` is Unix seconds. */
export function judgeTrouble(reply: RawReply, now: number): NotGranted {
  const { status, code, words } = readTrouble(reply)
  if (status === 429) return { kind: 'later', retryAfter: retryAfter(reply, now), words }
  if (status >= 400 && status < 500) {
    if (INVALID_VERIFIER.test(reply.text)) return { kind: 'refused', what: 'verifier', words }
    if (code === 89) return { kind: 'refused', what: 'token', words }
    const cure = CURES[code ?? read(reply.text).word ?? '']
    if (cure) return { kind: 'app', failure: cure.failure, words }
  }
  return { kind: 'unknown', words }
}

const INVALID_VERIFIER = /Invalid oauth_verifier/i

interface Said {
  code?: number
  message?: string
  /** The last part of a problem's `type`, its `reason` or its `title`. */
  word?: string
}

function read(text: string): Said {
  const trimmed = text.trim()
  if (trimmed.startsWith('{')) return readJson(trimmed)
  const xml = /<error code="(\d+)">([^<]*)/.exec(trimmed)
  if (xml) return { code: Number(xml[1]), message: xml[2] ?? '' }
  if (trimmed === '' || trimmed.startsWith('<')) return {}
  return { message: trimmed }
}

function readJson(text: string): Said {
  try {
    const body = JSON.parse(text) as Record<string, unknown>
    const first = Array.isArray(body.errors)
      ? (body.errors[0] as Record<string, unknown>)
      : undefined
    const message = [first?.message, body.detail, body.title].find(
      (part) => typeof part === 'string',
    )
    const type = typeof body.type === 'string' ? body.type.split('/').at(-1) : undefined
    const word = [body.reason, type, body.title].find(
      (part) => typeof part === 'string' && Object.hasOwn(CURES, part),
    )
    return {
      ...(typeof first?.code === 'number' ? { code: first.code } : {}),
      ...(message === undefined ? {} : { message: message as string }),
      ...(word === undefined ? {} : { word: word as string }),
    }
  } catch {
    return {}
  }
}

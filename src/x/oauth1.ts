/**
 * OAuth 1.0a with X: request token, authorize, access token, invalidate. X's replies are form-encoded, whatever their
 * label says.
 *
 * @see [X: Obtaining access tokens](https://docs.x.com/fundamentals/authentication/oauth-1-0a/obtaining-user-access-tokens)
 */
import type { Config } from '../env'
import { LOGIN_CALL_TIMEOUT_MS, ONCE_CALL_TIMEOUT_MS } from '../limits'
import {
  authorizationHeader,
  type Credentials,
  type SignedRequest,
} from '../oauth/authorization-header'
import { type RawReply, type SignedCall, signedCall } from '../oauth/signed-call'
import { Secret } from '../secret'
import type { EndedTokens } from '../store/vault'
import type { NotGranted } from './answer'
import { PATHS, USER_AGENT } from './endpoints'
import type { AnswerToEnd } from './token'
import { judgeTrouble } from './trouble'
import { USER_ID, USERNAME } from './user'

/** The slice of the configuration that says which app we are at X, for OAuth 1.0a. */
export type OAuth1App = Pick<Config, 'apiOrigin' | 'apiKey' | 'apiSecret'>

/** Temporary credentials (RFC 5849 §2.1), which X calls a request token. */
export interface RequestToken {
  token: Secret
  tokenSecret: Secret
}

/** Token credentials (RFC 5849 §2.3), which X calls an access token, and whose they are. */
export interface UserToken {
  token: Secret
  tokenSecret: Secret
  /** The username is undefined where X's answer broke off before it was whole. */
  user: { id: string; username: string | undefined }
}

/**
 * Asks for a request token. One call to X.
 *
 * @param callback - registered at X, or `oob` for a PIN
 * @param accessType - what the user's token may do at most
 * @param now - Unix seconds
 * @see [RFC 5849 §2.1](https://www.rfc-editor.org/rfc/rfc5849.html#section-2.1)
 */
export async function requestToken(
  app: OAuth1App,
  callback: string,
  accessType: 'read' | 'write' | undefined,
  now: number,
): Promise<{ kind: 'granted'; value: RequestToken } | NotGranted> {
  const oauth = {
    oauth_callback: callback,
    ...(accessType ? { x_auth_access_type: accessType } : {}),
  }
  const reply = await call(app, { method: 'POST', url: PATHS.requestToken, oauth }, undefined, now)
  const form = new URLSearchParams(reply.text)
  const [token, tokenSecret] = [form.get('oauth_token'), form.get('oauth_token_secret')]
  // RFC 5849 §2.1: it must be present and true; else the callback may have been ignored.
  if (reply.status !== 200 || form.get('oauth_callback_confirmed') !== 'true')
    return judgeTrouble(reply, now)
  if (!token || !tokenSecret) return judgeTrouble({ ...reply, text: '' }, now)
  return {
    kind: 'granted',
    value: { token: new Secret(token), tokenSecret: new Secret(tokenSecret) },
  }
}

/** Where the user approves. `authenticate` may skip the consent page for who approved before. */
export function authorizePage(
  app: OAuth1App,
  page: 'authorize' | 'authenticate',
  token: Secret,
  hints: { forceLogin?: boolean; screenName?: string },
): string {
  const url = new URL(app.apiOrigin + OAUTH1_PAGES[page])
  url.searchParams.set('oauth_token', token.reveal())
  if (hints.forceLogin) url.searchParams.set('force_login', 'true')
  if (hints.screenName !== undefined) url.searchParams.set('screen_name', hints.screenName)
  return url.href
}

const OAUTH1_PAGES = { authorize: PATHS.authorize1, authenticate: PATHS.authenticate }

/** Exchanges a verifier, or a PIN, for the user's token. `now` is Unix seconds. */
export async function accessToken(
  app: OAuth1App,
  request: RequestToken,
  verifier: string,
  now: number,
): Promise<{ kind: 'granted'; value: UserToken } | NotGranted> {
  const form: [string, string][] = [['oauth_verifier', verifier]]
  const sent = { method: 'POST', url: PATHS.accessToken, form } as const
  const reply = await call(app, sent, request, now, ONCE_CALL_TIMEOUT_MS)
  const fields = new URLSearchParams(
    reply.partial === undefined ? reply.text : whole(reply.partial),
  )
  const [token, tokenSecret] = [fields.get('oauth_token'), fields.get('oauth_token_secret')]
  const said = fields.get('screen_name') || undefined
  // The digits before the hyphen of a token are the user's id.
  const id =
    fields.get('user_id') ?? (reply.partial === undefined ? '' : (token?.split('-')[0] ?? ''))
  if (reply.status !== 200 && reply.partial === undefined) return judgeTrouble(reply, now)
  // A 200 that is something else, or broke off too early: nobody knows whether X acted.
  const isKnown = USER_ID.test(id) && (said !== undefined || reply.partial !== undefined)
  if (!token || !tokenSecret || !isKnown) return judgeTrouble({ ...reply, text: '' }, now)
  // Without a username that is one, X is asked whose the token is.
  const user = { id, username: said && USERNAME.test(said) ? said : undefined }
  return {
    kind: 'granted',
    value: { token: new Secret(token), tokenSecret: new Secret(tokenSecret), user },
  }
}

/** The pairs of a form that broke off, without the last one, of which more may have been to come. */
const whole = (form: string): string => form.slice(0, Math.max(form.lastIndexOf('&'), 0))

/**
 * Ends a user's token at X; one that X does not know any more counts as ended.
 *
 * @param before - what earlier calls came to: what has ended is not sent again.
 */
export async function invalidate(
  app: OAuth1App,
  token: RequestToken,
  now: number,
  before: EndedTokens = {},
): Promise<AnswerToEnd> {
  const ended = { message: undefined, tokens: { token: 'ended' } } as const
  if (before.token === 'ended') return ended
  const reply = await call(app, { method: 'POST', url: PATHS.invalidate1 }, token, now)
  if (reply.status === 200 && reply.text.trimStart().startsWith('{')) return ended
  const { kind, message, ...rest } = judgeTrouble(reply, now)
  if (kind === 'refused' && 'what' in rest && rest.what === 'token') return ended
  return { message, tokens: kind === 'unknown' ? { token: 'unheard' } : before }
}

/** The Authorization header for a call that somebody else sends. `now` is Unix seconds. */
export function signatureFor(
  app: OAuth1App,
  token: RequestToken | undefined,
  request: SignedRequest,
  now: number,
): Promise<string> {
  return authorizationHeader(request, signer(app, token), { timestamp: now })
}

/** The credentials that sign: those of the app, and of a user whose token it has. */
export function signer(app: OAuth1App, token: RequestToken | undefined): Credentials {
  return {
    consumerKey: app.apiKey,
    consumerSecret: app.apiSecret,
    ...(token ? { token: { token: token.token.reveal(), tokenSecret: token.tokenSecret } } : {}),
  }
}

function call(
  app: OAuth1App,
  { url, ...rest }: SignedCall,
  token: RequestToken | undefined,
  timestamp: number,
  timeoutMs = LOGIN_CALL_TIMEOUT_MS,
): Promise<RawReply> {
  const at = { timestamp, userAgent: USER_AGENT, timeoutMs }
  return signedCall({ ...rest, url: app.apiOrigin + url }, signer(app, token), at)
}

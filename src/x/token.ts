/** The calls to X that make, renew and end an OAuth 2.0 grant. */
import { LOGIN_CALL_TIMEOUT_MS, ONCE_CALL_TIMEOUT_MS } from '../limits'
import * as token from '../oauth/token'
import { Secret } from '../secret'
import type { EndedTokens } from '../store/vault'
import { judge, type NotGranted, type Outcome } from './answer'
import { oauth2Client, type XApp } from './endpoints'

/** Exchanges an authorization code, once. `now` is Unix seconds. */
export async function exchangeCode(
  app: XApp,
  grant: { code: string; state: string; redirectUri: string; codeVerifier: string },
  now: number,
): Promise<Outcome> {
  const client = oauth2Client(app, ONCE_CALL_TIMEOUT_MS)
  return judge(await token.authorizationCodeGrant(client, grant), 'code', now)
}

/** Presents a refresh token, once: X takes each one a single time. `now` is Unix seconds. */
export async function refresh(
  app: XApp,
  refreshToken: Secret,
  now: number,
  timeoutMs = ONCE_CALL_TIMEOUT_MS,
): Promise<Outcome> {
  const client = oauth2Client(app, timeoutMs)
  return judge(await token.refreshTokenGrant(client, refreshToken), 'token', now)
}

/**
 * Whether X takes the app's credentials, by a refresh token that nobody has: X says that the token is invalid, which
 * it says only to an app that it knows. `now` is Unix seconds.
 */
export async function probe(app: XApp, now: number): Promise<Probed> {
  const nobodys = new Secret('perch-probe-of-the-credentials')
  const outcome = await refresh(app, nobodys, now, LOGIN_CALL_TIMEOUT_MS)
  switch (outcome.kind) {
    // X judges a token only for an app that it knows, in whatever words.
    case 'refused':
    case 'declined':
      return { credentials: 'good' }
    case 'app':
      return { credentials: 'bad', message: outcome.message }
    case 'granted':
      return { credentials: 'good' }
    default:
      return { credentials: 'unknown', message: outcome.message }
  }
}

/** Whether X takes the app's credentials, as far as it said. */
export type Probed = { credentials: 'good' } | { credentials: 'bad' | 'unknown'; message: string }

/** X’s answer to the end of a grant. */
export interface AnswerToEnd {
  /** Undefined when X confirmed that all of it has ended, else what it said instead. */
  message: string | undefined
  /** What became of its tokens. One that is not in it lives on: X refused to end it, or was not asked. */
  tokens: EndedTokens
}

/**
 * Ends a pair at X. Whether ending one token ends the other is not documented, so both are named; a token that X
 * does not know any more counts as ended (RFC 7009 §2.2).
 *
 * @param before - what earlier calls came to: what has ended is not sent again.
 */
export async function revoke(
  app: XApp,
  pair: { accessToken: Secret; refreshToken: Secret | undefined },
  now: number,
  before: EndedTokens = {},
): Promise<AnswerToEnd> {
  const client = oauth2Client(app, LOGIN_CALL_TIMEOUT_MS)
  const tokens = { ...before }
  // The refresh token first: should the second call fail, what is left dies within two hours by itself.
  const pairs = [
    ['refreshToken', 'refresh_token'],
    ['accessToken', 'access_token'],
  ] as const
  for (const [name, hint] of pairs) {
    const held = pair[name]
    if (!held || tokens[name] === 'ended') continue
    const refusal = revocationRefusal(await token.revocation(client, held, hint), now)
    if (refusal?.kind === 'unknown') tokens[name] = 'unheard'
    if (refusal) return { message: refusal.message, tokens }
    tokens[name] = 'ended'
  }
  return { message: undefined, tokens }
}

/** Why X did not end a token; undefined when it did, or does not know it any more. */
function revocationRefusal(reply: token.Reply, now: number): NotGranted | undefined {
  const ok = reply.status === 200 || reply.status === 204
  if (ok && reply.body !== 'other' && reply.error === undefined) return undefined
  const outcome = judge(reply, 'token', now)
  if (outcome.kind === 'refused' && outcome.what === 'token') return undefined
  return outcome.kind === 'granted' ? undefined : outcome
}

/** The calls to X that make, renew and end an OAuth 2.0 grant. */
import { LOGIN_CALL_TIMEOUT_MS, ONCE_CALL_TIMEOUT_MS } from '../limits'
import * as token from '../oauth/token'
import { Secret } from '../secret'
import { judge, type Outcome } from './answer'
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

export type Probed = { credentials: 'good' } | { credentials: 'bad' | 'unknown'; message: string }

/**
 * Ends a pair at X. Whether ending one token ends the other is not documented, so both are named; a token that X
 * does not know any more counts as ended (RFC 7009 §2.2).
 *
 * @returns undefined when X confirmed both, else what it said instead
 */
export async function revoke(
  app: XApp,
  pair: { accessToken: Secret; refreshToken: Secret | undefined },
  now: number,
): Promise<string | undefined> {
  const client = oauth2Client(app, LOGIN_CALL_TIMEOUT_MS)
  // The refresh token first: should the second call fail, what is left dies within two hours by itself.
  if (pair.refreshToken) {
    const message = revocationRefusal(
      await token.revocation(client, pair.refreshToken, 'refresh_token'),
      now,
    )
    if (message !== undefined) return message
  }
  return revocationRefusal(await token.revocation(client, pair.accessToken, 'access_token'), now)
}

function revocationRefusal(reply: token.Reply, now: number): string | undefined {
  const ok = reply.status === 200 || reply.status === 204
  if (ok && reply.body !== 'other' && reply.error === undefined) return undefined
  const outcome = judge(reply, 'token', now)
  if (outcome.kind === 'refused' && outcome.what === 'token') return undefined
  return outcome.kind === 'granted' ? undefined : outcome.message
}

/**
 * X's exchange of an OAuth 1.0a token for an OAuth 2.0 pair, without the user and as often as one likes. Each pair ends the
 * one that the user and the app had before; the OAuth 1.0a token stays.
 *
 * @see [X: OAuth 1.0a token exchange](https://docs.x.com/fundamentals/authentication/oauth-2-0/oauth-1-0a-token-exchange)
 */
import { tokenExchangeGrant } from '../oauth/token'
import { judge, type NotGranted, type Outcome } from './answer'
import { oauth2Client, type XApp } from './endpoints'
import { type Unnamed, whoSigns } from './me'
import type { OAuth1App, RequestToken } from './oauth1'
import { saysRefused } from './trouble'
import type { User } from './user'

/** The outcome of an exchange. `beyond`: X gives less for this token than the scopes that were asked for. */
export type UserTokenExchanged = Outcome | { kind: 'beyond'; message: string }

/**
 * Asks X for a pair.
 *
 * @param scope - what the pair shall be good for
 * @param now - Unix seconds.
 */
export async function exchangeUserToken(
  app: XApp,
  { token, tokenSecret }: RequestToken,
  scope: string,
  now: number,
  timeoutMs: number,
): Promise<UserTokenExchanged> {
  const reply = await tokenExchangeGrant(
    oauth2Client(app, timeoutMs),
    { subject_token_type: OAUTH1_TOKEN, scope },
    { subject_token: token, oauth_token_secret: tokenSecret },
  )
  const outcome = judge(reply, 'token', now)
  const isBeyond = outcome.kind === 'declined' && reply.error === 'invalid_scope'
  return isBeyond ? { kind: 'beyond', message: outcome.message } : outcome
}

const OAUTH1_TOKEN = 'urn:x:params:oauth:token-type:oauth1_token'

/**
 * The meaning of X's `invalid_grant`: it is the same for a token that has ended and for API key and client id of two apps.
 * The token's own signature tells them apart.
 *
 * @param refusal - what X said of the exchange
 * @param now - Unix seconds
 * @returns the same where X refuses the signature as well; `unavailable` where X takes it; else nobody knows yet.
 */
export async function proven(
  app: OAuth1App,
  token: RequestToken,
  refusal: Extract<NotGranted, { kind: 'refused' }>,
  now: number,
): Promise<typeof refusal | { kind: 'unavailable' | 'declined'; message: string }> {
  const said = await whoSigns(app, token, now)
  if (isNamed(said)) return { kind: 'unavailable', message: refusal.message }
  return saysRefused(said.message) ? refusal : { kind: 'declined', message: said.message }
}

const isNamed = (said: User | Unnamed): said is User => !('message' in said)

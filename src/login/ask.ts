/** What X is asked when a login begins: by OAuth 2.0 nothing yet, by OAuth 1.0a a request token. */
import { type Config, need } from '../env'
import { Failure } from '../failure'
import { scopesToAsk } from '../scopes'
import { type Authorization, newAuthorization } from '../x/authorize'
import { requestToken } from '../x/oauth1'
import type { AskedRequestToken, Hints } from './pending'

/** What a new login wants of X. */
export interface LoginAsk {
  /** The address that X sends people back to, as it is registered there. */
  callbackUrl: string
  /** OAuth 2.0 scopes to ask for; the configured ones when absent. */
  scope?: string[]
  /** `false`: the login shall end with its access token, after two hours. */
  offline?: boolean
  /** What an OAuth 1.0a token may do at most (`x_auth_access_type`). */
  accessType?: 'read' | 'write'
  hints?: Hints
}

/** An authorization request of our own making. @throws Failure `config_incomplete` when it needs X_SCOPES, and that is wrong. */
export function newRequest(
  config: Config,
  { callbackUrl, scope, offline }: LoginAsk,
): Authorization {
  if (scope === undefined) need(config, 'X_SCOPES')
  return newAuthorization(callbackUrl, scopesToAsk(scope ?? config.scopes, offline))
}

/**
 * A request token that X gives. One call to X.
 *
 * @param callback - the callback URL, or `oob` where X shows a PIN instead
 * @param now - Unix seconds
 * @throws Failure `x_rate_limited`, `x_unreachable`, `login_refused_by_x`, and what X's words mean of the app:
 *   `app_credentials_refused`, `callback_refused`, `clock_wrong`, `plan_refused`, `wrong_auth_type`, `user_blocked`.
 */
export async function askRequestToken(
  config: Config,
  { accessType, hints = {} }: LoginAsk,
  callback: string,
  now: number,
): Promise<AskedRequestToken> {
  const outcome = await requestToken(config, callback, accessType, now)
  if (outcome.kind === 'granted') return { hints, ...outcome.value }
  if (outcome.kind === 'later')
    throw new Failure('x_rate_limited', outcome.message, outcome.retryAfter)
  const said = outcome.kind === 'unknown' ? 'x_unreachable' : 'login_refused_by_x'
  const code = outcome.kind === 'app' ? outcome.failure : said
  throw new Failure(
    code,
    code === 'callback_refused' ? `${outcome.message} We sent ${callback}.` : outcome.message,
  )
}

/**
 * Where X's endpoints are. Two hosts: `api` for calls, `web` for the pages that people see.
 *
 * @see [X: OAuth 2.0 Authorization Code Flow with PKCE](https://docs.x.com/fundamentals/authentication/oauth-2-0/authorization-code)
 */
import type { Config } from '../env'
import { LOGIN_CALL_TIMEOUT_MS } from '../limits'
import type { OAuth2Client } from '../oauth/client'
import type { ClientType } from '../setting-values'

/** A call to X's OAuth names itself; no header of the visitor is passed on. */
export const USER_AGENT = 'perch (https://developers.cloudflare.com/workers)'

/** How a call to X that can be made again introduces itself, and how long it may take. */
export const REPEATABLE_CALL = { userAgent: USER_AGENT, timeoutMs: LOGIN_CALL_TIMEOUT_MS }

/** The paths of X's endpoints: pages for people on the web origin, all else on the API's. */
export const PATHS = {
  authorize: '/i/oauth2/authorize',
  token: '/2/oauth2/token',
  revoke: '/2/oauth2/revoke',
  me: '/2/users/me',
  requestToken: '/oauth/request_token',
  authorize1: '/oauth/authorize',
  authenticate: '/oauth/authenticate',
  accessToken: '/oauth/access_token',
  invalidate1: '/1.1/oauth/invalidate_token',
  appToken: '/oauth2/token',
  appInvalidate: '/oauth2/invalidate_token',
  webhooks: '/2/webhooks',
  replay: '/2/webhooks/replay',
  subscriptions: '/2/activity/subscriptions',
} as const

/** The slice of the configuration that says which app we are at X. */
export type XApp = Pick<Config, 'apiOrigin' | 'webOrigin' | 'clientId' | 'clientSecret'> & {
  clientType: ClientType
}

/**
 * Perch as an OAuth 2.0 client of X.
 *
 * @param timeoutMs - milliseconds that one call may take.
 */
export function oauth2Client(app: XApp, timeoutMs: number): OAuth2Client {
  return {
    tokenEndpoint: app.apiOrigin + PATHS.token,
    revocationEndpoint: app.apiOrigin + PATHS.revoke,
    clientId: app.clientId,
    clientSecret: app.clientType === 'confidential' ? app.clientSecret : undefined,
    userAgent: USER_AGENT,
    timeoutMs,
  }
}

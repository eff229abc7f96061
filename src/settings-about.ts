/** What each setting is, as README's tables say it. Not in the Worker's bundle: tests alone read it. */
import type { Setting } from './settings'

/** The sentences of README's tables, by setting. */
export const ABOUT: { readonly [N in Setting]: string } = {
  PUBLIC_ORIGIN: 'the https origin people reach Perch by; needed everywhere but on localhost',
  DEV_HTTP_HOSTS:
    'development only: hosts besides localhost that may be asked in plain http, such as `host.docker.internal`, or the host of a tunnel',
  X_CLIENT_ID: 'OAuth 2.0 Client ID (not the API key)',
  X_CLIENT_SECRET: 'OAuth 2.0 Client Secret; public clients have none',
  X_LOGIN_CLIENT_ID:
    'Client ID of a second X app, for logins with `"keep": false`: X ends a user’s grant for a new one of the same app. Else leave it out',
  X_LOGIN_CLIENT_SECRET: 'its Client Secret; a public client has none',
  X_API_KEY:
    'API Key, for OAuth 1.0a, signing and the app-only bearer; leave out what you do not use',
  X_API_SECRET: 'API Key Secret, for the same',
  X_CLIENT_TYPE: 'or `public` (Native App, Single Page App): then there is no secret',
  X_SCOPES:
    'what a login asks for, beside `offline.access` and the two scopes without which X does not say who logged in: all that any of your programs needs',
  LOGIN_ALLOW: '`*`, or X user ids and usernames. Unset: only programs can begin logins',
  LOGIN_FLOWS: 'the ways to log in that are offered: `oauth2`, `oauth1`, `signin`, `pin`',
  LOGIN_EXCHANGE:
    '`on`: the OAuth 1.0a token that a login in a browser brings is exchanged for an OAuth 2.0 pair, so that the account holds both. Programs say so with each login (`exchange`)',
  X_APP_OWNER:
    'X user id of the app’s owner, who logged in here by OAuth 1.0a: lets the app-only bearer be invalidated in his name',
  RETURN_TO:
    'where logins may return: origins (`http://localhost`: its every port), and addresses of apps in full (`myapp://callback`)',
  REFRESH_POLICY:
    'what a program used in the last 36 hours is kept fresh; the rest is refreshed when a lease asks, and every 30 days. `warm`: all are kept fresh. `lazy:30d`: all are refreshed when a lease asks, and at least every so many days',
  EVENTS_DAYS: 'for how many days events stay in the log',
  X_API_ORIGIN: 'where X’s API is; plain http for localhost only',
  X_WEB_ORIGIN: 'where X’s pages are; plain http for localhost only',
  SEALING_KEYS:
    '`openssl rand -base64 32`; several, comma separated: the first seals, all open. Keep a copy outside Cloudflare',
  ADMIN_KEY: '`openssl rand -base64 32`',
  ADMIN_KEY_NEXT:
    'a second admin key that works as well, while the first one is replaced; else leave it out',
}

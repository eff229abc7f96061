/**
 * Every way a call can fail: HTTP status, what happened, whether the same call may succeed later,
 * and what to do about it. The one table; the wire, the pages and `/problems` are read from it.
 */
export const FAILURES = {
  // the call itself
  not_found: f(404, 'There is nothing here', false, 'Check the address.'),
  method_not_allowed: f(
    405,
    'This address takes other methods',
    false,
    'Use one of the methods that the header `Allow` names.',
  ),
  request_malformed: f(
    400,
    'The request is not as expected',
    false,
    'Correct what `detail` names.',
  ),
  request_too_large: f(
    413,
    'The request is too large',
    false,
    'Send at most 64 KiB; of an import’s lines at most 200 at once, and 256 KiB; of X’s deliveries 1 MiB.',
  ),
  https_required: f(
    403,
    'Plain http is refused',
    false,
    'Use https. In development the operator may name this host in DEV_HTTP_HOSTS.',
  ),
  rate_limited: f(429, 'Too many logins begun', true, 'Wait a minute, then try again.'),
  internal: f(500, 'Something went wrong inside Perch', true, 'Try again. The log has the cause.'),

  // what X delivers
  signature_wrong: f(
    401,
    'This is not signed by X',
    false,
    'Deliveries are taken with X’s signature alone. Where they come from X, see docs/x-webhooks.md.',
  ),
  webhook_secret_missing: f(
    503,
    'The secret that X signs with is not configured',
    true,
    'The operator sets what `detail` names.',
  ),

  webhook_missing: f(
    409,
    'X has no webhook of this deployment',
    false,
    'The operator registers it with PUT /v1/x/webhook.',
  ),
  webhook_check_failed: f(
    502,
    'X’s check of our address failed',
    false,
    'The operator sees to it that X reaches PUBLIC_ORIGIN without a redirect or a login page, and that X_CLIENT_SECRET or X_API_SECRET is the app’s; then PUT /v1/x/webhook again.',
  ),
  webhook_url_refused: f(
    502,
    'X does not take this address for a webhook',
    false,
    'The operator sets PUBLIC_ORIGIN to a public https address of at most 200 characters, without a port.',
  ),
  webhook_limit: f(
    409,
    'X lets this developer account have no further webhook',
    false,
    'X counts webhooks per developer account. The operator ends the other one, where it belongs.',
  ),
  replay_running: f(409, 'X is delivering again already', true, 'Try again once that is done.'),
  subscription_refused: f(
    502,
    'X does not let this be subscribed to',
    false,
    'Do what `detail` says. Private types need a grant with the scope that docs/x-webhooks.md names.',
  ),
  subscription_unknown: f(
    404,
    'This account has no such subscription',
    false,
    'GET …/subscriptions lists them.',
  ),
  x_refused: f(502, 'X refuses this', false, 'Do what `detail` says.'),

  // the set-up
  config_incomplete: f(500, 'Perch is not set up yet', false, 'Set what `detail` names.'),
  app_credentials_refused: f(
    502,
    'X refuses the credentials of this app',
    false,
    'The operator checks X_CLIENT_ID, X_CLIENT_SECRET and X_CLIENT_TYPE (for OAuth 1.0a and the app-only bearer X_API_KEY and X_API_SECRET) against the developer portal (Keys and tokens), and that the app is not suspended. Logging in again does not help.',
  ),
  callback_refused: f(
    502,
    'X refuses the callback address',
    false,
    'The operator registers the callback URL that `detail` names, exactly as it stands there, in the X app’s settings.',
  ),
  clock_wrong: f(502, 'X finds that our clock is wrong', true, 'Try again in a moment.'),
  plan_refused: f(
    502,
    'The app’s plan or set-up at X does not allow this',
    false,
    'The operator does what `detail` says in X’s developer portal.',
  ),
  wrong_auth_type: f(
    502,
    'X wants another kind of token here',
    false,
    'Use the kind of token that `detail` names.',
  ),
  user_blocked: f(
    403,
    'X has blocked this account',
    false,
    'The user settles it with X, as `detail` says, then logs in again.',
  ),
  x_unreachable: f(503, 'X did not give a usable answer', true, 'Try again in a moment.'),
  object_unreachable: f(
    503,
    'A part of Perch does not answer',
    true,
    'Try again in a moment. Nothing was changed.',
  ),
  storage_unavailable: f(
    503,
    'The storage refuses',
    true,
    'Try again in a minute. On the free plan KV takes 1,000 writes and 100,000 reads a day; that day ends at 00:00 UTC.',
  ),
  storage_newer: f(
    503,
    'A later version of Perch wrote this record',
    true,
    'Try again in a few minutes: a new version may be on its way. If it stays so, the operator deploys the later version again. Nothing was changed.',
  ),
  events_expired: f(
    410,
    'Events after this number are not in the log any more',
    false,
    'Some were missed: look at the accounts themselves, then read on with `after` one below `first_seq`.',
  ),
  sealed_unreadable: f(
    500,
    'A sealed record does not open',
    false,
    'The operator puts the key that sealed it back into SEALING_KEYS. Nothing was changed.',
  ),

  // callers
  key_missing: f(401, 'No key was sent', false, 'Send `Authorization: Bearer <caller key>`.'),
  key_invalid: f(
    401,
    'This key is not valid',
    false,
    'Check for a truncated copy; the key may also have expired or been deleted.',
  ),
  scope_missing: f(
    403,
    'This key may not do that',
    false,
    'Use a key that has the scope named in `detail`.',
  ),
  caller_unknown: f(404, 'No caller has this id', false, 'List them with GET /v1/callers.'),
  endpoint_unknown: f(404, 'No endpoint has this id', false, 'List them with GET /v1/endpoints.'),
  endpoint_disabled: f(
    409,
    'This endpoint is switched off',
    false,
    'Switch it on first: PATCH it with `"enabled": true`.',
  ),
  too_many: f(409, 'There are too many of these', false, 'Do what `detail` says.'),

  // accounts
  account_unknown: f(404, 'This account is not connected', false, 'Log in with X first.'),
  account_disconnecting: f(
    409,
    'This account is being disconnected',
    true,
    'Wait until it is done, then log in again.',
  ),
  login_required: f(
    409,
    'The user has to log in with X again',
    false,
    'Send the user to `login_url`; where there is none, `detail` says what to do.',
  ),
  refresh_failed: f(
    503,
    'The token could not be refreshed yet',
    true,
    'Try again after `retry_after` seconds. The grant is kept.',
  ),
  refresh_limited: f(
    503,
    'This account was refreshed on demand a moment ago',
    true,
    'Try again after `retry_after` seconds. Without `rejected=`, a lease gives the current token at once.',
  ),
  app_halted: f(
    503,
    'Refreshes are halted for the whole app',
    true,
    'The operator looks at GET /v1/status and does what `detail` says. No grant is touched meanwhile, and refreshes go on by themselves once X takes them again.',
  ),
  refreshes_frozen: f(
    503,
    'Refreshes are frozen',
    true,
    'The operator ends the freeze with DELETE /v1/freeze; or the accounts moved to another deployment: ask that one. Nothing was changed, and tokens that live are still leased.',
  ),
  account_connected: f(
    409,
    'This account is connected already',
    false,
    'A backup is restored only where nothing is. Nothing was changed.',
  ),
  account_disconnected: f(
    409,
    'This account was deleted less than a day ago',
    false,
    'What was deleted on purpose is not restored. Log in with X instead.',
  ),
  app_changed: f(
    503,
    'This account was connected with another app',
    false,
    'The operator sets X_CLIENT_ID or X_API_KEY back to what `detail` names, or the user logs in again. The grant is kept.',
  ),
  not_signable: f(
    400,
    'This request is not signed here',
    false,
    'Sign calls of X’s API only: https, a host of X, a path of its API, plainly written; `detail` says what stands against this one.',
  ),
  grant_of_another: f(
    409,
    'The token belongs to another account',
    false,
    'Import it under the id that X names for it. `detail` says what was changed.',
  ),
  grant_unconfirmed: f(
    503,
    'X did not say whose this token is',
    true,
    'Nothing was changed. Try again later, where X asks to wait after `retry_after` seconds; if the token has expired, bring its refresh token along, or refresh it where it comes from first.',
  ),
  import_unfinished: f(
    503,
    'X did not say yet whose these tokens are',
    true,
    'They are kept safe: Perch refreshes them and asks X for a day. Send the same import again, after `retry_after` seconds, to see how it went.',
  ),
  refresh_token_refused: f(
    400,
    'X refuses this refresh token',
    false,
    'It was used already, has lapsed, or is of another app: X takes each one once. Log in with X instead.',
  ),
  import_superseded: f(
    409,
    'The account changed meanwhile',
    true,
    'A login, a refresh or a DELETE came first, and nothing was imported. See what the account holds now, then try again if need be.',
  ),
  grant_unknown: f(
    404,
    'This account has no such grant',
    false,
    'See `grants` of GET /v1/accounts/:id.',
  ),
  grant_works: f(
    409,
    'The OAuth 2.0 grant of this account works',
    false,
    'X ends it when it gives another pair. Send `"replace": true` if that is what you want.',
  ),
  exchange_refused: f(
    502,
    'X did not exchange the OAuth 1.0a token',
    false,
    'Do what `detail` says. Nothing was changed.',
  ),
  exchange_unavailable: f(
    502,
    'X exchanges no OAuth 1.0a tokens for this app',
    false,
    'The operator checks that X_API_KEY and X_CLIENT_ID are of one app, and that OAuth 2.0 is on in its settings at X. The OAuth 1.0a token is good and goes on signing.',
  ),
  bearer_unknown: f(404, 'No app-only bearer is held', false, 'GET /v1/app/token fetches one.'),
  invalidate_failed: f(
    502,
    'X did not invalidate the bearer',
    true,
    'Regenerate the bearer token in X’s developer portal: that is the sure way. Then ?force=true makes Perch forget the old one.',
  ),
  revoke_failed: f(
    503,
    'X did not confirm that the tokens are revoked',
    true,
    'Try again later; or send ?force=true to forget the account here, and let the user remove the app at X (Settings, Connected apps).',
  ),

  // logins: before X
  flow_unavailable: f(
    400,
    'This way to log in is not offered',
    false,
    'Use a flow `detail` names.',
  ),
  return_to_refused: f(
    400,
    'This return address is not allowed',
    false,
    'Correct the address as is said with it. RETURN_TO lists where logins may return.',
  ),
  prefetch_refused: f(503, 'Not begun for a prefetch', true, 'Follow the link to log in.'),
  navigation_expected: f(
    403,
    'A login needs a window of its own',
    false,
    'Open the address as a page, by a link or in a new window. In a frame, for a picture or by a script no login begins or ends.',
  ),

  // logins: after X
  login_unknown: f(
    404,
    'This login is unknown or has expired',
    false,
    'Start again: a login lives ten minutes.',
  ),
  login_elsewhere: f(
    403,
    'This login was started in another browser',
    false,
    'Perhaps X’s app opened this page: then copy its address, within 30 seconds, into the browser in which you began. If you began in a program, paste it there. Otherwise start again in this browser, with cookies allowed.',
  ),
  login_taken: f(
    409,
    'This login was completed in another browser',
    false,
    'Only that browser is told who logged in. If it was not you, somebody else used your login link: start again, and do not pass the link on.',
  ),
  proof_wrong: f(
    403,
    'This proof is not this login’s',
    false,
    'Bring the proof that stands behind the dot in `login=<id>.<proof>`, as the browser that logged in came back with it. Without it nobody learns who that was.',
  ),
  proof_spent: f(
    403,
    'The proof of this login was used already',
    false,
    'A proof works for the first program that shows it, for a minute. If yours was not the first, somebody else holds it: begin a new login, and do not sign anybody in.',
  ),
  return_to_not_covered: f(
    403,
    'This caller’s addresses do not cover the login’s return address',
    false,
    'The operator makes a caller whose `return_to` lists the app’s addresses (POST /v1/callers); or begin the login with POST /v1/logins and ask with the same key.',
  ),
  callback_malformed: f(
    400,
    'X’s answer cannot be read',
    false,
    'Start again. Nothing was changed.',
  ),
  login_cancelled: f(
    403,
    'You did not give access',
    false,
    'Nothing was connected. Start again if that was a mistake.',
  ),
  login_refused_by_x: f(
    502,
    'X ended the login with an error',
    false,
    'Start again. If it comes again, the operator looks at what X says.',
  ),
  code_refused: f(
    400,
    'X refuses the authorization code',
    false,
    'Start again: a code works once, for 30 seconds.',
  ),
  code_expired: f(
    400,
    'The authorization code is too old',
    false,
    'Start again: a code lives 30 seconds from the approval on.',
  ),
  request_token_expired: f(
    400,
    'X does not know this request token any more',
    false,
    'Start again: it was used already, or it is too old.',
  ),
  pkce_refused: f(
    400,
    'X refuses the proof that this login is ours',
    false,
    'Start again. If it happens again, the callback of another login was mixed in.',
  ),
  pin_wrong: f(
    400,
    'X does not know this PIN',
    true,
    'Type the number X shows, without spaces; after five wrong ones start again.',
  ),
  verifier_refused: f(
    400,
    'X refuses the verifier',
    false,
    'Start again: a verifier works once, while its request token lives.',
  ),
  redirect_uri_refused: f(
    502,
    'X refuses the callback address',
    false,
    'The operator registers the callback URL shown on the start page, exactly as it stands there, in the X app’s settings.',
  ),
  login_reply_lost: f(
    502,
    'X’s answer got lost',
    false,
    'Start again. X may have used up the code, so this login cannot be finished.',
  ),
  x_rate_limited: f(
    503,
    'X asks us to wait',
    true,
    'Try again, or reload, after `retry_after` seconds.',
  ),
  login_too_late: f(
    503,
    'X asks us to wait longer than your approval lives',
    true,
    'Start again after `retry_after` seconds.',
  ),
  login_used_up: f(
    400,
    'Too many answers were tried for this login',
    false,
    'Start again: one login sends X five answers at most.',
  ),
  login_told: f(
    409,
    'The app was told of another account by then',
    false,
    'The login stays that of the first account. Start again to log in with this one.',
  ),
  login_app_changed: f(
    409,
    'Another X app logs people in by now',
    false,
    'Start again: the operator changed X_LOGIN_CLIENT_ID while this login was under way. Nothing was sent to X, and nothing is kept.',
  ),
  login_unfinished: f(
    503,
    'Almost done',
    true,
    'Your approval is kept safe. Reload this page after `retry_after` seconds; Perch also keeps trying by itself.',
  ),
  identity_unknown: f(
    502,
    'X never told us who logged in',
    false,
    'Start again. Perch asked for a day, or X ended the access before that; nothing of it is kept here.',
  ),
  account_not_allowed: f(
    403,
    'This account may not log in here',
    false,
    'The operator decides who may, with LOGIN_ALLOW or the key’s account list. An account that is connected here stays connected; of any other an OAuth 2.0 access is given back to X; one by OAuth 1.0a is kept nowhere here.',
  ),
  login_superseded: f(
    409,
    'The account was disconnected meanwhile',
    false,
    'The access was given back. Start again to connect it anew.',
  ),
} as const satisfies Record<string, FailureRow>

interface FailureRow {
  status: 400 | 401 | 403 | 404 | 405 | 409 | 410 | 413 | 429 | 500 | 502 | 503
  title: string
  retry: boolean
  fix: string
}

function f<S extends FailureRow['status']>(status: S, title: string, retry: boolean, fix: string) {
  return { status, title, retry, fix }
}

/** The stable code of a failure, as callers see it. */
export type FailureCode = keyof typeof FAILURES

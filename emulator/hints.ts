import type { Call } from './store/calls.ts'

/** What a client has done wrong, in words that say what to do; the first that fits. */
const HINTS: [pattern: RegExp, hint: string][] = [
  [/no such endpoint/, 'X has no such path: look at the host and at the version in front of it.'],
  [
    /emulator does not play/,
    'X has this operation; the emulator ends here. It is not your client.',
  ],
  [
    /Missing valid authorization header.*no Basic/,
    'The app is confidential: send Basic with client id and client secret. PUT /_emulator/app {"type":"public"} if yours is not.',
  ],
  [
    /client_secret in the body/,
    'X does not take client_secret in the body alone: send Basic with client id and client secret.',
  ],
  [
    /Basic is percent-encoded/,
    'The client percent-encodes id and secret in Basic (RFC 6749 §2.3.1). Whether X decodes is not known: basic_encoding is the setting.',
  ],
  [
    /client secret wrong/,
    'The client secret is another than the app’s. A newline at its end is enough.',
  ],
  [
    /client id unknown|API key unknown/,
    'The id is another than the app’s: GET /_emulator/state shows it.',
  ],
  [
    /this is the client id/,
    'Two pairs of credentials: client id and secret are OAuth 2.0’s, API key and secret are OAuth 1.0a’s and app-only’s.',
  ],
  [
    /\[code_verifier\]|code verifier did not match/,
    'PKCE: keep the verifier of the very request that the code came from, and send it.',
  ],
  [
    /redirect uri did not match/,
    'redirect_uri must be the one of the authorization request, to the letter.',
  ],
  [
    /authorization code was invalid.*spent/,
    'A code works once: the callback was handled twice, or the exchange was repeated.',
  ],
  [/authorization code was invalid.*expired/, 'A code lives 30 seconds.'],
  [
    /token was invalid.*spent/,
    'A refresh token works once. Another process has used it, or the reply that carried the next one was lost.',
  ],
  [
    /token was invalid.*replaced/,
    'A newer login of the same user has ended this grant: X keeps one per app and user.',
  ],
  [/revoked_by_user/, 'The user has taken the app’s access away: they must log in again.'],
  [/\[token_type_hint\]/, 'X wants token_type_hint when a token is revoked.'],
  [
    /Missing required parameter \[grant_type\]/,
    'The parameters were not found: send them as application/x-www-form-urlencoded.',
  ],
  [
    /invalid_scope|X has no scope/,
    'The scope is none of X’s: see its list, or set unknown_scopes to grant.',
  ],
  [
    /scope .* missing/,
    'The token lacks a scope that this operation needs: ask for it at the login.',
  ],
  [
    /bad_signature|signature wrong/,
    'The signature covers method, URL as it arrives here, query and form (no JSON), with both secrets. Compare your base string’s URL with the one that you call.',
  ],
  [
    /timestamp_out_of_bounds/,
    'The client’s clock differs from the emulator’s (GET /_emulator/state shows it) by more than 5 minutes.',
  ],
  [
    /nonce_replayed/,
    'A nonce may be used once for each timestamp: the same request was sent twice.',
  ],
  [
    /callback_not_approved|is not registered/,
    'The callback must be registered to the letter: PUT /_emulator/app {"callbacks":[…]}.',
  ],
  [/desktop_app/, 'The app has no callback, so X takes oob alone.'],
  [/no bearer token/, 'The call shows no token: send Authorization: Bearer, or sign it.'],
  [/oauth_callback is missing/, 'Sign oauth_callback, always; oob for a PIN.'],
  [/invalid_verifier.*spent/, 'The verifier was used before.'],
  [
    /read_only|token read,/,
    'The app or the token may read alone: a higher level needs a new consent.',
  ],
  [
    /wrong_kind|unsupported/,
    'This operation takes another kind of token: the answer’s detail names them.',
  ],
  [
    /is not JSON/,
    'API 2 takes bodies as JSON alone: send it, with Content-Type: application/json.',
  ],
  [
    /parameter, or its value, unknown/,
    'X does not take this parameter here, or not this value: the answer lists what it takes.',
  ],
  [/field of the body unknown/, 'X does not take this field: the answer names it.'],
  [
    /user_suspended|user_locked/,
    'The user is suspended or locked, which no token changes: PUT /_emulator/user {"username":"…","status":"active"}.',
  ],
  [
    /reused/,
    'A spent refresh token was shown, and reuse is ends_family: the user must log in again.',
  ],
  [/rate.limit/, 'Too many calls: wait until x-rate-limit-reset, or advance the clock.'],
  [
    /request token/,
    'A request token works once and lives 15 minutes: ask for a new one at /oauth/request_token.',
  ],
  [/expired/, 'The token has expired: refresh it.'],
  [
    /refused.* unknown|dead_token unknown|dead_bearer unknown/,
    'Nothing like it was given out here, or not since the last reset: GET /_emulator/state shows what lives.',
  ],
]

/** What to tell the developer about a call that was refused; null if there is nothing. */
export function hintFor({ outcome, why, notes }: Call): string | null {
  if (!/refused|no such endpoint|^[a-z]+_[a-z_]+$/.test(outcome) && why === null) return null
  const text = [outcome, why ?? '', ...notes].join(' ')
  return HINTS.find(([pattern]) => pattern.test(text))?.[1] ?? null
}

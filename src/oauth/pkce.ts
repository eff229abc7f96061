import * as oauth from 'oauth4webapi'

/**
 * Fresh `state` and `code_verifier`.
 *
 * @see [RFC 7636 §4.1](https://www.rfc-editor.org/rfc/rfc7636.html#section-4.1)
 */
export function newProof(): { state: string; codeVerifier: string } {
  return { state: oauth.generateRandomState(), codeVerifier: oauth.generateRandomCodeVerifier() }
}

/**
 * The S256 `code_challenge` of a verifier.
 *
 * @see [RFC 7636 §4.2](https://www.rfc-editor.org/rfc/rfc7636.html#section-4.2)
 */
export const challengeOf = (codeVerifier: string): Promise<string> =>
  oauth.calculatePKCECodeChallenge(codeVerifier)

/**
 * The address of the authorization request that the browser is sent to.
 *
 * @see [RFC 6749 §4.1.1](https://www.rfc-editor.org/rfc/rfc6749.html#section-4.1.1), RFC 7636 §4.3.
 */
export function authorizationUrl(
  endpoint: string,
  request: {
    clientId: string
    redirectUri: string
    scope: string
    state: string
    codeChallenge: string
  },
): string {
  const parameters = {
    response_type: 'code',
    client_id: request.clientId,
    redirect_uri: request.redirectUri,
    scope: request.scope,
    state: request.state,
    code_challenge: request.codeChallenge,
    code_challenge_method: 'S256',
  }
  // Spaces as %20, not as URLSearchParams' plus: what X documents for the scope list.
  const query = Object.entries(parameters).map(([k, value]) => `${k}=${encodeURIComponent(value)}`)
  return `${endpoint}?${query.join('&')}`
}

/** X's authorize page: what a login brings up, and the address to send the browser to. */
import { authorizationUrl, challengeOf, newProof } from '../oauth/pkce'
import { Secret } from '../secret'
import { PATHS, type XApp } from './endpoints'

/** What a login must remember until X's answer. */
export interface Authorization {
  state: Secret
  codeVerifier: Secret
  /** As sent to X, to be sent again with the code (RFC 6749 §4.1.3). */
  redirectUri: string
  scope: string
}

/**
 * A fresh authorization request: `state` and `code_verifier` are new.
 *
 * @param redirectUri - the callback URL as it is registered at X
 * @param scope - with spaces between.
 */
export function newAuthorization(redirectUri: string, scope: string): Authorization {
  const { state, codeVerifier } = newProof()
  return { state: new Secret(state), codeVerifier: new Secret(codeVerifier), redirectUri, scope }
}

/** Always the same address for the same authorization, so that a page can lead there again. */
export async function authorizeUrl(app: XApp, asked: Authorization): Promise<string> {
  return authorizationUrl(app.webOrigin + PATHS.authorize, {
    clientId: app.clientId,
    redirectUri: asked.redirectUri,
    scope: asked.scope,
    state: asked.state.reveal(),
    codeChallenge: await challengeOf(asked.codeVerifier.reveal()),
  })
}

import * as oauth from 'oauth4webapi'
import { APP, consent, SCOPES } from './x.ts'

/** oauth4webapi, as its examples have it: every check on, and Basic as RFC 6749 has it. */
export async function play() {
  const as: oauth.AuthorizationServer = {
    issuer: 'https://x.com',
    authorization_endpoint: 'https://x.com/i/oauth2/authorize',
    token_endpoint: 'https://api.x.com/2/oauth2/token',
    revocation_endpoint: 'https://api.x.com/2/oauth2/revoke',
  }
  const client: oauth.Client = { client_id: APP.clientId }
  const authenticate = oauth.ClientSecretBasic(APP.clientSecret)
  const verifier = oauth.generateRandomCodeVerifier()
  const state = oauth.generateRandomState()
  const url = new URL(as.authorization_endpoint ?? '')
  const asked = {
    client_id: client.client_id,
    redirect_uri: APP.callback,
    response_type: 'code',
    scope: SCOPES.join(' '),
    state,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
  }
  for (const [name, value] of Object.entries(asked)) url.searchParams.set(name, value)
  const back = oauth.validateAuthResponse(as, client, await consent(url), state)
  const tokens = await oauth.processAuthorizationCodeResponse(
    as,
    client,
    await oauth.authorizationCodeGrantRequest(
      as,
      client,
      authenticate,
      back,
      APP.callback,
      verifier,
    ),
  )
  const again = await oauth.processRefreshTokenResponse(
    as,
    client,
    await oauth.refreshTokenGrantRequest(as, client, authenticate, tokens.refresh_token ?? ''),
  )
  const me = () =>
    oauth.protectedResourceRequest(
      again.access_token,
      'GET',
      new URL('https://api.x.com/2/users/me'),
    )
  const { data } = (await (await me()).json()) as { data: { username: string } }
  const hint = { additionalParameters: { token_type_hint: 'access_token' } }
  await oauth.processRevocationResponse(
    await oauth.revocationRequest(as, client, authenticate, again.access_token, hint),
  )
  const revoked = await me().then(
    ({ status }) => status,
    (error: { status?: number }) => error.status,
  )
  return { refreshed: data.username, revoked }
}

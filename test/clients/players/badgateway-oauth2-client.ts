import { generateCodeVerifier, OAuth2Client } from '@badgateway/oauth2-client'
import { APP, consent, SCOPES, whose } from './x.ts'

/** @badgateway/oauth2-client: Basic as it is sent unless one asks for RFC 6749's percent-encoding. */
export async function play() {
  const client = new OAuth2Client({
    clientId: APP.clientId,
    clientSecret: APP.clientSecret,
    authorizationEndpoint: 'https://x.com/i/oauth2/authorize',
    tokenEndpoint: 'https://api.x.com/2/oauth2/token',
    revocationEndpoint: 'https://api.x.com/2/oauth2/revoke',
    authenticationMethod: 'client_secret_basic_interop',
  })
  const asked = {
    redirectUri: APP.callback,
    state: 'a-state',
    codeVerifier: await generateCodeVerifier(),
  }
  const url = await client.authorizationCode.getAuthorizeUri({ ...asked, scope: SCOPES })
  const tokens = await client.authorizationCode.getTokenFromCodeRedirect(await consent(url), asked)
  const again = await client.refreshToken(tokens)
  const refreshed = await whose(again.accessToken)
  await client.revoke(again, 'access_token')
  return { refreshed, revoked: await whose(again.accessToken) }
}

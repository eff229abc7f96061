import * as client from 'openid-client'
import { APP, consent, SCOPES } from './x.ts'

/** A generic client. Its Basic percent-encodes `-` and `_`, as RFC 6749 says. */
export async function play() {
  const server = {
    issuer: 'https://x.com',
    authorization_endpoint: 'https://x.com/i/oauth2/authorize',
    token_endpoint: 'https://api.x.com/2/oauth2/token',
    revocation_endpoint: 'https://api.x.com/2/oauth2/revoke',
  }
  const basic = client.ClientSecretBasic(APP.clientSecret)
  const config = new client.Configuration(server, APP.clientId, APP.clientSecret, basic)
  const pkceCodeVerifier = client.randomPKCECodeVerifier()
  const expectedState = client.randomState()
  const url = client.buildAuthorizationUrl(config, {
    redirect_uri: APP.callback,
    scope: SCOPES.join(' '),
    state: expectedState,
    code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256',
  })
  const back = await consent(url)
  const tokens = await client.authorizationCodeGrant(config, back, {
    pkceCodeVerifier,
    expectedState,
  })
  const again = await client.refreshTokenGrant(config, tokens.refresh_token ?? '')
  const me = new URL('https://api.x.com/2/users/me')
  const reply = await client.fetchProtectedResource(config, again.access_token, me, 'GET')
  const { data } = (await reply.json()) as { data: { username: string } }
  await client.tokenRevocation(config, again.access_token, { token_type_hint: 'access_token' })
  const revoked = await client.fetchProtectedResource(config, again.access_token, me, 'GET').then(
    ({ status }) => status,
    (error: { status?: number }) => error.status,
  )
  return { refreshed: data.username, revoked }
}

import { AuthorizationCode } from 'simple-oauth2'
import { APP, consent, SCOPES, whose } from './x.ts'

/** simple-oauth2: its own agent takes no proxy from the environment, so it is given the emulator's origin. */
export async function play() {
  const client = new AuthorizationCode({
    client: { id: APP.clientId, secret: APP.clientSecret },
    auth: {
      tokenHost: process.env.X_CONTROL ?? '',
      tokenPath: '/2/oauth2/token',
      revokePath: '/2/oauth2/revoke',
      authorizeHost: process.env.X_CONTROL ?? '',
      authorizePath: '/i/oauth2/authorize',
    },
    options: { credentialsEncodingMode: 'loose' },
  } as never)
  const verifier = 'a-verifier-of-forty-three-characters-or-more'
  const url = client.authorizeURL({
    redirect_uri: APP.callback,
    scope: SCOPES.join(' '),
    state: 'a-state',
    code_challenge: verifier,
    code_challenge_method: 'plain',
  } as never)
  const code = (await consent(url)).searchParams.get('code') ?? ''
  const tokens = await client.getToken({
    code,
    redirect_uri: APP.callback,
    code_verifier: verifier,
  } as never)
  const again = await tokens.refresh()
  const me = await whose(String(again.token.access_token))
  await again.revoke('access_token')
  return { refreshed: me, revoked: await whose(String(again.token.access_token)) }
}

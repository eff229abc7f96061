import oauth from 'oauth'
import { called } from './called.ts'
import { APP, consent, SCOPES, whose } from './x.ts'

/** Node's `oauth`: its `OAuth2` class. It shows `client_secret` in the body, so Basic goes along as a header of its own. */
export async function play() {
  const basic = Buffer.from(`${APP.clientId}:${APP.clientSecret}`).toString('base64')
  const made = (headers: Record<string, string>) =>
    new oauth.OAuth2(
      APP.clientId,
      APP.clientSecret,
      'https://api.twitter.com',
      '/i/oauth2/authorize',
      '/2/oauth2/token',
      headers,
    )
  const client = made({ Authorization: `Basic ${basic}` })
  const verifier = 'a-verifier-of-forty-three-characters-or-more'
  const asked = {
    response_type: 'code',
    redirect_uri: APP.callback,
    scope: SCOPES.join(' '),
    state: 'a-state',
    code_challenge: verifier,
    code_challenge_method: 'plain',
  }
  // The class knows one origin for both; X shows its page at another.
  const url = client.getAuthorizeUrl(asked).replace('api.twitter.com', 'twitter.com')
  const code = (await consent(url)).searchParams.get('code') ?? ''
  const redeem = {
    grant_type: 'authorization_code',
    redirect_uri: APP.callback,
    code_verifier: verifier,
  }
  const without_basic = await called<[string]>((done) =>
    made({}).getOAuthAccessToken(code, { ...redeem }, done),
  ).then(
    () => 'taken',
    (error: Error) => (JSON.parse(error.message) as { statusCode: number }).statusCode,
  )
  const [access, refresh] = await called<[string, string]>((done) =>
    client.getOAuthAccessToken(code, { ...redeem }, done),
  )
  const [again] = await called<[string, string]>((done) =>
    client.getOAuthAccessToken(refresh, { grant_type: 'refresh_token' }, done),
  )
  const caller = made({})
  caller.useAuthorizationHeaderforGET(true)
  const [me] = await called<[string]>((done) =>
    caller.get('https://api.twitter.com/2/users/me', again, done),
  )
  const { data } = JSON.parse(me) as { data: { username: string } }
  return { without_basic, refreshed: data.username, spent: await whose(access) }
}

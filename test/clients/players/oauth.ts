import oauth from 'oauth'
import { called } from './called.ts'
import { APP, consent } from './x.ts'

/** Node's `oauth`: its `OAuth` class, with the version that its README has. */
export async function play() {
  const client = new oauth.OAuth(
    'https://api.twitter.com/oauth/request_token',
    'https://api.twitter.com/oauth/access_token',
    APP.apiKey,
    APP.apiSecret,
    '1.0A',
    APP.callback,
    'HMAC-SHA1',
  )
  const [token, secret] = await called<[string, string]>((done) =>
    client.getOAuthRequestToken(done),
  )
  const back = await consent(`https://api.twitter.com/oauth/authenticate?oauth_token=${token}`)
  const verifier = back.searchParams.get('oauth_verifier') ?? ''
  const [access, accessSecret, more] = await called<[string, string, { screen_name: string }]>(
    (done) => client.getOAuthAccessToken(token, secret, verifier, done),
  )
  const [me] = await called<[string]>((done) =>
    client.get(
      'https://api.twitter.com/1.1/account/verify_credentials.json',
      access,
      accessSecret,
      done,
    ),
  )
  return { login: more.screen_name, me: (JSON.parse(me) as { screen_name: string }).screen_name }
}

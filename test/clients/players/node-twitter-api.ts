import TwitterApi from 'node-twitter-api'
import { called } from './called.ts'
import { APP, consent } from './x.ts'

/** node-twitter-api: a login at twitter.com, with its token endpoints there as well, and API 1.1. */
export async function play() {
  const client = new TwitterApi({
    consumerKey: APP.apiKey,
    consumerSecret: APP.apiSecret,
    callback: APP.callback,
  })
  const [token, secret] = await called<[string, string]>((done) => client.getRequestToken(done))
  const back = await consent(client.getAuthUrl(token))
  const verifier = back.searchParams.get('oauth_verifier') ?? ''
  const [access, accessSecret] = await called<[string, string]>((done) =>
    client.getAccessToken(token, secret, verifier, done),
  )
  const [me] = await called<[{ screen_name: string }]>((done) =>
    client.verifyCredentials(access, accessSecret, {}, done),
  )
  const status = { status: 'Hello from node-twitter-api' }
  const [posted] = await called<[{ text: string }]>((done) =>
    client.statuses('update', status, access, accessSecret, done),
  )
  return { me: me.screen_name, posted: posted.text }
}

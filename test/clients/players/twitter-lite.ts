import Twitter from 'twitter-lite'
import { APP, consent } from './x.ts'

/** twitter-lite: its access_token call is signed without the token's secret. */
export async function play() {
  const consumer = { consumer_key: APP.apiKey, consumer_secret: APP.apiSecret }
  const client = new Twitter(consumer)
  const asked = (await client.getRequestToken(APP.callback)) as { oauth_token: string }
  const back = await consent(
    `https://api.twitter.com/oauth/authenticate?oauth_token=${asked.oauth_token}`,
  )
  const login = await client.getAccessToken({
    oauth_verifier: back.searchParams.get('oauth_verifier') ?? '',
    oauth_token: asked.oauth_token,
  })
  const tokens = login as unknown as {
    oauth_token: string
    oauth_token_secret: string
    screen_name: string
  }
  const user = new Twitter({
    ...consumer,
    access_token_key: tokens.oauth_token,
    access_token_secret: tokens.oauth_token_secret,
  })
  const me = (await user.get('account/verify_credentials')) as { screen_name: string }
  const app = await new Twitter(consumer).getBearerToken()
  return {
    login: tokens.screen_name,
    me: me.screen_name,
    app: typeof (app as { access_token: string }).access_token,
  }
}

import { TwitterClient } from 'twitter-api-client'
import { APP, tokensOf } from './x.ts'

/** twitter-api-client: API 1.1 with a token that X's portal gave out. */
export async function play() {
  const tokens = await tokensOf('alice')
  const client = new TwitterClient({
    apiKey: APP.apiKey,
    apiSecret: APP.apiSecret,
    accessToken: tokens.access_token,
    accessTokenSecret: tokens.access_token_secret,
  })
  const me = await client.accountsAndUsers.accountVerifyCredentials()
  const media = await client.media.mediaUpload({
    media_data: Buffer.alloc(300, 1).toString('base64'),
  })
  const posted = await client.tweets.statusesUpdate({
    status: 'Hello from twitter-api-client',
    media_ids: media.media_id_string,
  })
  return { me: me.screen_name, posted: posted.text }
}

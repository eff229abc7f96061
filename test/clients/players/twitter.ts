import Twitter from 'twitter'
import { APP, tokensOf } from './x.ts'

/** twitter: API 1.1 with a token that X's portal gave out. */
export async function play() {
  const tokens = await tokensOf('alice')
  const client = new Twitter({
    consumer_key: APP.apiKey,
    consumer_secret: APP.apiSecret,
    access_token_key: tokens.access_token,
    access_token_secret: tokens.access_token_secret,
  })
  const me = await client.get('account/verify_credentials', {})
  const media = await client.post('media/upload', { media: Buffer.alloc(300, 1) })
  const posted = await client.post('statuses/update', {
    status: 'Hello (really!) from twitter',
    media_ids: media.media_id_string,
  })
  return { me: me.screen_name, posted: posted.text }
}

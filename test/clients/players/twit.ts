import Twit from 'twit'
import { APP, tokensOf } from './x.ts'

/** twit: API 1.1 with a token that X's portal gave out, and an upload; the app alone. */
export async function play() {
  const { access_token, access_token_secret } = await tokensOf('alice')
  const consumer = { consumer_key: APP.apiKey, consumer_secret: APP.apiSecret }
  const client = new Twit({ ...consumer, access_token, access_token_secret })
  const me = await client.get('account/verify_credentials', { skip_status: true })
  const media = await client.post('media/upload', {
    media_data: Buffer.alloc(300, 1).toString('base64'),
  } as Twit.Params)
  const { media_id_string } = media.data as { media_id_string: string }
  const posted = await client.post('statuses/update', {
    status: 'Hello (really!) from twit',
    media_ids: [media_id_string],
  } as Twit.Params)
  const app = new Twit({ ...consumer, app_only_auth: true })
  const alone = await app.get('account/verify_credentials').then(
    ({ data }) => data,
    (error: { code?: number }) => error.code,
  )
  return {
    me: (me.data as { screen_name: string }).screen_name,
    posted: (posted.data as { text: string }).text,
    alone,
  }
}

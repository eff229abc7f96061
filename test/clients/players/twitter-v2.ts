import Twitter from 'twitter-v2'
import { APP, tokensOf } from './x.ts'

/**
 * twitter-v2: API 2, signed with a token that X's portal gave out, and by the app alone. Its signature covers the JSON of a
 * post, which X refuses ([issue 96](https://github.com/HunterLarco/twitter-v2/issues/96)).
 */
export async function play() {
  const { access_token, access_token_secret } = await tokensOf('alice')
  const consumer = { consumer_key: APP.apiKey, consumer_secret: APP.apiSecret }
  const client = new Twitter({
    ...consumer,
    access_token_key: access_token,
    access_token_secret,
  })
  const me = await client.get<{ data: { username: string } }>('users/me')
  const post = await client.post('tweets', { text: 'Hello from twitter-v2' }).then(
    () => 'posted',
    (error: { code?: number }) => error.code,
  )
  const bob = await new Twitter(consumer).get<{ data: { id: string } }>('users/by/username/bob', {
    user: { fields: ['verified'] },
  })
  return { me: me.data.username, post, app: bob.data.id }
}

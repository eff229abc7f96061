import { TwitterApi } from 'twitter-api-v2'
import { lease } from './calls.ts'
import { endAtX } from './x.ts'

/** With a leased token, which X ends, and with the one after it. */
export async function play() {
  const { access_token, generation } = await lease()
  const client = new TwitterApi(access_token)
  const me = await client.v2.me()
  const { data: posted } = await client.v2.tweet('Hello with a leased token')

  await endAtX(access_token)
  const refused = await client.v2.me().then(
    () => 'works',
    (error: { code?: number }) => error.code,
  )
  const next = await lease(`?rejected=${generation}`)
  const after = await new TwitterApi(next.access_token).v2.me()
  return {
    me: me.data.username,
    posted: posted.text,
    refused,
    newer: next.generation > generation,
    after: after.data.username,
  }
}

import { Client } from 'twitter-api-sdk'
import { lease } from './calls.ts'

/** One client for good: it leases a token for each call. */
export async function play() {
  const client = new Client({
    getAuthHeader: async () => ({ Authorization: `Bearer ${(await lease()).access_token}` }),
  })
  const me = await client.users.findMyUser()
  const posted = await client.tweets.createTweet({ text: 'Hello with leased tokens' })
  return { me: me.data?.username, posted: posted.data?.text }
}

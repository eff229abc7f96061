import { type ITwitterApiClientPlugin, TwitterApi } from 'twitter-api-v2'
import { sign } from './calls.ts'

const signedByPerch: ITwitterApiClientPlugin = {
  onBeforeRequest: async ({ computedParams: { method, url, headers, body }, requestOptions }) => {
    const isForm = headers['content-type']?.startsWith('application/x-www-form-urlencoded')
    const form = isForm ? [...new URLSearchParams(body?.toString())] : undefined
    const { authorization } = await sign({ method, url, form })
    Object.assign(requestOptions.headers ?? {}, { Authorization: authorization })
  },
}

/** Without any token or secret: each kind of body that it sends, and queries that are hard to sign. */
export async function play() {
  const client = new TwitterApi(undefined, { plugins: [signedByPerch] })
  const { data: me } = await client.v2.me({ 'user.fields': ['verified', 'profile_image_url'] })
  const { data: posted } = await client.v2.tweet("It's *signed* & posted ☃")
  const found = await client.v2.search("it's *signed* & posted ☃")
  const { screen_name } = await client.v1.verifyCredentials({ include_email: true })
  const { text } = await client.v1.tweet("It's a *form* + more & ☃")
  const media = await client.v1.uploadMedia(Buffer.alloc(3000, 1), { mimeType: 'image/png' })
  return {
    me: me.username,
    fields: Object.keys(me),
    posted: posted.text,
    found: found.tweets.length,
    verified: screen_name,
    form: text,
    uploaded: /^\d+$/.test(media),
  }
}

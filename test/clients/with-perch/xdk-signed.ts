import { Client } from '@xdevplatform/xdk'
import { sign } from './calls.ts'

/** Without any token or secret. */
export async function play() {
  const oauth1 = {
    accessToken: {},
    buildRequestHeader: async (method: string, url: string) =>
      (await sign({ method, url })).authorization,
  }
  const client = new Client({ oauth1 })
  const me = await client.users.getMe({ userFields: ['verified', 'profile_image_url'] })
  const posted = await client.posts.create({ text: 'Hello, signed' })
  return { me: me.data?.username, posted: posted.data?.text }
}

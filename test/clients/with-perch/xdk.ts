import { Client, HttpClient, type HttpClientRequestOptions } from '@xdevplatform/xdk'
import { lease } from './calls.ts'
import { endAtX } from './x.ts'

class Leasing extends HttpClient {
  override async request(url: string, options: HttpClientRequestOptions = {}) {
    const send = ({ access_token }: { access_token: string }) => {
      const headers = new Headers(options.headers)
      headers.set('authorization', `Bearer ${access_token}`)
      return super.request(url, { ...options, headers })
    }
    const held = await lease()
    const answer = await send(held)
    return answer.status === 401 ? send(await lease(`?rejected=${held.generation}`)) : answer
  }
}

/** One client for good: it leases a token for each call, and the next one when X refuses that. */
export async function play() {
  const client = Object.assign(new Client({ accessToken: 'leased' }), { httpClient: new Leasing() })
  const me = await client.users.getMe()
  await endAtX((await lease()).access_token)
  const posted = await client.posts.create({ text: 'Hello with leased tokens' })
  return { me: me.data?.username, posted: posted.data?.text }
}

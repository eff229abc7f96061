import { createHmac } from 'node:crypto'
import OAuth from 'oauth-1.0a'
import { APP, consent } from './x.ts'

/** The signer alone, with fetch. */
export async function play() {
  const signer = new OAuth({
    consumer: { key: APP.apiKey, secret: APP.apiSecret },
    signature_method: 'HMAC-SHA1',
    hash_function: (base, key) => createHmac('sha1', key).update(base).digest('base64'),
  })
  const send = async (
    method: string,
    url: string,
    token?: OAuth.Token,
    data?: Record<string, string>,
  ) => {
    const signed = signer.authorize({ url, method, ...(data ? { data } : {}) }, token)
    const headers = { ...signer.toHeader(signed) }
    const reply = await fetch(url, {
      method,
      headers,
      ...(data ? { body: new URLSearchParams(data) } : {}),
    })
    return reply.text()
  }
  const tokenOf = (text: string) => {
    const fields = new URLSearchParams(text)
    return { key: fields.get('oauth_token') ?? '', secret: fields.get('oauth_token_secret') ?? '' }
  }
  const asked = tokenOf(
    await send('POST', 'https://api.x.com/oauth/request_token', undefined, {
      oauth_callback: APP.callback,
    }),
  )
  const back = await consent(`https://api.x.com/oauth/authorize?oauth_token=${asked.key}`)
  const oauth_verifier = back.searchParams.get('oauth_verifier') ?? ''
  const token = tokenOf(
    await send('POST', 'https://api.x.com/oauth/access_token', asked, { oauth_verifier }),
  )
  const me = JSON.parse(await send('GET', 'https://api.x.com/2/users/me', token)) as {
    data: { username: string }
  }
  const posted = await send('POST', 'https://api.x.com/1.1/statuses/update.json', token, {
    status: 'Hello (really!)',
  })
  await send('POST', 'https://api.x.com/1.1/oauth/invalidate_token', token)
  const after = JSON.parse(await send('GET', 'https://api.x.com/2/users/me', token)) as {
    status?: number
  }
  return {
    me: me.data.username,
    posted: (JSON.parse(posted) as { text: string }).text,
    after: after.status,
  }
}

import { refreshToken, revokeToken, xAuth } from '@hono/oauth-providers/x'
import { Hono } from 'hono'
import { APP, browser, consent, control, SCOPES, whose } from './x.ts'

/** @hono/oauth-providers: its middleware, and its calls that refresh and revoke. Parameters in the query. */
export async function play() {
  const origin = 'http://localhost:8787'
  await control('PUT', 'app', { callbacks: [`${origin}/x`] })
  const app = new Hono()
  app.use(
    '/x',
    xAuth({
      client_id: APP.clientId,
      client_secret: APP.clientSecret,
      scope: SCOPES as never,
      fields: ['profile_image_url'],
    }),
  )
  app.get('/x', (c) => c.json({ user: c.get('user-x'), refresh: c.get('refresh-token')?.token }))
  const person = browser()
  const ask = async (url: string) => {
    const reply = await app.request(url, { headers: { cookie: person.cookie() } })
    person.keep(reply)
    return reply
  }
  const begun = await ask(`${origin}/x`)
  const back = await consent(begun.headers.get('location') ?? '')
  const done = await ask(back.href)
  const { user, refresh } = (await done.json()) as {
    user?: { username: string }
    refresh?: string
  }
  const again = await refreshToken(APP.clientId, APP.clientSecret, refresh ?? '')
  const refreshed = await whose(again.access_token)
  const said = await revokeToken(APP.clientId, APP.clientSecret, again.access_token)
  return { me: user?.username, refreshed, said, revoked: await whose(again.access_token) }
}

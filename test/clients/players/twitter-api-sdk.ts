import { auth, Client } from 'twitter-api-sdk'
import { APP, consent, SCOPES } from './x.ts'

/** X's older SDK: parameters in the query, and a client id beside Basic. */
export async function play() {
  const user = new auth.OAuth2User({
    client_id: APP.clientId,
    client_secret: APP.clientSecret,
    callback: APP.callback,
    scopes: SCOPES as never,
  })
  const url = user.generateAuthURL({ state: 'a-state', code_challenge_method: 's256' })
  const code = (await consent(url)).searchParams.get('code') ?? ''
  await user.requestAccessToken(code)
  const client = new Client(user)
  const me = await client.users.findMyUser()
  const posted = await client.tweets.createTweet({ text: 'Hello from twitter-api-sdk' })
  await user.refreshAccessToken()
  const after = await client.users.findMyUser()
  const bob = await client.users.findUserByUsername('bob', { 'user.fields': ['verified'] })
  const { revoked: said } = await user.revokeAccessToken()
  const revoked = await client.users.findMyUser().then(
    () => 'works',
    (error: { status?: number }) => error.status,
  )
  return {
    me: me.data?.username,
    posted: posted.data?.text,
    refreshed: after.data?.username,
    bob: bob.data?.id,
    said,
    revoked,
  }
}

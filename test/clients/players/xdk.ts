import { Client, OAuth1, OAuth2 } from '@xdevplatform/xdk'
import { APP, consent, SCOPES } from './x.ts'

/** X's own XDK for TypeScript, with its built-in hosts. */
export async function play() {
  const oauth2 = new OAuth2({
    clientId: APP.clientId,
    clientSecret: APP.clientSecret,
    redirectUri: APP.callback,
    scope: SCOPES,
  })
  const verifier = 'a-verifier-of-forty-three-characters-or-more'
  await oauth2.setPkceParameters(verifier)
  const code = (await consent(await oauth2.getAuthorizationUrl('a-state'))).searchParams.get('code')
  const tokens = await oauth2.exchangeCode(code ?? '', verifier)
  const client = new Client({ accessToken: tokens.access_token })
  const me = await client.users.getMe()
  const posted = await client.posts.create({ text: 'Hello from the XDK' })
  const again = await oauth2.refreshToken(tokens.refresh_token)
  const after = await new Client({ accessToken: again.access_token }).users.getMe()

  const oauth1 = new OAuth1({
    apiKey: APP.apiKey,
    apiSecret: APP.apiSecret,
    callback: APP.callback,
  })
  const back = await consent(await oauth1.startOAuthFlow(true))
  const accessToken = await oauth1.getAccessToken(back.searchParams.get('oauth_verifier') ?? '')
  // The object that has logged in goes on signing with the request token's secret, which X refuses as well.
  const config = { apiKey: APP.apiKey, apiSecret: APP.apiSecret, callback: APP.callback }
  const fresh = Object.assign(new OAuth1(config), { accessToken })
  const signed = await new Client({ oauth1: fresh }).users.getMe()
  return {
    me: me.data?.username,
    posted: posted.data?.text,
    refreshed: after.data?.username,
    signed: signed.data?.username,
  }
}

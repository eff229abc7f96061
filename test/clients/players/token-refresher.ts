import { TwitterApiAutoTokenRefresher } from '@twitter-api-v2/plugin-token-refresher'
import { TwitterApi } from 'twitter-api-v2'
import { APP, consent, control, SCOPES } from './x.ts'

/** Refreshes by itself once the access token has expired. */
export async function play() {
  const refreshCredentials = { clientId: APP.clientId, clientSecret: APP.clientSecret }
  const app = new TwitterApi(refreshCredentials)
  const link = app.generateOAuth2AuthLink(APP.callback, { scope: SCOPES as never })
  const code = (await consent(link.url)).searchParams.get('code') ?? ''
  const login = await app.loginWithOAuth2({
    code,
    codeVerifier: link.codeVerifier,
    redirectUri: APP.callback,
  })
  const updates: string[] = []
  const plugin = new TwitterApiAutoTokenRefresher({
    refreshToken: login.refreshToken ?? '',
    refreshCredentials,
    onTokenUpdate: ({ accessToken }) => {
      updates.push(accessToken)
    },
  })
  const client = new TwitterApi(login.accessToken, { plugins: [plugin] })
  await client.v2.me()
  await control('POST', 'clock', { advance_seconds: 7300 })
  const { data } = await client.v2.me()
  return { me: data.username, updates: updates.length }
}

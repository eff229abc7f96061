import { TwitterApi } from 'twitter-api-v2'
import { APP, consent, SCOPES } from './x.ts'

/** OAuth 2.0 with refresh and revocation, OAuth 1.0a with its APIs and an upload, and the app alone. */
export async function play() {
  const app = new TwitterApi({ clientId: APP.clientId, clientSecret: APP.clientSecret })
  const link = app.generateOAuth2AuthLink(APP.callback, { scope: SCOPES as never })
  const code = (await consent(link.url)).searchParams.get('code') ?? ''
  const login = await app.loginWithOAuth2({
    code,
    codeVerifier: link.codeVerifier,
    redirectUri: APP.callback,
  })
  const me = await login.client.v2.me({ 'user.fields': ['profile_image_url', 'verified'] })
  const { data: tweet } = await login.client.v2.tweet('Hello from twitter-api-v2')
  const timeline = await login.client.v2.userTimeline(me.data.id, { max_results: 5 })
  const again = await app.refreshOAuth2Token(login.refreshToken ?? '')
  const { data: after } = await again.client.v2.me()
  await app.revokeOAuth2Token(again.accessToken, 'access_token')
  const revoked = await again.client.v2.me().then(
    () => 'works',
    (error: { code?: number }) => error.code,
  )

  const signer = new TwitterApi({ appKey: APP.apiKey, appSecret: APP.apiSecret })
  const asked = await signer.generateAuthLink(APP.callback)
  const verifier = (await consent(asked.url)).searchParams.get('oauth_verifier') ?? ''
  const signing = new TwitterApi({
    appKey: APP.apiKey,
    appSecret: APP.apiSecret,
    accessToken: asked.oauth_token,
    accessSecret: asked.oauth_token_secret,
  })
  const { client } = await signing.login(verifier)
  const { screen_name } = await client.v1.verifyCredentials()
  const media = await client.v1.uploadMedia(Buffer.alloc(3000, 1), { mimeType: 'image/png' })
  const { data: picture } = await client.v2.tweet('With a picture', {
    media: { media_ids: [media] },
  })
  const bearer = await signer.appLogin()
  const { data: bob } = await bearer.v2.userByUsername('bob')
  return {
    me: me.data.username,
    picture_url: me.data.profile_image_url,
    posted: tweet.text,
    timeline: timeline.tweets.length,
    refreshed: after.username,
    revoked,
    signed: screen_name,
    uploaded: /^\d+$/.test(media) && picture.text,
    app: bob.id,
  }
}

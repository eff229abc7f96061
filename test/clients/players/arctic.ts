import { generateCodeVerifier, generateState, OAuth2RequestError, Twitter } from 'arctic'
import { APP, consent, SCOPES, whose } from './x.ts'

/** Logs in and refreshes; its revocation lacks the hint that X wants. */
export async function play() {
  const twitter = new Twitter(APP.clientId, APP.clientSecret, APP.callback)
  const verifier = generateCodeVerifier()
  const url = twitter.createAuthorizationURL(generateState(), verifier, SCOPES)
  const code = (await consent(url)).searchParams.get('code') ?? ''
  const tokens = await twitter.validateAuthorizationCode(code, verifier)
  const again = await twitter.refreshAccessToken(tokens.refreshToken())
  const refreshed = await whose(again.accessToken())
  const revoked = await twitter.revokeToken(again.accessToken()).then(
    () => 'revoked',
    (error: unknown) => (error instanceof OAuth2RequestError ? error.description : String(error)),
  )
  return {
    refreshed,
    spent: await whose(tokens.accessToken()),
    revoked,
    after: await whose(again.accessToken()),
  }
}

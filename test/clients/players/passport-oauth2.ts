import { Strategy } from 'passport-oauth2'
import { authenticate } from './strategies.ts'
import { APP, consent, SCOPES, whose } from './x.ts'

/** Passport's general strategy of OAuth 2.0. It shows `client_secret` in the body, so Basic goes along as a header of its own. */
export async function play() {
  const basic = Buffer.from(`${APP.clientId}:${APP.clientSecret}`).toString('base64')
  const options = {
    authorizationURL: 'https://x.com/i/oauth2/authorize',
    tokenURL: 'https://api.x.com/2/oauth2/token',
    clientID: APP.clientId,
    clientSecret: APP.clientSecret,
    callbackURL: APP.callback,
    scope: SCOPES,
    pkce: true,
    state: true,
    customHeaders: { Authorization: `Basic ${basic}` },
  }
  const strategy = new Strategy(
    options,
    async (access: string, refresh: string, _: unknown, done: (e: unknown, u: unknown) => void) =>
      done(null, { username: await whose(access), refresh: refresh.length > 20 }),
  )
  const session = {}
  const { to = '' } = await authenticate(strategy, new URL('http://localhost:8787/login'), session)
  const { user } = await authenticate(strategy, await consent(to), session)
  return user
}

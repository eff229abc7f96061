import { Strategy } from '@superfaceai/passport-twitter-oauth2'
import { authenticate } from './strategies.ts'
import { APP, consent, SCOPES } from './x.ts'

/** Passport's strategy of OAuth 2.0. */
export async function play() {
  const options = {
    clientID: APP.clientId,
    clientSecret: APP.clientSecret,
    clientType: 'confidential' as const,
    callbackURL: APP.callback,
    scope: SCOPES,
  }
  type Done = (error: unknown, user: unknown) => void
  const strategy = new Strategy(
    options,
    (_: string, refresh: string, profile: { username: string }, done: Done) =>
      done(null, { username: profile.username, refresh: refresh.length > 20 }),
  )
  const session = {}
  const { to = '' } = await authenticate(strategy, new URL('http://localhost:8787/login'), session)
  const { user } = await authenticate(strategy, await consent(to), session)
  return user
}

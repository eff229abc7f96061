import { Strategy } from 'passport-twitter'
import { authenticate } from './strategies.ts'
import { APP, consent } from './x.ts'

/** Passport's strategy of OAuth 1.0a, on top of node's `oauth`. */
export async function play() {
  const options = {
    consumerKey: APP.apiKey,
    consumerSecret: APP.apiSecret,
    callbackURL: APP.callback,
    includeEmail: true,
  }
  const strategy = new Strategy(options, (_, __, { username, id, emails }, done) =>
    done(null, { username, id, email: emails?.[0]?.value }),
  )
  const session = {}
  const { to = '' } = await authenticate(strategy, new URL('http://localhost:8787/login'), session)
  const { user } = await authenticate(strategy, await consent(to), session)
  return user
}

/**
 * The user that a token belongs to, by X's own word.
 *
 * X has answered 401 and 403 here while tokens were fine, so no answer of this endpoint condemns a token: there is
 * either a user, or a reason to ask again.
 *
 * @see [X: GET /2/users/me](https://docs.x.com/x-api/users/get-my-user)
 */
import * as v from 'valibot'
import { parsedJson } from '../json'
import { type RawReply, sentCall, signedCall } from '../oauth/signed-call'
import { plainText } from '../plain-text'
import type { Secret } from '../secret'
import { PATHS, REPEATABLE_CALL, type XApp } from './endpoints'
import { type OAuth1App, type RequestToken, signer } from './oauth1'
import { readTrouble } from './trouble'
import { USER_ID, USERNAME, type User } from './user'

const Me = v.object({
  data: v.object({
    id: v.pipe(v.string(), v.regex(USER_ID)),
    username: v.pipe(v.string(), v.regex(USERNAME)),
    // People write what they like there, as far as X lets them.
    name: v.pipe(v.string(), v.transform(plainText)),
  }),
})

/** Whose an OAuth 2.0 access token is, or in words why X did not say. */
export async function whoIs(
  app: Pick<XApp, 'apiOrigin'>,
  accessToken: Secret,
): Promise<User | string> {
  const headers = { authorization: `Bearer ${accessToken.reveal()}` }
  return userIn(await sentCall(app.apiOrigin + PATHS.me, headers, REPEATABLE_CALL))
}

/** Whose an OAuth 1.0a token is, or in words why X did not say. `now` is Unix seconds. */
export async function whoSigns(
  app: OAuth1App,
  token: RequestToken,
  now: number,
): Promise<User | string> {
  const call = { method: 'GET', url: app.apiOrigin + PATHS.me } as const
  return userIn(await signedCall(call, signer(app, token), { ...REPEATABLE_CALL, timestamp: now }))
}

function userIn(reply: RawReply): User | string {
  const me = reply.status === 200 ? v.safeParse(Me, parsedJson(reply.text)) : undefined
  if (me?.success) return me.output.data
  return `When asked who logged in, ${readTrouble(reply).message}`
}

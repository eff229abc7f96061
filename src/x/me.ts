/**
 * The user that a token belongs to, by X's own word.
 *
 * X has answered 401 and 403 here while tokens were fine, so no answer of this endpoint condemns a token: there is
 * either a user, or a reason to ask again.
 *
 * @see [X: GET /2/users/me](https://docs.x.com/x-api/users/get-my-user)
 */
import * as v from 'valibot'
import type { FailureCode } from '../failures'
import { parsedJson } from '../json'
import { EMAIL_MAX_CHARS, URL_MAX_CHARS } from '../limits'
import { type RawReply, sentCall, signedCall } from '../oauth/signed-call'
import { plainText } from '../plain-text'
import { EMAIL_SCOPE, scopeWords } from '../scopes'
import type { Secret } from '../secret'
import { PATHS, REPEATABLE_CALL, type XApp } from './endpoints'
import { type OAuth1App, type RequestToken, signer } from './oauth1'
import { readTrouble } from './trouble'
import { USER_ID, USERNAME, type User } from './user'
import { askedWait } from './wait'

/** The answer of X where it names no user. */
export interface Unnamed {
  /** What X said. */
  message: string
  /** Whose matter it is, where X will not say until somebody has seen to it. */
  failure?: FailureCode
  /** Whether X refused the app, whatever token was shown. */
  isOfApp?: true
  /** Seconds that X asks to be left alone, 1 to 900; undefined where it named no time that can be believed. */
  waitSeconds?: number
}

/** What no waiting heals: the app's plan, its credentials, the account's standing. */
const DEFINITE: ReadonlySet<FailureCode> = new Set([
  'user_blocked',
  'plan_refused',
  'app_credentials_refused',
  'wrong_auth_type',
])

/** What X says of the app alone. */
const OF_APP: ReadonlySet<FailureCode> = new Set(['plan_refused', 'app_credentials_refused'])

/** A field that X may leave out or garble: whatever it is, it stops no login. */
const Extra = <S extends v.GenericSchema>(schema: S) => v.fallback(v.optional(schema), undefined)

const Me = v.object({
  data: v.object({
    id: v.pipe(v.string(), v.regex(USER_ID)),
    username: v.pipe(v.string(), v.regex(USERNAME)),
    // People write what they like there, as far as X lets them.
    name: Extra(v.pipe(v.string(), v.transform(plainText))),
    profile_image_url: Extra(v.pipe(v.string(), v.check(URL.canParse), v.maxLength(URL_MAX_CHARS))),
    verified: Extra(v.boolean()),
    confirmed_email: Extra(v.pipe(v.string(), v.regex(/@/), v.maxLength(EMAIL_MAX_CHARS))),
  }),
})

/** What X is asked for beside id, username and name. */
const PROFILE = ['profile_image_url', 'verified']
const EMAIL = 'confirmed_email'

/**
 * Whose an OAuth 2.0 access token is, or why X did not say.
 *
 * @param scope - what the token may do: with `users.email` X is asked for the address as well
 * @param now - Unix seconds.
 */
export function whoIs(
  app: Pick<XApp, 'apiOrigin'>,
  accessToken: Secret,
  scope: string,
  now: number,
): Promise<User | Unnamed> {
  const headers = { authorization: `Bearer ${accessToken.reveal()}` }
  const fields = scopeWords(scope).includes(EMAIL_SCOPE) ? [...PROFILE, EMAIL] : PROFILE
  return userBy(fields, now, (asked) => sentCall(meUrl(app, asked), headers, REPEATABLE_CALL))
}

/** Whose an OAuth 1.0a token is, or why X did not say. `now` is Unix seconds. */
export function whoSigns(
  app: OAuth1App,
  token: RequestToken,
  now: number,
): Promise<User | Unnamed> {
  const at = { ...REPEATABLE_CALL, timestamp: now }
  return userBy(PROFILE, now, (asked) =>
    signedCall({ method: 'GET', url: meUrl(app, asked) }, signer(app, token), at),
  )
}

function meUrl({ apiOrigin }: Pick<XApp, 'apiOrigin'>, fields: readonly string[]): string {
  return `${apiOrigin}${PATHS.me}${fields.length > 0 ? `?user.fields=${fields.join(',')}` : ''}`
}

/** Asks X once; and once more for less, where it may be a field that X refused: an app may not be let have addresses. */
async function userBy(
  fields: readonly string[],
  now: number,
  ask: (fields: readonly string[]) => Promise<RawReply>,
): Promise<User | Unnamed> {
  const reply = await ask(fields)
  const less = lessThan(fields, reply.status)
  return less ? userIn(await ask(less), less, now) : userIn(reply, fields, now)
}

function lessThan(fields: readonly string[], status: number): readonly string[] | undefined {
  if (status === 403 && fields.includes(EMAIL)) return PROFILE
  return status === 400 ? [] : undefined
}

function userIn(reply: RawReply, asked: readonly string[], now: number): User | Unnamed {
  const me = reply.status === 200 ? v.safeParse(Me, parsedJson(reply.text)) : undefined
  if (!me?.success) {
    const { message, failure, isSignature } = readTrouble(reply)
    const isDefinite = failure !== undefined && DEFINITE.has(failure)
    const waitSeconds = reply.status === 200 ? undefined : askedWait(reply, now)
    return {
      message: `When asked who logged in, ${message}`,
      ...(isDefinite ? { failure } : {}),
      // A signature is wrong by the token's secret as well.
      ...(isDefinite && OF_APP.has(failure) && !isSignature ? { isOfApp: true as const } : {}),
      ...(waitSeconds === undefined ? {} : { waitSeconds }),
    }
  }
  const { id, username, name, profile_image_url, verified, confirmed_email } = me.output.data
  return {
    id,
    username,
    name: name?.trim() ? name : username,
    ...(profile_image_url === undefined ? {} : { picture: profile_image_url }),
    ...(verified === undefined ? {} : { verified }),
    ...(asked.includes(EMAIL) ? { email: confirmed_email ?? null } : {}),
  }
}

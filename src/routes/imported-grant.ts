/** Grants that a call brings from elsewhere: their form, and the grant that is meant. */
import * as v from 'valibot'
import type { Expiry, ImportedGrant } from '../access/import'
import { Failure } from '../failure'
import { CLOCK_SKEW_SECONDS, EXPIRES_IN_MAX_SECONDS } from '../limits'
import { Secret } from '../secret'
import { ImportedScope } from './scope'
import { Time } from './times'
import { Token } from './token'

const LIFE_EXPECTED = `seconds are expected, from obtained_at on, at most ${EXPIRES_IN_MAX_SECONDS}`
const Life = v.pipe(
  v.number(),
  v.minValue(0, LIFE_EXPECTED),
  v.maxValue(EXPIRES_IN_MAX_SECONDS, LIFE_EXPECTED),
  v.transform(Math.floor),
)

/** A user token of OAuth 1.0a, under the names that X's access-token reply has for it. */
export const OAuth1Body = v.strictObject({ oauth_token: Token, oauth_token_secret: Token })

/** A token reply as X gives it, or as Tweepy keeps it (`scope` a list, `expires_at` with a fraction). */
export const OAuth2Body = v.strictObject({
  access_token: v.optional(Token),
  refresh_token: v.optional(Token),
  expires_at: v.optional(Time),
  expires_in: v.optional(Life),
  obtained_at: v.optional(Time),
  scope: v.optional(ImportedScope),
  token_type: v.optional(v.pipe(v.string(), v.regex(/^bearer$/i, 'bearer is expected'))),
})

/** The grant in a body of OAuth 1.0a. */
export const oauth1In = ({
  oauth_token,
  oauth_token_secret,
}: v.InferOutput<typeof OAuth1Body>): ImportedGrant<'oauth1'> => ({
  kind: 'oauth1',
  token: oauth_token,
  tokenSecret: oauth_token_secret,
})

/**
 * The grant in a body of OAuth 2.0.
 *
 * @param now - Unix seconds
 * @throws Failure `request_malformed` where there is no token, or a time that cannot be.
 */
export function oauth2In(
  body: v.InferOutput<typeof OAuth2Body>,
  now: number,
): ImportedGrant<'oauth2'> {
  const { access_token, refresh_token, scope } = body
  if (access_token === undefined && refresh_token === undefined)
    throw new Failure('request_malformed', 'access_token: it is missing.')
  const expiry = expiryIn(body, now)
  return {
    kind: 'oauth2',
    accessToken: access_token ?? NO_TOKEN,
    refreshToken: refresh_token,
    scope: scope?.scopes.join(' '),
    expiry: access_token === undefined ? LONG_AGO : expiry,
  }
}

const NO_TOKEN = new Secret('')
const LONG_AGO = { at: 0, isKnown: true }

/**
 * When an imported token expires, as far as its times can be true.
 *
 * @param now - Unix seconds
 * @throws Failure `request_malformed` for times that cannot.
 */
function expiryIn(
  { expires_at, expires_in, obtained_at }: v.InferOutput<typeof OAuth2Body>,
  now: number,
): Expiry {
  if (expires_at !== undefined && expires_at > now + EXPIRES_IN_MAX_SECONDS)
    throw new Failure('request_malformed', 'expires_at: no token of X lives that long.')
  if (obtained_at !== undefined && obtained_at > now + CLOCK_SKEW_SECONDS)
    throw new Failure('request_malformed', 'obtained_at: it lies in the future.')
  if (expires_at !== undefined) return { at: expires_at, isKnown: true }
  if (expires_in === undefined) return { at: undefined, isKnown: false }
  // A life without its beginning counts from nothing: the token may have been given long ago.
  if (obtained_at === undefined) return { at: now + expires_in, isKnown: false }
  return { at: obtained_at + expires_in, isKnown: true }
}

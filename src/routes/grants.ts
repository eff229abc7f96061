/** `/v1/accounts/:id/grants/:kind`: tokens imported from elsewhere, and the end of a single grant. */
import type { Context } from 'hono'
import { Hono } from 'hono/tiny'
import * as v from 'valibot'
import { endGrant } from '../access/disconnect'
import { type Expiry, type ImportedGrant, importGrant } from '../access/import'
import { viewOf } from '../account/view'
import { Failure } from '../failure'
import { CLOCK_SKEW_SECONDS, EXPIRES_IN_MAX_SECONDS, TOKEN_MAX_CHARS } from '../limits'
import { Secret } from '../secret'
import { GRANT_KINDS, type GrantKind } from '../store/vault'
import { disconnectedJson } from './answers'
import { accountFor } from './api'
import { ForceQuery, NoQuery, readJson, readQuery } from './input'
import type { AppEnv } from './middleware'
import { ImportedScope } from './scope'
import { Time } from './times'

/** Visible ASCII, as in a header (RFC 6750 §2.1, RFC 6749 appendix A). */
const Token = v.pipe(
  v.string(),
  v.regex(/^[\x21-\x7e]+$/, 'a token is expected: visible characters, no spaces'),
  v.maxLength(TOKEN_MAX_CHARS, `at most ${TOKEN_MAX_CHARS} characters`),
  v.transform((token) => new Secret(token)),
)
const LIFE_EXPECTED = `seconds are expected, from obtained_at on, at most ${EXPIRES_IN_MAX_SECONDS}`
const Life = v.pipe(
  v.number(),
  v.minValue(0, LIFE_EXPECTED),
  v.maxValue(EXPIRES_IN_MAX_SECONDS, LIFE_EXPECTED),
  v.transform(Math.floor),
)

/** What X's access-token reply calls them. */
const OAuth1Body = v.strictObject({ oauth_token: Token, oauth_token_secret: Token })

/** A token reply as X gives it, or as Tweepy keeps it (`scope` a list, `expires_at` with a fraction). */
const OAuth2Body = v.strictObject({
  access_token: Token,
  refresh_token: v.optional(Token),
  expires_at: v.optional(Time),
  expires_in: v.optional(Life),
  obtained_at: v.optional(Time),
  scope: v.optional(ImportedScope),
  token_type: v.optional(v.pipe(v.string(), v.regex(/^bearer$/i, 'bearer is expected'))),
})

/** The routes of `/v1/accounts/:id/grants/:kind`. */
export const grants = new Hono<AppEnv>()
  .put('/:id/grants/:kind', async (c) => {
    const { id } = await accountFor(c, 'accounts:write')
    readQuery(c, NoQuery)
    const imported = await READERS[grantKind(c)](c)
    // To the millisecond, as logins and deletions are: else it would be older than what came in the same second.
    const account = await importGrant(c.env, id, imported, Date.now())
    return c.json(viewOf(account, c.get('now')))
  })

  .delete('/:id/grants/:kind', async (c) => {
    const { id } = await accountFor(c, 'accounts:write')
    const force = readQuery(c, ForceQuery).force === 'true'
    const kind = grantKind(c)
    return c.json({
      id,
      grant: kind,
      ended: true,
      ...disconnectedJson(await endGrant(c.env, id, kind, force)),
    })
  })

/** How the tokens of each kind are read out of the body. */
const READERS: {
  readonly [K in GrantKind]: (c: Context<AppEnv>) => Promise<ImportedGrant<K>>
} = {
  oauth1: async (c) => {
    const { oauth_token, oauth_token_secret } = await readJson(c, OAuth1Body)
    return { kind: 'oauth1', token: oauth_token, tokenSecret: oauth_token_secret }
  },
  oauth2: async (c) => {
    const body = await readJson(c, OAuth2Body)
    return {
      kind: 'oauth2',
      accessToken: body.access_token,
      refreshToken: body.refresh_token,
      scope: body.scope,
      expiry: expiryIn(body, c.get('now')),
    }
  },
}

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

/** The kind in the path. @throws Failure `grant_unknown` */
function grantKind(c: Context<AppEnv>): GrantKind {
  const kind = GRANT_KINDS.find((known) => known === c.req.param('kind'))
  if (!kind) throw new Failure('grant_unknown', `There are: ${GRANT_KINDS.join(', ')}.`)
  return kind
}

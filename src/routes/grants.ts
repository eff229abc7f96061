/** `/v1/accounts/:id/grants/:kind`: tokens imported from elsewhere, and the end of a single grant. */
import type { Context } from 'hono'
import { Hono } from 'hono/tiny'
import * as v from 'valibot'
import { endGrant } from '../access/disconnect'
import { type ImportedGrant, importGrant } from '../access/import'
import { emailJson } from '../account/email'
import { viewOf } from '../account/view'
import { configOf } from '../env'
import { Failure } from '../failure'
import { EXPIRES_IN_MAX_SECONDS, TOKEN_MAX_CHARS, UNIX_SECONDS_MAX } from '../limits'
import { readScopes } from '../scopes'
import { Secret } from '../secret'
import { GRANT_KINDS, type GrantKind } from '../store/vault'
import { disconnectedJson } from './answers'
import { accountFor } from './api'
import { ConfirmQuery, ForceQuery, readJson, readQuery } from './input'
import type { AppEnv } from './middleware'
import { note } from './request-log'
import { ImportedScope, warningsJson } from './scope'

/** Visible ASCII, as in a header (RFC 6750 §2.1, RFC 6749 appendix A). */
const Token = v.pipe(
  v.string(),
  v.regex(/^[\x21-\x7e]+$/, 'a token is expected: visible characters, no spaces'),
  v.maxLength(TOKEN_MAX_CHARS, `at most ${TOKEN_MAX_CHARS} characters`),
  v.transform((token) => new Secret(token)),
)
const Seconds = (max: number, expected: string) =>
  v.pipe(v.number(), v.minValue(0, expected), v.maxValue(max, expected), v.transform(Math.floor))

/** What X's access-token reply calls them. */
const OAuth1Body = v.strictObject({ oauth_token: Token, oauth_token_secret: Token })

/** A token reply as X gives it, or as Tweepy keeps it (`scope` a list, `expires_at` with a fraction). */
const OAuth2Body = v.strictObject({
  access_token: Token,
  refresh_token: v.optional(Token),
  expires_at: v.optional(Seconds(UNIX_SECONDS_MAX, 'seconds are expected, Unix time')),
  expires_in: v.optional(Seconds(EXPIRES_IN_MAX_SECONDS, 'seconds are expected, from now on')),
  scope: v.optional(ImportedScope),
  token_type: v.optional(v.pipe(v.string(), v.regex(/^bearer$/i, 'bearer is expected'))),
})

/** The routes of `/v1/accounts/:id/grants/:kind`. */
export const grants = new Hono<AppEnv>()
  .put('/:id/grants/:kind', async (c) => {
    const { id, caller } = await accountFor(c, 'accounts:write')
    const confirm = readQuery(c, ConfirmQuery).confirm !== 'false'
    if (!confirm && caller.accounts)
      throw new Failure(
        'scope_missing',
        'A key that is limited to accounts cannot import without X’s word: leave out confirm=false.',
      )
    const imported = await READERS[grantKind(c)](c)
    // To the millisecond, as logins and deletions are: else it would be older than what came in the same second.
    const account = await importGrant(c.env, id, imported, confirm, Date.now())
    const scope = 'scope' in imported ? imported.scope : undefined
    const { warnings } = readScopes(scope ?? '')
    const view = {
      ...viewOf(account, c.get('now')),
      ...(await emailJson(configOf(c.env), account)),
    }
    return c.json({ ...view, ...warningsJson(warnings) })
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
    const { access_token, refresh_token, expires_at, expires_in, scope } = body
    const now = c.get('now')
    if (expires_at !== undefined && expires_at > now + EXPIRES_IN_MAX_SECONDS)
      throw new Failure('request_malformed', 'expires_at: no token of X lives that long.')
    const expiresIn = expires_in === undefined ? undefined : now + expires_in
    return {
      kind: 'oauth2',
      accessToken: access_token,
      refreshToken: refresh_token,
      scope: scope?.scopes.join(' '),
      expiresAt: expires_at ?? expiresIn,
    }
  },
}

/** The kind in the path. @throws Failure `grant_unknown` */
function grantKind(c: Context<AppEnv>): GrantKind {
  const kind = GRANT_KINDS.find((known) => known === c.req.param('kind'))
  if (!kind) throw new Failure('grant_unknown', `There are: ${GRANT_KINDS.join(', ')}.`)
  note(c, { kind })
  return kind
}

/** `/v1/accounts/:id/grants/:kind`: tokens imported from elsewhere, and the end of a single grant. */
import type { Context } from 'hono'
import { Hono } from 'hono/tiny'
import * as v from 'valibot'
import { endGrant } from '../access/disconnect'
import { holderOf } from '../access/held-pair'
import { type Expiry, type ImportedGrant, importGrant } from '../access/import'
import { emailJson } from '../account/email'
import { type AccountView, viewOf } from '../account/view'
import type { Caller } from '../caller/caller'
import { configOf } from '../env'
import { Failure } from '../failure'
import { CLOCK_SKEW_SECONDS, EXPIRES_IN_MAX_SECONDS } from '../limits'
import { readScopes } from '../scopes'
import { Secret } from '../secret'
import { GRANT_KINDS, type GrantKind } from '../store/vault'
import { saysInvalid } from '../x/trouble'
import { disconnectedJson } from './answers'
import { accountFor } from './api'
import { refreshedFirst } from './imports'
import { ForceQuery, NoQuery, readJson, readQuery } from './input'
import type { AppEnv } from './middleware'
import { note } from './request-log'
import { ImportedScope, warningsJson } from './scope'
import { Time } from './times'
import { Token } from './token'

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
  access_token: v.optional(Token),
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
    const { id, caller } = await accountFor(c, 'accounts:write')
    readQuery(c, NoQuery)
    const imported = await READERS[grantKind(c)](c)
    const scope = 'scope' in imported ? imported.scope : undefined
    const { warnings } = readScopes(scope ?? '')
    const view = await takeIn(c, caller, imported, id)
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

/** The account after it has taken the grant in; a pair whose access token X would not take is refreshed first. */
async function takeIn(
  c: Context<AppEnv>,
  caller: Caller,
  imported: ImportedGrant,
  id: string,
): Promise<AccountView> {
  const now = c.get('now')
  const held = isRefreshable(imported) && (await holderOf(c.env, id, imported.refreshToken))
  if (held) return viewOf(held, now)
  if (isExpired(imported, now)) return refreshedFirst(c, caller, imported, id)
  try {
    // To the millisecond, as logins and deletions are: else it would be older than what came in the same second.
    const account = await importGrant(c.env, id, imported, Date.now())
    return { ...viewOf(account, now), ...(await emailJson(configOf(c.env), account)) }
  } catch (error) {
    if (!isRefused(imported, error)) throw error
    return refreshedFirst(c, caller, imported, id)
  }
}

/** A pair that can be refreshed. */
type Refreshable = ImportedGrant<'oauth2'> & { refreshToken: Secret }

const isRefreshable = (imported: ImportedGrant): imported is Refreshable =>
  'refreshToken' in imported && imported.refreshToken !== undefined

/** Whether there is no access token that X would take, and a refresh token to have one by. `now` is Unix seconds. */
const isExpired = (imported: ImportedGrant, now: number): imported is Refreshable =>
  isRefreshable(imported) && imported.expiry.at !== undefined && imported.expiry.at <= now

/** Whether X did not take an access token of which nobody knows how long it lives: it has expired, as far as can be told. */
const isRefused = (imported: ImportedGrant, error: unknown): imported is Refreshable =>
  isRefreshable(imported) &&
  !imported.expiry.isKnown &&
  error instanceof Failure &&
  error.data.code === 'grant_unconfirmed' &&
  saysInvalid(error.data.detail ?? '')

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
    const { access_token, refresh_token, scope } = body
    if (access_token === undefined && refresh_token === undefined)
      throw new Failure('request_malformed', 'access_token: it is missing.')
    const expiry = expiryIn(body, c.get('now'))
    return {
      kind: 'oauth2',
      accessToken: access_token ?? NO_TOKEN,
      refreshToken: refresh_token,
      scope: scope?.scopes.join(' '),
      expiry: access_token === undefined ? LONG_AGO : expiry,
    }
  },
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

/** The kind in the path. @throws Failure `grant_unknown` */
function grantKind(c: Context<AppEnv>): GrantKind {
  const kind = GRANT_KINDS.find((known) => known === c.req.param('kind'))
  if (!kind) throw new Failure('grant_unknown', `There are: ${GRANT_KINDS.join(', ')}.`)
  note(c, { kind })
  return kind
}

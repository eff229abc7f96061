/** `POST /v1/accounts/:id/exchange`: an OAuth 2.0 pair for an account's OAuth 1.0a token. */
import { Hono } from 'hono/tiny'
import * as v from 'valibot'
import { exchangeGrant } from '../access/exchange'
import { viewOf } from '../account/view'
import { isAdmin } from '../caller/caller'
import { Failure } from '../failure'
import { EXCHANGEABLE } from '../scopes'
import { accountFor } from './api'
import { NoQuery, readJson, readQuery } from './input'
import type { AppEnv } from './middleware'
import { AskedScope, warningsJson } from './scope'

const ExchangeBody = v.strictObject({
  scope: v.optional(v.union([v.picklist(['all']), AskedScope])),
  replace: v.optional(v.boolean()),
})

/** The route of `/v1/accounts/:id/exchange`. */
export const exchanges = new Hono<AppEnv>().post('/:id/exchange', async (c) => {
  const { id, caller } = await accountFor(c, 'accounts:write')
  readQuery(c, NoQuery)
  const { scope, replace = false } = await readJson(c, ExchangeBody)
  // Nobody gets power over messages that nobody asked for.
  if (scope === 'all' && !isAdmin(caller)) throw new Failure('scope_missing', ALL)
  const scopes = scope === 'all' ? EXCHANGEABLE : scope?.scopes
  const wish = { scope: scopes?.join(' '), replace }
  const now = c.get('now')
  const view = viewOf(await exchangeGrant(c.env, id, wish, now), now)
  return c.json({ ...view, ...warningsJson(scope === 'all' ? [] : scope?.warnings) })
})

const ALL = '`"scope": "all"` needs the admin key; name the scopes that you need.'

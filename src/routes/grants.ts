/** `/v1/accounts/:id/grants/:kind`: tokens imported from elsewhere, and the end of a single grant. */
import type { Context } from 'hono'
import { Hono } from 'hono/tiny'
import { endGrant } from '../access/disconnect'
import type { ImportedGrant } from '../access/import'
import { Failure } from '../failure'
import { readScopes } from '../scopes'
import { GRANT_KINDS, type GrantKind } from '../store/vault'
import { endSubscriptionsOf } from '../webhook/look'
import { disconnectedJson } from './answers'
import { accountFor } from './api'
import { OAuth1Body, OAuth2Body, oauth1In, oauth2In } from './imported-grant'
import { ForceQuery, NoQuery, readJson, readQuery } from './input'
import type { AppEnv } from './middleware'
import { note } from './request-log'
import { warningsJson } from './scope'
import { takeIn } from './take-in'

/** The routes of `/v1/accounts/:id/grants/:kind`. */
export const grants = new Hono<AppEnv>()
  .put('/:id/grants/:kind', async (c) => {
    const { id, caller } = await accountFor(c, 'accounts:write')
    readQuery(c, NoQuery)
    const imported = await READERS[grantKind(c)](c)
    const scope = 'scope' in imported ? imported.scope : undefined
    const { warnings } = readScopes(scope ?? '')
    const view = await takeIn(c.env, caller, imported, id, c.get('now'))
    note(c, { account: view.id })
    return c.json({ ...view, ...warningsJson(warnings) })
  })

  .delete('/:id/grants/:kind', async (c) => {
    const { id } = await accountFor(c, 'accounts:write')
    const force = readQuery(c, ForceQuery).force === 'true'
    const kind = grantKind(c)
    const ended = await endGrant(c.env, id, kind, force)
    c.executionCtx.waitUntil(endSubscriptionsOf(c.env, id, c.get('now')))
    return c.json({ id, grant: kind, ended: true, ...disconnectedJson(ended) })
  })

/** How the tokens of each kind are read out of the body. */
const READERS: {
  readonly [K in GrantKind]: (c: Context<AppEnv>) => Promise<ImportedGrant<K>>
} = {
  oauth1: async (c) => oauth1In(await readJson(c, OAuth1Body)),
  oauth2: async (c) => oauth2In(await readJson(c, OAuth2Body), c.get('now')),
}

/** The kind in the path. @throws Failure `grant_unknown` */
function grantKind(c: Context<AppEnv>): GrantKind {
  const kind = GRANT_KINDS.find((known) => known === c.req.param('kind'))
  if (!kind) throw new Failure('grant_unknown', `There are: ${GRANT_KINDS.join(', ')}.`)
  note(c, { kind })
  return kind
}

/** `POST /v1/imports`: a refresh token from elsewhere, of whoever X says it is. */
import type { Context } from 'hono'
import { Hono } from 'hono/tiny'
import * as v from 'valibot'
import type { AccountView } from '../account/view'
import type { Caller } from '../caller/caller'
import { Failure } from '../failure'
import { importPair } from '../login/import'
import type { Secret } from '../secret'
import { forgetAccount } from '../store/vault'
import { callerWith } from './api'
import { NoQuery, readJson, readQuery } from './input'
import type { AppEnv } from './middleware'
import { note } from './request-log'
import { ImportedScope, warningsJson } from './scope'
import { Token } from './token'

const ImportBody = v.strictObject({
  oauth2: v.strictObject({ refresh_token: Token, scope: v.optional(ImportedScope) }),
})

/** The route of `/v1/imports`. */
export const imports = new Hono<AppEnv>().post('/', async (c) => {
  const caller = await callerWith(c, 'accounts:write')
  readQuery(c, NoQuery)
  const { refresh_token, scope } = (await readJson(c, ImportBody)).oauth2
  const pair = { refreshToken: refresh_token, scope: scope?.scopes.join(' ') }
  const account = await refreshedFirst(c, caller, pair)
  return c.json({ ...account, ...warningsJson(scope?.warnings) })
})

/**
 * Has X refresh an imported token, and gives the account that X names.
 *
 * @param id - the account that it was imported for; undefined: whichever it is
 * @throws Failure as {@link importPair} does, and `grant_of_another` where it is the token of another account: it is kept
 *   there, since X takes no other any more.
 */
export async function refreshedFirst(
  c: Context<AppEnv>,
  caller: Caller,
  pair: { refreshToken: Secret; scope: string | undefined },
  id?: string,
): Promise<AccountView> {
  const creator = { id: caller.id, ...(caller.accounts ? { accounts: caller.accounts } : {}) }
  const account = await importPair(c.env, pair, creator, Date.now())
  forgetAccount(account.id)
  note(c, { account: account.id })
  const isMeant = id === undefined || id === account.id
  if (!isMeant || caller.accounts?.includes(account.id) === false)
    throw new Failure('grant_of_another', 'It is kept under the account that it belongs to.')
  return account
}

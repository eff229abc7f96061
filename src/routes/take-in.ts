/** Takes a grant that a call brings into its account, by the way that its tokens have to go. */
import { holderOf } from '../access/held-pair'
import { type ImportedGrant, importGrant } from '../access/import'
import { emailJson } from '../account/email'
import { type AccountView, viewOf } from '../account/view'
import type { Caller } from '../caller/caller'
import { configOf } from '../env'
import { Failure } from '../failure'
import { importPair } from '../login/import'
import type { Secret } from '../secret'
import { forgetAccount } from '../store/vault'
import { saysInvalid } from '../x/trouble'

/**
 * The account after it has taken the grant in. One that lives on this very refresh token stays as it is.
 *
 * @param now - Unix seconds
 * @throws Failure as {@link takeInNew} does.
 */
export async function takeIn(
  env: Env,
  caller: Caller,
  imported: ImportedGrant,
  id: string,
  now: number,
): Promise<AccountView> {
  const held = isRefreshable(imported) && (await holderOf(env, id, imported))
  return held ? viewOf(held, now) : takeInNew(env, caller, imported, id, now)
}

/**
 * The account after it has taken the grant in; a pair whose access token X would not take is refreshed first.
 *
 * @param now - Unix seconds
 * @param loginId - by which the account knows this import again; undefined: it is a new one each time
 * @throws Failure as `importGrant` and {@link refreshedFirst} do.
 */
export async function takeInNew(
  env: Env,
  caller: Caller,
  imported: ImportedGrant,
  id: string,
  now: number,
  loginId?: string,
): Promise<AccountView> {
  if (isExpired(imported, now)) return refreshedFirst(env, caller, imported, id)
  try {
    // To the millisecond, as logins and deletions are: else it would be older than what came in the same second.
    const account = await importGrant(env, id, imported, Date.now(), loginId)
    return { ...viewOf(account, now), ...(await emailJson(configOf(env), account)) }
  } catch (error) {
    if (!isRefused(imported, error)) throw error
    return refreshedFirst(env, caller, imported, id)
  }
}

/**
 * Has X refresh an imported token, and gives the account that X names.
 *
 * @param id - the account that it was imported for; undefined: whichever it is
 * @throws Failure as {@link importPair} does, and `grant_of_another` where it is the token of another account: it is kept
 *   there, since X takes no other any more.
 */
export async function refreshedFirst(
  env: Env,
  caller: Caller,
  pair: { refreshToken: Secret; scope: string | undefined },
  id?: string,
): Promise<AccountView> {
  const creator = { id: caller.id, ...(caller.accounts ? { accounts: caller.accounts } : {}) }
  const account = await importPair(env, pair, creator, Date.now())
  forgetAccount(account.id)
  const isMeant = id === undefined || id === account.id
  if (!isMeant || caller.accounts?.includes(account.id) === false)
    throw new Failure('grant_of_another', 'It is kept under the account that it belongs to.')
  return account
}

/** A pair that can be refreshed. */
type Refreshable = ImportedGrant<'oauth2'> & { refreshToken: Secret }

/** Whether it has a refresh token. */
export const isRefreshable = (imported: ImportedGrant): imported is Refreshable =>
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

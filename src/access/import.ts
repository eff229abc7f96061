/** Tokens that come from elsewhere (Tweepy, another store), taken into the vault. None is spent by it. */

import type { AccountGrant } from '../account/adoption'
import { sealFresh } from '../account/grant'
import { accountAt } from '../account/stub'
import { secondsOf } from '../clock'
import { keyringOf } from '../crypto/keyring'
import { randomText } from '../crypto/random'
import { type Config, configOf, need } from '../env'
import { Failure } from '../failure'
import { CALLER_PATIENCE_MS, DUE_BEFORE_EXPIRY_SECONDS } from '../limits'
import { inTime } from '../patience'
import type { Secret } from '../secret'
import { type GrantKind, rememberAccount, type VaultAccount } from '../store/vault'
import { grantOwner, KINDS_AT_X } from '../x/grant-kinds'
import type { Unnamed } from '../x/me'
import type { User } from '../x/user'

/** Tokens of each kind as they are imported, in the open. */
interface ImportedOf {
  oauth1: { token: Secret; tokenSecret: Secret }
  oauth2: {
    accessToken: Secret
    refreshToken: Secret | undefined
    scope: string | undefined
    expiry: Expiry
  }
}

/** When an imported access token expires, as far as whoever brings it knows. */
export interface Expiry {
  /** Unix seconds, the latest time that can be; undefined: nobody knows. */
  at: number | undefined
  /** Whether it is that time. What may have expired long before is refreshed soon. */
  isKnown: boolean
}

/** A grant that comes from elsewhere, in the open. */
export type ImportedGrant<K extends GrantKind = GrantKind> = {
  [Kind in K]: { kind: Kind } & ImportedOf[Kind]
}[K]

/**
 * Puts imported tokens into an account, once X said whose they are.
 *
 * @param nowMs - Unix milliseconds
 * @param loginId - by which the account knows this import again; a new one where it is left out
 * @throws Failure `grant_of_another`, `grant_unconfirmed` when X did not say whose they are, `import_superseded` when
 *   the account changed meanwhile, `config_incomplete`; `app_credentials_refused`, `plan_refused` where X refuses the app.
 */
export async function importGrant(
  env: Env,
  id: string,
  imported: ImportedGrant,
  nowMs: number,
  loginId = `import:${randomText(12)}`,
): Promise<VaultAccount> {
  const config = configOf(env)
  need(config, ...KINDS_AT_X[imported.kind].settings)
  const now = secondsOf(nowMs)
  // Nobody can know what a pair is worth that a refresh is spending right now.
  const settled = KINDS_AT_X[imported.kind].isRefreshed
    ? await inTime(accountAt(env, id).settled(), CALLER_PATIENCE_MS)
    : { value: 0 }
  if (!settled) throw new Failure('import_superseded', 'X has not answered a refresh yet.')
  const asOf = settled.value
  const askedAtMs = Date.now()
  const user = named(await grantOwner(config, imported.kind, imported, now))
  if (user.id !== id) throw new Failure('grant_of_another', 'Nothing was changed.')
  const grant = await sealImported(config, id, imported, askedAtMs)
  const { how, account } = await accountAt(env, id).adopt({
    ...user,
    loginId,
    grant,
    asOf,
  })
  if (!account || how !== 'adopt') throw new Failure('import_superseded')
  rememberAccount(account, now)
  return account
}

/**
 * Whose an imported pair is, where only X knows: the X user id.
 *
 * @param now - Unix seconds
 * @throws Failure as {@link importGrant} does.
 */
export async function ownerOfImport(
  env: Env,
  imported: ImportedGrant<'oauth2'>,
  now: number,
): Promise<string> {
  const config = configOf(env)
  need(config, ...KINDS_AT_X[imported.kind].settings)
  return named(await grantOwner(config, imported.kind, imported, now)).id
}

/** The user whom X named. @throws Failure where X named none */
function named(user: User | Unnamed): User {
  if (!('message' in user)) return user
  const { message, failure, waitSeconds, isOfApp } = user
  // X's words about one token say nothing of the app: only what cannot be about the token is held against that.
  throw new Failure(isOfApp && failure ? failure : 'grant_unconfirmed', message, waitSeconds)
}

type Sealer<K extends GrantKind> = (
  config: Config,
  id: string,
  imported: ImportedGrant<K>,
  obtainedAtMs: number,
) => Promise<AccountGrant>

/** How imported tokens of each kind become an account's grant. */
const SEALERS: { readonly [K in GrantKind]: Sealer<K> } = {
  oauth1: async ({ sealingKeys, apiKey, refreshPolicy }, id, imported, obtainedAtMs) => {
    const fresh = { ...imported, obtainedAtMs, apiKey }
    return sealFresh(await keyringOf(sealingKeys), id, fresh, refreshPolicy)
  },
  oauth2: async ({ sealingKeys, clientId, refreshPolicy }, id, imported, obtainedAtMs) => {
    const from = secondsOf(obtainedAtMs)
    const { scope = '', expiry } = imported
    const expiresAt = expiry.at ?? from + DUE_BEFORE_EXPIRY_SECONDS
    const fresh = { ...imported, scope, expiresAt, obtainedAtMs, clientId }
    const sealed = await sealFresh(await keyringOf(sealingKeys), id, fresh, refreshPolicy)
    // Due at once where nobody knows: the next sweep brings a token whose life is known.
    const dueAt = expiry.isKnown || sealed.dueAt === null ? sealed.dueAt : from
    return { ...sealed, dueAt, imported: true }
  },
}

const sealImported = <K extends GrantKind>(
  config: Config,
  id: string,
  imported: ImportedGrant<K>,
  obtainedAtMs: number,
): Promise<AccountGrant> => SEALERS[imported.kind](config, id, imported, obtainedAtMs)

/** Tokens that come from elsewhere (Tweepy, another store), taken into the vault. None is spent by it. */

import type { AccountGrant } from '../account/adoption'
import { sealTokens, sealUserToken } from '../account/grant'
import { accountAt } from '../account/stub'
import { keyringOf } from '../crypto/keyring'
import { randomText } from '../crypto/random'
import { configOf, need, OAUTH1_SETTINGS, OAUTH2_SETTINGS } from '../env'
import { Failure } from '../failure'
import { DUE_BEFORE_EXPIRY_SECONDS } from '../limits'
import type { Secret } from '../secret'
import { rememberAccount, type VaultAccount } from '../store/vault'
import { whoIs, whoSigns } from '../x/me'
import type { User } from '../x/user'

export type ImportedGrant =
  | { kind: 'oauth1'; token: Secret; tokenSecret: Secret }
  | {
      kind: 'oauth2'
      accessToken: Secret
      refreshToken: Secret | undefined
      scope: string | undefined
      /** Unix seconds; undefined: nobody knows, so it is refreshed soon. */
      expiresAt: number | undefined
    }

/**
 * Puts brought tokens into an account.
 *
 * @param confirm - whether X is asked first whose they are; only an empty place can be filled without
 * @param nowMs - Unix milliseconds
 * @throws Failure `grant_of_another`, `grant_unconfirmed` when X did not say whose they are, `grant_occupied` when the
 *   place is taken and X was not asked
 */
export async function importGrant(
  env: Env,
  id: string,
  brought: ImportedGrant,
  confirm: boolean,
  nowMs: number,
): Promise<VaultAccount> {
  const config = configOf(env)
  need(config, ...(brought.kind === 'oauth1' ? OAUTH1_SETTINGS : OAUTH2_SETTINGS))
  const now = Math.floor(nowMs / 1000)
  const asOf = await accountAt(env, id).settled()
  const askedAtMs = Date.now()
  const user = confirm ? await ownerOfImported(env, brought, now) : { id, username: id, name: '' }
  if (user.id !== id) throw new Failure('grant_of_another')
  const grant = await sealImported(env, id, brought, confirm ? askedAtMs : nowMs)
  const { how, account } = await accountAt(env, id).adopt({
    ...user,
    loginId: `import:${randomText(12)}`,
    grant: confirm ? grant : { ...grant, unconfirmed: true },
    asOf,
  })
  if (how === 'occupied') throw new Failure('grant_occupied')
  if (!account || how !== 'adopt') throw new Failure('import_superseded')
  rememberAccount(account, now)
  return account
}

async function ownerOfImported(env: Env, brought: ImportedGrant, now: number): Promise<User> {
  const config = configOf(env)
  const user =
    brought.kind === 'oauth1'
      ? await whoSigns(config, brought, now)
      : await whoIs(config, brought.accessToken)
  if (typeof user === 'string') throw new Failure('grant_unconfirmed', user)
  return user
}

async function sealImported(
  env: Env,
  id: string,
  brought: ImportedGrant,
  obtainedAtMs: number,
): Promise<AccountGrant> {
  const { sealingKeys, apiKey, clientId, refreshPolicy } = configOf(env)
  const keyring = await keyringOf(sealingKeys)
  if (brought.kind === 'oauth1')
    return { kind: 'oauth1', ...(await sealUserToken(keyring, id, brought)), obtainedAtMs, apiKey }
  const from = Math.floor(obtainedAtMs / 1000)
  // Due at once where nobody knows: the next sweep brings a token whose life is known.
  const known = brought.expiresAt !== undefined
  const { scope = '', expiresAt = from + DUE_BEFORE_EXPIRY_SECONDS } = brought
  const policy = known ? refreshPolicy : 'warm'
  const pair = await sealTokens(keyring, id, { ...brought, scope, expiresAt, from, policy })
  return { kind: 'oauth2', ...pair, scope, obtainedAtMs, clientId, imported: true }
}

/** Whether an account holds what somebody imports already. */
import { openTokens } from '../account/grant'
import { accountAt } from '../account/stub'
import { sameSecret } from '../crypto/hash'
import { keyringOf } from '../crypto/keyring'
import { configOf, need } from '../env'
import type { VaultAccount } from '../store/vault'
import type { TokensOf } from '../x/grant-kinds'
import type { ImportedGrant } from './import'

/**
 * The account, if it lives on this very refresh token: an import that had X refresh it elsewhere would spend what the account
 * lives on. Undefined where it holds another one, or none.
 *
 * @throws Failure `config_incomplete`, `sealed_unreadable`, `storage_newer`
 */
export async function holderOf(
  env: Env,
  id: string,
  imported: ImportedGrant<'oauth2'>,
): Promise<VaultAccount | undefined> {
  const account = await accountAt(env, id).read()
  // One of which X was never asked whose it is gains by an import.
  if (!account || account.oauth2?.unconfirmed) return undefined
  return (await livesOn(env, account, imported)) ? account : undefined
}

/**
 * Whether an account lives on the very tokens that somebody brings. It does not live on a grant that has ended.
 *
 * @throws Failure `config_incomplete`, `sealed_unreadable`
 */
export async function livesOn(
  env: Env,
  account: VaultAccount,
  imported: ImportedGrant,
): Promise<boolean> {
  const config = configOf(env)
  need(config, 'SEALING_KEYS')
  const grant = account[imported.kind]
  if (!grant || grant.ended) return false
  const keyring = await keyringOf(config.sealingKeys)
  const held = await openTokens(keyring, account.id, imported.kind, grant)
  return sameSecret(essenceOf(held), essenceOf(imported))
}

/** Of a grant's tokens what it lives on: the refresh token, where there is one. */
const essenceOf = (tokens: TokensOf['oauth1'] | TokensOf['oauth2']): string =>
  'tokenSecret' in tokens
    ? `${tokens.token.reveal()} ${tokens.tokenSecret.reveal()}`
    : (tokens.refreshToken ?? tokens.accessToken).reveal()

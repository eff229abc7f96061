/** Whether an account holds the refresh token that somebody imports already. */
import { openToken } from '../account/grant'
import { accountAt } from '../account/stub'
import { isOneOf } from '../crypto/hash'
import { keyringOf } from '../crypto/keyring'
import { configOf, need } from '../env'
import type { Secret } from '../secret'
import type { VaultAccount } from '../store/vault'

/**
 * The account, if it lives on this very refresh token: an import that had X refresh it elsewhere would spend what the account
 * lives on. Undefined where it holds another one, or none.
 *
 * @throws Failure `config_incomplete`, `sealed_unreadable`, `storage_newer`
 */
export async function holderOf(
  env: Env,
  id: string,
  refreshToken: Secret,
): Promise<VaultAccount | undefined> {
  const config = configOf(env)
  need(config, 'SEALING_KEYS')
  const account = await accountAt(env, id).read()
  const { refreshToken: held, ended, unconfirmed } = account?.oauth2 ?? {}
  // One that has ended, or of which X was never asked whose it is, gains by an import.
  if (held === undefined || ended || unconfirmed) return undefined
  const keyring = await keyringOf(config.sealingKeys)
  const opened = await openToken(keyring, id, 'oauth2.refreshToken', held)
  return (await isOneOf(refreshToken.reveal(), [opened.reveal()])) ? account : undefined
}

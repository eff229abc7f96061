/** Asks X whose a grant is. */
import { keyringOf } from '../crypto/keyring'
import { configOf } from '../env'
import { failedWith } from '../failure'
import type { GrantKind, VaultAccount } from '../store/vault'
import { grantOwner } from '../x/grant-kinds'
import type { User } from '../x/user'
import { openTokens } from './grant'

/** Whose a grant of an account is, or in words why X did not say. `now` is Unix seconds. Never throws. */
export async function ownerAtX(
  env: Env,
  account: VaultAccount,
  kind: GrantKind,
  now: number,
): Promise<User | string> {
  try {
    const config = configOf(env)
    const keyring = await keyringOf(config.sealingKeys)
    const grant = account[kind]
    if (!grant) return 'There is no such grant.'
    return await grantOwner(config, kind, await openTokens(keyring, account.id, kind, grant), now)
  } catch (error) {
    return failedWith(error).failure.detail ?? 'Perch could not ask X.'
  }
}

/** Asks X whose a grant is. */
import { keyringOf } from '../crypto/keyring'
import { configOf } from '../env'
import { failedWith } from '../failure'
import type { GrantKind, VaultAccount } from '../store/vault'
import { grantOwner } from '../x/grant-kinds'
import type { Unnamed } from '../x/me'
import type { User } from '../x/user'
import { ofAnotherApp } from './another-app'
import { withSealedEmail } from './email'
import { openTokens } from './grant'

/**
 * Whose a grant of an account is, the e-mail address sealed for that user's account, or why X did not say. Never throws.
 * `now` is Unix seconds.
 */
export async function ownerAtX(
  env: Env,
  account: VaultAccount,
  kind: GrantKind,
  now: number,
): Promise<User | Unnamed> {
  try {
    const config = configOf(env)
    const keyring = await keyringOf(config.sealingKeys)
    const grant = account[kind]
    if (!grant) return { message: 'There is no such grant.' }
    // X refuses a signature by another app's key, whatever the token is worth.
    const others = kind === 'oauth1' ? ofAnotherApp(config, kind, grant) : undefined
    if (others !== undefined) return { message: others }
    const tokens = await openTokens(keyring, account.id, kind, grant)
    const scoped = 'scope' in grant ? { ...tokens, scope: grant.scope } : tokens
    const owner = await grantOwner(config, kind, scoped, now)
    return 'message' in owner ? owner : await withSealedEmail(config, owner)
  } catch (error) {
    return { message: failedWith(error).failure.detail ?? 'Perch could not ask X.' }
  }
}

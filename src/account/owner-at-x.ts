/** Asks X whose a grant is. */
import { keyringOf } from '../crypto/keyring'
import { configOf } from '../env'
import { failedWith } from '../failure'
import type { GrantKind, VaultAccount } from '../store/vault'
import { whoIs, whoSigns } from '../x/me'
import type { User } from '../x/user'
import { openPair, openUserToken } from './grant'

/** Whose a grant is, or in words why X did not say. `now` is Unix seconds. Never throws. */
export async function ownerAtX(
  env: Env,
  { id, oauth1, oauth2 }: VaultAccount,
  kind: GrantKind,
  now: number,
): Promise<User | string> {
  try {
    const config = configOf(env)
    const keyring = await keyringOf(config.sealingKeys)
    if (kind === 'oauth1' && oauth1)
      return await whoSigns(config, await openUserToken(keyring, id, oauth1), now)
    if (kind === 'oauth2' && oauth2)
      return await whoIs(config, (await openPair(keyring, id, oauth2)).accessToken)
    return 'There is no such grant.'
  } catch (error) {
    return failedWith(error).failure.detail ?? 'Perch could not ask X.'
  }
}

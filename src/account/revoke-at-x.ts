/** Ends an account’s grants at X. */
import { keyringOf } from '../crypto/keyring'
import { configOf, need, OAUTH1_SETTINGS, OAUTH2_SETTINGS } from '../env'
import { failedWith } from '../failure'
import type { GrantKind, VaultAccount } from '../store/vault'
import { invalidate } from '../x/oauth1'
import { revoke } from '../x/token'
import { ofAnotherApp } from './another-app'
import { openPair, openUserToken } from './grant'

/** What X confirmed of the grants that it was to end, and why not of the others. */
export interface RevokedAtX {
  revoked: GrantKind[]
  /** Undefined when all have ended. */
  message: string | undefined
}

/** Ends grants at X, each of them whatever comes of the others. `now` is Unix seconds. Never throws. */
export async function revokeAtX(
  env: Env,
  account: VaultAccount,
  kinds: readonly GrantKind[],
  now: number,
): Promise<RevokedAtX> {
  const revoked: GrantKind[] = []
  const refused: string[] = []
  for (const kind of kinds) {
    const message = await revokeOne(env, account, kind, now).catch(
      (error: unknown) => failedWith(error).failure.detail ?? 'Perch could not ask X.',
    )
    if (message === undefined) revoked.push(kind)
    else refused.push(message)
  }
  return { revoked, message: refused.length > 0 ? refused.join(' ') : undefined }
}

async function revokeOne(env: Env, account: VaultAccount, kind: GrantKind, now: number) {
  const { id, oauth1, oauth2 } = account
  const config = configOf(env)
  need(config, ...(kind === 'oauth1' ? OAUTH1_SETTINGS : OAUTH2_SETTINGS))
  const grant = account[kind]
  // X was told about somebody else's tokens by mistake; they are not ours to end.
  if (grant?.ended?.reason === 'belongs_to_another') return undefined
  const other = grant && ofAnotherApp(config, grant)
  if (other !== undefined) return other
  const keyring = await keyringOf(config.sealingKeys)
  if (kind === 'oauth1' && oauth1)
    return invalidate(config, await openUserToken(keyring, id, oauth1), now)
  if (kind !== 'oauth2' || !oauth2) return undefined
  const message = await revoke(config, await openPair(keyring, id, oauth2), now)
  // What an import took the place of may be alive as well.
  if (message !== undefined || !account.former) return message
  return revoke(config, await openPair(keyring, id, account.former), now)
}

/** Ends an account’s grants at X. */
import { keyringOf } from '../crypto/keyring'
import { configOf, need } from '../env'
import { failedWith } from '../failure'
import type { GrantKind, VaultAccount } from '../store/vault'
import { endAtX, KINDS_AT_X } from '../x/grant-kinds'
import { ofAnotherApp } from './another-app'
import { grantsHeld, openTokens } from './grant'

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

async function revokeOne(
  env: Env,
  account: VaultAccount,
  kind: GrantKind,
  now: number,
): Promise<string | undefined> {
  const config = configOf(env)
  need(config, ...KINDS_AT_X[kind].settings)
  const grant = account[kind]
  // X was told about somebody else's tokens by mistake; they are not ours to end.
  if (!grant || grant.ended?.reason === 'belongs_to_another') return undefined
  const other = ofAnotherApp(config, kind, grant)
  if (other !== undefined) return other
  const keyring = await keyringOf(config.sealingKeys)
  const refused: string[] = []
  // What an import took the place of may be alive as well, whatever X says of the imported one.
  for (const held of grantsHeld(account, kind)) {
    const tokens = await openTokens(keyring, account.id, kind, held)
    const message = await endAtX(config, kind, tokens, now)
    if (message !== undefined) refused.push(message)
  }
  return refused.length > 0 ? refused.join(' ') : undefined
}

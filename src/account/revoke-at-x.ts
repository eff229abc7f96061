/** What an account's object asks of X besides a refresh: whose a grant is, and to end it. */
import { keyringOf } from '../crypto/keyring'
import { type Config, configOf, need, OAUTH1_SETTINGS, OAUTH2_SETTINGS } from '../env'
import { failedWith } from '../failure'
import type { GrantKind, VaultAccount } from '../store/vault'
import { whoIs, whoSigns } from '../x/me'
import { invalidate } from '../x/oauth1'
import { revoke } from '../x/token'
import type { User } from '../x/user'
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

/**
 * In words that another app is configured now than the one a grant was issued to: X knows that grant under the other
 * one's credentials alone, and would say of it, revoked or refreshed with these, whatever it says of any unknown token.
 */
export function ofAnotherApp(
  config: Config,
  grant: { clientId: string } | { apiKey: string },
): string | undefined {
  const [setting, was, is] =
    'clientId' in grant
      ? ['X_CLIENT_ID', grant.clientId, config.clientId]
      : ['X_API_KEY', grant.apiKey, config.apiKey]
  return was === is
    ? undefined
    : `It was connected with ${setting} ${was}, and now there is another.`
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

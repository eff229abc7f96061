/** An account's e-mail address: sealed wherever it rests, in the open for the caller that is shown the account alone. */
import { type Keyring, keyringOf } from '../crypto/keyring'
import { open, seal } from '../crypto/seal'
import type { Config } from '../env'
import { Secret } from '../secret'
import { grantPlace, type VaultAccount } from '../store/vault'

/** A user as X told of it, the e-mail address sealed for that user's account; where there is none, nothing changes. */
export async function withSealedEmail<T extends { id: string; email?: string | null }>(
  config: Pick<Config, 'sealingKeys'>,
  user: T,
): Promise<T> {
  if (!user.email) return user
  const keyring = await keyringOf(config.sealingKeys)
  return { ...user, email: await seal(keyring, new Secret(user.email), placeOf(user.id)) }
}

/** The address of an account, for an answer that names it only where there is one; one that does not open is left out. */
export async function emailJson(
  config: Pick<Config, 'sealingKeys'>,
  { id, email }: Pick<VaultAccount, 'id' | 'email'>,
): Promise<{ email?: string }> {
  if (email === undefined) return {}
  const opened = await open(await keyringOf(config.sealingKeys), email, placeOf(id)).catch(none)
  return opened ? { email: opened.reveal() } : {}
}

/** The address sealed anew with the first key; one that does not open stays as it is, and keeps no token from it. */
export async function resealedEmail(
  keyring: Keyring,
  { id, email }: Pick<VaultAccount, 'id' | 'email'>,
): Promise<Pick<VaultAccount, 'email'>> {
  if (email === undefined) return {}
  const opened = await open(keyring, email, placeOf(id)).catch(none)
  return { email: opened ? await seal(keyring, opened, placeOf(id)) : email }
}

const placeOf = (id: string): string => grantPlace(id, 'email')
const none = (): undefined => undefined

import { emailJson } from '../account/email'
import { accountAt } from '../account/stub'
import type { AccountView } from '../account/view'
import { configOf } from '../env'
import { errorOf, log } from '../log'
import { EMAIL_SCOPE, scopeWords } from '../scopes'
import { getAccount, type VaultAccount } from '../store/vault'

/** KV's copy of an account, if it has one: not the truth, but usually as good. `now` is Unix seconds. */
export async function copyOf(env: Env, id: string, now: number): Promise<VaultAccount | null> {
  // The account's object can answer without KV, so a KV that refuses is no reason to fail.
  return getAccount(env.VAULT, id, now).catch((error: unknown) => {
    log('vault_read_failed', { account: id, ...errorOf(error) })
    return null
  })
}

/**
 * An account as KV has it, else as its object has it, which alone may say that there is none. `now` is Unix seconds.
 */
export async function findAccount(
  env: Env,
  id: string,
  now: number,
): Promise<VaultAccount | undefined> {
  return (await copyOf(env, id, now)) ?? (await accountAt(env, id).read())
}

/**
 * The account of a finished login with its e-mail address, where X gave one. A login keeps no address of an account: its
 * object has it before KV's copy does. An object that cannot be reached costs the address, not the answer. Of whom
 * nothing is kept, the login has the address, sealed, as long as it lives.
 */
export async function withEmail(
  env: Env,
  { email: sealed, ...account }: AccountView,
): Promise<AccountView> {
  if (sealed !== undefined)
    return { ...account, ...(await emailJson(configOf(env), { id: account.id, email: sealed })) }
  if (!scopeWords(account.oauth2?.scope ?? '').includes(EMAIL_SCOPE)) return account
  const held = await accountAt(env, account.id)
    .read()
    .catch(() => undefined)
  return { ...account, ...(held ? await emailJson(configOf(env), held) : {}) }
}

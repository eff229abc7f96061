/** Who an account is, as X told it last. Plain data in, plain data out. */
import type { VaultAccount } from '../store/vault'
import type { User } from '../x/user'

/** The profile of an X user, ready to rest: the e-mail address is sealed. */
export type Profile = Omit<User, 'id'>

/**
 * The profile of an account after X told who it is. What X did not tell stays as it was known.
 *
 * @param before - the account as it was; undefined: it is new
 * @param told - an OAuth 1.0a login tells the username alone
 * @param isUnasked - an import without X's word tells nothing but the id, in the username's place.
 */
export function profileOf(
  before: Partial<VaultAccount> | undefined,
  told: Profile,
  isUnasked = false,
): Pick<VaultAccount, 'username' | 'name' | 'picture' | 'verified' | 'email'> {
  const username = (isUnasked && before?.username) || told.username
  const picture = told.picture ?? before?.picture
  const verified = told.verified ?? before?.verified
  const email = told.email === undefined ? before?.email : told.email
  return {
    username,
    name: told.name || before?.name || username,
    ...(picture === undefined ? {} : { picture }),
    ...(verified === undefined ? {} : { verified }),
    ...(email ? { email } : {}),
  }
}

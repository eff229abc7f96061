/** Who somebody is, without anything kept of him. */
import type { AccountView } from '../account/view'
import type { User } from '../x/user'

/**
 * A user of whom nothing is kept, in the form in which accounts are shown.
 *
 * @param sealedEmail - the e-mail address, which stays sealed until the one caller is told that may know it.
 */
export const identityOf = (
  { id, username, name, picture, verified }: User,
  sealedEmail?: string | null,
): AccountView => ({
  id,
  username,
  name: name || username,
  ...(picture === undefined ? {} : { picture }),
  ...(verified === undefined ? {} : { verified }),
  ...(sealedEmail ? { email: sealedEmail } : {}),
  status: 'not_connected',
  grants: [],
  generation: 0,
  expires_at: null,
  due_at: null,
})

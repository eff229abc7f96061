/** Who somebody is, without anything kept of him. */
import type { AccountView } from '../account/view'
import type { User } from '../x/user'

/** A user whose account is not connected here, in the form in which accounts are shown. */
export const identityOf = ({ id, username, name, picture, verified }: User): AccountView => ({
  id,
  username,
  name: name || username,
  ...(picture === undefined ? {} : { picture }),
  ...(verified === undefined ? {} : { verified }),
  status: 'not_connected',
  grants: [],
  generation: 0,
  expires_at: null,
  due_at: null,
})

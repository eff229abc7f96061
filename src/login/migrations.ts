/** The migrations of a login: of its object's row, of its pending state in KV. None is ever changed. */
import { saysMessage } from '../store/migrations'
import { type Migration, renamed, within } from '../store/version'

/** An account of version 0 in the wire's form: why its refreshes failed stood in `words`. */
export const viewSaysMessage: Migration = (view) =>
  within(view, 'oauth2', (oauth2) =>
    within(within(oauth2, 'failure', saysMessage), 'last_failure', saysMessage),
  )

/** The migrations of the record in the object `Login`, in order. */
export const LOGIN_ROW: readonly Migration[] = [
  (record) => renamed(within(record, 'account', viewSaysMessage), { maker: 'creator' }),
]

/** The migrations of a pending state, in its envelope, in order. */
export const PENDING: readonly Migration[] = [
  (pending) => renamed(pending, { maker: 'creator', binding: 'browserSecret' }),
]

/** The migrations of an account's row. None is ever changed: a row of any version may still rest somewhere. */
import { accountSaysMessage } from '../store/migrations'
import { type Migration, renamed } from '../store/version'

/** Of the record in the object `Account`, connected or deleted; in order. */
export const ACCOUNT_ROW: readonly Migration[] = [
  (record) =>
    renamed(accountSaysMessage(record), {
      doubt: 'inDoubt',
      doubted: 'refusalRetracted',
      leaving: 'disconnecting',
      told: 'synced',
      forgottenAtMs: 'disconnectedAtMs',
    }),
]

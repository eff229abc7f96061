/** The migrations of the row of the object `App`. None is ever changed. */
import { saysMessage } from '../store/migrations'
import { type Migration, within } from '../store/version'

/** The migrations of the app's record, in order. */
export const APP_ROW: readonly Migration[] = [
  (record) => within(within(record, 'halt', saysMessage), 'lastHalt', saysMessage),
]

/** The migrations of the row of the object `App`. None is ever changed. */
import { saysMessage } from '../store/migrations'
import { type Migration, within } from '../store/version'

/** The migrations of the app's record, in order. */
export const APP_ROW: readonly Migration[] = [
  (record) => within(within(record, 'halt', saysMessage), 'lastHalt', saysMessage),
  // A halt for refusals was ended by a made-up token; it lasts its first step now, and then asks about real accounts.
  (record) => ({
    ...within(record, 'halt', (halt) =>
      halt.reason === 'mass_refusal' ? { step: 0, refused: record.suspects ?? [], ...halt } : halt,
    ),
    window: record.window ?? [],
  }),
]

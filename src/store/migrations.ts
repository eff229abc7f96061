/** The migrations of what this room keeps: KV's values and the queue's messages. None is ever changed. */
import { isRecord, type Migration, onlyNumbered, renamed, type Stored, within } from './version'

/** An OAuth 2.0 grant of version 0: why its refreshes failed stood in `words`, and stands in `message`. */
export const grantSaysMessage: Migration = (grant) =>
  ['failure', 'lastFailure'].reduce((each, field) => within(each, field, saysMessage), grant)

/** Anything of version 0 that said something in `words`. */
export const saysMessage: Migration = (record) => renamed(record, { words: 'message' })

/**
 * An account of version 0, as KV has it: its OAuth 2.0 grants said `words`, and beside an imported grant it kept one
 * `former`, where there are several `formers` now.
 */
export const accountSaysMessage: Migration = ({ former, ...account }) => {
  const said = within(account, 'oauth2', grantSaysMessage)
  return isRecord(former) ? { ...said, formers: [grantSaysMessage(former)] } : said
}

/** Of KV's `account/<id>`. */
export const ACCOUNT_COPY: readonly Migration[] = [accountSaysMessage]

/** Of a caller, as the object `Registry` keeps it and KV's copy has it inside its seal. */
export const CALLER: readonly Migration[] = [onlyNumbered]

/**
 * Of KV's `caller/<id>`. Until version 1 it was the caller itself, for everybody to read and write; from version 2 on it
 * is sealed. No migration can seal, so the form tells which one it is.
 */
export const CALLER_COPY: readonly Migration[] = [onlyNumbered, onlyNumbered]

/** Of KV's `app/bearer`. */
export const BEARER: readonly Migration[] = [onlyNumbered]

/** Of the messages in the queue: what a sweep counted so far was called its census. */
export const QUEUE_MESSAGE: readonly Migration[] = [
  (message) => within(message, 'sweep', (sweep: Stored) => renamed(sweep, { census: 'stats' })),
]

/** The migrations of what rests in the rooms of events. None is ever changed. */
import { type Migration, onlyNumbered } from '../store/version'

/** Of an event in the log. */
export const EVENT_ROW: readonly Migration[] = [onlyNumbered]

/** Of what the log knows of itself. */
export const LOG_ROW: readonly Migration[] = [onlyNumbered]

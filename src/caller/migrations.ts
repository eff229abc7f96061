/** The migrations of the rows of the object `Registry` that are its own alone. None is ever changed. */
import { type Migration, onlyNumbered } from '../store/version'

/** Of what the object knows of itself. */
export const REGISTRY_ROW: readonly Migration[] = [onlyNumbered]

/** Of what it knows of KV's copy of a caller. */
export const COPY_ROW: readonly Migration[] = [onlyNumbered]

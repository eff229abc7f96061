/** The migrations of what the object of an endpoint knows. None is ever changed. */
import { type Migration, onlyNumbered } from '../store/version'

/** Of its state. */
export const ENDPOINT_STATE: readonly Migration[] = [onlyNumbered]

/** Of the name of its object. */
export const ENDPOINT_NAME: readonly Migration[] = [onlyNumbered]

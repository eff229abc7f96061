import { FAULTS, parseFault } from '../faults/fault.ts'
import type { WaitingFault } from '../store/faults.ts'
import { InputError, objectWith, stringOf, wholeNumber } from './input.ts'

/** Reads the body of `POST /_emulator/faults`. */
export function readFault(value: unknown): WaitingFault {
  const input = objectWith(value, ['path', 'grant_type', 'fault', 'times'])
  const path = stringOf(
    input.path,
    'path',
    /^(\/(?!_emulator\/)[^*?]*\*?|\*)$/,
    'a path of X such as /2/oauth2/token; a * at its end matches any rest',
  )
  const grantType = input.grant_type ?? null
  if (grantType !== null && typeof grantType !== 'string') {
    throw new InputError('grant_type: expected a string.')
  }
  if (typeof input.fault !== 'string' || !parseFault(input.fault)) {
    throw new InputError(`fault: expected one of ${Object.keys(FAULTS).join(', ')}.`)
  }
  const times = wholeNumber(input.times ?? 1, 'times', 1)
  return { path, grant_type: grantType, fault: input.fault, times }
}

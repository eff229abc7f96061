import { FAULTS, parseFault } from '../faults/fault.ts'
import type { WaitingFault } from '../store/faults.ts'
import { findUser } from '../store/users.ts'
import type { World } from '../store/world.ts'
import { InputError, objectWith, stringOf, wholeNumber } from './input.ts'

/** Reads the body of `POST /_emulator/faults`. */
export function readFault(world: World, value: unknown): WaitingFault {
  const input = objectWith(value, ['path', 'grant_type', 'username', 'fault', 'times'])
  const path = stringOf(
    input.path,
    'path',
    /^(\/(?!_emulator\/)[^?]*|\*[^?]*)$/,
    'a path of X such as /2/oauth2/token; a * in it stands for any text',
  )
  const grantType = input.grant_type ?? null
  if (grantType !== null && typeof grantType !== 'string') {
    throw new InputError('grant_type: expected a string.')
  }
  if (typeof input.fault !== 'string' || !parseFault(input.fault)) {
    throw new InputError(`fault: expected one of ${Object.keys(FAULTS).join(', ')}.`)
  }
  const user_id = input.username === undefined ? null : idOf(world, input.username)
  const times = input.times === 'always' ? 'always' : wholeNumber(input.times ?? 1, 'times', 1)
  return { path, grant_type: grantType, user_id, fault: input.fault, times }
}

function idOf(world: World, username: unknown): string {
  const user = typeof username === 'string' ? findUser(world, username) : undefined
  if (!user) throw new InputError(`No user "${username}".`)
  return user.id
}

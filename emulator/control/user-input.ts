import { type NewUser, USER_STATUSES, type UserStatus } from '../store/users.ts'
import { InputError, objectWith, oneOf, stringOf } from './input.ts'

/** Reads the body of `POST /_emulator/users`: one user, or an array of them. */
export function readUsers(value: unknown): NewUser[] {
  const list: unknown[] = Array.isArray(value) ? value : [value]
  if (list.length === 0) throw new InputError('Expected at least one user.')
  return list.map(readUser)
}

/** Reads a username as X allows it. */
export function readUsername(value: unknown, field = 'username'): string {
  const expected = '1 to 15 letters, digits or underscores'
  return stringOf(value, field, /^[A-Za-z0-9_]{1,15}$/, expected)
}

/** Reads the body of `PUT /_emulator/user`. */
export function readUserChange(value: unknown): UserChange {
  const input = objectWith(value, ['username', 'new_username', 'name', 'status'])
  const { username, new_username, name, status } = input
  if (new_username === undefined && name === undefined && status === undefined)
    throw new InputError('Expected new_username, name or status.')
  return {
    of: readUsername(username),
    changes: {
      ...(new_username === undefined
        ? {}
        : { username: readUsername(new_username, 'new_username') }),
      ...(name === undefined ? {} : { name: readName(name) }),
      ...(status === undefined ? {} : { status: readStatus(status) }),
    },
  }
}

/** Who is to change, and how. */
export interface UserChange {
  of: string
  changes: { username?: string; name?: string; status?: UserStatus }
}

/** The kind of grant that is meant. */
export const readKind = oneOf('kind', ['oauth1', 'oauth2'])

const readStatus = oneOf('status', USER_STATUSES)

function readUser(value: unknown): NewUser {
  const { username, name, id, status } = objectWith(value, ['username', 'name', 'id', 'status'])
  return {
    username: readUsername(username),
    name: name === undefined ? undefined : readName(name),
    id: id === undefined ? undefined : readId(id),
    status: status === undefined ? undefined : readStatus(status),
  }
}

function readName(value: unknown): string {
  // X has users without a name.
  return stringOf(value, 'name', /^.{0,50}$/u, 'up to 50 characters')
}

/** A string, because X's ids outgrow JavaScript's numbers. */
function readId(value: unknown): string {
  return stringOf(value, 'id', /^[1-9][0-9]{0,19}$/, 'a string of 1 to 20 digits')
}

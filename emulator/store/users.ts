import type { World } from './world.ts'

/** A user of X. Type, not interface: a SQL row must be an indexable record. */
export type User = {
  id: string
  username: string
  name: string
  status: UserStatus
}

/** What X thinks of a user. API calls for one who is not active are refused. */
export const USER_STATUSES = ['active', 'suspended', 'locked'] as const

/** One of USER_STATUSES. */
export type UserStatus = (typeof USER_STATUSES)[number]

/** A user to be made; what is missing is made up. */
export interface NewUser {
  username: string
  name?: string | undefined
  id?: string | undefined
  status?: UserStatus | undefined
}

const COLUMNS = 'id, username, name, status'

const FIRST_ID = 1_000_000_000

/** Adds a user. Says what is wrong when the username or the id is taken. */
export function addUser(world: World, wanted: NewUser): User | { taken: string } {
  if (findUser(world, wanted.username)) return { taken: `username "${wanted.username}"` }
  if (wanted.id !== undefined && findUserById(world, wanted.id))
    return { taken: `id "${wanted.id}"` }
  const user = {
    id: wanted.id ?? freeId(world),
    username: wanted.username,
    name: wanted.name ?? wanted.username,
    status: wanted.status ?? 'active',
  }
  world.sql.exec(
    'INSERT INTO users (id, username, name, status) VALUES (?, ?, ?, ?)',
    user.id,
    user.username,
    user.name,
    user.status,
  )
  return user
}

/** The user with this username; X ignores its case. */
export function findUser(world: World, username: string): User | undefined {
  return world.sql
    .exec<User>(`SELECT ${COLUMNS} FROM users WHERE username = ?`, username)
    .toArray()[0]
}

/** The user with this id. */
export function findUserById(world: World, id: string): User | undefined {
  return world.sql.exec<User>(`SELECT ${COLUMNS} FROM users WHERE id = ?`, id).toArray()[0]
}

/** Changes a user's names, and what X thinks of them. The id stays. */
export function changeUser(world: World, { id, username, name, status }: User): void {
  world.sql.exec(
    'UPDATE users SET username = ?, name = ?, status = ? WHERE id = ?',
    username,
    name,
    status,
    id,
  )
}

/** The first `limit` users in order of creation. */
export function listUsers(world: World, limit: number): User[] {
  return world.sql.exec<User>(`SELECT ${COLUMNS} FROM users ORDER BY seq LIMIT ?`, limit).toArray()
}

/** How many users there are. */
export function countUsers(world: World): number {
  return world.sql.exec<{ n: number }>('SELECT count(*) AS n FROM users').one().n
}

function freeId(world: World): string {
  const last = world.sql.exec<{ n: number | null }>('SELECT max(seq) AS n FROM users').one().n ?? 0
  let id = FIRST_ID + last + 1
  while (findUserById(world, String(id))) id += 1
  return String(id)
}

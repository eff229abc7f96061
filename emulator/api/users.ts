import type { Context } from 'hono'
import type { X } from '../env.ts'
import { followIds } from '../store/relations.ts'
import { findUser, findUserById, type User } from '../store/users.ts'
import { asked } from './asked.ts'
import type { Caller } from './caller.ts'
import { guardedFor } from './guard.ts'
import { missing } from './not-found.ts'
import { operation } from './operation.ts'
import { invalidRequest } from './problem.ts'
import { userObject } from './user-object.ts'

const ME = operation('GET /2/users/me')
const BY_ID = operation('GET /2/users/{id}')
const BY_IDS = operation('GET /2/users')
const BY_USERNAME = operation('GET /2/users/by/username/{username}')
const BY_USERNAMES = operation('GET /2/users/by')
const FOLLOWERS = operation('GET /2/users/{id}/followers')
const FOLLOWING = operation('GET /2/users/{id}/following')

/** `GET /2/users/me`: whose token this is. @see X docs, Get my User */
export function me(c: Context<X>): Promise<Response> {
  return guardedFor(c, ME, (caller) => c.json({ data: shown(c, caller)(caller.user as User) }))
}

/** `GET /2/users/:id`. */
export function userById(c: Context<X>): Promise<Response> {
  return guardedFor(c, BY_ID, (caller) => {
    const id = c.req.param('id') ?? ''
    if (!/^\d{1,19}$/.test(id))
      return invalidRequest(`The \`id\` query parameter value [${id}] is not valid`, { id: [id] })
    return one(c, caller, findUserById(c.env.world, id), 'id', id)
  })
}

/** `GET /2/users/by/username/:username`. @see X docs, Get User by Username */
export function userByUsername(c: Context<X>): Promise<Response> {
  return guardedFor(c, BY_USERNAME, (caller) => {
    const name = c.req.param('username') ?? ''
    return one(c, caller, findUser(c.env.world, name), 'username', name)
  })
}

/** `GET /2/users?ids=`, up to 100. */
export function usersByIds(c: Context<X>): Promise<Response> {
  const find = (id: string) => findUserById(c.env.world, id)
  return guardedFor(c, BY_IDS, (caller) => many(c, caller, 'ids', find))
}

/** `GET /2/users/by?usernames=`, up to 100. */
export function usersByUsernames(c: Context<X>): Promise<Response> {
  const find = (name: string) => findUser(c.env.world, name)
  return guardedFor(c, BY_USERNAMES, (caller) => many(c, caller, 'usernames', find))
}

/** `GET /2/users/:id/followers` and `…/following`, all at once. */
export function followsOf(which: 'source' | 'target') {
  return (c: Context<X>): Promise<Response> =>
    guardedFor(c, which === 'source' ? FOLLOWERS : FOLLOWING, (caller) => {
      const { world } = c.env
      const ids = followIds(world, which, c.req.param('id') ?? '')
      const data = ids.flatMap((id) => findUserById(world, id) ?? []).map(shown(c, caller))
      const meta = { result_count: data.length }
      return c.json(data.length > 0 ? { data, meta } : { meta })
    })
}

function shown(c: Context<X>, caller: Caller) {
  const { userFields } = asked(c)
  return (user: User) => userObject(c.env.world, user, userFields, caller)
}

function one(
  c: Context<X>,
  caller: Caller,
  user: User | undefined,
  parameter: string,
  value: string,
) {
  if (user) return c.json({ data: shown(c, caller)(user) })
  return c.json({ errors: [missing('user', parameter, value)] })
}

function many(
  c: Context<X>,
  caller: Caller,
  parameter: string,
  find: (value: string) => User | undefined,
) {
  const values = (c.req.query(parameter) ?? '').split(',').filter((each) => each !== '')
  if (values.length === 0 || values.length > 100)
    return invalidRequest(`The \`${parameter}\` query parameter needs 1 to 100 values`, {
      [parameter]: values,
    })
  const data = values.flatMap((value) => find(value) ?? []).map(shown(c, caller))
  const errors = values
    .filter((value) => !find(value))
    .map((value) => missing('user', parameter, value))
  return c.json({
    ...(data.length > 0 ? { data } : {}),
    ...(errors.length > 0 ? { errors } : {}),
  })
}

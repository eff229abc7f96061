import type { Context } from 'hono'
import type { X } from '../env.ts'
import { findUser } from '../store/users.ts'
import type { Endpoint } from './endpoint.ts'
import { guardedFor } from './guard.ts'

const BY_USERNAME: Endpoint = {
  name: 'user by username',
  version: '2',
  kinds: ['app', 'oauth1', 'oauth2'],
  scopes: ['tweet.read', 'users.read'],
  writes: false,
  limit: 300,
}

/** `GET /2/users/by/username/:username`, for the app itself as well. @see X docs, Get User by Username */
export function userByUsername(c: Context<X>): Promise<Response> {
  return guardedFor(c, BY_USERNAME, () => {
    const value = c.req.param('username') ?? ''
    const user = findUser(c.env.world, value)
    if (user) return c.json({ data: { id: user.id, name: user.name, username: user.username } })
    const error = {
      value,
      detail: `Could not find user with username: [${value}].`,
      title: 'Not Found Error',
      resource_type: 'user',
      parameter: 'username',
      resource_id: value,
      type: 'https://api.twitter.com/2/problems/resource-not-found',
    }
    return c.json({ errors: [error] })
  })
}

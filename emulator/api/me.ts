import type { Context } from 'hono'
import type { X } from '../env.ts'
import { type Endpoint, USER_KINDS } from './endpoint.ts'
import { guarded } from './guard.ts'

const ME: Endpoint = {
  name: 'me',
  version: '2',
  kinds: USER_KINDS,
  scopes: ['tweet.read', 'users.read'],
  writes: false,
  limit: 75,
}

/** `GET /2/users/me`: whose token this is. @see X docs, Get my User */
export function me(c: Context<X>): Response {
  return guarded(c, ME, ({ id, name, username }) => c.json({ data: { id, name, username } }))
}

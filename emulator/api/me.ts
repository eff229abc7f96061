import type { Context } from 'hono'
import type { X } from '../env.ts'
import { guarded } from './guard.ts'
import { operation } from './operation.ts'

const ME = operation('GET /2/users/me', 75)

/** `GET /2/users/me`: whose token this is. @see X docs, Get my User */
export function me(c: Context<X>): Promise<Response> {
  return guarded(c, ME, ({ id, name, username }) => c.json({ data: { id, name, username } }))
}

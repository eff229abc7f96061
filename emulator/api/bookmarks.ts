import type { Context } from 'hono'
import type { X } from '../env.ts'
import type { Endpoint } from './endpoint.ts'
import { guarded } from './guard.ts'
import { operation } from './operation.ts'
import { invalidRequest } from './problem.ts'

// X's description has OAuth 1.0a here as well; its documentation and its answers do not.
const BOOKMARKS: Endpoint = {
  ...operation('GET /2/users/{id}/bookmarks'),
  kinds: ['oauth2'],
}

/** Everybody has bookmarked the same. */
const DATA = [
  { id: '1800000000000000001', text: 'Rotate the token before you need it.' },
  { id: '1800000000000000002', text: 'A reply that was lost was still a reply.' },
]

/** `GET /2/users/:id/bookmarks`, one's own only. @see X docs, Get Bookmarks */
export function bookmarks(c: Context<X>): Promise<Response> {
  return guarded(c, BOOKMARKS, (user) => {
    const id = c.req.param('id') ?? ''
    if (id !== user.id) {
      return invalidRequest(
        `The \`id\` query parameter value [${id}] must be the same as the authenticating user [${user.id}]`,
        { id: [id] },
      )
    }
    return c.json({ data: DATA, meta: { result_count: DATA.length } })
  })
}

import type { Context } from 'hono'
import type { X } from '../env.ts'
import { errorAnswer } from '../errors.ts'
import { addTweet } from '../store/tweets.ts'
import { tellPosted } from '../webhooks/posts.ts'
import type { Endpoint } from './endpoint.ts'
import { guarded } from './guard.ts'
import { statusV1 } from './v1.ts'

const UPDATE: Endpoint = {
  name: 'update status',
  version: '1.1',
  kinds: ['oauth1'],
  scopes: [],
  writes: true,
  limit: { app: 300, user: 300 },
}

/**
 * `POST /1.1/statuses/update.json`, with `status`, `media_ids` and `in_reply_to_status_id` in the form or the query.
 *
 * @see X docs of that name
 */
export function updateStatus(c: Context<X>): Promise<Response> {
  const { world, exchange } = c.env
  return guarded(c, UPDATE, (user) => {
    const given = (name: string) => exchange.form.get(name) || c.req.query(name)
    const text = given('status')
    if (!text) return errorAnswer('no_status')
    const media = given('media_ids')?.split(',')
    const reply_to = given('in_reply_to_status_id')
    const refers = { ...(media ? { media } : {}), ...(reply_to ? { reply_to } : {}) }
    const post = { id: addTweet(world, user.id, text, refers), text }
    tellPosted(world, post.id)
    return statusV1(user, { ...post, atMs: world.nowMs() })
  })
}

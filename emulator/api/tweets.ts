import type { Context } from 'hono'
import type { X } from '../env.ts'
import { addTweet, authorOf, removeTweet } from '../store/tweets.ts'
import { tellDeleted, tellPosted } from '../webhooks/posts.ts'
import { type Endpoint, USER_KINDS } from './endpoint.ts'
import { guarded } from './guard.ts'
import { invalidRequest, problem } from './problem.ts'

const WRITES: Omit<Endpoint, 'name' | 'limit'> = {
  version: '2',
  kinds: USER_KINDS,
  scopes: ['tweet.read', 'tweet.write', 'users.read'],
  writes: true,
}
const CREATE: Endpoint = { ...WRITES, name: 'create tweet', limit: 100 }
const DELETE: Endpoint = { ...WRITES, name: 'delete tweet', limit: 50 }

/** `POST /2/tweets {text}`. @see X docs, Create Post */
export function createTweet(c: Context<X>): Promise<Response> {
  return guarded(c, CREATE, (user) => {
    const type = c.req.header('Content-Type') ?? ''
    if (!/^application\/json\b/i.test(type)) return invalidRequest(NOT_JSON, {})
    const text = textOf(c.env.exchange.body)
    if (text === undefined) return invalidRequest('text: a non-empty string is needed', {})
    const post = { id: addTweet(c.env.world, user.id, text), text }
    tellPosted(c.env.world, user, post)
    return c.json({ data: post }, 201)
  })
}

/** `DELETE /2/tweets/:id`, one's own only. @see X docs, Delete Post */
export function deleteTweet(c: Context<X>): Promise<Response> {
  return guarded(c, DELETE, (user) => {
    const id = c.req.param('id') ?? ''
    if (!/^\d{1,19}$/.test(id)) return invalidRequest(`The id [${id}] is not valid`, { id: [id] })
    const author = authorOf(c.env.world, id)
    if (author === undefined) return c.json({ data: { deleted: false } })
    if (author !== user.id) return problem(403, 'Forbidden', 'Forbidden')
    removeTweet(c.env.world, id)
    tellDeleted(c.env.world, user.id, id)
    return c.json({ data: { deleted: true } })
  })
}

const NOT_JSON = 'Requests with bodies must have content-type of application/json.'

function textOf(body: string): string | undefined {
  try {
    const { text } = JSON.parse(body) as { text?: unknown }
    return typeof text === 'string' && text !== '' ? text : undefined
  } catch {
    return undefined
  }
}

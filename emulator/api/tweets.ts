import type { Context } from 'hono'
import type { X } from '../env.ts'
import { addTweet, findTweet, type Refers, removeTweet } from '../store/tweets.ts'
import { fieldsOf } from '../webhooks/answers.ts'
import { tellDeleted, tellPosted } from '../webhooks/posts.ts'
import { guarded } from './guard.ts'
import { operation } from './operation.ts'
import { invalidRequest, problem } from './problem.ts'

const CREATE = operation('POST /2/tweets')
const DELETE = operation('DELETE /2/tweets/{id}')

/** `POST /2/tweets {text}`. @see X docs, Create Post */
export function createTweet(c: Context<X>): Promise<Response> {
  return guarded(c, CREATE, (user) => {
    const type = c.req.header('Content-Type') ?? ''
    const { world, exchange } = c.env
    if (!/^application\/json\b/i.test(type)) {
      exchange.call.why = 'the body is not JSON'
      return invalidRequest(NOT_JSON, {})
    }
    const body = fieldsOf(exchange.body)
    const unknown = Object.keys(body).find((key) => !FIELDS.includes(key))
    if (unknown !== undefined) {
      exchange.call.why = 'field of the body unknown'
      return invalidRequest(
        `$.${unknown}: is not defined in the schema and the schema does not allow additional properties`,
        { [unknown]: [String(body[unknown])] },
      )
    }
    const refers = refersTo(body)
    const text = typeof body.text === 'string' ? body.text : ''
    if (text === '' && !refers.media)
      return invalidRequest('text: a non-empty string is needed', {})
    const post = { id: addTweet(world, user.id, text, refers), text }
    tellPosted(world, post.id)
    return c.json({ data: post }, 201)
  })
}

/** `DELETE /2/tweets/:id`, one's own only. @see X docs, Delete Post */
export function deleteTweet(c: Context<X>): Promise<Response> {
  return guarded(c, DELETE, (user) => {
    const id = c.req.param('id') ?? ''
    if (!/^\d{1,19}$/.test(id)) return invalidRequest(`The id [${id}] is not valid`, { id: [id] })
    const author = findTweet(c.env.world, id)?.user_id
    if (author === undefined) return c.json({ data: { deleted: false } })
    if (author !== user.id) return problem(403, 'Forbidden', 'Forbidden')
    removeTweet(c.env.world, id)
    tellDeleted(c.env.world, user.id, id)
    return c.json({ data: { deleted: true } })
  })
}

const NOT_JSON = 'Requests with bodies must have content-type of application/json.'

/** What a post may hold. @see X docs, Create Post */
const FIELDS = [
  'text',
  'reply',
  'quote_tweet_id',
  'media',
  'poll',
  'geo',
  'reply_settings',
  'for_super_followers_only',
  'direct_message_deep_link',
  'nullcast',
  'community_id',
  'share_with_followers',
  'made_with_ai',
  'paid_partnership',
  'card_uri',
  'edit_options',
]

function refersTo(body: Record<string, unknown>): Refers {
  const { in_reply_to_tweet_id } = objectOf(body.reply)
  const { media_ids } = objectOf(body.media)
  const { quote_tweet_id } = body
  return {
    ...(typeof in_reply_to_tweet_id === 'string' ? { reply_to: in_reply_to_tweet_id } : {}),
    ...(typeof quote_tweet_id === 'string' ? { quotes: quote_tweet_id } : {}),
    ...(Array.isArray(media_ids) ? { media: media_ids.map(String) } : {}),
  }
}

function objectOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}

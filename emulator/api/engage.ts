import type { Context } from 'hono'
import type { X } from '../env.ts'
import { setFollow, setLike } from '../store/relations.ts'
import { addTweet, findTweet, removeTweet, tweetsWhere } from '../store/tweets.ts'
import { findUserById, type User } from '../store/users.ts'
import { fieldsOf } from '../webhooks/answers.ts'
import { happen } from '../webhooks/events.ts'
import { tellReposted } from '../webhooks/posts.ts'
import type { Endpoint } from './endpoint.ts'
import { guarded } from './guard.ts'
import { operation } from './operation.ts'
import { invalidRequest } from './problem.ts'

const LIKE = operation('POST /2/users/{id}/likes')
const UNLIKE = operation('DELETE /2/users/{id}/likes/{tweet_id}')
const REPOST = operation('POST /2/users/{id}/retweets')
const UNREPOST = operation('DELETE /2/users/{id}/retweets/{source_tweet_id}')
const FOLLOW = operation('POST /2/users/{id}/following')
const UNFOLLOW = operation('DELETE /2/users/{source_user_id}/following/{target_user_id}')

/** `POST /2/users/:id/likes {tweet_id}` and `DELETE …/likes/:tweet`. @see X docs, Likes */
export function like(on: boolean) {
  return (c: Context<X>): Promise<Response> =>
    own(c, on ? LIKE : UNLIKE, (user) => {
      const { world } = c.env
      const tweet = findTweet(world, tweetOf(c))
      if (!tweet) return noTweet(tweetOf(c))
      if (setLike(world, user.id, String(tweet.id), on) && on) {
        const payload = { liked_tweet_id: String(tweet.id), user_id: user.id }
        const event_type = 'like.create'
        happen(world, { event_type, user_id: user.id, payload, direction: 'outbound' })
        happen(world, { event_type, user_id: tweet.user_id, payload, direction: 'inbound' })
      }
      return c.json({ data: { liked: on } })
    })
}

/** `POST /2/users/:id/retweets {tweet_id}` and `DELETE …/retweets/:tweet`. @see X docs, Reposts */
export function repost(on: boolean) {
  return (c: Context<X>): Promise<Response> =>
    own(c, on ? REPOST : UNREPOST, (user) => {
      const { world } = c.env
      const tweet = findTweet(world, tweetOf(c))
      if (!tweet) return noTweet(tweetOf(c))
      const slice = { limit: 1, before: undefined, after: undefined }
      const binds = [user.id, tweet.id]
      const [former] = tweetsWhere(world, 'user_id = ? AND reposts = ?', binds, slice)
      if (on && !former) {
        const author = findUserById(world, tweet.user_id)?.username ?? ''
        const text = `RT @${author}: ${tweet.text}`
        const id = addTweet(world, user.id, text, { reposts: String(tweet.id) })
        const made = findTweet(world, id)
        if (made) tellReposted(world, made)
      }
      if (!on && former) removeTweet(world, String(former.id))
      const rest_id = former ? String(former.id) : undefined
      return c.json({ data: { retweeted: on, ...(rest_id === undefined ? {} : { rest_id }) } })
    })
}

/** `POST /2/users/:id/following {target_user_id}` and `DELETE …/following/:target`. @see X docs, Follows */
export function follow(on: boolean) {
  return (c: Context<X>): Promise<Response> =>
    own(c, on ? FOLLOW : UNFOLLOW, (user) => {
      const { world, exchange } = c.env
      const id = c.req.param('other') ?? String(fieldsOf(exchange.body).target_user_id)
      const target = findUserById(world, id)
      if (!target || target.id === user.id)
        return invalidRequest(`You cannot follow [${id}]`, { target_user_id: [id] })
      if (setFollow(world, user.id, target.id, on)) {
        const payload = { source: named(user), target: named(target) }
        const event_type = on ? 'follow.follow' : 'follow.unfollow'
        happen(world, { event_type, user_id: user.id, payload, direction: 'outbound' })
        happen(world, { event_type, user_id: target.id, payload, direction: 'inbound' })
      }
      return c.json({
        data: on ? { following: true, pending_follow: false } : { following: false },
      })
    })
}

/** Answers for the user whose token it is, and for nobody else. */
function own(c: Context<X>, endpoint: Endpoint, answer: (user: User) => Response) {
  return guarded(c, endpoint, (user) => {
    const id = c.req.param('id') ?? ''
    if (id === user.id) return answer(user)
    return invalidRequest(
      `The \`id\` query parameter value [${id}] must be the same as the authenticating user [${user.id}]`,
      { id: [id] },
    )
  })
}

function tweetOf(c: Context<X>): string {
  return c.req.param('other') ?? String(fieldsOf(c.env.exchange.body).tweet_id)
}

function noTweet(id: string): Response {
  return invalidRequest(`The \`tweet_id\` value [${id}] is not a post`, { tweet_id: [id] })
}

const named = ({ id, username, name }: User) => ({ id, username, name })

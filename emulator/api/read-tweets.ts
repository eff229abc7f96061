import type { Context } from 'hono'
import type { X } from '../env.ts'
import type { Tweet } from '../store/tweet.ts'
import { findTweet, type Slice, tweetsWhere } from '../store/tweets.ts'
import { findUserById } from '../store/users.ts'
import { asked, sliceOf, tokenFor } from './asked.ts'
import { guardedFor } from './guard.ts'
import { missing } from './not-found.ts'
import { operation } from './operation.ts'
import { invalidRequest } from './problem.ts'
import { type Condition, condition } from './search.ts'
import { includesOf, tweetObject } from './tweet-object.ts'

const BY_ID = operation('GET /2/tweets/{id}')
const BY_IDS = operation('GET /2/tweets')
const TWEETS = operation('GET /2/users/{id}/tweets')
const MENTIONS = operation('GET /2/users/{id}/mentions')
const LIKED = operation('GET /2/users/{id}/liked_tweets')
const SEARCH = operation('GET /2/tweets/search/recent')

/** `GET /2/tweets/:id`. @see X docs, Get Post by ID */
export function tweetById(c: Context<X>): Promise<Response> {
  const { world } = c.env
  return guardedFor(c, BY_ID, () => {
    const id = c.req.param('id') ?? ''
    const tweet = findTweet(world, id)
    if (!tweet) return c.json({ errors: [missing('tweet', 'id', id)] })
    const data = tweetObject(world, tweet, asked(c).tweetFields)
    return c.json({ data, ...includesOf(world, [tweet], asked(c)) })
  })
}

/** `GET /2/tweets?ids=`, up to 100. */
export function tweetsByIds(c: Context<X>): Promise<Response> {
  const { world } = c.env
  return guardedFor(c, BY_IDS, () => {
    const ids = (c.req.query('ids') ?? '').split(',').filter((each) => each !== '')
    if (ids.length === 0 || ids.length > 100)
      return invalidRequest('The `ids` query parameter needs 1 to 100 values', { ids })
    const found = ids.flatMap((id) => findTweet(world, id) ?? [])
    const errors = ids
      .filter((id) => !findTweet(world, id))
      .map((id) => missing('tweet', 'ids', id))
    return c.json({
      ...(found.length > 0 ? { data: shown(c, found) } : {}),
      ...includesOf(world, found, asked(c)),
      ...(errors.length > 0 ? { errors } : {}),
    })
  })
}

/** `GET /2/users/:id/tweets`, `…/mentions` and `…/liked_tweets`. */
export function timeline(which: 'tweets' | 'mentions' | 'liked') {
  const endpoint = { tweets: TWEETS, mentions: MENTIONS, liked: LIKED }[which]
  return (c: Context<X>): Promise<Response> =>
    guardedFor(c, endpoint, () => {
      const id = c.req.param('id') ?? ''
      const user = findUserById(c.env.world, id)
      if (!user) return c.json({ errors: [missing('user', 'id', id)] })
      return listed(c, conditionOf(which, id, user.username), 5, 100, 10)
    })
}

/** `GET /2/tweets/search/recent?query=`: words, `from:`, `@name`, `#tag`, `-is:retweet`. */
export function searchRecent(c: Context<X>): Promise<Response> {
  return guardedFor(c, SEARCH, () => {
    const query = c.req.query('query')
    if (!query) return invalidRequest('The `query` query parameter can not be empty', { query: [] })
    return listed(c, condition(c.env.world, query), 10, 100, 10)
  })
}

function conditionOf(which: 'tweets' | 'mentions' | 'liked', id: string, username: string) {
  switch (which) {
    case 'tweets':
      return { where: 'user_id = ?', binds: [id], fits: () => true }
    case 'mentions': {
      const name = new RegExp(`(?<![\\w@])@${username}(?!\\w)`, 'i')
      const fits = ({ text, user_id }: Tweet) => user_id !== id && name.test(text)
      return { where: '1', binds: [], fits }
    }
    case 'liked': {
      const where = 'id IN (SELECT tweet_id FROM likes WHERE user_id = ?)'
      return { where, binds: [id], fits: () => true }
    }
  }
}

/** A page of posts, newest first, with what is next. */
function listed(
  c: Context<X>,
  { where, binds, fits }: Condition,
  least: number,
  most: number,
  usual: number,
) {
  const { world } = c.env
  const slice = sliceOf(c, least, most, usual)
  if (slice instanceof Response) return slice
  const all = tweetsWhere(world, where, binds, { ...slice, limit: -1 } satisfies Slice).filter(fits)
  const page = all.slice(0, slice.limit)
  if (page.length === 0) return c.json({ meta: { result_count: 0 } })
  const last = page.at(-1)?.id ?? 0
  const next = all.length > page.length ? { next_token: tokenFor(last) } : {}
  const meta = {
    result_count: page.length,
    newest_id: String(page[0]?.id),
    oldest_id: String(last),
    ...next,
  }
  return c.json({ data: shown(c, page), ...includesOf(world, page, asked(c)), meta })
}

function shown(c: Context<X>, tweets: Tweet[]) {
  const { tweetFields } = asked(c)
  return tweets.map((tweet) => tweetObject(c.env.world, tweet, tweetFields))
}

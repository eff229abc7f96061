import { referencesOf, type Tweet } from '../store/tweet.ts'
import { findTweet } from '../store/tweets.ts'
import { findUser, findUserById, type User } from '../store/users.ts'
import type { World } from '../store/world.ts'
import { happen } from './events.ts'

/** What the author of another post is told of a post that refers to it. */
const REFERRING = {
  replied_to: 'post.reply.create',
  quoted: 'post.quote.create',
  retweeted: 'post.repost.create',
}

/**
 * Tells of a new post: the streams, those who follow its author, those whom it mentions, and the authors of the posts that
 * it replies to and quotes.
 */
export function tellPosted(world: World, id: string): void {
  const tweet = findTweet(world, id)
  if (!tweet) return
  world.hub.publish(tweet)
  const told = toldOf(world, tweet)
  happen(world, { event_type: 'post.create', user_id: tweet.user_id, ...told })
  for (const user of mentioned(world, tweet.text))
    happen(world, { event_type: 'post.mention.create', user_id: user.id, ...told })
  tellReferred(world, tweet)
}

/** Tells of a repost: the streams, as of any post, and the author of what is reposted. */
export function tellReposted(world: World, tweet: Tweet): void {
  world.hub.publish(tweet)
  tellReferred(world, tweet)
}

/** Tells the author of each post that this one replies to, quotes or reposts. */
function tellReferred(world: World, tweet: Tweet): void {
  const told = toldOf(world, tweet)
  for (const { type, id } of referencesOf(tweet)) {
    const referred = findTweet(world, id)
    if (referred) happen(world, { event_type: REFERRING[type], user_id: referred.user_id, ...told })
  }
}

/** Tells that a post is gone. */
export function tellDeleted(world: World, author_id: string, id: string): void {
  happen(world, { event_type: 'post.delete', user_id: author_id, payload: { id, author_id } })
}

/** Users whose names a text has behind an @, each once. */
export function mentioned(world: World, text: string): User[] {
  const names = [...text.matchAll(/(?<![\w@])@(\w{1,15})(?!\w)/g)].map(([, name = '']) => name)
  const users = names.flatMap((name) => findUser(world, name) ?? [])
  return users.filter((user, at) => users.findIndex((each) => each.id === user.id) === at)
}

/** A post as events have it, and beside it the users and posts that it names. */
function toldOf(world: World, tweet: Tweet) {
  const { text, user_id: author_id } = tweet
  const references = referencesOf(tweet)
  const referred = references.flatMap(({ id }) => findTweet(world, id) ?? [])
  const ids = new Set([author_id, ...referred.map((each) => each.user_id)])
  const users = [...ids].flatMap((id) => findUserById(world, id) ?? [])
  const tweets = referred.map((each) => ({
    id: String(each.id),
    text: each.text,
    author_id: each.user_id,
  }))
  return {
    payload: {
      id: String(tweet.id),
      text,
      author_id,
      created_at: new Date(tweet.created_at * 1000).toISOString(),
      ...(references.length > 0 ? { referenced_tweets: references } : {}),
    },
    includes: {
      users: users.map(({ id, username, name }) => ({ id, username, name })),
      ...(tweets.length > 0 ? { tweets } : {}),
    },
  }
}

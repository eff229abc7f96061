import { findMedia } from '../store/media.ts'
import { countLikes } from '../store/relations.ts'
import { referencesOf, type Tweet } from '../store/tweet.ts'
import { countTweets, findTweet } from '../store/tweets.ts'
import { findUserById } from '../store/users.ts'
import type { World } from '../store/world.ts'
import { mentioned } from '../webhooks/posts.ts'
import type { Asked } from './asked.ts'
import { userObject } from './user-object.ts'

/** A post as API 2 shows it, with the `tweet.fields` that are asked for. */
export function tweetObject(world: World, tweet: Tweet, fields: readonly string[]) {
  const id = String(tweet.id)
  const known: Record<string, () => unknown> = {
    author_id: () => tweet.user_id,
    created_at: () => new Date(tweet.created_at * 1000).toISOString(),
    conversation_id: () => String(rootOf(world, tweet).id),
    in_reply_to_user_id: () => parentOf(world, tweet)?.user_id,
    lang: () => 'und',
    possibly_sensitive: () => false,
    reply_settings: () => 'everyone',
    referenced_tweets: () => {
      const references = referencesOf(tweet)
      return references.length > 0 ? references : undefined
    },
    public_metrics: () => metrics(world, tweet.id),
    entities: () => entities(world, tweet),
    attachments: () => {
      const keys = mediaOf(tweet).map((each) => `3_${each}`)
      return keys.length > 0 ? { media_keys: keys } : undefined
    },
  }
  const shown = fields.flatMap((field) => {
    const value = known[field]?.()
    return value === undefined ? [] : [[field, value] as const]
  })
  return { id, text: tweet.text, edit_history_tweet_ids: [id], ...Object.fromEntries(shown) }
}

/** What the expansions of these posts bring along; undefined if nothing. */
export function includesOf(world: World, tweets: Tweet[], asked: Asked) {
  const wants = (name: string) => asked.expansions.includes(name)
  const referenced = tweets
    .flatMap((each) => [each.reposts, each.quotes, each.reply_to])
    .flatMap((id) => (id === null ? [] : (findTweet(world, String(id)) ?? [])))
  const authors = [
    ...(wants('author_id') ? tweets.map((each) => each.user_id) : []),
    ...(wants('referenced_tweets.id.author_id') ? referenced.map((each) => each.user_id) : []),
    ...(wants('in_reply_to_user_id')
      ? tweets.flatMap((each) => parentOf(world, each)?.user_id ?? [])
      : []),
    ...(wants('entities.mentions.username')
      ? tweets.flatMap((each) => mentioned(world, each.text).map((user) => user.id))
      : []),
  ]
  const users = [...new Set(authors)].flatMap((id) => findUserById(world, id) ?? [])
  const media = tweets.flatMap(mediaOf).flatMap((id) => findMedia(world, id) ?? [])
  const withTweets = wants('referenced_tweets.id') || wants('referenced_tweets.id.author_id')
  const includes = {
    ...(users.length > 0
      ? { users: users.map((user) => userObject(world, user, asked.userFields)) }
      : {}),
    ...(withTweets && referenced.length > 0
      ? { tweets: referenced.map((each) => tweetObject(world, each, asked.tweetFields)) }
      : {}),
    ...(wants('attachments.media_keys') && media.length > 0
      ? { media: media.map(({ id, type }) => ({ media_key: `3_${id}`, type: kindOf(type) })) }
      : {}),
  }
  return Object.keys(includes).length > 0 ? { includes } : {}
}

function kindOf(type: string): string {
  return type.startsWith('video/') ? 'video' : type === 'image/gif' ? 'animated_gif' : 'photo'
}

function mediaOf(tweet: Tweet): string[] {
  return JSON.parse(tweet.media) as string[]
}

function parentOf(world: World, { reply_to }: Tweet): Tweet | undefined {
  return reply_to === null ? undefined : findTweet(world, String(reply_to))
}

function rootOf(world: World, tweet: Tweet): Tweet {
  const parent = parentOf(world, tweet)
  return parent ? rootOf(world, parent) : tweet
}

function metrics(world: World, id: number) {
  return {
    retweet_count: countTweets(world, 'reposts = ?', id),
    reply_count: countTweets(world, 'reply_to = ?', id),
    like_count: countLikes(world, id),
    quote_count: countTweets(world, 'quotes = ?', id),
    bookmark_count: 0,
    impression_count: 0,
  }
}

function entities(world: World, { text }: Tweet) {
  const mentions = mentioned(world, text).map(({ id, username }) => {
    const start = text.toLowerCase().indexOf(`@${username.toLowerCase()}`)
    return { start, end: start + username.length + 1, username, id }
  })
  return mentions.length > 0 ? { mentions } : undefined
}

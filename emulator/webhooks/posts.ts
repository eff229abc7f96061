import { findTweet } from '../store/tweets.ts'
import { findUser, type User } from '../store/users.ts'
import type { World } from '../store/world.ts'
import { happen } from './events.ts'

/** A post as far as events tell of it. */
interface Post {
  id: string
  text: string
}

/** Tells of a new post: to those who follow its author, and to those whom it mentions. */
export function tellPosted(world: World, author: User, { id, text }: Post): void {
  const tweet = findTweet(world, id)
  if (tweet) world.hub.publish(tweet)
  const { id: author_id, username, name } = author
  const payload = { id, text, author_id, created_at: new Date(world.nowMs()).toISOString() }
  const includes = { users: [{ id: author_id, username, name }] }
  happen(world, { event_type: 'post.create', user_id: author_id, payload, includes })
  for (const user of mentioned(world, text))
    happen(world, { event_type: 'post.mention.create', user_id: user.id, payload, includes })
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

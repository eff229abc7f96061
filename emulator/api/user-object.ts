import { appOf } from '../store/apps.ts'
import { followIds } from '../store/relations.ts'
import { countTweets } from '../store/tweets.ts'
import type { User } from '../store/users.ts'
import type { World } from '../store/world.ts'
import type { Caller } from './caller.ts'

/** X's picture of those who have none. */
export const DEFAULT_PICTURE =
  'https://abs.twimg.com/sticky/default_profile_images/default_profile_normal.png'

/** Nobody here was born before. */
const CREATED_AT = '2020-01-01T00:00:00.000Z'

/** A user as API 2 shows it, with the `user.fields` that are asked for, as far as there is something to show. */
export function userObject(
  world: World,
  user: User,
  fields: readonly string[],
  caller?: Caller,
): Record<string, unknown> {
  const { id, name, username } = user
  const known: Record<string, () => unknown> = {
    created_at: () => CREATED_AT,
    description: () => '',
    profile_image_url: () => DEFAULT_PICTURE,
    protected: () => false,
    verified: () => false,
    verified_type: () => 'none',
    public_metrics: () => metrics(world, user),
    confirmed_email: () => (caller ? emailFor(world, user, caller) : undefined),
  }
  const shown = fields.flatMap((field) => {
    const value = known[field]?.()
    return value === undefined ? [] : [[field, value] as const]
  })
  return { id, name, username, ...Object.fromEntries(shown) }
}

/** One's own address, for an app that may ask for it, with `users.email`. */
function emailFor(world: World, user: User, { grant }: Caller): string | undefined {
  const own = grant.user_id === user.id && appOf(world, grant).request_email
  const granted = grant.kind === 'oauth1' || grant.scope.split(' ').includes('users.email')
  return own && granted ? `${user.username.toLowerCase()}@example.com` : undefined
}

function metrics(world: World, { id }: User) {
  return {
    followers_count: followIds(world, 'source', id).length,
    following_count: followIds(world, 'target', id).length,
    tweet_count: countTweets(world, 'user_id = ?', id),
    listed_count: 0,
  }
}

/**
 * The types of X's Activity API: what each needs, and what an event of it costs. X adds types: one that is not here is
 * subscribed to all the same, and nothing is known of its price.
 *
 * @see [X: pricing](https://docs.x.com/x-api/getting-started/pricing), as of October 2026
 */
import { POSTS_SCOPE } from '../scopes'

/** A type of event at X. */
export interface ActivityType {
  /**
   * Whose credentials X takes: the app's for what is public, the user's own for what is private. `either`: X's pages
   * disagree.
   */
  by: 'app' | 'user' | 'either'
  /** The scope that the user's own token needs, where it is private. */
  scope?: string
  /** US dollars for each event that is delivered, once a day for the same one; undefined: nobody knows. */
  usd?: number
}

const posts = { by: 'user', scope: POSTS_SCOPE, usd: 0.005 } as const
const profile = { by: 'app', usd: 0.005 } as const
const follows = { by: 'either', scope: POSTS_SCOPE, usd: 0.01 } as const
const message = { by: 'user', scope: 'dm.read', usd: 0.01 } as const
const silent = { by: 'user', scope: 'dm.read', usd: 0 } as const
const mutes = { by: 'user', scope: 'mute.read', usd: 0.001 } as const
const blocks = { by: 'user', scope: 'block.read', usd: 0.001 } as const

/** Each type that X documents and that is of one user. */
export const ACTIVITY_TYPES: Readonly<Record<string, ActivityType>> = {
  'post.create': { by: 'app', usd: 0.005 },
  'post.delete': { by: 'app', usd: 0 },
  'post.mention.create': posts,
  'post.reply.create': posts,
  'post.quote.create': posts,
  'post.repost.create': posts,
  'like.create': { by: 'user', scope: 'like.read' },
  'follow.follow': follows,
  'follow.unfollow': follows,
  'profile.update.bio': profile,
  'profile.update.profile_picture': profile,
  'profile.update.banner_picture': profile,
  'profile.update.screenname': profile,
  'profile.update.handle': profile,
  'profile.update.geo': profile,
  'profile.update.url': profile,
  'profile.update.verified_badge': profile,
  'profile.update.affiliate_badge': profile,
  'dm.received': message,
  'dm.sent': silent,
  'dm.read': silent,
  'dm.indicate_typing': silent,
  'chat.received': message,
  'chat.sent': silent,
  'chat.conversation_join': { by: 'user', scope: 'dm.read' },
  'mute.mute': mutes,
  'mute.unmute': mutes,
  'block.block': blocks,
  'block.unblock': blocks,
  'broadcast.start': { by: 'app' },
  'broadcast.end': { by: 'app' },
  'broadcast.chat': { by: 'user', scope: 'broadcast.read' },
  'spaces.start': { by: 'app', usd: 0.005 },
  'spaces.end': { by: 'app', usd: 0.005 },
  'oauth.revoke': { by: 'app' },
}

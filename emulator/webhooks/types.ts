/**
 * Event types that a subscription may name, with the scope of the user's own token where one is needed; empty: the
 * app's own token is enough.
 *
 * @see X docs, X Activity API; its description 2.167
 */
export const EVENT_TYPES: Record<string, string> = {
  'post.create': '',
  'post.delete': '',
  'post.mention.create': 'tweet.read',
  'post.reply.create': 'tweet.read',
  'post.quote.create': 'tweet.read',
  'post.repost.create': 'tweet.read',
  'like.create': 'like.read',
  'follow.follow': '',
  'follow.unfollow': '',
  'profile.update.bio': '',
  'profile.update.profile_picture': '',
  'profile.update.banner_picture': '',
  'profile.update.screenname': '',
  'profile.update.handle': '',
  'profile.update.geo': '',
  'profile.update.url': '',
  'profile.update.verified_badge': '',
  'profile.update.affiliate_badge': '',
  'dm.received': 'dm.read',
  'dm.sent': 'dm.read',
  'dm.read': 'dm.read',
  'dm.indicate_typing': 'dm.read',
  'chat.received': 'dm.read',
  'chat.sent': 'dm.read',
  'chat.conversation_join': 'dm.read',
  'mute.mute': 'mute.read',
  'mute.unmute': 'mute.read',
  'block.block': 'block.read',
  'block.unblock': 'block.read',
  'broadcast.start': '',
  'broadcast.end': '',
  'broadcast.chat': 'broadcast.read',
  'spaces.start': '',
  'spaces.end': '',
  'oauth.revoke': '',
}

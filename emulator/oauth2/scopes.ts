/**
 * X's scopes in the words of a consent page: the union of its docs and its OpenAPI description.
 *
 * @see X docs, OAuth 2.0 Authorization Code Flow with PKCE, "Scopes"
 */
export const SCOPES: Record<string, string> = {
  'tweet.read': 'See every post that you can see',
  'tweet.write': 'Post and repost for you',
  'tweet.moderate.write': 'Hide and unhide replies to your posts',
  'users.read': 'See your profile and those you can see',
  'users.email': 'See your email address',
  'follows.read': 'See who you follow and who follows you',
  'follows.write': 'Follow and unfollow accounts for you',
  'offline.access': 'Stay connected until you end it',
  'space.read': 'See the Spaces you can see',
  'mute.read': 'See the accounts you have muted',
  'mute.write': 'Mute and unmute accounts for you',
  'like.read': 'See the posts you have liked',
  'like.write': 'Like and unlike posts for you',
  'list.read': 'See your Lists, their members and followers, private ones included',
  'list.write': 'Create and manage Lists for you',
  'block.read': 'See the accounts you have blocked',
  'block.write': 'Block and unblock accounts for you',
  'bookmark.read': 'See your bookmarks',
  'bookmark.write': 'Bookmark posts and remove bookmarks',
  'dm.read': 'See your direct messages',
  'dm.write': 'Send direct messages for you',
  'media.write': 'Upload media for you',
  'broadcast.read': 'See your broadcasts',
  'broadcast.write': 'Manage broadcasts for you',
  'timeline.read': 'See your timelines',
  'ads.read': 'See your ads accounts',
  'ads.write': 'Manage ads for you',
}

/** Those of these scopes that X does not have. */
export function unknownScopes(scope: string): string[] {
  return scope.split(' ').filter((each) => !Object.hasOwn(SCOPES, each))
}

/** A scope in words; one that X does not document by its name. */
export function scopeInWords(scope: string): string {
  return SCOPES[scope] ?? `${scope} (X documents no such scope)`
}

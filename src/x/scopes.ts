/**
 * X's OAuth 2.0 scopes in words for people. Unknown ones pass: X adds scopes faster than anybody updates lists.
 *
 * @see [X: scopes](https://docs.x.com/fundamentals/authentication/oauth-2-0/authorization-code#scopes)
 */
const SCOPE_WORDS: Record<string, string> = {
  'tweet.read': 'See posts, including protected ones this account can see',
  'tweet.write': 'Post and repost',
  'tweet.moderate.write': 'Hide and unhide replies',
  'users.read': 'See profiles',
  'users.email': 'See the e-mail address',
  'follows.read': 'See who is followed and who follows',
  'follows.write': 'Follow and unfollow',
  'offline.access': 'Stay connected until access is taken away',
  'space.read': 'See Spaces',
  'mute.read': 'See muted accounts',
  'mute.write': 'Mute and unmute',
  'like.read': 'See likes',
  'like.write': 'Like and unlike',
  'list.read': 'See Lists',
  'list.write': 'Create and manage Lists',
  'block.read': 'See blocked accounts',
  'block.write': 'Block and unblock',
  'bookmark.read': 'See bookmarks',
  'bookmark.write': 'Add and remove bookmarks',
  'dm.read': 'Read direct messages',
  'dm.write': 'Send direct messages',
  'media.write': 'Upload media',
  'broadcast.read': 'See broadcasts',
  'broadcast.write': 'Manage broadcasts',
  'timeline.read': 'See timelines',
  'ads.read': 'See ads',
  'ads.write': 'Manage ads',
}

/** X answers "who am I" only with both of these, and a login without an answer is no login. */
const ALWAYS = ['tweet.read', 'users.read']

/** The scopes to ask for: those wanted, plus what "who am I" needs, each once. */
export function scopesToAsk(wanted: readonly string[]): string {
  return [...new Set([...ALWAYS, ...wanted])].join(' ')
}

/** What a scope lets us do, or the scope itself where we do not know. */
export function scopeInWords(scope: string): string {
  return SCOPE_WORDS[scope] ?? scope
}

/**
 * X's OAuth 2.0 scopes: which there are, in words for people, and the one reader of lists of them, for settings, callers,
 * imports and X's replies.
 *
 * @see [X: scopes](https://docs.x.com/fundamentals/authentication/oauth-2-0/authorization-code#scopes)
 */
import { SCOPE_WORD_MAX_CHARS } from './limits'

/** Each scope that X documents, and what it lets us do. */
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
/** Without it X gives no refresh token, and the login is over after two hours. */
const OFFLINE = 'offline.access'
/** What is told of posts, beside who somebody is, needs this. */
export const POSTS_SCOPE = 'tweet.read'
/** With it X tells the e-mail address of who logs in, if the app may ask for it. */
export const EMAIL_SCOPE = 'users.email'

/**
 * The scopes to ask for: those wanted, plus what "who am I" needs and what keeps an account connected, each once.
 *
 * @param offline - `false`: the login shall end with its access token.
 */
export function scopesToAsk(wanted: readonly string[], offline = true): string {
  const all = new Set([...ALWAYS, ...wanted, OFFLINE])
  if (!offline) all.delete(OFFLINE)
  return [...all].join(' ')
}

/** Of the scopes that are configured those that tell who somebody is, beside what is always asked for. */
export const identityScopes = (configured: readonly string[]): string[] =>
  configured.filter((scope) => scope === EMAIL_SCOPE)

/**
 * The scopes that X gives for an OAuth 1.0a token, by its access: each level has what those before it have. Bookmarks and
 * Spaces come with none.
 *
 * @see [X: OAuth 1.0a token exchange](https://docs.x.com/fundamentals/authentication/oauth-2-0/oauth-1-0a-token-exchange)
 */
const EXCHANGED: readonly (readonly string[])[] = [
  scopeWords(
    'tweet.read users.read follows.read mute.read block.read list.read like.read timeline.read broadcast.read',
  ),
  scopeWords(
    'tweet.write tweet.moderate.write follows.write like.write list.write mute.write block.write media.write broadcast.write',
  ),
  scopeWords('dm.read dm.write'),
  scopeWords(`${EMAIL_SCOPE} ads.read ads.write`),
]

/** All that X may give for an OAuth 1.0a token. */
export const EXCHANGEABLE: readonly string[] = EXCHANGED.flat()

/**
 * The lists of scopes to ask X for in exchange for an OAuth 1.0a token, the largest first: X refuses a list that goes beyond
 * the token's access, and which access that is nobody tells. What no exchange gives is left out.
 *
 * @param wanted - the scopes that the account had, or shall have.
 */
export function exchangeSteps(wanted: string | readonly string[]): string[] {
  const words = [...ALWAYS, ...scopeWords(wanted)]
  const steps = EXCHANGED.map((_, level) => {
    const within = EXCHANGED.slice(0, level + 1).flat()
    return [...new Set(words.filter((word) => within.includes(word)))].join(' ')
  })
  return [...new Set(steps.reverse())]
}

/** What a scope lets us do, or the scope itself where we do not know. */
export function scopeInWords(scope: string): string {
  return SCOPE_WORDS[scope] ?? scope
}

/**
 * The words of a list of scopes, each once, whoever wrote it: a text with spaces or commas between (also as an address
 * has them, `%20` or `+`), or a list of such texts. Nothing is judged.
 */
export function scopeWords(scope: string | readonly string[]): string[] {
  const words = [scope].flat().flatMap((text) => text.split(/(?:[\s,+]|%20)+/i))
  return [...new Set(words.filter((word) => word !== ''))]
}

/** Scopes as they were read: those that can be asked for, and in words what is wrong and what is doubtful. */
export interface ReadScopes {
  /** Words of the form that X's scopes have. */
  scopes: string[]
  /** A sentence without its full stop for each word that is no scope. */
  wrong: string[]
  /** A sentence for each scope that is unknown here. X adds scopes faster than anybody updates lists, so it passes. */
  warnings: string[]
}

/** Reads and judges scopes that a person or a program wrote. What may be a misplaced secret is not repeated. */
export function readScopes(scope: string | readonly string[]): ReadScopes {
  const read: ReadScopes = { scopes: [], wrong: [], warnings: [] }
  for (const [at, word] of scopeWords(scope).entries()) {
    const known = Object.hasOwn(SCOPE_WORDS, word)
    const meant = known ? word : (KNOWN.get(bare(word)) ?? KNOWN.get(singular(word)))
    if (meant !== undefined && meant !== word)
      read.wrong.push(`${shown(word, at)} is written ${meant}`)
    else if (!FORM.test(word) || word.length > SCOPE_WORD_MAX_CHARS)
      read.wrong.push(`scopes such as tweet.read are expected, and ${shown(word, at)} is none`)
    else {
      read.scopes.push(word)
      if (!known) read.warnings.push(unknownInWords(word))
    }
  }
  return read
}

/** The form of X's scopes: words of small letters, a dot between. */
const FORM = /^[a-z]+(\.[a-z]+){1,3}$/
/** What is repeated of a wrong word: letters that are separated like a scope's, never what a key or token looks like. */
const HARMLESS = /^[a-z]{1,12}([.:_/-][a-z]{1,12}){0,3}$/i

const shown = (word: string, at: number): string =>
  HARMLESS.test(word) && word.length <= SCOPE_WORD_MAX_CHARS ? word : `word ${at + 1}`

const bare = (word: string): string => word.toLowerCase().replace(/[^a-z]/g, '')
const singular = (word: string): string => bare(word.toLowerCase().replace(/s(?![a-z])/g, ''))

/** Known scopes by their bare letters, in the singular too: what differs from one in nothing else is that one, misspelt. */
const KNOWN = new Map(
  Object.keys(SCOPE_WORDS).flatMap((scope) => [
    [bare(scope), scope],
    [singular(scope), scope],
  ]),
)

function unknownInWords(word: string): string {
  const [near] = Object.keys(SCOPE_WORDS).filter((known) => distance(word, known) <= 2)
  const meant = near === undefined ? '' : `; ${near} may be meant`
  return `${word} is no scope of X that Perch knows${meant}. It is asked for as it is, and X may refuse it.`
}

/** How many letters have to be changed, added or left out to get from one word to the other (Levenshtein). */
function distance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, n) => n)
  for (const [at, letter] of [...one].entries()) {
    const next = [at + 1]
    for (const [n, each] of [...other].entries())
      next.push(Math.min(row[n + 1]! + 1, next[n]! + 1, row[n]! + (letter === each ? 0 : 1)))
    row = next
  }
  return row[other.length]!
}

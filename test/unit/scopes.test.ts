/** The one reader of scopes: what people and programs write, what becomes of it, and what they are told. */
import { describe, expect, it } from 'vitest'
import { readScopes, scopeInWords, scopesToAsk, scopeWords } from '../../src/scopes'

// A login that named its scopes without offline.access was over after two hours, and nothing said so before that.
it.each<[string[], boolean | undefined, string]>([
  [[], undefined, 'tweet.read users.read offline.access'],
  [['offline.access'], undefined, 'tweet.read users.read offline.access'],
  [['tweet.write'], undefined, 'tweet.read users.read tweet.write offline.access'],
  [['tweet.write'], true, 'tweet.read users.read tweet.write offline.access'],
  [['tweet.write', 'offline.access'], false, 'tweet.read users.read tweet.write'],
  [['users.read', 'new.scope', 'new.scope'], false, 'tweet.read users.read new.scope'],
])('asks for %j, offline %s, as %s', (wanted, offline, asked) => {
  expect(scopesToAsk(wanted, offline)).toBe(asked)
})

it('an unknown scope speaks for itself', () => {
  expect(scopeInWords('tweet.write')).toBe('Post and repost')
  expect(scopeInWords('new.scope')).toBe('new.scope')
})

describe('what is read of', () => {
  const TWO = ['tweet.read', 'users.read']
  it.each<[string, string | string[]]>([
    ['a text with spaces', 'tweet.read users.read'],
    ['several spaces, and some around', '  tweet.read   users.read '],
    ['commas', 'tweet.read,users.read'],
    ['commas and spaces', 'tweet.read, users.read,'],
    ['lines', 'tweet.read\n\tusers.read\r\n'],
    ['part of an address', 'tweet.read%20users.read'],
    ['part of an address, as a form has it', 'tweet.read+users.read'],
    ['a list', ['tweet.read', 'users.read']],
    ['a list of texts', ['tweet.read users.read', '']],
    ['a scope that stands there twice', 'tweet.read users.read tweet.read'],
  ])('%s', (_, scope) => {
    expect(readScopes(scope)).toEqual({ scopes: TWO, wrong: [], warnings: [] })
    expect(scopeWords(scope)).toEqual(TWO)
  })

  it.each<[string | string[]]>([[''], ['  '], [', ,'], ['%20'], [[]], [['', ' ']]])(
    'nothing: %j',
    (scope) => {
      expect(readScopes(scope)).toEqual({ scopes: [], wrong: [], warnings: [] })
    },
  )
})

describe('a near miss is refused, and the scope that was meant is named', () => {
  it.each([
    ['offline_access', 'offline_access is written offline.access'],
    ['offline-access', 'offline-access is written offline.access'],
    ['offlineaccess', 'word 1 is written offline.access'],
    ['Offline.Access', 'Offline.Access is written offline.access'],
    ['tweet:read', 'tweet:read is written tweet.read'],
    ['tweet/read', 'tweet/read is written tweet.read'],
    ['TWEET.READ', 'TWEET.READ is written tweet.read'],
    ['tweetWrite', 'tweetWrite is written tweet.write'],
    ['tweets.read', 'tweets.read is written tweet.read'],
    ['user.read', 'user.read is written users.read'],
    ['user:email', 'user:email is written users.email'],
    ['follow.write', 'follow.write is written follows.write'],
    ['tweet_moderate_write', 'tweet_moderate_write is written tweet.moderate.write'],
    ["['tweet.read']", 'word 1 is written tweet.read'],
    ['"users.read"', 'word 1 is written users.read'],
    ['tweet.read;', 'word 1 is written tweet.read'],
  ])('%s', (word, wrong) => {
    expect(readScopes(word)).toEqual({ scopes: [], wrong: [wrong], warnings: [] })
  })
})

describe('a word that is no scope is refused, and repeated only where it cannot be a secret', () => {
  const none = (shown: string) => `scopes such as tweet.read are expected, and ${shown} is none`
  it.each([
    ['openid', 'openid'],
    ['https://x.com/tweet', 'word 2'],
    ['tweet..read.', 'word 2'],
    ['.', 'word 2'],
    ['tweet.read2', 'word 2'],
    ['schön.read', 'word 2'],
    ['T'.repeat(29), 'word 2'],
    [`${'a'.repeat(20)}.${'b'.repeat(20)}`, 'word 2'],
    ['vF3kT0qzJ9wYx2LmN8pRbHsD', 'word 2'],
    ['a.b.c.d.e', 'word 2'],
    ['__proto__', 'word 2'],
    ['constructor', 'constructor'],
  ])('%s', (word, shown) => {
    const { wrong, scopes } = readScopes(`tweet.write ${word}`)
    expect(scopes).toEqual(['tweet.write'])
    const near = word.startsWith('tweet.') ? 'word 2 is written tweet.read' : none(shown)
    expect(wrong).toEqual([near])
  })
})

it.each([
  ['new.scope', /^new\.scope is no scope of X that Perch knows\. It is asked for as it is/],
  ['tweet.wirte', /; tweet\.write may be meant\./],
  ['live.read', /; like\.read may be meant\./],
  ['account.follows.read', /^account\.follows\.read is no scope of X that Perch knows\./],
])('%s has the form of a scope, so it passes with a warning', (word, warning) => {
  const read = readScopes(['tweet.read', word])
  expect(read).toMatchObject({ scopes: ['tweet.read', word], wrong: [] })
  expect(read.warnings).toEqual([expect.stringMatching(warning)])
})

it('no known scope is a near miss of another one', () => {
  const all =
    'tweet.read tweet.write tweet.moderate.write users.read users.email follows.read follows.write offline.access space.read mute.read mute.write like.read like.write list.read list.write block.read block.write bookmark.read bookmark.write dm.read dm.write media.write broadcast.read broadcast.write timeline.read ads.read ads.write'
  expect(readScopes(all)).toEqual({ scopes: all.split(' '), wrong: [], warnings: [] })
})

import { expect, it } from 'vitest'
import { scopeInWords, scopesToAsk } from '../../../src/x/scopes'

it.each([
  [[], 'tweet.read users.read'],
  [['offline.access'], 'tweet.read users.read offline.access'],
  [['users.read', 'new.scope', 'new.scope'], 'tweet.read users.read new.scope'],
])('asks for %j as %s', (wanted, asked) => {
  expect(scopesToAsk(wanted)).toBe(asked)
})

it('an unknown scope speaks for itself', () => {
  expect(scopeInWords('tweet.write')).toBe('Post and repost')
  expect(scopeInWords('new.scope')).toBe('new.scope')
})

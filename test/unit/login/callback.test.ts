import { describe, expect, it } from 'vitest'
import { Failure } from '../../../src/failure'
import { readCallback } from '../../../src/login/callback'

describe('reads', () => {
  it.each([
    ['a code', '?state=s&code=c', { key: 's', answer: { code: 'c' } }],
    ['an error', '?error=access_denied&state=s', { key: 's', answer: { error: 'access_denied' } }],
    ['a verifier', '?oauth_token=t&oauth_verifier=v', { key: 't', answer: { verifier: 'v' } }],
    ['a denial of OAuth 1.0a', '?denied=t', { key: 't', answer: { error: 'access_denied' } }],
    [
      'past what X may add',
      '?state=s&code=c&iss=https%3A%2F%2Fx.com&new=1',
      { key: 's', answer: { code: 'c' } },
    ],
  ])('%s', (_, search, expected) => {
    expect(readCallback(search)).toEqual(expected)
  })
})

describe('refuses', () => {
  it.each([
    ['nothing', ''],
    ['no state', '?code=c'],
    ['an empty state', '?state=&code=c'],
    ['neither code nor error', '?state=s'],
    ['both', '?state=s&code=c&error=access_denied'],
    ['a doubled code', '?state=s&code=c&code=d'],
    ['a doubled state', '?state=s&state=t&code=c'],
    ['a doubled error', '?state=s&error=a&error=b'],
    ['a long code', `?state=s&code=${'c'.repeat(1025)}`],
    ['a long state', `?state=${'s'.repeat(501)}&code=c`],
    ['a request token alone', '?oauth_token=t'],
    ['a verifier alone', '?oauth_verifier=v'],
    ['a verifier and a denial', '?oauth_token=t&oauth_verifier=v&denied=t'],
    ['a doubled request token', '?oauth_token=t&oauth_token=u&oauth_verifier=v'],
    ['a doubled denial', '?denied=t&denied=u'],
    ['a code for a request token', '?oauth_token=t&code=c'],
    ['a verifier for a state', '?state=s&oauth_verifier=v'],
    ['both kinds', '?state=s&code=c&oauth_token=t&oauth_verifier=v'],
    ['a denial beside a code', '?state=s&code=c&denied=t'],
    ['10 kB of junk', `?state=s&code=c&junk=${'j'.repeat(10_240)}`],
  ])('%s', (_, search) => {
    expect(() => readCallback(search)).toThrow(Failure)
  })
})

import { describe, expect, it } from 'vitest'
import { Failure } from '../../../src/failure'
import { readCallback } from '../../../src/login/callback'

describe('reads', () => {
  it.each([
    ['a code', '?state=s&code=c', { state: 's', code: 'c' }],
    ['an error', '?error=access_denied&state=s', { state: 's', error: 'access_denied' }],
    [
      'past what X may add',
      '?state=s&code=c&iss=https%3A%2F%2Fx.com&new=1',
      { state: 's', code: 'c' },
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
    ['10 kB of junk', `?state=s&code=c&junk=${'j'.repeat(10_240)}`],
  ])('%s', (_, search) => {
    expect(() => readCallback(search)).toThrow(Failure)
  })
})

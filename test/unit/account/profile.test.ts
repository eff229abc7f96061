/** What X tells of a user: what it says takes the place of what was known, and what it was not asked leaves it. */
import { describe, expect, it } from 'vitest'
import { adopted, confirmed } from '../../../src/account/adoption'
import { type Profile, profileOf } from '../../../src/account/profile'
import { adoption, adoption1, connected, NOW } from './grants'

const known = {
  username: 'alice',
  name: 'Alice',
  picture: 'https://p.example/1.png',
  verified: true,
  email: 'v1.k.i.email',
}
const bare = { username: 'alice', name: '' }

it.each<[string, Profile, object]>([
  ['OAuth 1.0a brings the username alone', { username: 'al', name: '' }, { username: 'al' }],
  [
    'X left the picture out',
    { username: 'alice', name: 'Al', verified: false },
    { name: 'Al', verified: false },
  ],
  ['another address', { ...bare, email: 'v1.k.i.other' }, { email: 'v1.k.i.other' }],
  ['asked for the address, and given none', { ...bare, email: null }, { email: undefined }],
  [
    'not asked for the address',
    { ...bare, picture: 'https://p.example/2.png' },
    { picture: 'https://p.example/2.png' },
  ],
])('%s', (_, told, changed) => {
  expect(profileOf(known, told)).toEqual({ ...known, ...changed })
})

it('a new account has what it was told, and is named by the username where there is no name', () => {
  expect(profileOf(undefined, bare)).toEqual({ username: 'alice', name: 'alice' })
  expect(profileOf(undefined, { ...known, email: null })).not.toHaveProperty('email')
})

it('an import that X was not asked about brings nothing but an id', () => {
  const told = { username: '1001', name: '' }
  expect(profileOf(known, told, true)).toEqual(known)
  expect(profileOf(undefined, told, true)).toEqual({ username: '1001', name: '1001' })
})

describe('an account', () => {
  const before = connected({}, known)
  const told = {
    ...adoption('next', NOW * 1000 + 1),
    picture: 'https://p.example/2.png',
    email: null,
  }

  it('after a login by OAuth 2.0', () => {
    const after = adopted(before, told, NOW)
    expect(after).toMatchObject({
      name: 'Alice',
      picture: 'https://p.example/2.png',
      verified: true,
    })
    expect(after).not.toHaveProperty('email')
  })

  it('after a login by OAuth 1.0a', () => {
    expect(adopted(before, adoption1('next', NOW * 1000 + 1), NOW)).toMatchObject(known)
  })

  it('after X was asked whose an imported grant is', () => {
    const { username, name } = known
    const owner = { id: '1001', username, name, picture: 'https://p.example/3.png', email: null }
    const after = confirmed(connected({ unconfirmed: true }, known), 'oauth2', owner, NOW)
    expect(after).toMatchObject({ picture: 'https://p.example/3.png', verified: true })
    expect(after).not.toHaveProperty('email')
    expect(after.oauth2).not.toHaveProperty('unconfirmed')
  })
})

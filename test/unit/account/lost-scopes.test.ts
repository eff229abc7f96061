/** An account that can do less than before says so, whatever took it: a login, an import, a refresh. */
import { describe, expect, it } from 'vitest'
import { adopted, reverted } from '../../../src/account/adoption'
import { answered } from '../../../src/account/attempt'
import { disconnected, withoutGrant } from '../../../src/account/fields'
import { heldBefore, lostScopes, newlyLost } from '../../../src/account/lost-scopes'
import type { Connected } from '../../../src/account/record'
import type { VaultOAuth2 } from '../../../src/store/vault'
import { adoption, adoption1, connected, grant, NOW } from './grants'

const ms = NOW * 1000
const BOTH = 'tweet.read tweet.write'
type Before = Partial<Pick<VaultOAuth2, 'scope' | 'lostScopes'>>

it.each<[string, Before | undefined, string, string[] | undefined]>([
  ['a first grant', undefined, 'tweet.read', undefined],
  ['the same scopes', { scope: BOTH }, BOTH, undefined],
  ['in another order', { scope: BOTH }, 'tweet.write tweet.read', undefined],
  ['written otherwise', { scope: 'tweet.read,tweet.write' }, BOTH, undefined],
  ['one more', { scope: 'tweet.read' }, BOTH, undefined],
  ['one less', { scope: BOTH }, 'tweet.read', ['tweet.write']],
  ['one less, one more', { scope: BOTH }, 'tweet.read like.read', ['tweet.write']],
  ['still less', { scope: 'tweet.read', lostScopes: ['a'] }, 'like.read', ['tweet.read', 'a']],
  ['one is back', { scope: 'tweet.read', lostScopes: ['a', 'b'] }, 'tweet.read a', ['b']],
  ['all are back', { scope: 'tweet.read', lostScopes: ['tweet.write'] }, BOTH, undefined],
  ['nobody knows which', { scope: BOTH, lostScopes: ['a'] }, '', undefined],
])('%s', (_, before, scope, lost) => {
  const held = before && { scope: '', ...before }
  expect(lostScopes(held, scope)).toEqual(lost ? { lostScopes: lost } : {})
})

it('what was told once is not told again', () => {
  const before = { scope: 'a', lostScopes: ['b'] }
  expect(newlyLost(before, { scope: '', lostScopes: ['b', 'a'] })).toEqual(['a'])
  expect(newlyLost(before, before)).toEqual([])
  expect(newlyLost(undefined, { scope: 'a' })).toEqual([])
})

/** A login that gets these scopes. */
function login(scope: string) {
  const made = adoption('next', ms + 1)
  return { ...made, grant: { ...made.grant, scope } as typeof made.grant }
}

describe('a login', () => {
  it('with fewer scopes than the account has: the bot that posts is told by more than a 403', () => {
    const after = adopted(connected({ scope: BOTH }), login('tweet.read'), NOW)
    expect(after.oauth2?.lostScopes).toEqual(['tweet.write'])
    const again = adopted(after, { ...login('tweet.read'), loginId: 'third' }, NOW)
    expect(again.oauth2?.lostScopes).toEqual(['tweet.write'])
    expect(adopted(again, login(BOTH), NOW).oauth2).not.toHaveProperty('lostScopes')
  })

  it('after the grant had ended', () => {
    const ended = { reason: 'refused_by_x', since: NOW } as const
    const before = connected({ scope: BOTH, ended }, { status: 'login_required' })
    expect(adopted(before, login('tweet.read'), NOW).oauth2?.lostScopes).toEqual(['tweet.write'])
  })

  it('after a DELETE, of the account or of the grant, has lost nothing', () => {
    const before = connected({ scope: BOTH, lostScopes: ['like.read'] })
    const gone = disconnected(before, ms)
    const ended = withoutGrant(before, 'oauth2', ms)
    for (const record of [gone, ended, undefined])
      expect(adopted(record, login('tweet.read'), NOW).oauth2).not.toHaveProperty('lostScopes')
  })

  it('over the grant of somebody else: the account never had those', () => {
    const ended = { reason: 'belongs_to_another', since: NOW } as const
    const before = connected({ scope: BOTH, ended }, { status: 'login_required' })
    expect(adopted(before, login('tweet.read'), NOW).oauth2).not.toHaveProperty('lostScopes')
  })

  it('by OAuth 1.0a changes nothing of it', () => {
    const before = connected({ lostScopes: ['tweet.write'] })
    expect(adopted(before, adoption1('next', ms + 1), NOW).oauth2).toEqual(before.oauth2)
  })
})

describe('an import', () => {
  const imported = (scope: string) => {
    const made = login(scope)
    return { ...made, asOf: 7, grant: { ...made.grant, imported: true } as typeof made.grant }
  }

  it('with fewer scopes', () => {
    const after = adopted(connected({ scope: BOTH }), imported('tweet.read'), NOW)
    expect(after.oauth2?.lostScopes).toEqual(['tweet.write'])
    expect(reverted(after, NOW).oauth2).not.toHaveProperty('lostScopes')
  })

  it('without scopes says nothing, until X names them at the refresh', () => {
    const after = adopted(connected({ scope: BOTH }), imported(''), NOW)
    expect(after.oauth2).not.toHaveProperty('lostScopes')
    expect(refreshed(after, 'tweet.read').oauth2?.lostScopes).toEqual(['tweet.write'])
    expect(refreshed(after, BOTH).oauth2).not.toHaveProperty('lostScopes')
    expect(refreshed(after, undefined).oauth2).not.toHaveProperty('lostScopes')
  })

  it('that came last of two without scopes: the one before both tells', () => {
    const formers = [grant({ scope: BOTH })]
    expect(heldBefore({ oauth2: grant({ scope: '' }), formers })).toBe(formers[0])
    expect(heldBefore({ oauth2: grant() })).toEqual(grant())
    expect(heldBefore(undefined)).toBeUndefined()
  })
})

function refreshed(record: Connected, scope: string | undefined): Connected {
  const rotation = {
    accessToken: 'a2',
    refreshToken: 'r2',
    expiresAt: NOW + 9,
    dueAt: NOW + 1,
    ...(scope === undefined ? {} : { scope }),
  }
  return answered(record, { rotation }, ms)
}

describe('a refresh whose reply', () => {
  it.each([
    ['names fewer scopes', 'tweet.read', { lostScopes: ['tweet.write'] }],
    ['names the same', BOTH, {}],
    ['names none', undefined, {}],
  ])('%s', (_, scope, lost) => {
    const { lostScopes: found, ...rest } = refreshed(connected({ scope: BOTH }), scope).oauth2!
    expect(found ? { lostScopes: found } : {}).toEqual(lost)
    expect(rest.scope).toBe(scope ?? BOTH)
  })

  it('names what was lost: it is back', () => {
    const before = connected({ scope: 'tweet.read', lostScopes: ['tweet.write'] })
    expect(refreshed(before, undefined).oauth2?.lostScopes).toEqual(['tweet.write'])
    expect(refreshed(before, BOTH).oauth2).not.toHaveProperty('lostScopes')
  })

  it('broke off behind the access token and names fewer', () => {
    const rotation = { accessToken: 'a2', expiresAt: NOW + 9, dueAt: NOW + 1, scope: 'tweet.read' }
    const cut = { kind: 'unknown', message: 'w', cut: { rotation } } as const
    expect(answered(connected({ scope: BOTH }), cut, ms).oauth2?.lostScopes).toEqual([
      'tweet.write',
    ])
  })
})

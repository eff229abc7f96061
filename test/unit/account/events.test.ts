/** What others are told of each change of an account, and what nobody is told. */
import { describe, expect, it } from 'vitest'
import { adopted } from '../../../src/account/adoption'
import { answered, appChanged, begun, suspected } from '../../../src/account/attempt'
import { eventsOf, levelOf, withTold } from '../../../src/account/events'
import { expired } from '../../../src/account/expiry'
import { disconnected, vaultCopy, withoutGrant } from '../../../src/account/fields'
import { movedIn } from '../../../src/account/moving'
import type { AccountRecord, Connected } from '../../../src/account/record'
import type { Happening } from '../../../src/events/event'
import type { VaultAccount } from '../../../src/store/vault'
import { adoption, adoption1, connected, grant, NOW } from './grants'

const ms = NOW * 1000
const account = { id: '1001', username: 'alice' }
const login_url = 'https://perch.example.com/login?flow='

/** The events of a change, as the object makes them. */
function told(before: AccountRecord | undefined, after: AccountRecord): Happening[] {
  return eventsOf(before, withTold(before, after), ({ kind }) => login_url + kind)
}
const types = (before: AccountRecord | undefined, after: AccountRecord): string[] =>
  told(before, after).map(({ type }) => type)

const attempt = { id: 'a', generation: 7, startedAt: NOW }
const refused = { kind: 'refused', what: 'token', message: 'w' } as const
const later = (at: number) => ({
  code: 'later',
  message: 'X is down',
  at,
  tries: 1,
  retryAt: at + 9,
})
const rotation = { accessToken: 'a', refreshToken: 'r', expiresAt: NOW + 7200, dueAt: NOW + 5400 }

/** An account whose pair X has ended, as others know. */
const ended = (): Connected =>
  withTold(connected(), answered(begun(connected(), attempt, false), refused, ms)) as Connected
/** The account as it comes from another deployment, where it was refreshed since. */
const moved: VaultAccount = { ...vaultCopy(connected()), oauth2: grant({ generation: 9 }) }
const degraded = (): Connected =>
  withTold(connected(), connected({ failure: { ...later(NOW), since: NOW - 1800 } }))

describe('an account', () => {
  it('is connected by its first grant, and says by what', () => {
    expect(told(undefined, adopted(undefined, adoption('l', ms), NOW))).toEqual([
      {
        type: 'account.connected',
        data: { account, grants: ['oauth2'], scope: expect.any(String), by: 'login' },
      },
    ])
    expect(told(undefined, adopted(undefined, adoption1('import:1', ms), NOW))).toMatchObject([
      { data: { grants: ['oauth1'], by: 'import' } },
    ])
    expect(told(undefined, connected({}, { logins: [] }))).toMatchObject([
      { data: { by: 'restore' } },
    ])
  })

  it('is connected by a login after its end, and by no further one', () => {
    const gone = disconnected(connected(), ms)
    expect(types(gone, adopted(gone, adoption('l', ms + 1), NOW))).toEqual(['account.connected'])
    expect(types(connected(), adopted(connected(), adoption('l', ms + 1), NOW))).toEqual([])
    expect(types(connected(), adopted(connected(), adoption1('m', ms + 1), NOW))).toEqual([])
  })

  it('is disconnected, once', () => {
    const gone = disconnected(connected(), ms)
    expect(told(connected(), gone)).toEqual([
      { type: 'account.disconnected', data: { account, grants: ['oauth2'], by: 'delete' } },
    ])
    expect(told(gone, { ...gone, toldAgainAtMs: 1 })).toEqual([])
  })

  it('has another name', () => {
    expect(told(connected(), connected({}, { username: 'alicia' }))).toEqual([
      {
        type: 'account.renamed',
        data: { account: { id: '1001', username: 'alicia' }, from: 'alice', to: 'alicia' },
      },
    ])
  })

  it('lost scopes: each loss is told once', () => {
    const lost = (...lostScopes: string[]) => connected({ lostScopes, scope: 'users.read' })
    expect(told(connected(), lost('a'))).toEqual([
      {
        type: 'account.scope_reduced',
        data: { account, lost_scopes: ['a'], scope: 'users.read' },
      },
    ])
    expect(types(lost('a'), lost('a'))).toEqual([])
    expect(types(lost('a'), lost('a', 'b'))).toEqual(['account.scope_reduced'])
    expect(types(lost('a'), lost('b'))).toEqual(['account.scope_reduced'])
    expect(types(lost('a'), withoutGrant(lost('a'), 'oauth2', ms))).toEqual([])
  })

  // Nothing told of it: who had heard of the loss believed in it for ever.
  it('has scopes again that it had lost', () => {
    const lost = connected({ lostScopes: ['a', 'b'] })
    expect(told(lost, connected({ lostScopes: ['b'] }))).toEqual([
      {
        type: 'account.scope_restored',
        data: { account, lost_scopes: ['b'], scope: 'tweet.read' },
      },
    ])
    expect(told(lost, connected())).toMatchObject([
      { type: 'account.scope_restored', data: { lost_scopes: [] } },
    ])
  })
})

describe('a login is required', () => {
  it('once X has ended the grant: why, where, and until when there is a token', () => {
    const after = answered(begun(connected(), attempt, false), refused, ms)
    expect(told(connected(), after)).toEqual([
      {
        type: 'account.login_required',
        data: {
          account,
          grant: 'oauth2',
          reason: 'refused_by_x',
          message: expect.stringContaining('X refused the refresh token'),
          login_url: `${login_url}oauth2`,
          access_token_expires_at: connected().oauth2?.expiresAt,
        },
      },
    ])
  })

  it('and says so once, whatever else becomes of it', () => {
    const again = answered(begun(ended(), attempt, true), refused, ms + 1)
    expect(types(ended(), begun(ended(), attempt, true))).toEqual([])
    expect(types(ended(), again)).toEqual([])
  })

  it('not while an exchange heals it, nor while the refusal is suspected', () => {
    const both = connected({}, { oauth1: adopted(undefined, adoption1('m', ms), NOW).oauth1! })
    const healing = answered(begun(both, attempt, false), refused, ms)
    expect(types(both, healing)).toEqual([])
    expect(types(ended(), withTold(ended(), suspected(ended(), NOW)))).toEqual([])
  })

  it('when a token has expired that nothing can refresh', () => {
    const { refreshToken: _, ...online } = connected().oauth2!
    const before = connected({}, { oauth2: { ...online, dueAt: null } })
    expect(types(before, expired(before, online.expiresAt - 1))).toEqual([])
    expect(told(before, expired(before, online.expiresAt))).toMatchObject([
      { type: 'account.login_required', data: { reason: 'no_refresh_token' } },
    ])
  })

  it('of an account with an OAuth 1.0a token alone, when that has ended', () => {
    const before = adopted(undefined, adoption1('m', ms), NOW)
    const oauth1 = { ...before.oauth1!, ended: { reason: 'refused_by_x' as const, since: NOW } }
    expect(told(before, { ...before, oauth1 })).toMatchObject([
      { data: { grant: 'oauth1', login_url: `${login_url}oauth1` } },
    ])
  })
})

describe('an account recovers', () => {
  const refreshing = begun(ended(), attempt, true)
  it.each<[string, Connected, Connected]>([
    ['login', ended(), adopted(ended(), adoption('l2', ms + 1), NOW)],
    ['import', ended(), adopted(ended(), adoption('import:2', ms + 1), NOW)],
    ['refresh', refreshing, answered(refreshing, { rotation }, ms)],
    ['refresh', { ...degraded(), attempt }, connected({ generation: 9 }, { told: 'degraded' })],
    ['import', ended(), movedIn(ended(), moved, ['oauth2'], ms)],
    [
      'exchange',
      { ...refreshing, attempt: { ...attempt, by: 'exchange' } },
      connected({ generation: 9 }, { told: 'login_required' }),
    ],
  ])('by %s', (by, before, after) => {
    expect(told(before, after)).toEqual([{ type: 'account.recovered', data: { account, by } }])
  })

  it('by the end of the grant that had ended, where another one works', () => {
    const { oauth1 } = adopted(undefined, adoption1('m', ms), NOW)
    const both = { ...ended(), oauth1: oauth1! }
    expect(told(both, withoutGrant(both, 'oauth2', ms))).toMatchObject([
      { type: 'account.recovered', data: { by: 'delete' } },
    ])
  })

  it('not by the next failure, nor in a doubt', () => {
    const failing = connected({ failure: later(NOW) }, { told: 'degraded' })
    expect(types(degraded(), failing)).toEqual([])
    expect(types(degraded(), { ...failing, inDoubt: { since: NOW } })).toEqual([])
  })
})

describe('an account is degraded', () => {
  it.each([
    [1799, undefined],
    [1800, 'degraded'],
  ])('after %i seconds of failures', (seconds, level) => {
    const failure = { ...later(NOW), since: NOW - seconds }
    expect(levelOf(connected({ failure }))).toBe(level)
  })

  it('and says why, and until when the token lives', () => {
    expect(told(connected(), connected({ failure: { ...later(NOW), since: NOW - 1800 } }))).toEqual(
      [
        {
          type: 'account.degraded',
          data: {
            account,
            reason: 'refresh_failed',
            message: 'X is down',
            until: connected().oauth2?.expiresAt,
          },
        },
      ],
    )
  })

  it('where it calls, and signs no more; until it does', () => {
    const { oauth1 } = adopted(undefined, adoption1('m', ms), NOW)
    const signs = connected({}, { oauth1: oauth1! })
    const ended1 = { ...oauth1!, ended: { reason: 'refused_by_x' as const, since: NOW } }
    const mute = withTold(signs, { ...signs, oauth1: ended1 })
    expect(told(signs, mute)).toEqual([
      {
        type: 'account.degraded',
        data: { account, reason: 'oauth1_ended', message: 'X refused the OAuth 1.0a token.' },
      },
    ])
    expect(types(mute, adopted(mute, adoption1('n', ms + 1), NOW))).toEqual(['account.recovered'])
    expect(told(mute, withoutGrant(mute, 'oauth1', ms))).toEqual([
      { type: 'account.recovered', data: { account, by: 'delete' } },
    ])
  })

  // Who knew of the one was never told of the other, nor which of them was over.
  it('for two reasons: each is told, and what is left when one is over', () => {
    const { oauth1 } = adopted(undefined, adoption1('m', ms), NOW)
    const ended1 = { ...oauth1!, ended: { reason: 'refused_by_x' as const, since: NOW } }
    const mute = withTold(undefined, connected({}, { oauth1: ended1 }))
    const failure = { ...later(NOW), since: NOW - 1800 }
    const both = withTold(mute, { ...mute, ...connected({ failure }) })
    expect(told(mute, both)).toMatchObject([{ data: { reason: 'refresh_failed' } }])
    expect(told(both, { ...both, oauth2: mute.oauth2! })).toMatchObject([
      { type: 'account.degraded', data: { reason: 'oauth1_ended' } },
    ])
  })

  // Nobody tries it again, so it never failed for half an hour.
  it('at once where X_CLIENT_ID is another one', () => {
    expect(told(connected(), appChanged(connected(), 'of another app', NOW))).toMatchObject([
      { type: 'account.degraded', data: { reason: 'refresh_failed', message: 'of another app' } },
    ])
  })

  // The time was counted from the last failure, so that it was never over.
  it('by failures that each carry on since when', () => {
    const answer = { kind: 'later', retryAfter: 60, message: 'w' } as const
    let record = connected()
    for (let minute = 0; minute <= 30; minute++)
      record = answered({ ...record, attempt }, answer, ms + minute * 60_000)
    expect(levelOf(record)).toBe('degraded')
  })
})

it('a rotation, a use and a journal are nobody’s business', () => {
  const after = answered(begun(connected(), attempt, false), { rotation }, ms)
  expect(types(connected(), after)).toEqual([])
  expect(types(connected(), begun(connected(), attempt, true))).toEqual([])
  expect(types(connected(), connected({}, { usedAt: NOW }))).toEqual([])
})

it('nothing of a grant’s secrets is told', () => {
  const both = { ...ended(), oauth1: adopted(undefined, adoption1('m', ms), NOW).oauth1! }
  const said = JSON.stringify([told(undefined, both), told(both, disconnected(both, ms))])
  expect(said).not.toMatch(/v1\.k\.i|secret/i)
})

/** A DELETE half done is noted at the grants that stay, and told where they are used. */
import { describe, expect, it } from 'vitest'
import { adopted } from '../../../src/account/adoption'
import { answered } from '../../../src/account/attempt'
import { unheardEnds, withEndsNoted } from '../../../src/account/ended-at-x'
import { leaseOf } from '../../../src/account/lease-outcome'
import type { Connected } from '../../../src/account/record'
import { viewOf } from '../../../src/account/view'
import type { EndedTokens } from '../../../src/store/vault'
import { adoption, adoption1, connected, grant, NOW, userToken } from './grants'

const ms = NOW * 1000
const marked = (tokens: EndedTokens, rest: Partial<Connected> = {}) =>
  connected({ endedAtX: { since: NOW - 5, tokens } }, rest)
const refused = { kind: 'refused', what: 'token', message: 'invalid' } as const
const pair = { rotation: { accessToken: 'a2', expiresAt: NOW + 7200, dueAt: NOW + 5400 } } as const
const attempt = { id: 'a', generation: 7, startedAt: NOW }

describe('X refuses the refresh token', () => {
  // It said that the user had taken the access away.
  it.each<[string, Connected, string]>([
    ['which a DELETE has ended', marked({ refreshToken: 'ended' }), 'ended_by_delete'],
    ['which a DELETE may have ended', marked({ refreshToken: 'unheard' }), 'ended_by_delete'],
    [
      'which a DELETE has ended, after a doubt',
      marked({ refreshToken: 'ended' }, { inDoubt: { since: NOW } }),
      'ended_by_delete',
    ],
    ['and no DELETE asked for it', marked({ accessToken: 'unheard' }), 'refused_by_x'],
    ['without any DELETE', connected(), 'refused_by_x'],
  ])('%s: %s', (_, record, reason) => {
    const after = answered({ ...record, attempt }, refused, ms)
    expect(after.oauth2?.ended).toEqual({ reason, since: NOW })
  })
})

describe('what was noted goes', () => {
  it('with a new pair: X took the token, so it had not ended', () => {
    const record = { ...marked({ refreshToken: 'unheard' }), attempt }
    expect(answered(record, pair, ms).oauth2).not.toHaveProperty('endedAtX')
    const cut = { kind: 'unknown', message: 'w', cut: pair } as const
    expect(answered(record, cut, ms).oauth2).not.toHaveProperty('endedAtX')
  })

  it('with a login', () => {
    const endedAtX = { since: NOW, tokens: { token: 'unheard' } } as const
    const record = marked({ refreshToken: 'ended' }, { oauth1: userToken({ endedAtX }) })
    expect(adopted(record, adoption('new', ms + 1), NOW).oauth2).not.toHaveProperty('endedAtX')
    expect(adopted(record, adoption1('new', ms + 1), NOW).oauth1).not.toHaveProperty('endedAtX')
  })

  // X gives one token again and again: the login's was dead, and said nothing of it.
  it('not with a login by OAuth 1.0a that was under way before the DELETE', () => {
    const endedAtX = { since: NOW + 5, tokens: { token: 'unheard' } } as const
    const record = connected({}, { oauth1: userToken({ endedAtX }) })
    expect(adopted(record, adoption1('new', ms + 1), NOW).oauth1?.endedAtX).toEqual(endedAtX)
  })
})

describe('withEndsNoted', () => {
  it('notes the grant that X was asked about, since the first DELETE', () => {
    const tokens = { refreshToken: 'ended', accessToken: 'unheard' } as const
    const first = withEndsNoted(connected(), [{ grant: grant(), tokens }], NOW)
    expect(first.oauth2?.endedAtX).toEqual({ since: NOW, tokens })
    const again = withEndsNoted(first, [{ grant: first.oauth2!, tokens }], NOW + 9)
    expect(again.oauth2?.endedAtX?.since).toBe(NOW)
  })

  it('notes nothing where X refused, nor of a grant that is not held any more', () => {
    const record = connected()
    expect(withEndsNoted(record, [{ grant: grant(), tokens: {} }], NOW)).toEqual(record)
    const other = grant({ generation: 6 })
    const tokens = { refreshToken: 'ended' } as const
    expect(withEndsNoted(record, [{ grant: other, tokens }], NOW)).toEqual(record)
  })

  it('what has ended as a whole gives way to the grant before it, or is left out of those', () => {
    const [one, two] = [grant({ obtainedAtMs: 1 }), grant({ obtainedAtMs: 2 })]
    const record = connected({ imported: true }, { formers: [one, two] })
    const over = { refreshToken: 'ended', accessToken: 'ended' } as const
    const left = withEndsNoted(record, [{ grant: one, tokens: over }], NOW)
    expect(left.formers).toEqual([two])
    const back = withEndsNoted(record, [{ grant: record.oauth2!, tokens: over }], NOW)
    expect(back.oauth2).toMatchObject({ obtainedAtMs: 1, dueAt: NOW })
    expect(back.formers).toEqual([two])
  })
})

it('of an object that died, X may have ended whatever it was to end', () => {
  const record = marked({ refreshToken: 'ended' }, { oauth1: userToken() })
  expect(unheardEnds(record, ['oauth2', 'oauth1']).map(({ tokens }) => tokens)).toEqual([
    { refreshToken: 'ended', accessToken: 'unheard' },
    { token: 'unheard' },
  ])
  expect(unheardEnds(record, ['oauth1'])).toHaveLength(1)
})

describe('whoever uses the grant is told', () => {
  const lease = (record: Connected) =>
    leaseOf(record, { because: 'lease', minTtl: 60 }, NOW, { decision: { do: 'nothing' } })

  it.each<[EndedTokens, RegExp]>([
    [{ refreshToken: 'ended' }, /has ended the refresh token at X, and X did not confirm the rest/],
    [{ refreshToken: 'ended', accessToken: 'unheard' }, /and maybe the access token/],
    [{ refreshToken: 'unheard' }, /may have ended/],
  ])('%j', (tokens, detail) => {
    const record = marked(tokens)
    expect(lease(record)).toMatchObject({
      ok: true,
      value: { degraded: { reason: 'delete_unfinished', since: NOW - 5 } },
    })
    expect(JSON.stringify(lease(record))).toMatch(detail)
  })

  it('and the account shows it', () => {
    const endedAtX = { since: NOW, tokens: { token: 'unheard' } } as const
    const record = marked({ refreshToken: 'ended' }, { oauth1: userToken({ endedAtX }) })
    const { oauth2, oauth1 } = viewOf(record, NOW)
    expect(oauth2?.ended_at_x).toEqual({ since: NOW - 5, refresh_token: 'ended' })
    expect(oauth1?.ended_at_x).toEqual({ since: NOW, token: 'unheard' })
  })
})

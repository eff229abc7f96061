import { describe, expect, it } from 'vitest'
import {
  adopted,
  answered,
  confirmed,
  interrupted,
  judgeAdoption,
  without,
} from '../../../src/account/record'
import { adoption, adoption1, connected, NOW, userToken } from './grants'

const ms = NOW * 1000
const attempt = { id: 'a', generation: 7, startedAt: NOW }
const forgotten = { id: '1001', forgottenAtMs: ms }

describe('judgeAdoption', () => {
  it.each([
    ['the first login', undefined, adoption('new', ms), 'adopt'],
    ['a later login', connected(), adoption('new', ms + 1), 'adopt'],
    ['a login of the same moment', connected(), adoption('new', ms), 'adopt'],
    ['a login seen before', connected(), adoption('first', ms + 1), 'already'],
    ['a login obtained before the current one', connected(), adoption('new', ms - 1), 'superseded'],
    ['a login obtained before the deletion', forgotten, adoption('new', ms), 'forgotten'],
    ['a login obtained after the deletion', forgotten, adoption('new', ms + 1), 'adopt'],
  ])('%s', (_, record, login, expected) => {
    expect(judgeAdoption(record, login)).toBe(expected)
  })
})

describe('adopted', () => {
  it('ends a running attempt, a failure and the end of the grant before', () => {
    const before = connected(
      { ended: { reason: 'refused_by_x', since: NOW } },
      { attempt, status: 'login_required' },
    )
    const after = adopted(before, adoption('new', ms + 1), 5)
    expect(after).toMatchObject({
      status: 'ok',
      logins: ['first', 'new'],
      oauth2: { generation: 8 },
    })
    expect(after).not.toHaveProperty('attempt')
    expect(after.oauth2).not.toHaveProperty('ended')
  })

  it('the generation grows across a deletion', () => {
    expect(adopted(forgotten, adoption('new', ms + 1), NOW).oauth2?.generation).toBe(NOW)
  })

  it('remembers the last ten logins', () => {
    let record = connected()
    for (let n = 0; n < 20; n++) record = adopted(record, adoption(`l${n}`, ms + n), NOW)
    expect(record.logins).toHaveLength(10)
    expect(record.logins.at(-1)).toBe('l19')
  })
})

describe('answered', () => {
  const running = connected({ failure: { code: 'later', words: '', at: 1 } }, { attempt })

  it('a rotation is a new generation and clears the journal and the failure', () => {
    const rotation = { accessToken: 'a2', refreshToken: 'r2', expiresAt: NOW + 9, dueAt: NOW + 1 }
    const after = answered(running, { rotation }, 5000)
    expect(after.oauth2).toMatchObject({
      accessToken: 'a2',
      refreshToken: 'r2',
      generation: 8,
      scope: 'tweet.read',
      refreshedAt: 5,
      obtainedAtMs: ms,
    })
    expect(after.oauth2).not.toHaveProperty('failure')
    expect(after).not.toHaveProperty('attempt')
  })

  it('a rotation without a refresh token keeps the old one', () => {
    const rotation = { accessToken: 'a2', expiresAt: NOW + 9, dueAt: NOW + 1 }
    expect(answered(running, { rotation }, 5000).oauth2?.refreshToken).toBe('v1.k.i.refresh')
  })

  it('a refused token ends the grant and keeps every token', () => {
    const after = answered(running, { kind: 'refused', what: 'token', words: 'w' }, ms)
    expect(after).toMatchObject({
      status: 'login_required',
      oauth2: {
        accessToken: 'v1.k.i.access',
        refreshToken: 'v1.k.i.refresh',
        generation: 7,
        ended: { reason: 'refused_by_x', since: NOW },
      },
    })
  })

  it.each([
    ['app', { kind: 'app', failure: 'app_credentials_refused', words: 'w' }],
    ['later', { kind: 'later', retryAfter: 5, words: 'w' }],
    ['unknown', { kind: 'unknown', words: 'w' }],
    ['refused, but not the token', { kind: 'refused', what: 'code', words: 'w' }],
  ] as const)('%s changes nothing but the note of it, and makes it due', (_, answer) => {
    const after = answered(running, answer, ms)
    expect(after).toEqual(
      connected(
        { dueAt: NOW, failure: { code: answer.kind, words: 'w', at: NOW } },
        { triedAtMs: ms },
      ),
    )
  })

  it('an interruption counts as not knowing', () => {
    expect(interrupted(running, ms)).toMatchObject({
      status: 'ok',
      oauth2: { failure: { code: 'unknown' } },
    })
  })
})

describe('two kinds of grant beside each other', () => {
  const oauth1 = userToken()
  const both = connected({}, { oauth1 })
  const alice = { id: '1001', username: 'alice_now', name: 'Alice now' }
  const bob = { id: '1002', username: 'bob', name: 'Bob' }

  it('neither replaces, supersedes or interrupts the other', () => {
    expect(judgeAdoption(connected(), adoption1('new', 1))).toBe('adopt')
    const busy = connected({}, { attempt })
    expect(adopted(busy, adoption1('new', ms), 5)).toEqual({
      ...busy,
      oauth1: userToken({ obtainedAtMs: ms }),
      logins: ['first', 'new'],
    })
    const { oauth2: _, ...alone } = both
    expect(adopted(alone, adoption('new', ms), 5)).toMatchObject({
      oauth1,
      oauth2: { generation: 5 },
    })
  })

  it('of two OAuth 1.0a grants the later login’s stays', () => {
    expect(judgeAdoption(both, adoption1('new', ms - 1))).toBe('superseded')
    expect(judgeAdoption(both, adoption1('new', ms + 1))).toBe('adopt')
  })

  it('an OAuth 1.0a login names nobody, so a known name stays', () => {
    expect(adopted(both, adoption1('new', ms), 5).name).toBe('Alice')
    expect(adopted(undefined, adoption1('new', ms), 5).name).toBe('alice')
  })

  it('ending one leaves the other, and a login is no longer required for what is gone', () => {
    expect(without(connected({}, { oauth1, attempt, status: 'login_required' }), 'oauth2')).toEqual(
      {
        ...both,
        oauth2: undefined,
      },
    )
    expect(without(both, 'oauth1')).toEqual(connected())
  })

  it('an import that X confirms is as good as a login, and brings the name', () => {
    const imported = connected({ unconfirmed: true })
    const after = confirmed(imported, 'oauth2', alice, NOW)
    expect(after).toEqual({ ...connected(), username: 'alice_now', name: 'Alice now' })
  })

  it.each(['oauth1', 'oauth2'] as const)(
    'an import of %s that is another’s is set aside',
    (kind) => {
      const imported = { ...both, [kind]: { ...both[kind], unconfirmed: true } }
      const after = confirmed(imported, kind, bob, NOW)
      expect(after).toMatchObject({
        username: 'alice',
        status: kind === 'oauth2' ? 'login_required' : 'ok',
        [kind]: { ended: { reason: 'belongs_to_another', since: NOW } },
      })
      expect(after[kind]).not.toHaveProperty('unconfirmed')
    },
  )
})

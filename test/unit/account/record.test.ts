import { describe, expect, it } from 'vitest'
import { adopted, confirmed, judgeAdoption } from '../../../src/account/adoption'
import {
  answered,
  appChanged,
  awaiting,
  begun,
  blamed,
  interrupted,
  suspected,
} from '../../../src/account/attempt'
import { disconnected, withoutGrant } from '../../../src/account/fields'
import { isSameGrant } from '../../../src/account/record'
import { adoption, adoption1, connected, NOW, userToken } from './grants'

const ms = NOW * 1000
const attempt = { id: 'a', generation: 7, startedAt: NOW }
const gone = { id: '1001', disconnectedAtMs: ms, generation: 0 }

describe('judgeAdoption', () => {
  it.each([
    ['the first login', undefined, adoption('new', ms), 'adopt'],
    ['a later login', connected(), adoption('new', ms + 1), 'adopt'],
    ['a login of the same moment', connected(), adoption('new', ms), 'adopt'],
    ['a login seen before', connected(), adoption('first', ms + 1), 'already'],
    ['a login obtained before the current one', connected(), adoption('new', ms - 1), 'superseded'],
    // The live pair of a login that came late was dropped for an import that was over.
    [
      'a login obtained before an import that has ended',
      connected({ imported: true, ended: { reason: 'no_refresh_token', since: NOW } }),
      adoption('new', ms - 1),
      'adopt',
    ],
    [
      'a login obtained before a grant that was refreshed and has ended',
      connected({ ended: { reason: 'refused_by_x', since: NOW } }),
      adoption('new', ms - 1),
      'superseded',
    ],
    ['a login obtained before the deletion', gone, adoption('new', ms), 'disconnected'],
    ['a login obtained after the deletion', gone, adoption('new', ms + 1), 'adopt'],
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
    expect(adopted(gone, adoption('new', ms + 1), NOW).oauth2?.generation).toBe(NOW)
    const busy = { ...gone, generation: NOW + 1 }
    expect(adopted(busy, adoption('new', ms + 1), NOW).oauth2?.generation).toBe(NOW + 2)
    const ended = withoutGrant(connected({ generation: NOW + 1 }), 'oauth2', ms)
    expect(adopted(ended, adoption('new', ms + 1), NOW).oauth2?.generation).toBe(NOW + 2)
  })

  // A login or a DELETE forgot that an earlier write to KV was still to land, which then lay over what came after.
  it('what is known of KV outlives the record', () => {
    const kv = { refusals: 1, retryAtMs: ms + 5000, lateUntilMs: ms + 60_000 } as const
    const known = connected({}, { kv })
    expect(adopted(known, adoption('new', ms + 1), NOW).kv).toEqual(kv)
    expect(adopted(known, adoption1('new', ms + 1), NOW).kv).toEqual(kv)
    expect(adopted({ ...gone, kv }, adoption1('new', ms + 1), NOW).kv).toEqual(kv)
    expect(disconnected(known, ms)).toEqual({ ...gone, generation: 7, kv })
    expect(withoutGrant(known, 'oauth2', ms).kv).toEqual(kv)
  })

  it('remembers the last ten logins', () => {
    let record = connected()
    for (let n = 0; n < 20; n++) record = adopted(record, adoption(`l${n}`, ms + n), NOW)
    expect(record.logins).toHaveLength(10)
    expect(record.logins.at(-1)).toBe('l19')
  })
})

describe('answered', () => {
  const earlier = { code: 'later', message: '', at: 1, tries: 2, retryAt: 2 }
  const running = connected({ failure: earlier }, { attempt })

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
    const after = answered(running, { kind: 'refused', what: 'token', message: 'w' }, ms)
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
    ['later', { kind: 'later', retryAfter: 5, message: 'w' }, NOW + 5],
    ['declined', { kind: 'declined', message: 'w' }, NOW + 120],
    ['refused, but not the token', { kind: 'refused', what: 'code', message: 'w' }, NOW + 120],
  ] as const)('%s changes nothing but the note of it, and when it is due', (_, answer, retryAt) => {
    const since = earlier.at
    const failure = { code: answer.kind, message: 'w', at: NOW, tries: 3, retryAt, since }
    expect(answered(running, answer, ms)).toEqual(
      connected({ dueAt: retryAt, failure }, { triedAtMs: ms }),
    )
  })

  it('app: nothing is held against the account until the app is known to be well', () => {
    const answer = { kind: 'app', failure: 'app_credentials_refused', message: 'w' } as const
    const after = answered(running, answer, ms)
    expect(after).toEqual(connected({ failure: earlier }, { triedAtMs: ms }))
    expect(blamed(after, 'w', ms, 0).oauth2?.failure).toMatchObject({ code: 'app', tries: 3 })
  })

  it('unknown leaves a doubt, since when the first call left', () => {
    const after = answered(running, { kind: 'unknown', message: 'w' }, ms + 20_000)
    expect(after).toMatchObject({ status: 'ok', inDoubt: { since: NOW } })
    const later = { ...attempt, startedAt: NOW + 99 }
    const again = answered(
      { ...after, attempt: later },
      { kind: 'unknown', message: 'w' },
      ms + 99_000,
    )
    expect(again.inDoubt).toEqual({ since: NOW })
  })

  describe('a reply that X had begun and that broke off', () => {
    const first = connected({}, { attempt })
    const rotation = { accessToken: 'a2', expiresAt: NOW + 7200, dueAt: NOW + 5400 }
    const cut = { kind: 'unknown', message: 'w', cut: { rotation: undefined } } as const

    it('X has acted, so the token is presented again after a second', () => {
      const after = answered(first, cut, ms)
      expect(after).toMatchObject({ status: 'ok', inDoubt: { since: NOW } })
      expect(after.oauth2).toMatchObject({ dueAt: NOW + 1, failure: { retryAt: NOW + 1 } })
    })

    it('… once: a gateway that breaks each answer is asked less and less often', () => {
      expect(answered(running, cut, ms).oauth2?.failure).toMatchObject({ retryAt: NOW + 120 })
    })

    it('its access token is kept, and the refresh token stays in doubt', () => {
      const after = answered(first, { ...cut, cut: { rotation } }, ms)
      expect(after.inDoubt).toEqual({ since: NOW })
      expect(after.oauth2).toMatchObject({
        accessToken: 'a2',
        refreshToken: 'v1.k.i.refresh',
        expiresAt: NOW + 7200,
        dueAt: NOW + 1,
      })
      expect(after.oauth2?.generation).toBeGreaterThan(first.oauth2?.generation ?? 0)
    })
  })

  it.each([
    [{ kind: 'later', retryAfter: 5, message: 'w' }],
    [{ kind: 'declined', message: 'w' }],
    [{ kind: 'app', failure: 'app_credentials_refused', message: 'w' }],
  ] as const)('a doubt outlives %j', (answer) => {
    expect(answered({ ...running, inDoubt: { since: 1 } }, answer, ms).inDoubt).toEqual({
      since: 1,
    })
  })

  it('"invalid" after a doubt means that the reply was lost; a new pair ends the doubt', () => {
    const refusalRetracted = { ...running, inDoubt: { since: 1 } }
    const refused = answered(refusalRetracted, { kind: 'refused', what: 'token', message: 'w' }, ms)
    expect(refused.oauth2?.ended).toEqual({ reason: 'refresh_reply_lost', since: NOW })
    const rotation = { accessToken: 'a2', expiresAt: NOW + 9, dueAt: NOW + 1 }
    for (const after of [refused, answered(refusalRetracted, { rotation }, ms)])
      expect(after).not.toHaveProperty('inDoubt')
  })

  it('a rotation counts, and the failure before it is remembered as the last', () => {
    const rotation = { accessToken: 'a2', expiresAt: NOW + 9, dueAt: NOW + 1 }
    const before = {
      ...running,
      oauth2: { ...running.oauth2!, rotatedAt: [NOW - 90_000, NOW - 86_400, NOW - 9] },
    }
    expect(answered(before, { rotation }, ms).oauth2).toMatchObject({
      rotatedAt: [NOW - 9, NOW],
      lastFailure: { code: 'later', at: 1 },
    })
  })

  it('an interruption leaves a doubt, and waits until the call is over for sure', () => {
    const after = interrupted(running, ms + 1000)
    expect(after).toMatchObject({ status: 'ok', inDoubt: { since: NOW } })
    expect(after.oauth2).toMatchObject({
      dueAt: NOW + 120,
      failure: { code: 'unknown', tries: 3, retryAt: NOW + 120 },
    })
  })
})

describe('the next attempt after a doubt', () => {
  it.each([
    [0, 30, 120],
    [0.5, 60, 150],
    [1, 90, 180],
  ])('at random %d: %d s after a broken call, %d s after a journal', (random, call, journal) => {
    const first = connected({}, { attempt })
    const broken = answered(first, { kind: 'unknown', message: 'w' }, ms, random)
    expect(broken.oauth2?.failure?.retryAt).toBe(NOW + call)
    expect(interrupted(first, ms + 121_000, random).oauth2).toMatchObject({
      dueAt: NOW + journal,
      failure: { retryAt: NOW + journal },
    })
  })

  it('after X’s no in passing it is not spread so far', () => {
    const declined = answered(connected({}, { attempt }), { kind: 'declined', message: 'w' }, ms, 1)
    expect(declined.oauth2?.failure?.retryAt).toBe(NOW + 39)
  })
})

describe('awaiting', () => {
  const running = connected({}, { attempt })

  it('the answer to the attempt that is under way, and to no other', () => {
    expect(awaiting(running, 'a')).toBe(running)
    expect(awaiting(running, 'b')).toBeUndefined()
    expect(awaiting(connected(), 'a')).toBeUndefined()
  })

  it('the answer to an attempt that was given up, whose own doubt is over with it', () => {
    const left = interrupted(running, ms)
    expect(left.inDoubt).toEqual({ since: NOW, attempt })
    expect(awaiting(left, 'b')).toBeUndefined()
    expect(awaiting(left, 'a')).toMatchObject({ attempt })
    expect(awaiting(left, 'a')).not.toHaveProperty('inDoubt')
    const refused = { kind: 'refused', what: 'token', message: '' } as const
    const after = answered(awaiting(left, 'a')!, refused, ms)
    expect(after.oauth2?.ended?.reason).toBe('refused_by_x')
  })

  it('a doubt from before that attempt stays', () => {
    const left = interrupted({ ...running, inDoubt: { since: NOW - 99 } }, ms)
    expect(awaiting(left, 'a')?.inDoubt).toEqual({ since: NOW - 99 })
  })

  it('not any more once another attempt has begun, or another grant is held', () => {
    const left = interrupted(running, ms)
    const next = begun(left, { ...attempt, id: 'b' }, false)
    expect(next.inDoubt).toEqual({ since: NOW })
    expect(awaiting(next, 'a')).toBeUndefined()
    expect(awaiting(adopted(left, adoption('new', ms + 1), NOW), 'a')).toBeUndefined()
    expect(awaiting({ ...left, oauth2: { ...left.oauth2!, generation: 8 } }, 'a')).toBeUndefined()
  })

  it('a call that was never made leaves no doubt', () => {
    const after = answered(running, { kind: 'not_sent', message: 'late' }, ms)
    expect(after).not.toHaveProperty('inDoubt')
    expect(after.oauth2?.failure).toMatchObject({ code: 'not_sent', message: 'late' })
  })
})

describe('begun', () => {
  it('a journal that was left behind becomes a doubt', () => {
    const left = connected({}, { attempt: { ...attempt, startedAt: NOW - 99 } })
    expect(begun(left, attempt, false)).toMatchObject({ attempt, inDoubt: { since: NOW - 99 } })
    expect(begun(connected(), attempt, false)).not.toHaveProperty('inDoubt')
  })

  it('forced refreshes keep a distance that doubles to a quarter of an hour while they go on', () => {
    let record = connected()
    const gaps: (number | undefined)[] = []
    let at = NOW
    for (let n = 0; n < 7; n++) {
      record = begun(record, { ...attempt, startedAt: at }, true)
      gaps.push(record.forced?.gap)
      at += record.forced?.gap ?? 0
    }
    expect(gaps).toEqual([60, 120, 240, 480, 900, 900, 900])
    const calm = begun(record, { ...attempt, startedAt: at + 901 }, true)
    expect(calm.forced).toEqual({ at: at + 901, gap: 60 })
    expect(begun(record, { ...attempt, startedAt: at }, false).forced).toEqual(record.forced)
  })

  it('an ended grant remembers that it was tried again', () => {
    const over = connected({ ended: { reason: 'refused_by_x', since: 1 } })
    expect(begun(over, attempt, true).oauth2?.ended).toEqual({
      reason: 'refused_by_x',
      since: 1,
      triedAt: NOW,
    })
  })
})

it('what X had refused before a doubt was not lost in it', () => {
  const ended = { reason: 'refused_by_x', since: 1 } as const
  const record = connected({ ended }, { attempt, inDoubt: { since: 2 } })
  const after = answered(record, { kind: 'refused', what: 'token', message: 'w' }, ms)
  expect(after.oauth2?.ended).toEqual(ended)
})

it('X’s own time to wait is spread as well, and never shortened', () => {
  const later = { kind: 'later', retryAfter: 60, message: 'w' } as const
  const retryAt = (random: number) =>
    answered(connected({}, { attempt }), later, ms, random).oauth2?.failure?.retryAt
  expect([retryAt(0), retryAt(1)]).toEqual([NOW + 60, NOW + 78])
})

it('another app is noted once, and nothing is waited for', () => {
  const noted = appChanged(connected(), 'w', NOW)
  expect(noted.oauth2).toMatchObject({ dueAt: NOW, failure: { code: 'app_changed', retryAt: NOW } })
  expect(appChanged(noted, 'w', NOW + 9)).toBe(noted)
})

it('a grant is the same however it is sealed, another login’s or generation’s is not', () => {
  const held = connected().oauth2!
  expect(isSameGrant({ ...held, accessToken: 'anew' }, held)).toBe(true)
  expect(isSameGrant({ ...held, generation: 8 }, held)).toBe(false)
  expect(isSameGrant({ ...held, obtainedAtMs: 1 }, held)).toBe(false)
  expect(isSameGrant(userToken({ token: 'anew' }), userToken())).toBe(true)
  expect(isSameGrant(undefined, held)).toBe(false)
})

describe('suspected', () => {
  const ended = { reason: 'refused_by_x', since: NOW } as const
  const over = connected({ ended }, { status: 'login_required' })

  it('takes an end back, and makes the grant due', () => {
    const after = suspected(over, NOW)
    expect(after).toMatchObject({
      status: 'suspected',
      refusalRetracted: true,
      oauth2: { dueAt: NOW },
    })
    expect(after.oauth2).not.toHaveProperty('ended')
    const again = { ...over, refusalRetracted: true as const }
    expect(suspected(again, NOW).status).toBe('suspected')
  })

  it('brings a doubt back, so that a later refusal says again that a reply was lost', () => {
    const lost = { ended: { reason: 'refresh_reply_lost', since: NOW - 5 } } as const
    const after = suspected(connected(lost, { status: 'login_required' }), NOW)
    expect(after).toMatchObject({ status: 'suspected', inDoubt: { since: NOW - 5 } })
    const refused = { kind: 'refused', what: 'token', message: 'm' } as const
    const last = answered(
      { ...after, attempt: { id: 'a', generation: 7, startedAt: NOW } },
      refused,
      NOW * 1000,
    )
    expect(last).toMatchObject({
      status: 'login_required',
      oauth2: { ended: { reason: 'refresh_reply_lost' } },
    })
  })

  it('leaves another’s grant, and those that are well, alone', () => {
    const others = connected({ ended: { reason: 'belongs_to_another', since: NOW } })
    for (const record of [others, connected()]) expect(suspected(record, NOW)).toBe(record)
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
    const over = connected({}, { oauth1, attempt, status: 'login_required' })
    expect(withoutGrant(over, 'oauth2', ms)).toEqual({
      ...both,
      oauth2: undefined,
      endedAtMs: { oauth2: ms },
      endedGeneration: 7,
    })
    expect(withoutGrant(both, 'oauth1', ms)).toEqual(connected({}, { endedAtMs: { oauth1: ms } }))
  })

  it('ending OAuth 1.0a’s does not end a refresh of the other', () => {
    expect(withoutGrant(connected({}, { oauth1, attempt }), 'oauth1', ms)).toMatchObject({
      attempt,
    })
  })

  it('a login from before a grant was ended does not bring it back', () => {
    const ended = connected({}, { endedAtMs: { oauth1: ms } })
    expect(judgeAdoption(ended, adoption1('new', ms))).toBe('disconnected')
    expect(judgeAdoption(ended, adoption1('new', ms + 1))).toBe('adopt')
    expect(judgeAdoption(ended, adoption('new', ms))).toBe('adopt')
  })

  it('a login’s grant goes before one that nobody vouched for, an import’s only if nothing changed', () => {
    const unsure = connected({ unconfirmed: true, obtainedAtMs: ms + 9 })
    expect(judgeAdoption(unsure, adoption('new', ms))).toBe('adopt')
    expect(judgeAdoption(connected(), { ...adoption('new', ms), asOf: 7 })).toBe('adopt')
    expect(judgeAdoption(connected(), { ...adoption('new', ms), asOf: 6 })).toBe('superseded')
    expect(judgeAdoption(connected(), { ...adoption1('new', ms), asOf: 6 })).toBe('adopt')
    for (const unsettled of [{ attempt }, { inDoubt: { since: 1 } }])
      expect(judgeAdoption(connected({}, unsettled), { ...adoption('new', ms), asOf: 7 })).toBe(
        'superseded',
      )
    // What ended, or is of another app, has nothing to come, however it was left.
    const inDoubt = { since: 1 }
    for (const grant of [
      { ended: { reason: 'refused_by_x', since: NOW } },
      { clientId: 'another' },
    ] as const)
      expect(
        judgeAdoption(connected(grant, { inDoubt }), { ...adoption('new', ms), asOf: 7 }),
      ).toBe('adopt')
  })

  it('a new pair of somebody else’s is still somebody else’s', () => {
    const ended = { reason: 'belongs_to_another', since: NOW } as const
    const others = connected({ ended }, { attempt, status: 'login_required' })
    const rotation = { accessToken: 'a2', expiresAt: NOW + 9, dueAt: NOW + 1 }
    expect(answered(others, { rotation }, ms)).toMatchObject({
      status: 'login_required',
      oauth2: { accessToken: 'a2', ended },
    })
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

/** X's word that a user took our access away: what is noted of it, and what comes of it. */
import { describe, expect, it } from 'vitest'
import { nextAlarm } from '../../../src/account/alarm'
import { answered, blamed, endedByX, suspected } from '../../../src/account/attempt'
import { decide } from '../../../src/account/decide'
import { refusedByX } from '../../../src/account/exchange'
import { invariantsOf } from '../../../src/account/invariants'
import type { Connected } from '../../../src/account/record'
import {
  askedInVain,
  askingDue,
  dueByRevocation,
  revocationLeft,
  revocationNoted,
  revocationOver,
} from '../../../src/account/revoked'
import { connected, NOW, userToken } from './grants'
import { holding, type World } from './model-world'

/** An hour after the login, X tells of a moment ago. */
const LATER = NOW + 3600
const AT = LATER - 2
const ENDED = { reason: 'refused_by_x', since: LATER } as const
const MARK = { at: AT, tries: 0, retryAt: LATER }
const only1 = (more = {}): Connected => {
  const { oauth2: _, ...rest } = connected({}, { oauth1: userToken(more) })
  return rest
}

describe('is noted', () => {
  it.each([
    ['of a grant that is older', connected(), MARK],
    ['of one that was refreshed in that very second', connected({ refreshedAt: AT }), MARK],
    ['of one that came in that very second', connected({ obtainedAtMs: AT * 1000 + 999 }), MARK],
    ['of an OAuth 1.0a token that is alone', only1(), MARK],
    ['of one that cannot be refreshed', connected({ refreshToken: undefined } as never), MARK],
    [
      'of one whose OAuth 2.0 grant has ended',
      connected({ ended: ENDED }, { oauth1: userToken() }),
      MARK,
    ],
    [
      'while a refresh is under way',
      connected({}, { attempt: { id: 'a', generation: 7, startedAt: LATER } }),
      { ...MARK, during: 'a' },
    ],
    [
      'while the answer to one may yet come',
      connected(
        {},
        { inDoubt: { since: LATER, attempt: { id: 'b', generation: 7, startedAt: LATER } } },
      ),
      { ...MARK, during: 'b' },
    ],
    [
      'after an older word',
      connected({}, { revokedAtX: { ...MARK, at: AT - 1 }, revokedHeardAt: AT - 1 }),
      MARK,
    ],
  ])('%s', (_, record, mark) => {
    expect(revocationNoted(record, AT, LATER).revokedAtX).toEqual(mark)
  })
})

describe('changes nothing', () => {
  it.each([
    ['where the user has logged in again since', connected({ obtainedAtMs: (AT + 1) * 1000 })],
    ['where X has given a pair since', connected({ refreshedAt: AT + 1 })],
    ['where the grant has ended', connected({ ended: ENDED })],
    [
      'where one that cannot be refreshed is newer',
      connected({ refreshToken: undefined, obtainedAtMs: (AT + 1) * 1000 } as never),
    ],
    ['where it was noted before', connected({}, { revokedHeardAt: AT })],
    ['where a later word was noted', connected({}, { revokedHeardAt: AT + 1 })],
    [
      'where X has taken the OAuth 1.0a token since',
      revocationOver(revocationNoted(only1(), AT, LATER)),
    ],
    ['during a DELETE', connected({}, { disconnecting: { since: LATER, force: false } })],
    ['where the OAuth 1.0a token is newer', only1({ obtainedAtMs: (AT + 1) * 1000 })],
    ['where the OAuth 1.0a token has ended', only1({ ended: ENDED })],
  ])('%s', (_, record) => {
    expect(revocationNoted(record, AT, LATER)).toBe(record)
  })

  it('of a time that is yet to come', () => {
    const record = connected()
    expect(revocationNoted(record, LATER + 61, LATER)).toBe(record)
    expect(revocationNoted(record, LATER + 60, LATER)).not.toBe(record)
  })
})

describe('is asked about', () => {
  const due = { because: 'due', sweptAtMs: LATER * 1000 } as const

  it('at once, whatever somebody forced before', () => {
    const noted = revocationNoted(connected({}, { forced: { at: LATER, gap: 900 } }), AT, LATER)
    expect(decide(noted, due, 'warm', LATER)).toEqual({ do: 'refresh', forced: false })
  })

  it('after the wait of a refresh that failed, since its call may run yet', () => {
    const failure = { code: 'unknown', message: '', at: LATER, tries: 1, retryAt: LATER + 40 }
    const noted = revocationNoted(connected({ failure, dueAt: LATER + 40 }), AT, LATER)
    expect(noted.oauth2?.dueAt).toBe(LATER + 40)
    expect(decide(noted, due, 'warm', LATER)).toEqual({ do: 'nothing' })
  })

  it('by a signature where there is nothing to refresh, for a day', () => {
    const noted = revocationNoted(only1(), AT, LATER)
    expect(askingDue(noted)).toEqual({ kind: 'oauth1', at: LATER })
    expect(nextAlarm(noted, false, LATER * 1000)).toBe((LATER + 5) * 1000)
    const again = askedInVain(noted, LATER, 0)
    expect(again.revokedAtX).toEqual({ at: AT, tries: 1, retryAt: LATER + 30 })
    expect(askedInVain(again, AT + 86_401, 0)).not.toHaveProperty('revokedAtX')
    expect(askingDue(revocationNoted(connected({}, { oauth1: userToken() }), AT, LATER))).toBe(
      undefined,
    )
  })
})

describe('X’s answer', () => {
  const attempt = { id: 'mine', generation: 7, startedAt: LATER }
  const asked = (more: Partial<Connected> = {}) =>
    connected({}, { revokedAtX: MARK, attempt, ...more })
  const no = { kind: 'refused', what: 'token', message: 'invalid' } as const
  const rotation = {
    accessToken: 'v1.k.i.new',
    refreshToken: 'v1.k.i.newer',
    expiresAt: LATER + 7200,
    dueAt: LATER + 5400,
  } as const
  const pair = { rotation, nonconformity: undefined }

  it('no: the user did it', () => {
    const after = answered(asked(), no, LATER * 1000)
    expect(after).toMatchObject({
      status: 'login_required',
      oauth2: { ended: { reason: 'revoked_by_user' } },
    })
    expect(after).not.toHaveProperty('revokedAtX')
  })

  it('no, after a doubt: still the user', () => {
    const after = answered(asked({ inDoubt: { since: LATER } }), no, LATER * 1000)
    expect(after.oauth2?.ended?.reason).toBe('revoked_by_user')
  })

  it('no, with an OAuth 1.0a token: it is exchanged, and a no to that is the user’s too', () => {
    const healing = answered(asked({ oauth1: userToken() }), no, LATER * 1000)
    expect(healing).toMatchObject({ status: 'ok', exchange: { heals: 'revoked_by_user' } })
    const exchanging = { ...healing, attempt: { ...attempt, by: 'exchange' as const } }
    expect(answered(exchanging, no, LATER * 1000)).toMatchObject({
      status: 'login_required',
      oauth2: { ended: { reason: 'revoked_by_user' } },
      oauth1: { ended: { reason: 'revoked_by_user' } },
    })
  })

  // What was asked about was the exchange, and the pair beside it stayed `ok` until its next refresh, up to a month.
  it.each([
    ['refuses', no],
    ['declines', { kind: 'declined', message: 'invalid_scope' } as const],
    ['asks to wait with', { kind: 'later', retryAfter: 60, message: '429' } as const],
  ])('%s the exchange that somebody asked for: the pair is asked about', (_, answer) => {
    const by = { ...attempt, by: 'exchange' as const }
    const exchange = { scope: '', since: LATER, tries: 0, retryAt: LATER }
    const oauth2 = { obtainedAtMs: (AT - 9) * 1000, dueAt: LATER + 5000 }
    const held = connected(oauth2, { oauth1: userToken(), attempt: by, exchange })
    const noted = revocationNoted(held, AT, LATER)
    const due = { because: 'due', sweptAtMs: LATER * 1000 + 1 } as const
    const after = answered(noted, answer, LATER * 1000)
    expect(decide(after, due, 'warm', LATER)).toEqual({ do: 'refresh', forced: false })
    const ended = { reason: 'revoked_by_user' }
    expect(answered({ ...after, attempt }, no, LATER * 1000)).toMatchObject({
      ...(answer === no ? { status: 'login_required', oauth1: { ended } } : {}),
      oauth2: answer === no ? { ended } : {},
      ...(answer === no ? {} : { exchange: { heals: 'revoked_by_user' } }),
    })
    expect(invariantsOf(after)).toEqual([])
  })

  it('no to the exchange beside a pair that nothing can refresh: that is asked about by a call', () => {
    const by = { ...attempt, by: 'exchange' as const }
    const { refreshToken: _, ...online } = connected().oauth2!
    const held = asked({ oauth1: userToken(), oauth2: { ...online, dueAt: null }, attempt: by })
    expect(askingDue(answered(held, no, LATER * 1000))).toEqual({ kind: 'oauth2', at: LATER })
  })

  it('asks by a signature, once, where X refuses the exchange for the app’s sake', () => {
    const healing = answered(asked({ oauth1: userToken() }), no, LATER * 1000)
    const first = blamed(healing, 'unauthorized_client', LATER * 1000, 0)
    expect(askingDue(first)).toEqual({ kind: 'oauth1', at: LATER })
    expect(first.status).toBe('ok')
    const taken = revocationOver(first)
    expect(askingDue(blamed(taken, 'unauthorized_client', LATER * 1000, 0))).toBeUndefined()
    expect(refusedByX(first, LATER)).toMatchObject({
      status: 'login_required',
      oauth2: { ended: { reason: 'revoked_by_user' } },
      oauth1: { ended: { reason: 'revoked_by_user' } },
    })
  })

  it('asks by none where X refuses the exchange, and has not said that the user ended anything', () => {
    const { revokedAtX: _, ...silent } = asked({ oauth1: userToken() })
    const healing = answered(silent, no, LATER * 1000)
    const refused = blamed(healing, 'unauthorized_client', LATER * 1000, 0)
    expect(refused.exchange?.heals).toBe('refused_by_x')
    expect(refused).not.toHaveProperty('revokedAtX')
  })

  // X had ended both, and the one that the user did not bring anew was taken for good.
  it('asks so about the OAuth 1.0a token alone where the user has logged in for a pair since', () => {
    const held = connected({ obtainedAtMs: (AT + 1) * 1000 }, { oauth1: userToken() })
    const noted = revocationNoted(held, AT, LATER)
    expect([askingDue(noted), noted.oauth2]).toEqual([{ kind: 'oauth1', at: LATER }, held.oauth2])
    const after = refusedByX(noted, LATER)
    expect(after.oauth1?.ended?.reason).toBe('revoked_by_user')
    expect([after.oauth2, after.revokedAtX, after.status]).toEqual([held.oauth2, undefined, 'ok'])
  })

  // The account stayed `ok`, and X was asked for an exchange once an hour, though the user had ended all.
  it('asks so after an exchange that X did not answer, too', () => {
    const healing = answered(asked({ oauth1: userToken() }), no, LATER * 1000)
    const exchanging = { ...healing, attempt: { ...attempt, by: 'exchange' as const } }
    const unknown = answered(exchanging, { kind: 'unknown', message: '' }, LATER * 1000)
    expect(askingDue(unknown)).toBeUndefined()
    const blamedThen = blamed(unknown, 'unauthorized_client', (LATER + 60) * 1000, 0)
    expect(askingDue(blamedThen)).toEqual({ kind: 'oauth1', at: LATER + 60 })
  })

  it('asks so, once, where X declines the exchange', () => {
    const declined = { kind: 'declined', message: 'unsupported_grant_type' } as const
    const by = { ...attempt, by: 'exchange' as const }
    const healing = answered(asked({ oauth1: userToken() }), no, LATER * 1000)
    const first = answered({ ...healing, attempt: by }, declined, LATER * 1000)
    expect(askingDue(first)).toEqual({ kind: 'oauth1', at: LATER })
    expect(invariantsOf(first)).toEqual([])
    const again = answered({ ...revocationOver(first), attempt: by }, declined, LATER * 1000)
    expect(askingDue(again)).toBeUndefined()
  })

  it('no, where an exchange has healed it three times in a day: still the user', () => {
    const healedAt = [LATER - 3, LATER - 2, LATER - 1]
    const after = answered(asked({ oauth1: userToken(), healedAt }), no, LATER * 1000)
    expect(after.oauth2?.ended?.reason).toBe('revoked_by_user')
  })

  it.each([
    ['an exchange has healed it a moment ago', { healedAt: [LATER - 60] }],
    [
      'an exchange has healed it three times in a day',
      { healedAt: [1, 2, 3].map((n) => LATER - n) },
    ],
    ['X has not answered an exchange that was left', { exchangeUntil: LATER + 30 }],
  ])('no, where %s: a signature asks, and no to that is the user’s too', (_, more) => {
    const held = asked({ oauth1: userToken(), ...more })
    const after = answered(held, no, LATER * 1000)
    expect(askingDue(after)).toEqual({ kind: 'oauth1', at: LATER })
    expect(invariantsOf(after)).toEqual([])
    const refused = refusedByX(after, LATER)
    expect(refused).toMatchObject({
      status: 'login_required',
      oauth2: { ended: { reason: 'revoked_by_user' } },
      oauth1: { ended: { reason: 'revoked_by_user' } },
    })
    expect(refused).not.toHaveProperty('revokedAtX')
    // Without X's own word its no says nothing of the other grant.
    const { revokedAtX: _word, ...silent } = held
    expect(askingDue(answered(silent, no, LATER * 1000))).toBeUndefined()
  })

  it('a pair: the word is over', () => {
    const after = answered(asked(), pair, LATER * 1000)
    expect(after).not.toHaveProperty('revokedAtX')
    expect(after).toMatchObject({ status: 'ok', oauth2: { dueAt: LATER + 5400 } })
  })

  it('a pair for what was under way before: it is asked about once more', () => {
    const after = answered(asked({ revokedAtX: { ...MARK, during: 'mine' } }), pair, LATER * 1000)
    expect(after.revokedAtX).toEqual(MARK)
  })

  it('a pair: it is due at once where the word is not over, and else when it would be', () => {
    expect(dueByRevocation(asked(), LATER).oauth2?.dueAt).toBe(LATER)
    const silent = connected()
    expect(dueByRevocation(silent, LATER)).toBe(silent)
    // What failed since waits, since two calls at once would end the grant.
    const failure = { code: 'unknown', message: '', at: LATER, tries: 1, retryAt: LATER + 60 }
    const failed = asked({ oauth2: { ...silent.oauth2!, failure } as never })
    expect(dueByRevocation(failed, LATER)).toBe(failed)
  })

  it('a pair of an attempt that nobody knows of: the word is over', () => {
    expect(revocationLeft(asked(), undefined)).toEqual({})
  })

  it('nothing of use: the word stays', () => {
    const after = answered(asked(), { kind: 'unknown', message: '' }, LATER * 1000)
    expect(after.revokedAtX).toEqual(MARK)
    expect(after.status).toBe('ok')
  })

  it('X is not suspected where its own webhook explains its no', () => {
    const ended = { reason: 'revoked_by_user', since: LATER } as const
    const record = connected({ ended }, { status: 'login_required' })
    expect(suspected(record, LATER)).toBe(record)
  })
})

describe('an account', () => {
  const secondsOf = (world: World) => Math.floor(world.now / 1000)

  // A word about a grant that works, repeated for ever, cost a rotation each time.
  it('asks once, however often the same is said', async () => {
    const world = await holding('oauth2')
    await world.tick(100)
    const at = secondsOf(world)
    const say = () => world.machine.revokedAtX(at)
    void say()
    await world.tick(1)
    await world.decideCall(0, 'answered')
    expect(world.connected()).toMatchObject({ status: 'ok', oauth2: { refreshToken: 'r2' } })
    for (let n = 0; n < 3; n++) {
      void say()
      await world.tick(1)
      expect(world.x.isWaitedFor).toBe(false)
    }
    expect(world.connected()).not.toHaveProperty('revokedAtX')
  })

  it('asks again after what was under way, and once', async () => {
    const world = await holding('oauth2')
    await world.tick(5500)
    await world.ask({ because: 'lease', minTtl: 60 })
    await world.sayRevoked(false, 0)
    await world.decideCall(0, 'answered')
    expect(world.x.isWaitedFor).toBe(true)
    await world.decideCall(0, 'answered')
    expect(world.x.isWaitedFor).toBe(false)
    expect(world.connected()?.oauth2?.refreshToken).toBe('r3')
    expect(world.connected()).not.toHaveProperty('revokedAtX')
  })

  it('is found by the sweep where the refresh may not leave', async () => {
    const world = await holding('oauth2')
    await world.tick(100)
    world.halted = true
    await world.sayRevoked(true, 0)
    expect(world.x.isWaitedFor).toBe(false)
    world.halted = false
    await world.ask({ because: 'due', sweptAtMs: world.now })
    await world.decideCall(0, 'answered')
    expect(world.connected()?.oauth2?.ended?.reason).toBe('revoked_by_user')
  })

  it('that crashes at once asks all the same', async () => {
    const world = await holding('oauth2')
    await world.tick(100)
    world.opensSlowly = true
    await world.sayRevoked(true, 0)
    await world.crash('is lost', false)
    await world.tick(6)
    await world.decideCall(0, 'answered')
    expect(world.connected()?.oauth2?.ended?.reason).toBe('revoked_by_user')
  })

  it('asks about a pair that nothing can refresh by a call, and X’s no ends it', async () => {
    const { refreshToken: _, ...online } = connected().oauth2!
    const record = connected({}, { oauth2: { ...online, dueAt: null } })
    const noted = revocationNoted(record, AT, LATER)
    expect(askingDue(noted)).toEqual({ kind: 'oauth2', at: LATER })
    expect(nextAlarm(noted, false, LATER * 1000)).toBe((LATER + 5) * 1000)
    const after = endedByX(noted, 'X answered 401.', LATER)
    expect(after).toMatchObject({
      status: 'login_required',
      oauth2: { dueAt: null, ended: { reason: 'revoked_by_user' } },
    })
    expect(invariantsOf(after)).toEqual([])
    // With an OAuth 1.0a token an exchange says whether that has ended too; no sweep sees it, so the alarm does.
    const healing = endedByX({ ...noted, oauth1: userToken() }, 'X answered 401.', LATER)
    expect(healing).toMatchObject({ status: 'ok', exchange: { heals: 'revoked_by_user' } })
    expect(invariantsOf(healing)).toEqual([])
    expect(nextAlarm(healing, false, (LATER + 7200) * 1000)).not.toBeNull()
  })

  // Each call costs a cent.
  it('asks one call at a time, however long X takes', async () => {
    const world = await holding('oauth1')
    await world.tick(100)
    await world.sayRevoked(false, 0)
    await world.decidePut(0, 'ok')
    await world.tick(20)
    await world.nameOwner(true)
    expect(world.isNaming).toBe(false)
    expect(world.connected()).not.toHaveProperty('revokedAtX')
  })

  it('with a signature alone asks until X says', async () => {
    const world = await holding('oauth1')
    await world.tick(100)
    await world.sayRevoked(false, 0)
    expect(world.isNaming).toBe(true)
    await world.nameOwner(false)
    expect(world.connected()).toHaveProperty('revokedAtX')
    await world.decidePut(0, 'ok')
    await world.decidePut(0, 'ok')
    await world.tick(60)
    expect(world.isNaming).toBe(true)
    await world.nameOwner(true)
    expect(world.connected()).not.toHaveProperty('revokedAtX')
    expect(world.connected()?.oauth1).not.toHaveProperty('ended')
  })
})

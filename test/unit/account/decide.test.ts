import { describe, expect, it } from 'vitest'
import { decide, type LeaseRequest, waitsInVain } from '../../../src/account/decide'
import { leaseOf } from '../../../src/account/lease-outcome'
import type { Connected } from '../../../src/account/record'
import { Failure, type FailureData } from '../../../src/failure'
import { connected, NOW } from './grants'

const lease = (minTtl = 60): LeaseRequest => ({ because: 'lease', minTtl })
const due: LeaseRequest = { because: 'due', sweptAtMs: NOW * 1000 }
const forced: LeaseRequest = { because: 'forced' }
const rejected = (generation: number, minTtl = 60): LeaseRequest => ({
  because: 'rejected',
  generation,
  minTtl,
})
const failure = { code: 'unknown', message: 'w', at: NOW - 100, tries: 1, retryAt: NOW + 200 }
const over = { ...failure, retryAt: NOW }
const ended = { reason: 'refused_by_x', since: NOW - 100 } as const
const others = { reason: 'belongs_to_another', since: NOW - 100 } as const
const noRefresh = () => {
  const account = connected({ dueAt: null })
  delete account.oauth2?.refreshToken
  return account
}
const tried = (triedAtMs: number) => connected({ dueAt: NOW }, { triedAtMs })
const cutOff = (startedAt: number) =>
  connected({ dueAt: NOW }, { attempt: { id: 'a', generation: 7, startedAt } })
const limited = connected({}, { forced: { at: NOW - 70, gap: 120 } })
const short = connected({ expiresAt: NOW + 2000 }).oauth2!
const itsTime = connected({ dueAt: NOW }).oauth2!
const longAgo = { reason: 'refused_by_x', since: NOW - 3600 } as const
/** Ended `ago` seconds before now, and tried `tried` seconds after its end. */
const triedAfter = (tried: number, ago: number) =>
  ({ reason: 'refused_by_x', since: NOW - ago, triedAt: NOW - ago + tried }) as const
const login = { do: 'login', reason: 'refused_by_x' }
const anothers = { do: 'login', reason: 'belongs_to_another' }
const NOTHING = { do: 'nothing' }
const REFRESH = { do: 'refresh', forced: false }
const FORCED = { do: 'refresh', forced: true }
const until = (until: number, why = 'failed') => ({ do: 'wait', until, why })

describe('decide', () => {
  it.each([
    ['a good token, a lease', connected(), lease(), NOTHING],
    ['a good token, the sweep', connected(), due, NOTHING],
    ['a good token, forced', connected(), forced, FORCED],
    ['due, a lease', connected({ dueAt: NOW }), lease(), REFRESH],
    ['due, the sweep', connected({ dueAt: NOW }), due, REFRESH],
    ['due, but tried since the sweep looked', tried(NOW * 1000), due, NOTHING],
    ['due, and tried before the sweep looked', tried(NOW * 1000 - 1), due, REFRESH],
    [
      'due, but refreshed a moment ago',
      connected({ dueAt: NOW, refreshedAt: NOW - 10 }),
      lease(),
      NOTHING,
    ],
    ['too short for the lease', connected({ expiresAt: NOW + 2000 }), lease(2001), FORCED],
    ['just long enough', connected({ expiresAt: NOW + 2000 }), lease(2000), NOTHING],
    [
      'too short, but refreshed a moment ago',
      connected({ expiresAt: NOW + 30, refreshedAt: NOW - 59 }),
      lease(),
      NOTHING,
    ],
    [
      'expired, though refreshed a moment ago',
      connected({ expiresAt: NOW, refreshedAt: NOW - 5 }),
      lease(),
      REFRESH,
    ],
    ['the refused generation', connected(), rejected(7), FORCED],
    ['an older generation', connected(), rejected(6), NOTHING],
    ['failed lately, due, a lease', connected({ dueAt: NOW, failure }), lease(), until(NOW + 200)],
    ['failed lately, forced', connected({ failure }), forced, until(NOW + 200)],
    [
      'failed lately, the sweep, which need not know',
      connected({ dueAt: NOW, failure }),
      due,
      until(NOW + 200),
    ],
    ['failed, and the wait is over', connected({ dueAt: NOW, failure: over }), due, REFRESH],
    ['failed lately, but nothing is wanted', connected({ failure }), lease(), NOTHING],
    ['failed long ago, a lease', connected({ dueAt: NOW, failure: over }), lease(), REFRESH],
    ['cut off a moment ago, the sweep', cutOff(NOW - 119), due, until(NOW + 1, 'interrupted')],
    ['cut off a moment ago, a lease', cutOff(NOW), lease(), until(NOW + 120, 'interrupted')],
    ['cut off long enough ago', cutOff(NOW - 120), lease(), REFRESH],
    [
      'an older generation was refused, and the token has expired',
      connected({ expiresAt: NOW }),
      rejected(6),
      REFRESH,
    ],
    [
      'an older generation was refused, and the token is short',
      connected({ expiresAt: NOW + 2000 }),
      rejected(6, 2001),
      FORCED,
    ],
    ['forced a moment ago, forced', limited, forced, until(NOW + 50, 'limited')],
    [
      'forced a moment ago, the refused generation',
      limited,
      rejected(7),
      until(NOW + 50, 'limited'),
    ],
    [
      'forced a moment ago, short',
      { ...limited, oauth2: short },
      lease(2001),
      until(NOW + 50, 'limited'),
    ],
    ['forced a moment ago, but it is due', { ...limited, oauth2: itsTime }, lease(), REFRESH],
    [
      'forced long enough ago',
      connected({}, { forced: { at: NOW - 60, gap: 60 } }),
      forced,
      FORCED,
    ],
    ['ended, forced', connected({ ended }), forced, { do: 'login', reason: 'refused_by_x' }],
    ['ended an hour ago, forced', connected({ ended: longAgo }), forced, FORCED],
    ['ended an hour ago, a lease', connected({ ended: longAgo }), lease(), login],
    ['ended an hour ago, the sweep', connected({ ended: longAgo }), due, REFRESH],
    ['ended less than an hour ago, the sweep', connected({ ended, dueAt: NOW }), due, login],
    [
      'ended, tried after an hour, the sweep',
      connected({ ended: triedAfter(3600, 5 * 3600) }),
      due,
      login,
    ],
    ['six hours after its end', connected({ ended: triedAfter(3600, 6 * 3600) }), due, REFRESH],
    [
      'six hours after its end, a lease',
      connected({ ended: triedAfter(3600, 6 * 3600) }),
      lease(),
      login,
    ],
    ['tried after six hours', connected({ ended: triedAfter(6 * 3600, 23 * 3600) }), due, login],
    ['a day after its end', connected({ ended: triedAfter(6 * 3600, 86_400) }), due, REFRESH],
    ['tried after a day: left alone', connected({ ended: triedAfter(86_400, 9e6) }), due, login],
    [
      'tried after a day, and X did not answer',
      connected({ ended: triedAfter(86_400, 90_000), failure: over }),
      due,
      REFRESH,
    ],
    ['another’s, the sweep', connected({ ended: { ...others, since: 0 } }), due, anothers],
    [
      'ended an hour ago, and tried since',
      connected({ ended: { ...longAgo, triedAt: NOW - 10 } }),
      forced,
      login,
    ],
    ['another’s, forced', connected({ ended: { ...others, since: 0 } }), forced, anothers],
    ['ended', connected({ ended }), due, { do: 'login', reason: 'refused_by_x' }],
    ['no refresh token, a good token', noRefresh(), lease(3600), NOTHING],
    ['no refresh token, forced', noRefresh(), forced, { do: 'login', reason: 'no_refresh_token' }],
  ])('%s', (_, account, ask, expected) => {
    expect(decide(account, ask, 'warm', NOW)).toEqual(expected)
  })

  it.each([
    ['warm', 'refresh'],
    [{ lazySeconds: 9 }, 'nothing'],
  ] as const)('sealed under a lazy policy, about to expire, now %j: %s', (policy, expected) => {
    const lazily = connected({ dueAt: NOW + 9_000_000, expiresAt: NOW + 1200 })
    expect(decide(lazily, due, policy, NOW).do).toBe(expected)
  })

  it('an account without an OAuth 2.0 grant needs a login', () => {
    const { oauth2: _, ...account } = connected()
    expect(decide(account, lease(), 'warm', NOW)).toEqual({ do: 'login', reason: 'no_grant' })
  })
})

describe('a wait that may be over before its time', () => {
  const long = (more: object, ago: number, calledAgo = ago) =>
    connected(
      {
        expiresAt: NOW,
        failure: { ...failure, at: NOW - ago, retryAt: NOW + 3000, tries: 9, ...more },
      },
      { triedAtMs: (NOW - calledAgo) * 1000 },
    )
  it.each<[string, Connected, number | undefined]>([
    ['a minute after a failure', long({}, 60), NOW - 60],
    ['sooner than that', long({}, 59), undefined],
    ['X itself asked to wait', long({ code: 'later' }, 600), undefined],
    ['the call of an object that died may still run', long({}, 10, 119), undefined],
    ['it cannot run any more', long({}, 10, 120), NOW - 10],
    [
      'the token lives',
      { ...long({}, 600), oauth2: { ...long({}, 600).oauth2!, expiresAt: NOW + 1 } },
      undefined,
    ],
    [
      'a call may be under way, or was when its object died',
      { ...long({}, 600), attempt: { id: 'a', generation: 7, startedAt: NOW } },
      undefined,
    ],
    ['the wait is over', connected({ expiresAt: NOW, failure: over }), undefined],
  ])('%s', (_, account, expected) => {
    expect(waitsInVain(account, decide(account, lease(), 'warm', NOW), NOW)).toBe(expected)
  })
})

const judged = (account: Connected, ask: LeaseRequest, trouble?: FailureData) =>
  leaseOf(account, ask, NOW, { decision: decide(account, ask, 'warm', NOW), trouble })

describe('leaseOf: a valid token is never withheld', () => {
  it.each([
    ['good', connected(), lease(), undefined],
    [
      'ended but valid',
      connected({ ended, failure }),
      lease(),
      { reason: 'login_required', since: NOW - 100 },
    ],
    [
      'failed but valid',
      connected({ failure }),
      lease(),
      { reason: 'refresh_failed', since: NOW - 100, retryAfter: 200 },
    ],
    [
      'shorter than asked',
      connected({ expiresAt: NOW + 30 }),
      lease(60),
      { reason: 'shorter_than_asked' },
    ],
    [
      'an older generation was refused',
      connected({ failure }),
      rejected(6),
      { reason: 'refresh_failed' },
    ],
  ])('%s', (_, account, ask, degraded) => {
    const result = judged(account, ask)
    expect(result).toMatchObject({ ok: true, value: degraded ? { degraded } : {} })
    if (!degraded) expect(result.ok && 'degraded' in result.value).toBe(false)
  })

  it('nor when a refresh is demanded that cannot be', () => {
    expect(judged(noRefresh(), forced)).toMatchObject({
      value: {
        degraded: { reason: 'login_required', detail: expect.stringContaining('offline.access') },
      },
    })
  })

  it('nor when no attempt could be made', () => {
    const trouble = new Failure('sealed_unreadable', 'd').data
    expect(judged(connected(), lease(), trouble)).toMatchObject({
      value: { degraded: { reason: 'refresh_failed', detail: 'd' } },
    })
  })
})

describe('leaseOf: else the reason', () => {
  const expired = { expiresAt: NOW }
  it.each([
    [
      'expired and failed',
      connected({ ...expired, failure }),
      lease(),
      { code: 'refresh_failed', detail: 'w', retryAfter: 200 },
    ],
    ['expired and ended', connected({ ...expired, ended }), lease(), { code: 'login_required' }],
    [
      'refreshed, but expired again before it could be handed out',
      connected(expired),
      lease(),
      { code: 'refresh_failed', retryAfter: 1 },
    ],
    [
      'the very generation that was refused',
      connected({ failure }),
      rejected(7),
      { code: 'refresh_failed' },
    ],
    ['refused and ended', connected({ ended }), rejected(7), { code: 'login_required' }],
    [
      'valid, but imported for another account than it belongs to',
      connected({ ended: others }),
      lease(),
      { code: 'login_required', detail: expect.stringContaining('another X account') },
    ],
  ])('%s', (_, account, ask, failure) => {
    expect(judged(account, ask)).toMatchObject({ ok: false, failure })
  })

  it('the journal does not leak into what is leased', () => {
    const account = connected({}, { attempt: { id: 'a', generation: 7, startedAt: NOW } })
    const result = judged(account, lease())
    expect(result.ok && Object.keys(result.value.account).sort()).toEqual([
      'id',
      'name',
      'oauth2',
      'status',
      'username',
    ])
  })
})

import { describe, expect, it } from 'vitest'
import { nextAlarm } from '../../../src/account/alarm'
import {
  isNews,
  isToldAgain,
  kvWriteFailed,
  kvWritten,
  markDirty,
  mayBeWriting,
} from '../../../src/account/kv-copy-state'
import type { Connected } from '../../../src/account/record'
import { connected, NOW, userToken } from './grants'

const ms = NOW * 1000
const attempt = { id: 'a', generation: 7, startedAt: NOW }
const forgotten = { id: '1001', disconnectedAtMs: ms, generation: 0 }

describe('what is known of KV', () => {
  const failing = connected({
    failure: { code: 'unknown', message: 'w', at: NOW, tries: 1, retryAt: NOW + 30 },
  })
  const refused = kvWriteFailed(kvWriteFailed(failing, 'refused', ms, 0), 'refused', ms, 0)

  it('a refusal counts, until it takes it', () => {
    expect(refused.kv).toEqual({ refusals: 2, retryAtMs: ms + 10_000 })
    expect(kvWritten(refused, ms)).toEqual({ ...failing, synced: true })
    expect(kvWritten(kvWriteFailed(forgotten, 'refused', ms, 0), ms)).toEqual(forgotten)
    expect(kvWritten(connected(), ms)).toEqual(connected())
  })

  it('a write that was not answered may land late, so the next one is repeated', () => {
    const hung = kvWriteFailed(kvWriteFailed(failing, 'unanswered', ms, 0), 'refused', ms, 0)
    const lateUntilMs = ms + 60_000
    expect(hung.kv).toEqual({ refusals: 2, retryAtMs: ms + 10_000, lateUntilMs })
    const taken = kvWritten(hung, ms + 10_000)
    expect(taken.kv).toEqual({ refusals: 0, retryAtMs: lateUntilMs, lateUntilMs })
    // It forgot so with the second one that KV took, whatever the time.
    expect(kvWritten(taken, ms + 20_000)).toBe(taken)
    expect(kvWritten(taken, lateUntilMs)).not.toHaveProperty('kv')
  })

  it('so may a write of an object that died', () => {
    const lateUntilMs = ms + 60_000
    expect(kvWritten(connected(), ms, lateUntilMs).kv).toEqual({
      refusals: 0,
      retryAtMs: lateUntilMs,
      lateUntilMs,
    })
    expect(kvWritten(connected(), lateUntilMs, lateUntilMs)).not.toHaveProperty('kv')
  })

  it('what is news is told at once, however often KV refused before', () => {
    expect(markDirty(refused).kv).toEqual({ refusals: 2, retryAtMs: 0 })
    expect(markDirty({ ...failing, synced: true })).not.toHaveProperty('synced')
  })

  const late = { refusals: 0, retryAtMs: ms, lateUntilMs: ms }
  it.each([
    ['a record', connected(), true],
    [
      'one that is written once more, since a write may land late',
      connected({}, { kv: late }),
      false,
    ],
    ['… and has news', markDirty(connected({}, { kv: late })), true],
    ['one that KV refuses', refused, true],
    ['a deleted account', forgotten, true],
    ['… whose day is over', { ...forgotten, disconnectedAtMs: ms - 86_400_000 }, false],
  ])('an alarm is the trace of a write: of %s', (_, record, expected) => {
    expect(mayBeWriting(record, ms)).toBe(expected)
  })

  it('a failure after a failure is no news; a success, an end and the first one are', () => {
    expect(isNews(failing, failing)).toBe(false)
    expect(isNews(connected(), failing)).toBe(true)
    expect(isNews(failing, connected())).toBe(true)
    expect(isNews(failing, { ...failing, status: 'login_required' })).toBe(true)
  })

  it.each([
    ['nothing', connected(), false, null],
    ['nothing, while KV is being told', connected(), true, 5000],
    ['KV has refused', refused, false, 10_000],
    ['… and the time is past', { ...connected(), kv: { refusals: 1, retryAtMs: 1 } }, true, 5000],
    ['an attempt', connected({}, { attempt }), false, 120_000],
    ['… beside KV', { ...connected({}, { attempt }), kv: refused.kv! }, false, 10_000],
    [
      '… that began long ago',
      connected({}, { attempt: { ...attempt, startedAt: 1 } }),
      false,
      5000,
    ],
    [
      'a DELETE',
      connected({}, { disconnecting: { since: NOW - 20, force: false } }),
      false,
      100_000,
    ],
    ['a doubt', { ...failing, inDoubt: { since: NOW } }, false, 30_000],
    [
      '… of what X ended',
      {
        ...failing,
        inDoubt: { since: NOW },
        oauth2: { ...failing.oauth2!, ended: { reason: 'refused_by_x', since: 1 } },
      },
      false,
      null,
    ],
    ['a failure without a doubt', failing, false, null],
    ['what was forgotten', forgotten, false, 86_400_000],
    ['… which KV does not take', { ...forgotten, kv: refused.kv }, true, 10_000],
    [
      '… for longer than a day',
      { ...forgotten, disconnectedAtMs: 1, kv: refused.kv },
      true,
      10_000,
    ],
  ] as const)('%s: is looked at again', (_, record, behind, inMs) => {
    expect(nextAlarm(record as Connected, behind, ms)).toBe(inMs === null ? null : ms + inMs)
  })

  it('a doubt whose time is past is the sweep’s', () => {
    expect(nextAlarm({ ...failing, inDoubt: { since: NOW } }, false, ms + 30_000)).toBeNull()
  })
})

describe('a hint about an account that is not due: KV is told again', () => {
  const later = ms + 121_000
  const told = (toldAgainAtMs: number) => connected({}, { toldAgainAtMs })
  it.each([
    ['the record is older than KV’s list can be', connected(), later, later, true],
    ['but not where the list may merely be late', connected(), ms + 120_000, later, false],
    ['… after a refresh', connected({ refreshedAt: NOW + 60 }), later, later, false],
    ['… after an attempt', connected({}, { triedAtMs: ms + 60_000 }), later, later, false],
    ['… after an end', connected({}, { endedAtMs: { oauth1: ms + 60_000 } }), later, later, false],
    [
      '… after a login of the other kind',
      connected({}, { oauth1: userToken({ obtainedAtMs: ms + 60_000 }) }),
      later,
      later,
      false,
    ],
    [
      '… after X refused it',
      connected({ ended: { reason: 'refused_by_x', since: NOW + 60 } }),
      later,
      later,
      false,
    ],
    ['… after a deletion', { ...forgotten, disconnectedAtMs: ms + 60_000 }, later, later, false],
    ['a deleted account is deleted again', forgotten, later, later, true],
    ['nor twice within an hour', told(later - 3_599_000), later, later, false],
    ['only after it', told(later - 3_600_000), later, later, true],
    [
      'nor where KV has a failure as it began',
      connected({}, { synced: true }),
      later,
      later,
      false,
    ],
    [
      'nor while KV refuses: an alarm does it',
      connected({}, { kv: { refusals: 1, retryAtMs: ms } }),
      later,
      later,
      false,
    ],
  ] as const)('%s', (_, record, sweptAtMs, nowMs, expected) => {
    expect(isToldAgain(record, sweptAtMs, nowMs)).toBe(expected)
  })
})

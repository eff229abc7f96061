/** What a use does to an account under the policy `auto`, and what a new pair does: warm, or idle. */
import { describe, expect, it } from 'vitest'
import { dueAt } from '../../../src/account/grant'
import { dueByUse, isUseNews, used, usedAtOf } from '../../../src/account/use'
import { connected, grant, NOW } from './grants'

const HOUR = 3600
const DAY = 24 * HOUR
/** By the policy `warm`, of a token that X gave just now. */
const WARM = dueAt('1001', { expiresAt: NOW + 2 * HOUR, from: NOW, policy: 'warm' })
const IDLE = dueAt('1001', { expiresAt: 0, from: NOW, policy: { lazySeconds: 30 * DAY } })

describe('when an account was used', () => {
  it.each([
    ['by its mark', { usedAt: NOW - 5 }, { obtainedAtMs: 0, refreshedAt: NOW }, NOW - 5],
    ['without one, when it was refreshed', {}, { obtainedAtMs: 0, refreshedAt: NOW - 7 }, NOW - 7],
    ['never refreshed: when it was obtained', {}, {}, NOW],
    ['a mark from before its login', { usedAt: NOW - DAY }, {}, NOW],
  ])('%s', (_, rest, oauth2, expected) => {
    expect(usedAtOf(connected(oauth2, rest))).toBe(expected)
  })

  it('is news after 12 hours', () => {
    expect(isUseNews(connected(), NOW + 12 * HOUR - 1)).toBe(false)
    expect(isUseNews(connected(), NOW + 12 * HOUR)).toBe(true)
  })
})

describe('a use', () => {
  const warm = connected({ refreshedAt: NOW, dueAt: WARM }, { usedAt: NOW - 13 * HOUR })
  const old = { obtainedAtMs: 0 }

  it('of a warm account leaves a mark, twice a day', () => {
    const record = connected({ ...old, refreshedAt: NOW, dueAt: WARM }, { usedAt: NOW - 13 * HOUR })
    expect(used(record, NOW, false)).toEqual({ ...record, usedAt: NOW })
    const young = { ...record, usedAt: NOW - 11 * HOUR }
    expect(used(young, NOW, false)).toBe(young)
    expect(used(warm, NOW, false)).toBe(warm)
  })

  const idle = { ...old, refreshedAt: NOW, dueAt: IDLE }

  it('of an idle one has it due as a warm one is, whatever its mark says', () => {
    for (const ago of [2 * DAY, HOUR]) {
      const record = connected(idle, { usedAt: NOW - ago })
      const next = used(record, NOW + 60, false)
      expect(next).toEqual({
        ...record,
        usedAt: NOW + 60,
        oauth2: { ...record.oauth2, dueAt: WARM },
      })
      expect(used(next, NOW + 70, false)).toBe(next)
    }
  })

  it('makes nobody present a token sooner than copies that do not know of it are gone', () => {
    const record = connected({ ...idle, refreshedAt: NOW - 7000, expiresAt: NOW + 200 })
    const next = used(record, NOW, false)
    expect(next.oauth2?.dueAt).toBe(NOW + 90)
    expect(used(next, NOW + 30, false)).toBe(next)
  })

  it.each([
    ['a refresh is under way', {}, true],
    ['a failure has its own time', { failure: failure() }, false],
    ['there is nothing to refresh with', { dueAt: null }, false],
    ['nobody knows whose it is', { unconfirmed: true as const }, false],
  ])('leaves the time alone where %s', (_, oauth2, isRefreshing) => {
    const record = connected({ ...idle, ...oauth2 }, { usedAt: NOW - 2 * DAY })
    expect(used(record, NOW, isRefreshing)).toEqual({ ...record, usedAt: NOW })
  })

  it.each([
    ['has ended', connected({ ...idle, ended: { reason: 'refused_by_x', since: NOW } })],
    ['is being deleted', connected(idle, { disconnecting: { since: NOW, force: false } })],
    ['is not there', { ...connected(), oauth2: undefined }],
  ])('of a grant that %s is nothing', (_, record) => {
    expect(used(record as ReturnType<typeof connected>, NOW + 2 * DAY, false)).toBe(record)
  })
})

describe('a new pair', () => {
  const renewed = (rest = {}) => connected({ refreshedAt: NOW, obtainedAtMs: 0, dueAt: WARM }, rest)
  const held = (refreshedAt: number, rest = {}) => connected({ refreshedAt, obtainedAtMs: 0 }, rest)

  it.each([
    ['used a moment ago', NOW - 1, WARM],
    ['used a day ago', NOW - DAY, WARM],
    ['used two days ago', NOW - 2 * DAY, IDLE],
    // It would be due once more than 36 hours after its use.
    ['used 35 hours ago', NOW - 35 * HOUR, IDLE],
  ])('of an account %s', (_, usedAt, due) => {
    const next = dueByUse(held(NOW - HOUR, { usedAt }), renewed({ usedAt }), 'auto')
    expect(next).toMatchObject({ usedAt, oauth2: { dueAt: due } })
  })

  it('of one without a mark marks its last refresh: if each one counted as a use, none would ever be idle', () => {
    let record = connected({ refreshedAt: NOW, obtainedAtMs: 0, dueAt: WARM })
    for (let n = 0; n < 50 && (record.oauth2?.dueAt ?? 0) < NOW + 3 * DAY; n++) {
      const now = record.oauth2?.dueAt ?? 0
      const pair = { refreshedAt: now, expiresAt: now + 2 * HOUR }
      record = dueByUse(record, { ...record, oauth2: grant({ ...record.oauth2, ...pair }) }, 'auto')
      expect(record.usedAt).toBe(NOW)
    }
    expect(record.oauth2?.refreshedAt).toBeGreaterThan(NOW + 32 * HOUR)
    expect(record.oauth2?.refreshedAt).toBeLessThan(NOW + 36 * HOUR)
  })

  it.each(['warm', { lazySeconds: 9 }] as const)('of %j knows no mark', (policy) => {
    expect(dueByUse(held(NOW), renewed({ usedAt: 5 }), policy)).toEqual(renewed())
  })

  it('that cannot be refreshed, or that failed, keeps its time', () => {
    for (const oauth2 of [{ dueAt: null }, { dueAt: NOW + 5, failure: failure() }]) {
      const said = connected({ ...oauth2, refreshedAt: NOW })
      expect(dueByUse(held(NOW - DAY), said, 'auto').oauth2).toEqual(said.oauth2)
    }
  })
})

function failure() {
  return { code: 'unknown', message: '', at: NOW, tries: 1, retryAt: NOW + 30 }
}

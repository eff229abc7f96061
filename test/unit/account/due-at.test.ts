import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { dueAt } from '../../../src/account/grant'
import { NOW } from './grants'

const DAY = 86_400
const id = fc.bigInt({ min: 1n, max: 10n ** 19n }).map(String)
const life = { expiresAt: NOW + 7200, from: NOW }

describe('when a grant is due', () => {
  it('warm: 20 to 30 minutes before it expires, always the same for one account', () => {
    fc.assert(
      fc.property(id, (account) => {
        const due = dueAt(account, { ...life, policy: 'warm' })
        expect(due).toBeGreaterThanOrEqual(NOW + 7200 - 1800)
        expect(due).toBeLessThanOrEqual(NOW + 7200 - 1200)
        expect(dueAt(account, { ...life, policy: 'warm' })).toBe(due)
      }),
    )
  })

  const lives = [1800, 900, 600, 60, 1].flatMap((seconds) => [
    [seconds, 'warm'] as const,
    [seconds, 'auto'] as const,
  ])
  it.each(lives)('never more than a third of %i seconds before: %s', (seconds, policy) => {
    fc.assert(
      fc.property(id, (account) => {
        const short = { expiresAt: NOW + seconds, from: NOW }
        const due = dueAt(account, { ...short, policy })
        expect(due).toBeGreaterThanOrEqual(NOW + Math.floor((seconds * 2) / 3))
        expect(due).toBeLessThanOrEqual(NOW + seconds)
      }),
    )
  })

  it('at its expiry where that is past already', () => {
    const past = { expiresAt: NOW - 100, from: NOW }
    expect(dueAt('1001', { ...past, policy: 'warm' })).toBe(NOW - 100)
  })

  it('lazy: up to a tenth before its days are over', () => {
    fc.assert(
      fc.property(id, (account) => {
        const due = dueAt(account, { ...life, policy: { lazySeconds: 30 * DAY } })
        expect(due).toBeGreaterThanOrEqual(NOW + 27 * DAY)
        expect(due).toBeLessThanOrEqual(NOW + 30 * DAY)
      }),
    )
  })

  it('auto: as warm while a program will have used it within 36 hours, else as after 30 days', () => {
    fc.assert(
      fc.property(id, fc.integer({ min: -60 * DAY, max: DAY }), (account, ago) => {
        const warm = dueAt(account, { ...life, policy: 'warm' })
        const idle = dueAt(account, { ...life, policy: { lazySeconds: 30 * DAY } })
        const isUsed = warm <= NOW + ago + 36 * 3600
        expect(dueAt(account, { ...life, policy: 'auto', usedAt: NOW + ago })).toBe(
          isUsed ? warm : idle,
        )
      }),
    )
  })

  it('auto: what was just given counts as used', () => {
    expect(dueAt('1001', { ...life, policy: 'auto' })).toBe(
      dueAt('1001', { ...life, policy: 'warm' }),
    )
  })

  it('accounts with neighbouring ids are spread', () => {
    const dues = Array.from({ length: 1000 }, (_, n) =>
      dueAt(String(1_000_000_000 + n * 1000), { ...life, policy: 'warm' }),
    )
    expect(new Set(dues).size).toBeGreaterThan(300)
  })
})

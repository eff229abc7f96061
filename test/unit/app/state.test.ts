import { describe, expect, it } from 'vitest'
import * as state from '../../../src/app/state'
import type { SweepStats } from '../../../src/app/sweep-stats'

const NOW = 1_800_000_000
const calm = state.newState()
const halt = state.halted(calm, 'credentials_refused', 'w', NOW)

describe('obstacle', () => {
  it.each([
    ['a calm app', calm, undefined],
    ['a halted one', halt, { code: 'app_halted', detail: 'w', retryAfter: 60, since: NOW }],
    [
      'a paused one',
      state.paused(calm, 9, NOW - 4),
      { code: 'x_rate_limited', retryAfter: 5, since: NOW - 4 },
    ],
    ['a pause that is over', state.paused(calm, 4, NOW - 4), undefined],
    ['halted and paused', state.paused(halt, 5, NOW), { code: 'app_halted' }],
  ])('%s', (_, given, expected) => {
    const found = state.obstacle(given, NOW)
    if (expected) expect(found).toMatchObject(expected)
    else expect(found).toBeUndefined()
  })
})

describe('halts', () => {
  it('the first reason stays', () => {
    expect(state.halted(halt, 'mass_refusal', 'x', NOW + 9).halt).toEqual(halt.halt)
  })

  it('end by a probe that works, and are resumed at a pace that doubles until it is none', () => {
    expect(state.probed(halt, false, NOW + 60).halt).toMatchObject({ probeAt: NOW + 120 })
    let after = state.probed(halt, true, NOW + 60)
    expect(after).toMatchObject({ lastHalt: { reason: 'credentials_refused', until: NOW + 60 } })
    expect(after).not.toHaveProperty('halt')
    const limits: (number | undefined)[] = []
    for (let n = 0; n < 9; n++) {
      const { limit, next } = state.paced(after)
      limits.push(limit)
      after = next
    }
    expect(limits).toEqual([500, 1000, 2000, 4000, 8000, 16000, 32000, undefined, undefined])
  })

  it('for refusals last ten minutes at least', () => {
    expect(state.halted(calm, 'mass_refusal', 'w', NOW).halt?.probeAt).toBe(NOW + 600)
  })
})

describe('mass refusal', () => {
  const window = (refused: number, refreshes: number): state.Window => ({
    refused: Array.from({ length: refused }, (_, id) => ({ at: NOW, id: String(id) })),
    refreshes: [{ at: NOW, count: refreshes }],
  })

  it.each([
    [4, 4, false],
    [5, 5, true],
    [5, 24, true],
    [5, 25, false],
    [200, 1000, false],
    [201, 1000, true],
  ])('%i refusals of %i refreshes: %j', (refused, refreshes, expected) => {
    expect(state.isMassRefusal(window(refused, refreshes), calm, NOW)).toBe(expected)
  })

  it.each([
    [250, 1000, NOW, false],
    [800, 1000, NOW, false],
    [801, 1000, NOW, true],
    [250, 1000, NOW + 3600, true],
  ])('%i of %i after a halt for that until %i: %j', (refused, refreshes, now, expected) => {
    const before = state.probed(state.halted(calm, 'mass_refusal', 'w', NOW), true, NOW)
    expect(state.isMassRefusal(window(refused, refreshes), before, now)).toBe(expected)
    const other = state.probed(halt, true, NOW)
    expect(state.isMassRefusal(window(refused, refreshes), other, now)).toBe(true)
  })

  it('looks at ten minutes', () => {
    expect(state.recent(window(5, 5), NOW + 599).refused).toHaveLength(5)
    expect(state.recent(window(5, 5), NOW + 600)).toEqual({ refused: [], refreshes: [] })
  })
})

it('after a pause what has gathered comes at a pace', () => {
  const paused = state.paused(calm, 60, NOW - 60)
  expect(state.unpaused(paused, NOW - 1)).toBe(paused)
  expect(state.unpaused(paused, NOW)).toEqual({ ...calm, resume: 500 })
  expect(state.unpaused(calm, NOW)).toBe(calm)
  // However fast it went before.
  expect(state.unpaused({ ...paused, resume: 8000 }, NOW).resume).toBe(500)
})

it('suspects are kept until each was told', () => {
  const both = state.suspecting(state.suspecting(calm, ['1', '2']), ['2', '3'])
  expect(both.suspects).toEqual(['1', '2', '3'])
  expect(state.withoutSuspects(both, ['1', '3']).suspects).toEqual(['2'])
  expect(state.withoutSuspects(both, ['1', '2', '3'])).toEqual(calm)
})

it('a pause is never cut short by another', () => {
  const longer = state.paused(calm, 60, NOW)
  expect(state.paused(longer, 5, NOW + 1)).toEqual(longer)
  expect(state.paused(longer, 60, NOW + 1)).toMatchObject({
    pausedSince: NOW,
    pausedUntil: NOW + 61,
  })
  expect(state.paused(longer, 5, NOW + 60)).toMatchObject({ pausedSince: NOW + 60 })
})

it('the last ten sweeps are kept, the newest first', () => {
  let after = calm
  for (const n of [0, 1, 2, 4, 3, 5, 6, 8, 7, 9, 10, 11])
    after = state.swept(after, { sweptAtMs: n } as SweepStats)
  expect(after.sweeps.map(({ sweptAtMs }) => sweptAtMs)).toEqual([11, 10, 9, 8, 7, 6, 5, 4, 3, 2])
})

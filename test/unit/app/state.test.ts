import { describe, expect, it } from 'vitest'
import { admitted, sweepMay } from '../../../src/app/admission'
import * as reach from '../../../src/app/breaker'
import { freezeJson, frozen, unfrozen } from '../../../src/app/freeze'
import * as halts from '../../../src/app/halt'
import { type AppState, newState } from '../../../src/app/record'
import * as state from '../../../src/app/state'
import type { SweepStats } from '../../../src/app/sweep-stats'
import * as window from '../../../src/app/window'

const NOW = 1_800_000_000
const calm = newState()
const halt = halts.halted(calm, 'credentials_refused', 'w', NOW)
const mass = halts.halted(calm, 'mass_refusal', 'w', NOW, ['1', '2', '3', '4', '5'])

/** As the object does it: what a made-up token tells of a halted app. */
const probed = (of: AppState, isGood: boolean, now: number): AppState =>
  of.halt ? halts.haltProbed(of, of.halt, isGood, now) : of
const refusedAgain = (of: AppState, id: string, now: number): AppState =>
  of.halt ? halts.refusedAgain(of, of.halt, id, now) : of
const ask = (of: AppState, count: number, more = {}, now = NOW) =>
  admitted(of, { count, ...more }, now)
const broken = (of: AppState, times: number, now = NOW): AppState =>
  Array.from({ length: times }).reduce<AppState>(
    (each) => reach.xUnanswered(each, 'X answered 503.', now, 0),
    of,
  )
const answered = (of: AppState, times: number, now = NOW): AppState =>
  Array.from({ length: times }).reduce<AppState>((each) => reach.xAnswered(each, now), of)

describe('a freeze', () => {
  const free = { ...mass, halt: { ...mass.halt!, turn: { number: 1, free: 20 } } }
  const trial = reach.xUnanswered(broken(calm, 5), 'm', NOW, 0)

  it.each<[string, AppState]>([
    ['a calm app', calm],
    ['a halt', halt],
    ['a halt that tries real accounts', free],
    ['a breaker', trial],
    ['a pause', state.paused(calm, 60, NOW)],
  ])('over %s lets nothing leave, whoever asks, and no sweep queue', (_, before) => {
    const cold = frozen(before, NOW)
    for (const more of [{}, { isUrgent: true }, { isSuspected: true }]) {
      const { admission, next } = ask(cold, 5, more)
      expect(admission).toMatchObject({ take: 0, obstacle: { code: 'refreshes_frozen' } })
      expect(next).toBe(cold)
    }
    expect(sweepMay(cold, NOW).obstacle).toMatchObject({ code: 'refreshes_frozen' })
    expect(sweepMay(cold, NOW)).not.toHaveProperty('limit')
  })

  it('is as old as it was when it is asked for again, and ends at a pace', () => {
    const cold = frozen(calm, NOW)
    expect(frozen(cold, NOW + 50)).toBe(cold)
    expect(freezeJson(cold)).toEqual({ refreshes: true, since: NOW, settled_at: NOW + 300 })
    expect(unfrozen(calm)).toBe(calm)
    const warm = unfrozen(cold)
    expect(freezeJson(warm)).toBeNull()
    expect(ask(warm, 5).admission.take).toBe(5)
    expect(state.paced(warm).limit).toBe(500)
  })
})

describe('obstacle', () => {
  it.each([
    ['a calm app', calm, undefined],
    ['a halted one', halt, { code: 'app_halted', detail: 'w', retryAfter: 60, since: NOW }],
    [
      'a paused one',
      state.paused(calm, 9, NOW - 4),
      { code: 'x_rate_limited', retryAfter: 5, since: NOW - 4 },
    ],
    [
      'a frozen one, halted too',
      frozen(halt, NOW - 9),
      { code: 'refreshes_frozen', retryAfter: 60, since: NOW - 9 },
    ],
    ['a pause that is over', state.paused(calm, 4, NOW - 4), undefined],
    ['halted and paused', state.paused(halt, 5, NOW), { code: 'app_halted' }],
    [
      'unanswered five times',
      broken(calm, 5),
      {
        code: 'x_unreachable',
        retryAfter: 30,
        since: NOW,
        detail: expect.stringContaining('held back'),
      },
    ],
    ['unanswered and paused', state.paused(broken(calm, 5), 5, NOW), { code: 'x_rate_limited' }],
  ])('%s', (_, given, expected) => {
    const found = state.obstacle(given, NOW)
    if (expected) expect(found).toMatchObject(expected)
    else expect(found).toBeUndefined()
  })
})

describe('a halt', () => {
  it('keeps its first reason', () => {
    expect(halts.halted(halt, 'mass_refusal', 'x', NOW + 9).halt).toEqual(halt.halt)
  })

  it('for credentials ends by a made-up token that X answers, and is resumed at a pace that doubles until it is none', () => {
    expect(probed(halt, false, NOW + 60).halt).toMatchObject({ probeAt: NOW + 120 })
    let after = probed(halt, true, NOW + 60)
    expect(after).toMatchObject({ lastHalt: { reason: 'credentials_refused', until: NOW + 60 } })
    expect(after).not.toHaveProperty('halt')
    expect(after).not.toHaveProperty('lastMassHalt')
    const limits: (number | undefined)[] = []
    for (let n = 0; n < 9; n++) {
      const { limit, next } = state.paced(after)
      limits.push(limit)
      after = next
    }
    expect(limits).toEqual([500, 1000, 2000, 4000, 8000, 16000, 32000, undefined, undefined])
  })

  it('for refusals lasts ten minutes, and is not ended by a made-up token: real accounts are tried', () => {
    expect(mass.halt?.probeAt).toBe(NOW + 600)
    const turn = probed(mass, true, NOW + 600)
    expect(turn.halt).toMatchObject({ turn: { number: 1, free: 2 }, probeAt: NOW + 900 })
    expect(halts.canariesOf(turn.halt!)).toEqual(['1', '2'])
    // Nobody could be tried: others are.
    const second = probed(turn, true, NOW + 900)
    expect(halts.canariesOf(second.halt!)).toEqual(['3', '4'])
    expect(halts.canariesOf(probed(second, true, NOW + 1200).halt!)).toEqual(['5', '1'])
    expect(probed(mass, false, NOW + 600).halt).toMatchObject({ probeAt: NOW + 660 })
    expect(probed(mass, false, NOW + 600).halt).not.toHaveProperty('turn')
  })

  it('for refusals lasts longer each time that X refuses those again: 10, 30, 60 minutes', () => {
    let at = NOW + 600
    let each = mass
    for (const wait of [1800, 3600, 3600]) {
      each = refusedAgain(probed(each, true, at), '1', at + 1)
      expect(each.halt?.probeAt).toBe(at + 1 + wait)
      // The second canary of one turn says nothing more.
      expect(refusedAgain(each, '2', at + 2).halt?.probeAt).toBe(at + 1 + wait)
      at += 1 + wait
    }
    // One that was under way when it began says nothing either.
    expect(refusedAgain(mass, '9', NOW + 1).halt).toMatchObject({ probeAt: NOW + 600, step: 0 })
  })

  it.each([
    [60, 1800],
    [86_399, 1800],
    [86_400, 600],
  ])('for refusals that begins %i s after the last one lasts %i s', (after, wait) => {
    const over = halts.resumed(mass, NOW)
    expect(over).toMatchObject({ resume: 500, lastHalt: { until: NOW } })
    const again = halts.halted(over, 'mass_refusal', 'w', NOW + after)
    expect(again.halt?.probeAt).toBe(NOW + after + wait)
  })

  it('for refusals lets twice as many through each time that X never refused, up to a message of them', () => {
    let each = mass
    const free: (number | undefined)[] = []
    for (let turn = 0; turn < 7; turn++) {
      each = probed(each, true, NOW)
      free.push(each.halt?.turn?.free)
    }
    expect(free).toEqual([2, 4, 8, 16, 32, 50, 50])
  })

  it('for refusals lets few through in its turn that X never refused, and the sweep queues no others', () => {
    const turn = probed(mass, true, NOW)
    expect(ask(mass, 50).admission).toMatchObject({ take: 0, obstacle: { code: 'app_halted' } })
    expect(ask(turn, 1, { isSuspected: true }).admission).toMatchObject({ take: 0 })
    expect(sweepMay(turn, NOW)).toEqual({ obstacle: undefined, limit: 2, isSparing: true })
    const { admission, next } = ask(turn, 50)
    expect(admission).toEqual({ take: 2, isWatching: true })
    expect(ask(next, 1).admission).toMatchObject({ take: 0, obstacle: { code: 'app_halted' } })
    expect(sweepMay(next, NOW)).toMatchObject({ obstacle: { code: 'app_halted' } })
    // However they fare, they stay free until they are used: who is due later is asked about later.
    expect(sweepMay(refusedAgain(turn, '1', NOW), NOW)).toMatchObject({ limit: 2 })
  })

  it('remembers no more refused accounts than it needs', () => {
    let each = mass
    for (let n = 0; n < 100; n++) each = refusedAgain(each, String(n % 30), NOW)
    expect(each.halt?.refused).toHaveLength(20)
    expect(new Set(each.halt?.refused).size).toBe(20)
  })
})

describe('mass refusal', () => {
  const lately = (refused: number, refreshes: number): window.Window => {
    let each = window.withRefreshes([], refreshes, NOW)
    for (let id = 0; id < refused; id++) each = window.withRefusal(each, String(id), NOW)
    return each
  }

  it.each([
    [4, 4, false],
    [5, 5, true],
    [5, 24, true],
    [5, 25, false],
    [200, 1000, false],
    [201, 1000, true],
  ])('%i refusals of %i refreshes: %j', (refused, refreshes, expected) => {
    expect(window.isMassRefusal(lately(refused, refreshes), false)).toBe(expected)
  })

  it.each([
    [250, 1000, false],
    [800, 1000, false],
    [801, 1000, true],
  ])('%i of %i soon after a halt for that: %j', (refused, refreshes, expected) => {
    expect(window.isMassRefusal(lately(refused, refreshes), true)).toBe(expected)
  })

  it('is judged otherwise for an hour after a halt for refusals', () => {
    expect(halts.isSoonAfter(halts.resumed(mass, NOW), NOW + 3599)).toBe(true)
    expect(halts.isSoonAfter(halts.resumed(mass, NOW), NOW + 3600)).toBe(false)
    expect(halts.isSoonAfter(halts.resumed(halt, NOW), NOW)).toBe(false)
  })

  it('looks at ten minutes, by the minute', () => {
    const minute = NOW - (NOW % 60)
    const seen = window.withRefusal([], '1', minute)
    expect(window.recent(seen, minute + 659)).toHaveLength(1)
    expect(window.recent(seen, minute + 660)).toEqual([])
  })

  it('is as large after a million refreshes as after a few, and knows some refused ones of each minute', () => {
    let each: window.Window = []
    for (let n = 0; n < 20_000; n++) {
      each = window.withRefreshes(each, 50, NOW + n)
      if (n % 2) each = window.withRefusal(each, String(n), NOW + n)
    }
    expect(each.length).toBeLessThanOrEqual(11)
    const last = Array.from({ length: 500 }).reduce<window.Window>(
      (some, _, n) => window.withRefusal(some, `x${n}`, NOW),
      [],
    )
    expect(last).toMatchObject([{ refused: 500 }])
    expect(window.refusedIn(last)).toHaveLength(200)
    expect(window.withoutRefusals(last)).toEqual([
      { at: last[0]?.at, refreshes: 0, refused: 0, ids: [] },
    ])
  })
})

describe('the breaker', () => {
  it.each([
    ['four without an answer', broken(calm, 4), false],
    ['five', broken(calm, 5), true],
    ['five of the last ten', broken(answered(broken(calm, 2), 5), 3), true],
    ['four of the last ten', broken(answered(broken(calm, 4), 6), 1), false],
    ['five in eleven minutes', broken(broken(calm, 4), 1, NOW + 600), false],
  ])('%s: %j', (_, given, isOpen) => {
    expect(given.breaker !== undefined).toBe(isOpen)
    expect((given.outcomes ?? []).length).toBeLessThanOrEqual(10)
  })

  const open = broken(calm, 5)

  it('lets through alone who has nothing to lose', () => {
    expect(ask(open, 50).admission).toMatchObject({ take: 0, obstacle: { code: 'x_unreachable' } })
    expect(ask(open, 1, { isUrgent: true }).admission).toEqual({ take: 1, isWatching: true })
    expect(sweepMay(open, NOW).obstacle?.code).toBe('x_unreachable')
  })

  it('is not closed by what left before it opened', () => {
    expect(answered(open, 9).breaker).toBeDefined()
  })

  it('asks about a made-up token again after 30 to 60 seconds', () => {
    expect(reach.reachProbed(open, false, NOW, 0).breaker?.probeAt).toBe(NOW + 30)
    expect(reach.reachProbed(open, false, NOW, 1).breaker?.probeAt).toBe(NOW + 60)
    expect(reach.reachProbed(open, false, NOW, 0).breaker).not.toHaveProperty('trial')
  })

  const trial = reach.reachProbed(open, true, NOW + 30, 0)

  it('lets one batch through once X answers that, and what becomes of it decides', () => {
    expect(sweepMay(trial, NOW + 30)).toEqual({ obstacle: undefined, limit: 5 })
    const { admission, next } = ask(trial, 50)
    expect(admission).toMatchObject({ take: 5, isWatching: true, wellSince: NOW + 30 })
    expect(ask(next, 1).admission).toMatchObject({ take: 0 })
    expect(answered(next, 4).breaker).toBeDefined()
    const closed = answered(next, 5)
    expect(closed).toMatchObject({ resume: 500 })
    expect(closed).not.toHaveProperty('breaker')
    // Four fresh ones without an answer do not open it again.
    expect(broken(closed, 4).breaker).toBeUndefined()
    const again = broken(answered(next, 4), 1, NOW + 31)
    expect(again.breaker).toMatchObject({ since: NOW, probeAt: NOW + 61 })
    expect(again.breaker).not.toHaveProperty('trial')
  })

  it('closes once the time of a trial is over in which all were answered, though few were due', () => {
    const some = answered(trial, 1, NOW + 31)
    expect(reach.settled(some, NOW + 59)).toBe(some)
    expect(reach.settled(some, NOW + 60)).not.toHaveProperty('breaker')
    expect(reach.settled(trial, NOW + 60)).toBe(trial)
    // Nobody was due: a further question makes a further trial.
    expect(reach.reachProbed(ask(trial, 5).next, true, NOW + 60, 0).breaker?.trial?.left).toBe(5)
  })

  it('is told of refreshes that X answers only while there is trouble', () => {
    expect(answered(calm, 3)).toBe(calm)
    expect(ask(calm, 1).admission).toEqual({ take: 1, isWatching: false })
    const once = broken(calm, 1)
    expect(ask(once, 1).admission.isWatching).toBe(true)
    // Until somebody is known to have been answered, somebody may wait to hear of it.
    expect(ask(once, 1, {}, NOW + 9000).admission.isWatching).toBe(true)
    const well = answered(once, 1)
    expect(ask(well, 1, {}, NOW + 599).admission.isWatching).toBe(true)
    expect(ask(well, 1, {}, NOW + 600).admission).toEqual({
      take: 1,
      isWatching: false,
      wellSince: NOW,
    })
  })

  it('knows since when X answers again', () => {
    expect(ask(broken(calm, 1), 0).admission).not.toHaveProperty('wellSince')
    const well = answered(answered(broken(calm, 1), 1, NOW + 5), 1, NOW + 9)
    expect(well.wellSince).toBe(NOW + 5)
    expect(broken(well, 1)).not.toHaveProperty('wellSince')
    expect(reach.reachProbed(broken(calm, 1), true, NOW + 7, 0).wellSince).toBe(NOW + 7)
    expect(reach.reachProbed(broken(calm, 1), false, NOW + 7, 0).wellSince).toBeUndefined()
    expect(reach.reachProbed(calm, true, NOW + 7, 0)).toBe(calm)
  })
})

it('who only asks how X is changes nothing', () => {
  expect(ask(calm, 0)).toEqual({ admission: { take: 0, isWatching: false }, next: calm })
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

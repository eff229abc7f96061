/** What the app's object does with what it hears: whom it lets through, whom it tells, and what it says of it in the log. */
import { describe, expect, it, vi } from 'vitest'
import { Gate } from '../../../src/app/gate'
import * as halts from '../../../src/app/halt'
import { type AppState, newState } from '../../../src/app/record'
import * as paces from '../../../src/app/state'
import type { Probed } from '../../../src/x/token'

const NOW = 1_800_000_000

/** A gate over this state, at a time that goes on as it is told. */
function gateOf(state: AppState = newState()) {
  const world = {
    state,
    now: NOW,
    answer: { credentials: 'good' } as Probed,
    events: [] as string[],
    writes: 0,
  }
  const probe = vi.fn(async () => world.answer)
  const tellSuspects = vi.fn(async () => {})
  const tryCanaries = vi.fn(async () => {})
  const gate = new Gate({
    now: () => world.now,
    random: () => 0,
    read: () => world.state,
    write: (next) => {
      world.state = next
      world.writes += 1
    },
    probe,
    tellSuspects,
    tryCanaries,
    patience: (work) => work.then(() => undefined),
    log: (event, ..._fields) => void world.events.push(event),
  })
  return { gate, world, probe, tellSuspects, tryCanaries }
}

const mass = halts.halted(newState(), 'mass_refusal', 'w', NOW, ['1', '2', '3'])
const credentials = halts.halted(newState(), 'credentials_refused', 'w', NOW)

/** The app after X left five refreshes without an answer. */
async function broken() {
  const given = gateOf()
  for (let n = 0; n < 5; n++) await given.gate.unanswered('X answered 503.')
  return given
}

describe('a refusal of the app', () => {
  // X unreachable, and one account's odd answer, halted everybody.
  it.each(['bad', 'unknown', 'good'] as const)(
    'halts all refreshes only where X refuses a made-up token as plainly: %s',
    async (said) => {
      const { gate, world } = gateOf()
      world.answer = { credentials: said, message: 'HTTP 504' } as Probed
      const obstacle = await gate.credentialsRefused('unauthorized_client')
      expect('halt' in world.state).toBe(said === 'bad')
      expect(obstacle?.code).toBe(said === 'bad' ? 'app_halted' : undefined)
      expect(world.events).toEqual(said === 'bad' ? ['app_probed', 'app_halted'] : ['app_probed'])
    },
  )

  // One account that X always refuses so made a call to X more with each of its refreshes.
  it('has X asked once a minute, however many accounts say it', async () => {
    const { gate, world, probe } = gateOf()
    await gate.credentialsRefused('w')
    world.now += 59
    await gate.credentialsRefused('w')
    expect(probe).toHaveBeenCalledTimes(1)
    world.now += 1
    await gate.credentialsRefused('w')
    expect(probe).toHaveBeenCalledTimes(2)
  })

  it('of several at once has it asked once, and in a halt not at all', async () => {
    const { gate, probe, world } = gateOf()
    world.answer = { credentials: 'bad' } as Probed
    await Promise.all([gate.credentialsRefused('w'), gate.credentialsRefused('w')])
    await gate.credentialsRefused('w')
    expect(probe).toHaveBeenCalledTimes(1)
    expect(world.events).toEqual(['app_probed', 'app_halted'])
  })
})

describe('what a sweep may queue', () => {
  it('nothing in a halt, and it is said why', async () => {
    const { gate } = gateOf(credentials)
    expect(await gate.sweepMay()).toMatchObject({ obstacle: { code: 'app_halted' }, limit: 0 })
  })

  // A row more for each sweep, every five minutes, for nothing.
  it('any number while all is well, and nothing is written for it', async () => {
    const { gate, world } = gateOf()
    expect(await gate.sweepMay()).toEqual({ obstacle: undefined, limit: undefined })
    expect(world.writes).toBe(0)
  })

  it('after a pause few, each time twice as many', async () => {
    const { gate, world } = gateOf(paces.paused(newState(), 60, NOW))
    expect(await gate.sweepMay()).toMatchObject({ obstacle: { code: 'x_rate_limited' }, limit: 0 })
    world.now += 60
    expect(await gate.sweepMay()).toEqual({ obstacle: undefined, limit: 500 })
    expect(await gate.sweepMay()).toEqual({ obstacle: undefined, limit: 1000 })
  })

  it('those whom X never refused, as many as a halt lets free', async () => {
    const { gate, world, tryCanaries } = gateOf(mass)
    world.now = NOW + 600
    expect(await gate.sweepMay()).toEqual({ obstacle: undefined, limit: 2, isSparing: true })
    expect(tryCanaries).toHaveBeenCalledExactlyOnceWith(['1', '2'])
    expect(world.events).toEqual(['app_probed', 'app_canaries'])
  })

  it('tells the suspects again that were not reached', async () => {
    const { gate, tellSuspects } = gateOf(paces.suspecting(newState(), ['1', '2']))
    await gate.suspectsReached(['1'])
    await gate.sweepMay()
    expect(tellSuspects).toHaveBeenCalledExactlyOnceWith(['2'])
  })
})

describe('a halt for refusals', () => {
  const refuse = async (count: number) => {
    const given = gateOf()
    await given.gate.admit({ count })
    const said: unknown[] = []
    for (let n = 0; n < count; n++) said.push((await given.gate.refused(String(n)))?.code)
    return { ...given, said }
  }

  it('begins with the fifth of few, suspects those before it, and is logged once', async () => {
    const { said, world, tellSuspects } = await refuse(6)
    expect(said).toEqual([...Array(4).fill(undefined), 'app_halted', 'app_halted'])
    expect(tellSuspects).toHaveBeenCalledExactlyOnceWith(['0', '1', '2', '3', '4'])
    expect(world.state.suspects).toEqual(['0', '1', '2', '3', '4', '5'])
    expect(world.events).toEqual(['app_halted'])
    expect(world.state.window?.[0]).toMatchObject({ refused: 0 })
  })

  it('is not begun by those whose refusal was suspected before: that stands', async () => {
    const { gate, world } = gateOf()
    for (let n = 0; n < 9; n++) expect(await gate.refused(String(n), true)).toBeUndefined()
    expect(world.state).toEqual(newState())
  })

  it('lasts longer by the first refusal of a turn, and says so once', async () => {
    const { gate, world } = gateOf(mass)
    await gate.refused('3')
    expect(world.events).toEqual([])
    world.now = NOW + 600
    await gate.admit({ count: 1 })
    world.events.length = 0
    await gate.refused('1')
    await gate.refused('2')
    expect(world.events).toEqual(['app_halt_longer'])
    expect(world.state.halt).toMatchObject({ step: 1, probeAt: NOW + 600 + 1800 })
  })

  it.each([
    ['before its first turn by no pair: that was under way when it began', 0, true],
    ['in a turn by the first pair', 600, false],
  ])('ends %s', async (_, after, isHalted) => {
    const { gate, world } = gateOf(mass)
    world.now = NOW + after
    await gate.admit({ count: 1 })
    await gate.granted()
    expect('halt' in world.state).toBe(isHalted)
    expect(world.events.includes('app_resumed')).toBe(!isHalted)
  })

  it('is none for credentials, which no pair ends', async () => {
    const { gate, world } = gateOf(credentials)
    await gate.granted()
    expect(world.state.halt?.reason).toBe('credentials_refused')
  })
})

describe('a halt for credentials', () => {
  it('has X asked when it is time, and ends by a made-up token that it answers', async () => {
    const { gate, world, probe } = gateOf(credentials)
    world.now = NOW + 59
    expect(await gate.admit({ count: 1 })).toMatchObject({ take: 0 })
    expect(probe).not.toHaveBeenCalled()
    world.now = NOW + 60
    expect(await gate.admit({ count: 1 })).toMatchObject({ take: 1 })
    expect(world.events).toEqual(['app_probed', 'app_resumed'])
  })

  it.each(['bad', 'unknown'] as const)('goes on where X says %s', async (said) => {
    const { gate, world, tryCanaries } = gateOf(credentials)
    world.answer = { credentials: said, message: 'w' } as Probed
    world.now = NOW + 60
    expect(await gate.admit({ count: 1 })).toMatchObject({ take: 0 })
    expect(world.state.halt?.probeAt).toBe(NOW + 120)
    expect(tryCanaries).not.toHaveBeenCalled()
  })
})

describe('refreshes without an answer', () => {
  it('open the breaker with the fifth, and that is logged once', async () => {
    const { gate, world } = await broken()
    expect(world.events).toEqual(['app_breaker_opened'])
    expect(await gate.unanswered('w')).toMatchObject({ code: 'x_unreachable' })
    expect(world.events).toEqual(['app_breaker_opened'])
    expect(await gate.admit({ count: 1 })).toMatchObject({ take: 0 })
  })

  it('a trial that X does not answer opens it again; one that it answers closes it, after a time', async () => {
    const { gate, world } = await broken()
    world.now += 30
    expect(await gate.admit({ count: 1 })).toMatchObject({ take: 1 })
    world.events.length = 0
    await gate.unanswered('w')
    expect(world.events).toEqual(['app_breaker_opened'])
    world.now += 30
    await gate.admit({ count: 1 })
    await gate.granted()
    world.now += 30
    world.events.length = 0
    await gate.admit({ count: 1 })
    expect(world.events).toEqual(['app_breaker_closed'])
    expect(world.state).not.toHaveProperty('breaker')
  })

  it('X that answers no made-up token either is let alone', async () => {
    const { gate, world } = await broken()
    world.answer = { credentials: 'unknown', message: 'w' }
    world.now += 30
    expect(await gate.admit({ count: 1 })).toMatchObject({ take: 0 })
    expect(world.state.breaker).not.toHaveProperty('trial')
    // That it refuses the app is an answer.
    world.answer = { credentials: 'bad', message: 'w' }
    world.now += 30
    expect(await gate.admit({ count: 1 })).toMatchObject({ take: 1 })
  })

  // Five that came back unused, and five without an answer, would make a halt for refusals of almost none.
  it('are not counted among those that X did not refuse, and nor are those that were never sent', async () => {
    const { gate, world } = gateOf()
    await gate.admit({ count: 10 })
    await gate.unanswered('w')
    await gate.unused(3)
    expect(world.state.window).toMatchObject([{ refreshes: 6 }])
  })

  // Whoever has no token asks how X is, and X is asked in turn, but not by each of them.
  it('whoever only asks how X is has it asked, twice a minute', async () => {
    const { gate, world, probe } = gateOf()
    expect(await gate.admit({ count: 0 })).toEqual({ take: 0, isWatching: false })
    expect(probe).not.toHaveBeenCalled()
    await gate.unanswered('w')
    await gate.admit({ count: 1 })
    expect(probe).not.toHaveBeenCalled()
    expect(await gate.admit({ count: 0 })).toMatchObject({ wellSince: NOW })
    expect(probe).toHaveBeenCalledTimes(1)
    await gate.unanswered('w')
    world.now += 29
    await gate.admit({ count: 0 })
    expect(probe).toHaveBeenCalledTimes(1)
    world.now += 1
    await gate.admit({ count: 0 })
    expect(probe).toHaveBeenCalledTimes(2)
  })
})

describe('the former build', () => {
  it('is let through or not, all at once, and counted', async () => {
    const { gate, world } = gateOf()
    expect(await gate.permit(7)).toBeUndefined()
    expect(world.state.window).toMatchObject([{ refreshes: 7 }])
    const halted = gateOf(credentials)
    expect(await halted.gate.permit(7)).toMatchObject({ code: 'app_halted' })
    expect(halted.world.state).toBe(credentials)
    halted.world.now = NOW + 60
    expect(await halted.gate.permit(7)).toBeUndefined()
  })

  // It was told no, and those whom a halt lets free were used up all the same.
  it('takes none of the few that a halt lets free', async () => {
    const { gate, world } = gateOf(mass)
    world.now = NOW + 600
    expect(await gate.permit(1)).toMatchObject({ code: 'app_halted' })
    expect(world.state.halt?.turn).toMatchObject({ free: 2 })
  })
})

it('X’s word to wait holds everybody back', async () => {
  const { gate, world } = gateOf()
  await gate.paused(60)
  expect(world.events).toEqual(['app_paused'])
  expect(await gate.admit({ count: 1 })).toMatchObject({ take: 0, obstacle: { retryAfter: 60 } })
})

it('a probe that was sent before a halt began says nothing about that one', async () => {
  const { gate, world, probe } = gateOf()
  const answer = Promise.withResolvers<Probed>()
  probe.mockReturnValue(answer.promise)
  const blamed = gate.credentialsRefused('w')
  world.state = mass
  answer.resolve({ credentials: 'good' } as Probed)
  expect(await blamed).toMatchObject({ code: 'app_halted' })
  expect(world.state).toBe(mass)
})

/** What an endpoint does about a receiver that is slow, fails, goes or comes back, and about a log that forgets. */
import { describe, expect, it } from 'vitest'
import { DELIVERIES_OPEN_MAX } from '../../../src/limits'
import { EndpointWorld } from './world'

const SECOND_MS = 1000
const MINUTE_MS = 60 * SECOND_MS
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

function worldWith(events: number): EndpointWorld {
  const world = new EndpointWorld()
  for (let n = 0; n < events; n++) world.append()
  return world
}
const numbers = ({ sent }: EndpointWorld) => sent.map(({ seq }) => seq)

describe('a receiver that is well', () => {
  it('is sent all events once, and then nothing is due', async () => {
    const world = worldWith(250)
    await world.advance(MINUTE_MS)
    expect(numbers(world).sort((one, other) => one - other)).toEqual(
      Array.from({ length: 250 }, (_, n) => n + 1),
    )
    expect(world.state).toMatchObject({ cursor: 250, failures: 0 })
    expect([world.isQuiet, world.mostUnderWay, world.wrongs]).toEqual([true, 6, []])
    expect(world.rows.finished.size).toBeLessThan(200)
  })

  it('is not kept from an event by another one that hangs', async () => {
    const world = worldWith(100)
    world.manner = (seq) => (seq === 1 ? 'hang' : 'ok')
    await world.advance(5 * SECOND_MS)
    expect(world.taken.size).toBe(99)
    expect(world.state?.cursor).toBe(0)
    await world.advance(11 * SECOND_MS)
    expect(world.state?.cursor).toBe(100)
    expect(world.rows.open(1)).toMatchObject({ tries: 1, last: { error: 'timeout' } })
  })

  it('is sent events that failed before beside new ones: three at once', async () => {
    const world = worldWith(4)
    // One that goes well in between, so that they do not fail in a row.
    world.manner = (seq) => (seq === 4 ? 'ok' : 'fail')
    await world.advance(SECOND_MS)
    world.manner = (seq) => (seq < 4 ? 'hang' : 'ok')
    await world.advance(5 * SECOND_MS)
    expect(world.underWay).toBe(3)
    for (let n = 0; n < 50; n++) world.append()
    await world.advance(2 * SECOND_MS)
    expect(world.taken.size).toBe(51)
  })

  it('is sent new events at once, however many of the former ones hang when they are sent again', async () => {
    const world = worldWith(20)
    world.manner = (seq) => (seq % 2 === 0 ? 'ok' : 'fail')
    await world.advance(SECOND_MS)
    world.manner = (seq) => (seq <= 20 ? 'hang' : 'ok')
    await world.advance(SECOND_MS)
    world.append()
    await world.advance(5 * SECOND_MS)
    expect([world.underWay, world.rows.openCount()]).toEqual([6, 10])
    // What hangs when nothing new waits takes all the room; from its end on there is room for what is new.
    await world.advance(13 * SECOND_MS)
    world.append()
    await world.advance(5 * SECOND_MS)
    expect(world.taken.has(22)).toBe(true)
  })
})

describe('a receiver that fails', () => {
  it('five times in a row is sent one event at a time, each by its schedule, and hardly a new one', async () => {
    const world = worldWith(20)
    world.manner = () => 'fail'
    await world.advance(SECOND_MS)
    const begun = world.sent.length
    expect(begun).toBeLessThan(12)
    world.mostUnderWay = 0
    await world.advance(6 * HOUR_MS)
    expect(world.mostUnderWay).toBe(1)
    const first = world.sent.filter(({ seq }) => seq === 1).map(({ atMs }) => atMs)
    const waits = first.slice(1).map((at, n) => (at - (first[n] ?? 0)) / 1000)
    expect(waits).toEqual([5, 300, 1800, 7200].map((seconds) => expect.closeTo(seconds, -1)))
    // A new event an hour, in case that it is the former ones that are not taken.
    expect(world.rows.openCount()).toBeLessThanOrEqual(begun + 6)
    expect(world.state?.cursor).toBeLessThan(17)
  })

  it('with some events and takes others is sent the others, an hour later at most', async () => {
    const world = worldWith(8)
    world.manner = (seq) => (seq <= 8 ? 'fail' : 'ok')
    await world.advance(10 * HOUR_MS)
    for (let n = 0; n < 5; n++) {
      const { taken } = world
      const before = taken.size
      world.append()
      world.append()
      await world.advance(HOUR_MS + MINUTE_MS)
      expect(taken.size).toBe(before + 2)
    }
    // Those that it does not take are sent by their schedule, and not as often as another one goes well.
    expect(world.rows.open(1)?.tries).toBeLessThan(8)
    await world.advance(6 * DAY_MS)
    expect(world.endpoint?.disabled).toMatchObject({ reason: 'failing' })
  })

  it('is sent a new event an hour after the last new one, however often it fails with the former ones meanwhile', async () => {
    const world = worldWith(6)
    world.manner = (seq) => (seq <= 6 ? 'fail' : 'ok')
    await world.advance(MINUTE_MS)
    world.append()
    await world.advance(HOUR_MS - 2 * MINUTE_MS)
    expect(world.taken.size).toBe(0)
    await world.advance(2 * MINUTE_MS)
    expect([...world.taken]).toEqual([7])
  })

  it('with fewer than five events is sent the next one at once, however often it failed with these', async () => {
    const world = worldWith(4)
    world.manner = (seq) => (seq <= 4 ? 'fail' : 'ok')
    await world.advance(40 * MINUTE_MS)
    expect(world.state?.failures).toBeGreaterThan(5)
    world.append()
    await world.advance(SECOND_MS)
    expect([...world.taken]).toEqual([5])
  })

  it('and takes an event again is sent all that waited at once, and what the log has', async () => {
    const world = worldWith(20)
    let drawn = 0
    world.random = () => (drawn++ % 10) / 10
    world.manner = () => 'fail'
    await world.advance(20 * HOUR_MS)
    world.manner = () => 'ok'
    const { length } = world.sent
    await world.advance(DAY_MS)
    expect(world.taken.size).toBe(20)
    const times = world.sent.slice(length).map(({ atMs }) => atMs)
    expect(Math.max(...times) - Math.min(...times)).toBeLessThan(10 * SECOND_MS)
    expect(world.state).not.toHaveProperty('failingSinceMs')
  })

  it('and is moved is sent all that waited at once, with five days of its own', async () => {
    const world = worldWith(20)
    world.manner = (_, url) => (url.includes('new') ? 'ok' : 'hang')
    await world.advance(4 * DAY_MS)
    const { length } = world.sent
    world.move('https://new.example.com/')
    await world.advance(MINUTE_MS)
    expect([world.taken.size, world.sent.length]).toEqual([20, length + 20])
    world.append()
    world.move('https://other.example.com/')
    world.move('https://old.example.com/')
    await world.advance(4 * DAY_MS)
    expect(world.endpoint?.disabled).toBeUndefined()
    await world.advance(DAY_MS + MINUTE_MS)
    expect(world.endpoint?.disabled).toMatchObject({ reason: 'failing' })
  })

  it('and is moved to where nobody is has five days there', async () => {
    const world = worldWith(1)
    world.manner = () => 'hang'
    await world.advance(4 * DAY_MS)
    world.move('https://new.example.com/')
    await world.advance(4 * DAY_MS)
    expect(world.endpoint?.disabled).toBeUndefined()
  })

  it('and has said that it is gone is nothing to its new address', async () => {
    const world = worldWith(1)
    world.manner = (_, url) => (url.includes('new') ? 'ok' : 'gone')
    world.isRegistryDown = true
    await world.advance(SECOND_MS)
    world.isRegistryDown = false
    world.move('https://new.example.com/')
    await world.advance(MINUTE_MS)
    expect([world.taken.size, world.endpoint?.disabled]).toEqual([1, undefined])
  })

  it('and says so a moment after it was moved is nothing to its new address either', async () => {
    const world = worldWith(1)
    world.manner = (_, url) => (url.includes('new') ? 'ok' : 'gone')
    await world.advance(40)
    world.move('https://new.example.com/')
    await world.advance(MINUTE_MS)
    expect([world.taken.size, world.endpoint?.disabled]).toEqual([1, undefined])
  })

  it('for 72 hours is sent everything afterwards', async () => {
    const world = worldWith(3)
    world.manner = () => 'hang'
    for (let hours = 0; hours < 72; hours++) {
      world.append()
      await world.advance(HOUR_MS)
    }
    world.manner = () => 'ok'
    await world.advance(DAY_MS + 6 * HOUR_MS)
    expect([world.taken.size, world.endpoint?.disabled]).toEqual([75, undefined])
  })

  it('for five days is switched off, not before, and what waited is dropped', async () => {
    const world = worldWith(7)
    world.manner = () => 'fail'
    await world.advance(5 * DAY_MS - MINUTE_MS)
    expect(world.endpoint?.disabled).toBeUndefined()
    await world.advance(2 * MINUTE_MS)
    expect(world.endpoint?.disabled).toMatchObject({ reason: 'failing' })
    expect(world.logged).toContain('endpoint_disabled')
    expect([world.rows.openCount(), world.isQuiet]).toEqual([0, true])
    expect(world.state).toMatchObject({ failures: 0, cursor: expect.any(Number) })
  })

  it('for five days is switched off though the registry is out of reach, and nothing is sent until then', async () => {
    const world = worldWith(7)
    world.manner = () => 'fail'
    await world.advance(5 * DAY_MS - MINUTE_MS)
    const { length } = world.sent
    world.isRegistryDown = true
    await world.advance(10 * MINUTE_MS)
    await world.crash()
    world.isRegistryDown = false
    await world.advance(10 * MINUTE_MS)
    expect(world.endpoint?.disabled).toMatchObject({ reason: 'failing' })
    expect(world.sent).toHaveLength(length)
  })

  it('with one event of many is not switched off, and says when the log has forgotten it', async () => {
    const world = worldWith(1)
    world.manner = (seq) => (seq === 1 ? 'fail' : 'ok')
    for (let days = 0; days < 29; days++) {
      world.append()
      await world.advance(DAY_MS)
    }
    expect([world.endpoint?.disabled, world.taken.size]).toEqual([undefined, 29])
    world.first = 2
    world.append()
    await world.advance(2 * DAY_MS)
    expect(world.told).toMatchObject([
      { type: 'endpoint.gave_up', data: { event: 'evt_1', endpoint: { id: world.endpoint?.id } } },
    ])
    expect(world.rows.done(1)).toMatchObject({ outcome: 'gave_up' })
    expect([world.rows.openCount(), world.isQuiet]).toEqual([0, true])
  })

  it('and asks for a wait is left alone so long', async () => {
    const world = worldWith(1)
    world.manner = () => 'wait'
    await world.advance(59 * MINUTE_MS)
    expect(world.sent).toHaveLength(1)
    await world.advance(2 * MINUTE_MS)
    expect(world.sent).toHaveLength(2)
  })

  it('and says that it is gone is switched off at once', async () => {
    const world = worldWith(50)
    world.manner = (seq) => (seq === 3 ? 'gone' : 'ok')
    await world.advance(SECOND_MS)
    expect(world.endpoint?.disabled).toMatchObject({ reason: 'gone' })
    expect(world.sent.length).toBeLessThan(12)
    expect([world.rows.openCount(), world.isQuiet]).toEqual([0, true])
  })

  it('with every other event has a thousand that wait at most, and takes no more from the log', async () => {
    const world = worldWith(3000)
    world.manner = (seq) => (seq % 2 === 0 ? 'ok' : 'fail')
    await world.advance(4 * MINUTE_MS)
    expect(world.rows.openCount()).toBeGreaterThan(DELIVERIES_OPEN_MAX - 10)
    expect(world.state?.cursor).toBeLessThan(2100)
    world.manner = () => 'ok'
    await world.advance(2 * HOUR_MS)
    expect(world.taken.size).toBe(3000)
    expect(world.mostOpen).toBeLessThanOrEqual(DELIVERIES_OPEN_MAX)
    expect(world.wrongs).toEqual([])
  })
})

describe('an endpoint that is switched off', () => {
  it('begins with what comes after it is switched on', async () => {
    const world = worldWith(3)
    await world.advance(MINUTE_MS)
    world.disable('by_hand')
    world.append()
    await world.advance(MINUTE_MS)
    expect(world.taken.size).toBe(3)
    world.enable()
    world.append()
    await world.advance(MINUTE_MS)
    expect(numbers(world).at(-1)).toBe(5)
    expect(world.taken.has(4)).toBe(false)
  })

  it('has no replay any more', async () => {
    const world = worldWith(300)
    await world.advance(MINUTE_MS)
    await world.replay(0)
    await world.advance(SECOND_MS)
    world.disable('by_hand')
    await world.advance(MINUTE_MS)
    expect(world.state).toMatchObject({ cursor: 300 })
    expect(world.state?.replay).toBeUndefined()
  })

  it('and on again is replayed what was replayed before', async () => {
    const world = worldWith(3)
    await world.advance(MINUTE_MS)
    await world.replay(0)
    await world.advance(MINUTE_MS)
    world.disable('by_hand')
    await world.advance(MINUTE_MS)
    world.enable()
    await world.replay(0)
    await world.advance(MINUTE_MS)
    expect(numbers(world)).toEqual([1, 2, 3, 1, 2, 3, 1, 2, 3])
  })

  it('and on again at once begins anew all the same: what waited is not sent', async () => {
    const world = worldWith(2)
    world.manner = () => 'fail'
    await world.advance(MINUTE_MS)
    world.disable('by_hand')
    world.enable()
    world.manner = () => 'ok'
    await world.advance(DAY_MS)
    expect([world.taken.size, world.rows.openCount(), world.state?.epoch]).toEqual([0, 0, 2])
  })

  it('while much is on its way is sent no more than that, a second later', async () => {
    const world = worldWith(100)
    world.manner = () => 'slow'
    await world.advance(2 * SECOND_MS)
    world.disable('by_hand')
    await world.advance(MINUTE_MS)
    expect(world.sent).toHaveLength(6)
  })

  it('and is switched on while its object looks whether it is begins all the same', async () => {
    const world = worldWith(1)
    world.disable('by_hand')
    await world.advance(MINUTE_MS)
    world.wake()
    // It has the answer by then, and that is old when it arrives.
    await world.advance(4)
    world.enable()
    await world.advance(MINUTE_MS)
    expect(world.state?.epoch).toBe(2)
  })

  it('is replayed, new events first', async () => {
    const world = worldWith(400)
    world.disable('by_hand')
    await world.advance(MINUTE_MS)
    world.enable()
    await world.advance(MINUTE_MS)
    await world.replay(0)
    await world.advance(SECOND_MS)
    expect(world.sent.length).toBeLessThan(100)
    const begun = world.sent.length
    const fresh = world.append()
    await world.advance(SECOND_MS)
    expect(numbers(world).slice(begun, begun + 8)).toContain(fresh)
    await world.advance(MINUTE_MS)
    expect([world.taken.size, world.state?.replay, world.isQuiet]).toEqual([401, undefined, true])
    expect(world.sent).toHaveLength(401)
  })

  // The second one took the place of the first, whose rest was never sent, though both had been taken.
  it('has two replays at once, each to its end', async () => {
    const world = worldWith(300)
    await world.advance(MINUTE_MS)
    await world.replay(0)
    await world.advance(SECOND_MS)
    await world.replay(290)
    await world.advance(10 * MINUTE_MS)
    expect(new Set(numbers(world).slice(300)).size).toBe(300)
    expect([world.state?.replay, world.isQuiet]).toEqual([undefined, true])
  })

  // A receiver that was mended was sent again what it had taken, and what it had not taken hours later.
  it('is replayed at once what failed and waits, of what was asked for', async () => {
    const world = worldWith(4)
    world.manner = (seq) => (seq === 2 || seq === 4 ? 'fail' : 'ok')
    await world.advance(MINUTE_MS)
    world.manner = () => 'ok'
    await world.replay(2)
    await world.advance(SECOND_MS)
    expect([...world.taken].toSorted()).toEqual([1, 3, 4])
    expect(world.rows.open(2)?.nextAtMs).toBeGreaterThan(world.nowMs)
    await world.advance(5 * MINUTE_MS)
    expect([world.taken.size, world.isQuiet]).toEqual([4, true])
  })

  it('is replayed one event, at once, unless its owner may not see it or too many wait', async () => {
    const world = worldWith(2)
    world.manner = (seq) => (seq === 2 ? 'ok' : 'fail')
    await world.advance(MINUTE_MS)
    const { endpoint, reader, events } = world
    const [first] = events
    const again = (by = reader) =>
      world.machine.replayEvent({ endpoint: endpoint!, reader: by }, first!)
    const { tries = 0 } = world.rows.open(1) ?? {}
    await again()
    await world.advance(SECOND_MS)
    expect(world.rows.open(1)?.tries).toBe(tries + 1)
    await expect(again({ accounts: ['2'], readsX: false })).rejects.toThrow(
      'there is none of this id',
    )
    for (let seq = 1; seq <= DELIVERIES_OPEN_MAX; seq++)
      world.rows.writeOpen({ seq, event: `evt_${seq}`, tries: 1, nextAtMs: world.nowMs + DAY_MS })
    await expect(again()).rejects.toThrow('wait for another try')
  })

  it('goes on with a replay that takes longer than a run', async () => {
    const world = worldWith(300)
    await world.advance(MINUTE_MS)
    world.manner = () => 'slow'
    await world.replay(0)
    await world.advance(15 * MINUTE_MS)
    expect([world.sent.length, world.state?.replay]).toEqual([600, undefined])
  })

  it('goes on with its replay where its object died', async () => {
    const world = worldWith(300)
    await world.advance(MINUTE_MS)
    await world.replay(100)
    await world.advance(2 * SECOND_MS)
    await world.crash()
    await world.advance(10 * MINUTE_MS)
    const again = numbers(world).slice(300)
    expect(new Set(again).size).toBe(200)
    // What was under way is sent once more.
    expect(again.length).toBeLessThanOrEqual(206)
  })
})

it('an owner who may not read an event any more is not sent it again, however it waits', async () => {
  const world = worldWith(1)
  world.manner = () => 'fail'
  await world.advance(MINUTE_MS)
  const { length } = world.sent
  world.reader = { accounts: ['2'], readsX: false }
  await world.advance(DAY_MS)
  expect([world.sent.length, world.rows.openCount(), world.isQuiet]).toEqual([length, 0, true])
})

it('an endpoint for which nothing waits is tried with the next event, however long it failed before', async () => {
  const world = worldWith(1)
  world.manner = (seq) => (seq === 1 ? 'fail' : 'ok')
  await world.advance(MINUTE_MS)
  const { reader } = world
  world.reader = { accounts: ['2'], readsX: false }
  await world.advance(6 * DAY_MS)
  world.reader = reader
  world.append()
  await world.advance(MINUTE_MS)
  expect([world.endpoint?.disabled, world.taken.has(2)]).toEqual([undefined, true])
})

it('an owner who may read nothing for a while is told what happened in it afterwards', async () => {
  const world = worldWith(2)
  await world.advance(MINUTE_MS)
  const { reader } = world
  world.reader = null
  world.append()
  await world.advance(DAY_MS)
  expect(world.taken.size).toBe(2)
  world.reader = reader
  world.wake()
  await world.advance(MINUTE_MS)
  expect(world.taken.size).toBe(3)
})

it('an endpoint that has ended leaves nothing', async () => {
  const world = worldWith(5)
  world.manner = () => 'fail'
  await world.advance(MINUTE_MS)
  world.endpoint = null
  world.wake()
  await world.advance(MINUTE_MS)
  expect([world.state, world.rows.openCount(), world.isQuiet]).toEqual([undefined, 0, true])
})

describe('a log', () => {
  it('that has forgotten what comes next is read on, and that is said', async () => {
    const world = worldWith(5)
    await world.advance(MINUTE_MS)
    world.isLogDown = true
    for (let n = 0; n < 10; n++) world.append()
    await world.advance(MINUTE_MS)
    world.isLogDown = false
    world.first = 11
    await world.advance(MINUTE_MS)
    expect(
      numbers(world)
        .slice(5)
        .sort((one, other) => one - other),
    ).toEqual([11, 12, 13, 14, 15])
    expect(world.state?.missed).toMatchObject({ after: 5, before: 11 })
    expect(world.logged).toContain('endpoint_missed')
  })

  it('that forgets what a replay would bring is replayed from there on, and nothing was missed', async () => {
    const world = worldWith(300)
    await world.advance(MINUTE_MS)
    world.first = 251
    await world.replay(0)
    await world.advance(MINUTE_MS)
    expect(
      numbers(world)
        .slice(300)
        .toSorted((one, other) => one - other),
    ).toEqual(Array.from({ length: 50 }, (_, n) => 251 + n))
    expect(world.state?.replay).toBeUndefined()
    expect(world.state?.missed).toBeUndefined()
  })

  it('that forgets all that a replay would bring ends it', async () => {
    const world = worldWith(5)
    await world.advance(MINUTE_MS)
    await world.replay(0)
    world.append()
    world.first = 6
    await world.advance(MINUTE_MS)
    expect(numbers(world)).toEqual([1, 2, 3, 4, 5, 6])
    expect([world.state?.replay, world.state?.missed, world.isQuiet]).toEqual([
      undefined,
      undefined,
      true,
    ])
  })

  it('that is another one ends a replay of the former one', async () => {
    const world = worldWith(300)
    await world.advance(MINUTE_MS)
    world.manner = () => 'slow'
    await world.replay(0)
    await world.advance(MINUTE_MS)
    world.events.splice(0)
    for (let n = 0; n < 10; n++) world.append()
    await world.advance(HOUR_MS)
    expect([world.state?.cursor, world.state?.replay, world.isQuiet]).toEqual([10, undefined, true])
  })

  it('that is another one is begun at its end', async () => {
    const world = worldWith(50)
    world.manner = (seq) => (seq === 7 ? 'fail' : 'ok')
    await world.advance(3 * SECOND_MS)
    world.events.splice(0)
    for (let n = 0; n < 10; n++) world.append()
    await world.advance(MINUTE_MS)
    expect(world.state).toMatchObject({ cursor: 10, missed: { before: 11 } })
    expect(world.rows.openCount()).toBe(0)
    world.append()
    await world.advance(MINUTE_MS)
    expect(numbers(world).at(-1)).toBe(11)
  })

  it('that has more than five minutes’ work is worked off run by run', async () => {
    const world = worldWith(300)
    world.manner = () => 'slow'
    await world.advance(HOUR_MS)
    expect([world.taken.size, world.isQuiet]).toEqual([300, true])
  })

  it('out of reach is asked again after 30 seconds', async () => {
    const world = worldWith(3)
    world.isLogDown = true
    await world.advance(MINUTE_MS)
    expect(world.logged.filter((event) => event === 'endpoint_interrupted').length).toBeLessThan(4)
    world.isLogDown = false
    await world.advance(31 * SECOND_MS)
    expect(world.taken.size).toBe(3)
  })
})

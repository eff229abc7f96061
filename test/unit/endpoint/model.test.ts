/**
 * The machine of an endpoint under everything that may happen to it: crashes at each step, receivers that hang, lie and go,
 * a log and a registry out of reach, a storage that refuses. Whatever happens, each event that the endpoint wants is
 * delivered at least once, or the log lost it and that is told, or the endpoint is switched off and says so.
 */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { EndpointEffects } from '../../../src/endpoint/effects'
import { DELIVERIES_AT_ONCE, DELIVERIES_OPEN_MAX } from '../../../src/limits'
import { EndpointWorld, type Manner } from './world'

const HOUR_MS = 3_600_000

type Act =
  | { do: 'append'; count: number; isWanted: boolean }
  | { do: 'advance'; ms: number }
  | { do: 'crash' | 'enable' | 'disable' | 'mute' | 'unmute' | 'replay' | 'prune' | 'move' }
  | { do: 'receiver'; manners: Manner[] }
  | { do: 'log' | 'registry'; isDown: boolean }
  | { do: 'refuse'; after: number }

const MANNERS: Manner[] = ['ok', 'fail', 'hang', 'gone', 'wait', 'lost', 'slow']
const acts: fc.Arbitrary<Act[]> = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        do: fc.constant('append' as const),
        count: fc.nat(9),
        isWanted: fc.boolean(),
      }),
    },
    {
      weight: 6,
      arbitrary: fc.record({
        do: fc.constant('advance' as const),
        ms: fc.constantFrom(3, 7, 60, 1000, 16_000, 400_000, 5 * HOUR_MS, 30 * HOUR_MS),
      }),
    },
    { weight: 4, arbitrary: fc.record({ do: fc.constant('crash' as const) }) },
    {
      weight: 4,
      arbitrary: fc.record({
        do: fc.constant('receiver' as const),
        manners: fc.array(fc.constantFrom(...MANNERS.filter((each) => each !== 'gone')), {
          minLength: 1,
          maxLength: 4,
        }),
      }),
    },
    { weight: 1, arbitrary: fc.constant<Act>({ do: 'receiver', manners: ['gone', 'ok'] }) },
    {
      weight: 1,
      arbitrary: fc.record({
        do: fc.constantFrom('log' as const, 'registry' as const),
        isDown: fc.boolean(),
      }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('refuse' as const), after: fc.nat(4) }) },
    {
      weight: 2,
      arbitrary: fc.record({
        do: fc.constantFrom(
          'enable' as const,
          'disable' as const,
          'mute' as const,
          'unmute' as const,
          'replay' as const,
          'prune' as const,
          'move' as const,
        ),
      }),
    },
  ),
  { minLength: 5, maxLength: 40 },
)

async function play(world: EndpointWorld, act: Act): Promise<void> {
  if (act.do === 'append')
    for (let n = 0; n <= act.count; n++)
      world.append(act.isWanted ? 'account.connected' : 'app.halted')
  else if (act.do === 'advance') await world.advance(act.ms)
  else if (act.do === 'receiver') {
    const { manners } = act
    world.manner = (seq) => manners[(seq + world.sent.length) % manners.length] ?? 'ok'
  } else if (act.do === 'log') world.isLogDown = act.isDown
  else if (act.do === 'registry') world.isRegistryDown = act.isDown
  else if (act.do === 'refuse') world.refuseWrite = act.after
  else if (act.do === 'crash') await world.crash()
  else if (act.do === 'replay')
    await world.replay(Math.max(world.events.length - 7, world.first - 1)).catch(() => undefined)
  else if (act.do === 'prune')
    world.first = Math.max(world.first, Math.min(world.events.length, world.first + 4))
  else if (act.do === 'move') world.move(`https://${world.sent.length % 3}.example.com/`)
  else if (act.do === 'mute' || act.do === 'unmute') {
    world.reader = act.do === 'mute' ? null : { accounts: undefined, readsX: false }
    world.wake()
  } else world[act.do]('by_hand')
}

/** The receiver and all others are well again, and there is time. */
async function calm(world: EndpointWorld): Promise<void> {
  world.manner = () => 'ok'
  world.isLogDown = false
  world.isRegistryDown = false
  world.refuseWrite = -1
  if (!world.reader) {
    world.reader = { accounts: undefined, readsX: false }
    world.wake()
  }
  for (let days = 0; days < 3 && !world.isQuiet; days++) await world.advance(24 * HOUR_MS)
}

/** What of the promise does not hold. */
function broken(world: EndpointWorld): string[] {
  const wrongs = [...world.wrongs]
  if (world.mostUnderWay > DELIVERIES_AT_ONCE) wrongs.push(`${world.mostUnderWay} at once`)
  if (world.mostOpen > DELIVERIES_OPEN_MAX) wrongs.push(`${world.mostOpen} rows`)
  if (!world.isQuiet) wrongs.push('it never rests')
  const { endpoint, state, events, first } = world
  if (!endpoint || endpoint.disabled) {
    if (world.rows.openCount() > 0) wrongs.push('rows wait at an endpoint that is off')
    return wrongs
  }
  if (world.rows.openCount() > 0) wrongs.push('rows wait, though the receiver is well')
  const gaveUp = new Set(world.told.map(({ data }) => data.event))
  for (const { seq, id, type } of events.slice(endpoint.after)) {
    if (!type.startsWith('account.') || world.taken.has(seq) || gaveUp.has(id)) continue
    if (seq < first && state?.missed) continue
    wrongs.push(`${seq} was never delivered`)
  }
  return wrongs
}

const SEED = 20_261_129

/** The promise, for so many stories, over a machine that stands on something that was tampered with. */
const promise = (numRuns: number, tamper?: (effects: EndpointEffects) => EndpointEffects) =>
  fc.assert(
    fc.asyncProperty(acts, async (story) => {
      const world = new EndpointWorld(tamper)
      for (const act of story) await play(world, act)
      await calm(world)
      expect(broken(world)).toEqual([])
    }),
    { seed: SEED, numRuns, endOnFailure: tamper !== undefined },
  )

it('delivers each event at least once, whatever happens, or says that it did not', async () => {
  await promise(250)
}, 600_000)

describe('the model finds', () => {
  it.each<[string, (effects: EndpointEffects) => EndpointEffects]>([
    [
      'a failure without a row',
      (fx) => ({ ...fx, rows: { ...methods(fx.rows), writeOpen: () => undefined } }),
    ],
    [
      'a delivery that is not remembered',
      (fx) => ({ ...fx, rows: { ...methods(fx.rows), writeDone: () => undefined } }),
    ],
    [
      'a run without an alarm for its own death',
      (fx) => {
        const isForDeath = (at: number | null) => at !== null && at - fx.now() === 360_000
        return { ...fx, setAlarm: async (at) => (isForDeath(at) ? undefined : fx.setAlarm(at)) }
      },
    ],
    ['an event that is given up in silence', (fx) => ({ ...fx, append: async () => undefined })],
  ])(
    '%s',
    async (_, tamper) => {
      await expect(promise(300, tamper)).rejects.toThrow(/Property failed/)
    },
    60_000,
  )
})

const methods = (rows: EndpointEffects['rows']): EndpointEffects['rows'] => ({
  ...rows,
  prune: rows.prune,
})

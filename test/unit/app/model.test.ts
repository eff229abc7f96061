/** Several accounts under one app: whom X's wrong words cost a login, and whether the others go on. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { resumed } from '../../../src/app/halt'
import { type Bug, type Mood, World } from './model-world'

const ACCOUNTS = 20
/** Fewer refusals at once are believed: those accounts are tried again after an hour. */
const BELIEVED = 4
/** What a batch has under way at once when the fifth answer is missing, and what had begun by then. */
const SPENT_MAX = 12
const RUNS = { numRuns: 200, interruptAfterTimeLimit: 30_000 }
const SEARCH = { numRuns: 2000, interruptAfterTimeLimit: 60_000 }
const TIMEOUT_MS = 90_000

type Step = (world: World) => Promise<void>
const one = fc.nat(ACCOUNTS - 1)
const id = (world: World, at: number): string => world.ids[at] ?? ''

/** What may happen while X is in one mood, beside a sweep every five minutes. */
const steps: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.constant<Step>((world) => world.sweep()) },
  { weight: 2, arbitrary: one.map<Step>((at) => (world) => world.lease(id(world, at))) },
  { weight: 1, arbitrary: fc.constant<Step>(async (world) => world.dropApp()) },
)

const spell = (moods: readonly Mood[]) =>
  fc.record({
    mood: fc.constantFrom(...moods),
    minutes: fc.constantFrom(0, 5, 15, 45, 110),
    run: fc.array(steps, { maxLength: 6 }),
  })

/** First it does not answer, or is well; then it refuses everybody, or does not act wrongly at all; then it is well for good. */
const history = fc.record({
  dueIn: fc.array(fc.constantFrom(0, 60, 200), { minLength: ACCOUNTS, maxLength: ACCOUNTS }),
  dead: fc.uniqueArray(one, { maxLength: 8 }),
  spells: fc.tuple(spell(['well', 'down', 'acts']), spell(['lies', 'well'])),
})

async function lookAfter(world: World, hours: number): Promise<void> {
  world.mood = 'well'
  for (let at = 0; at < hours * 12; at++) await world.sweep()
}

const property = (bug?: Bug) =>
  fc.asyncProperty(history, async ({ dueIn, dead, spells }) => {
    const world = new World(dueIn, bug)
    const look = () => {
      expect(world.wrong).toEqual([])
      expect(world.wronged.length, 'X’s wrong words are believed of many').toBeLessThanOrEqual(
        BELIEVED,
      )
      expect(world.spent, 'many are spent into it').toBeLessThanOrEqual(SPENT_MAX)
    }
    for (const at of dead) world.takeAway(id(world, at))
    for (const { mood, minutes, run } of spells) {
      world.mood = mood
      for (const step of run) await step(world)
      look()
      for (let at = 0; at < minutes; at += 5) await world.sweep()
      look()
    }
    // All who are well go on before long, however many are dead.
    await lookAfter(world, 3)
    look()
    expect(world.app, 'nothing is held back any more').not.toHaveProperty('halt')
    expect(world.app, 'nothing is held back any more').not.toHaveProperty('breaker')
    const goesOn = (each: string) => (world.record(each).oauth2?.expiresAt ?? 0) > world.now
    const waiting = world.ids.filter((each) => world.isTaken(each) && !goesOn(each))
    expect(waiting.length, 'they go on').toBeLessThanOrEqual(BELIEVED)
    await lookAfter(world, 24)
    expect(world.wronged, 'nobody is wronged for longer than the retries').toEqual([])
    for (const each of world.ids)
      expect(world.record(each).status, 'whom X takes is ok, and nobody else').toBe(
        world.isTaken(each) ? 'ok' : 'login_required',
      )
  })

it(
  'whatever X says of everybody, nobody is lost whom it takes, and all others go on',
  async () => {
    await fc.assert(property(), RUNS)
  },
  TIMEOUT_MS,
)

describe('the model finds a bug when there is one', () => {
  it.each<[string, Bug, RegExp]>([
    [
      'a made-up token ends a halt for refusals',
      {
        written: (next, before, now) =>
          next.halt?.turn && !before.halt?.turn ? resumed(next, now) : next,
      },
      /believed of many/,
    ],
    [
      'refusals of doubted accounts do not count',
      { refusal: ({ oauth2 }) => oauth2?.ended?.reason !== 'refresh_reply_lost' },
      /believed of many/,
    ],
    [
      'the second refusal stands while the halt goes on',
      { refusal: (_, isAgain) => !isAgain },
      /believed of many|held back/,
    ],
    [
      'what ended is never tried again',
      { listed: (copy) => (copy.ended ? { ...copy, dueAt: null } : copy) },
      /retries|believed of many/,
    ],
    ['no breaker', { isDeaf: true }, /spent into it|believed of many/],
    [
      'a halt lets nobody through whom X never refused',
      {
        written: ({ halt, ...next }) =>
          halt?.turn
            ? { ...next, halt: { ...halt, turn: { ...halt.turn, free: 0 } } }
            : { ...next, ...(halt ? { halt } : {}) },
      },
      /held back|go on/,
    ],
  ])(
    '%s',
    async (_, bug, found) => {
      const details = await fc.check(property(bug), SEARCH)
      expect(details.failed, `found in ${details.numRuns} histories`).toBe(true)
      expect(String(details.errorInstance)).toMatch(found)
    },
    TIMEOUT_MS,
  )
})

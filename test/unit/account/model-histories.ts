/** Random histories of one account, and what must hold in each: what the tests of the model have in common. */
import fc from 'fast-check'
import { expect } from 'vitest'
import { levelOf } from '../../../src/account/events'
import type { Connected } from '../../../src/account/record'
import type { RefreshPolicy } from '../../../src/setting-values'
import { DEATHS, TURNS } from './model-carrier'
import { ORPHANS, PUT_FATES } from './model-kv'
import { LOG_FATES } from './model-log'
import { KINDS, type MachineClass, type Stage, World } from './model-world'
import { END_FATES, FATES, type Manners } from './model-x'

type Step = (world: World) => Promise<void>
const step = (name: string, run: Step): { name: string; run: Step } => ({ name, run })
const generation = (world: World): number => world.connected()?.oauth2?.generation ?? 0

const always = (weight: number, name: string, run: Step) => ({
  weight,
  arbitrary: fc.constant(step(name, run)),
})

/** How far a login gets at first: mostly all the way. */
const UNTIL: Stage[] = ['presented', 'presented', 'presented', 'sent', 'acted', 'identified']

const steps = fc.oneof(
  always(3, 'lease', (w) => w.ask({ because: 'lease', minTtl: 60 })),
  always(2, 'sweep', (w) => w.ask({ because: 'due', sweptAtMs: w.now })),
  always(2, 'force', (w) => w.ask({ because: 'forced' })),
  always(2, 'rejected', (w) =>
    w.ask({ because: 'rejected', minTtl: 60, generation: generation(w) }),
  ),
  {
    weight: 1,
    arbitrary: fc
      .constantFrom(1, 600)
      .map((ago) =>
        step('a hint that comes late, or again', (w) =>
          w.ask({ because: 'due', sweptAtMs: w.now - ago * 1000 }),
        ),
      ),
  },
  {
    weight: 3,
    arbitrary: fc
      .tuple(fc.constantFrom(...KINDS), fc.constantFrom(...UNTIL))
      .map(([kind, until]) => step(`login ${kind} ${until}`, (w) => w.login(kind, until))),
  },
  {
    weight: 3,
    arbitrary: fc.nat(2).map((at) => step(`login ${at} gets on`, (w) => w.getOn(at))),
  },
  always(2, 'bring', (w) => w.bring()),
  always(2, 'confirm', (w) => w.confirm()),
  always(1, 'bring a pair of another app', (w) => w.bringOthers(true)),
  always(1, 'bring an access token of another app', (w) => w.bringOthers(false)),
  {
    weight: 1,
    arbitrary: fc.tuple(fc.boolean(), fc.boolean(), fc.boolean()).map(([isOurs, isEmpty, isLast]) =>
      step(`${isOurs ? 'a' : 'a stranger’s'} pair comes in unasked`, async (w) => {
        if (isEmpty) await w.disconnect(true)
        if (isEmpty) await w.decideEnd(0, 'ok')
        await w.bringUnasked(isOurs)
        await w.ask({ because: 'lease', minTtl: 60 })
        if (isLast) return
        await w.login('oauth2')
        await w.nameOwner(true)
      }),
    ),
  },
  {
    weight: 1,
    arbitrary: fc
      .boolean()
      .map((isSaid) => step(`X says whose it is: ${isSaid}`, (w) => w.nameOwner(isSaid))),
  },
  always(2, 'disconnect', (w) => w.disconnect()),
  always(1, 'disconnect, forced', (w) => w.disconnect(true)),
  {
    weight: 2,
    arbitrary: fc
      .constantFrom(...KINDS)
      .map((kind) => step(`end ${kind}`, (w) => w.endGrant(kind))),
  },
  always(1, 'the user takes the access away', async (w) => w.x.giveBack(w.x.valid)),
  always(1, 'reseal', (w) => w.reseal(false)),
  always(1, 'reseal what is sealed', (w) => w.reseal(true)),
  always(2, 'sealed', (w) => w.sealed()),
  always(1, 'the next token opens slowly', async (w) => {
    w.opensSlowly = true
  }),
  {
    weight: 1,
    arbitrary: fc.constantFrom(1, 2, 4).map((times) =>
      step(`the storage refuses ${times} times`, async (w) => {
        w.refusals = times
      }),
    ),
  },
  always(1, 'a hint of the sweep', (w) => w.hint()),
  always(1, 'suspect', (w) => w.suspect()),
  {
    weight: 1,
    arbitrary: fc.boolean().map((isReplaced) =>
      step('an OAuth 1.0a token comes, and is exchanged', async (w) => {
        await w.login('oauth1')
        if (!isReplaced) await w.endGrant('oauth2')
        await w.exchange(isReplaced)
      }),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(...FATES).map((fate) =>
      step(`X refuses the pair of an account with both, and the exchange is ${fate}`, async (w) => {
        await w.login('oauth1')
        w.x.giveBack(w.x.valid)
        await w.ask({ because: 'forced' })
        await w.decideCall(0, 'answered')
        await w.decideCall(0, fate)
      }),
    ),
  },
  {
    weight: 2,
    arbitrary: fc
      .boolean()
      .map((replace) => step(`exchange, replace ${replace}`, (w) => w.exchange(replace))),
  },
  always(1, 'halt, or its end', async (w) => {
    w.halted = !w.halted
  }),
  always(2, 'X answers others again', async (w) => {
    w.wellSince = Math.floor(w.now / 1000)
  }),
  always(1, 'the app is slow, or answers', (w) => w.slowDown(!w.slow)),
  always(1, 'the app loses what it was asked', (w) => w.loseAnswers()),
  always(1, 'KV is waited for, or not', async (w) => {
    w.patient = !w.patient
  }),
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.constantFrom(...ORPHANS), fc.boolean())
      .map(([put, isHeard]) =>
        step(`crash, the write to KV ${put}${isHeard ? ', X hears of an end' : ''}`, (w) =>
          w.crash(put, isHeard),
        ),
      ),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.constantFrom(...ORPHANS), fc.boolean())
      .map(([put, isHeard]) =>
        step(`moved, the write to KV ${put}${isHeard ? ', X hears of an end' : ''}`, (w) =>
          w.move(put, isHeard),
        ),
      ),
  },
  always(1, 'carriers are slow, or not', async (w) => {
    w.carriers.isSlow = !w.carriers.isSlow
  }),
  {
    weight: 3,
    arbitrary: fc
      .tuple(fc.nat(2), fc.constantFrom('well' as const, ...TURNS))
      .map(([at, turn]) =>
        step(`carrier ${at} goes on: ${turn}`, (w) => w.carrierGetsOn(at, turn)),
      ),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.nat(2), fc.constantFrom(...DEATHS))
      .map(([at, how]) =>
        step(`carrier ${at} dies, its delivery ${how}`, (w) => w.carrierDies(at, how)),
      ),
  },
  always(1, 'a delivery lands late', (w) => w.deliverLate()),
  {
    weight: 1,
    arbitrary: fc.constantFrom(...FATES).map((fate) =>
      step(`an answer, ${fate}, is on its way when its attempt is given up`, async (w) => {
        w.carriers.isSlow = true
        await w.tick(5500)
        await w.ask({ because: 'lease', minTtl: 60 })
        await w.carrierGetsOn(0, 'well')
        await w.decideCall(0, fate)
        w.halted = true
        await w.tick(200)
        w.halted = false
      }),
    ),
  },
  {
    weight: 6,
    arbitrary: fc
      .tuple(fc.nat(3), fc.constantFrom('answered' as const, ...FATES))
      .map(([at, fate]) => step(`call ${at} ${fate}`, (w) => w.decideCall(at, fate))),
  },
  {
    weight: 3,
    arbitrary: fc
      .tuple(fc.nat(2), fc.constantFrom('ok' as const, ...END_FATES))
      .map(([at, fate]) => step(`end ${at} ${fate}`, (w) => w.decideEnd(at, fate))),
  },
  {
    weight: 4,
    arbitrary: fc
      .tuple(fc.nat(3), fc.constantFrom('ok' as const, ...PUT_FATES))
      .map(([at, how]) => step(`put ${at} ${how}`, (w) => w.decidePut(at, how))),
  },
  always(1, 'a write has landed, and its answer has not', async (w) => w.kv.take()),
  always(1, 'a late write lands', async (w) => w.kv.land()),
  {
    weight: 1,
    arbitrary: fc
      .array(fc.constantFrom(...LOG_FATES), { minLength: 1, maxLength: 3 })
      .map((fates) =>
        step(`the log’s next calls: ${fates}`, async (w) => {
          w.log.fates = fates
        }),
      ),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.boolean(), fc.constantFrom(0, 0, 100))
      .map(([isTrue, ago]) =>
        step(`X says that the access was taken away ${ago} s ago: ${isTrue}`, (w) =>
          w.sayRevoked(isTrue, ago),
        ),
      ),
  },
  {
    weight: 4,
    arbitrary: fc
      .constantFrom(1, 6, 29, 31, 61, 200, 3700, 5500, 7300, 90_000)
      .map((seconds) => step(`${seconds} s pass`, (w) => w.tick(seconds))),
  },
)

const DAY_SECONDS = 86_400

/** The same with the policy `auto`: programs use the account from copies, or nobody does for days. */
const stepsWithUse = fc.oneof(
  { weight: 12, arbitrary: steps },
  always(1, 'a use is told', (w) => w.use()),
  {
    weight: 1,
    arbitrary: fc.constantFrom(1, 2, 31).map((days) =>
      step(`${days} days pass, and a sweep`, async (w) => {
        await w.tick(days * DAY_SECONDS)
        await w.ask({ because: 'due', sweptAtMs: w.now })
      }),
    ),
  },
)

async function history(
  machine: MachineClass,
  run: { run: Step }[],
  manners?: Manners,
  policy?: RefreshPolicy,
): Promise<World> {
  const world = new World(machine, manners, policy)
  await world.login('oauth2')
  for (const each of run) await each.run(world)
  return world
}

/** All that waits is done. */
async function answerAll(world: World): Promise<void> {
  const isWaiting = () => world.x.isWaitedFor || world.kv.isWaitedFor || world.isNaming
  for (let n = 0; n < 20 && isWaiting(); n++) {
    await world.nameOwner(true)
    await world.decideCall(0, 'answered')
    await world.decideEnd(0, 'ok')
    await world.decidePut(0, 'ok')
  }
}

/** KV, X and the clock behave from now on, and nobody asks for anything: the alarm alone tells KV what it has to know. */
async function catchUp(world: World): Promise<void> {
  world.halted = false
  world.patient = false
  world.refusals = 0
  world.log.fates = []
  world.opensSlowly = false
  for (let n = 0; n < 20; n++) await world.sealed()
  await world.slowDown(false)
  world.carriers.calmDown()
  world.asked.length = 0
  while (world.hasLateLogin) await world.getOn(0)
  world.kv.landAll()
  for (let round = 0; round < 12; round++) {
    await world.tick(3700)
    await answerAll(world)
  }
}

/** … and the sweep goes on: after a while all is as good as it can be. */
async function calmDown(world: World): Promise<void> {
  for (let round = 0; round < 12; round++) {
    await world.tick(3700)
    await world.ask({ because: 'due', sweptAtMs: world.now })
    await answerAll(world)
  }
}

/** For so many hours a sweep looks at KV's copy each hour. */
async function sweepFor(world: World, hours: number): Promise<void> {
  for (let hour = 0; hour < hours; hour++) {
    await world.tick(3600)
    const { oauth2 } = (world.kv.copy ?? {}) as Partial<Connected>
    if ((oauth2?.dueAt ?? Number.POSITIVE_INFINITY) * 1000 > world.now) continue
    await world.ask({ because: 'due', sweptAtMs: world.now })
    await answerAll(world)
  }
}

/** A sweep finds an idle account after 30 days at the latest, and once it is used; whoever asks finds it at any time. */
async function wakeUp(world: World): Promise<void> {
  await world.tick(30 * DAY_SECONDS)
  const since = Math.floor(world.now / 1000)
  await sweepFor(world, 1)
  const { oauth2, status } = world.connected() ?? {}
  if (status === 'ok' && oauth2?.refreshToken)
    expect(oauth2.refreshedAt, 'no refresh token lapses').toBeGreaterThanOrEqual(since)
  await world.use()
  await answerAll(world)
  await sweepFor(world, 24)
  const used = world.connected()
  if (used?.status === 'ok' && used.oauth2?.refreshToken)
    expect(used.oauth2.expiresAt * 1000, 'what is used is kept warm').toBeGreaterThan(world.now)
  await world.tick(2 * DAY_SECONDS)
  await world.ask({ because: 'lease', minTtl: 60 })
  await answerAll(world)
  await sweepFor(world, 24)
}

function expectKnownToKv(world: World): void {
  const account = world.connected()
  const copy = world.kv.copy as Connected | undefined
  const knows = 'KV knows what the object knows'
  expect(copy?.status, knows).toBe(account?.status)
  expect(copy?.oauth2?.refreshToken, knows).toBe(account?.oauth2?.refreshToken)
  expect(copy?.oauth2?.ended?.reason, knows).toBe(account?.oauth2?.ended?.reason)
  expect(copy?.oauth1, knows).toEqual(account?.oauth1)
}

/** Whole, so that a seeded bug can be told by its words. */
function expectNothingWrong({ wrong }: World): void {
  if (wrong.length > 0) throw new Error(wrong.join('; '))
}

/** Ends that no exchange heals: on purpose, another user’s, or again and again. */
const NOT_HEALED = [
  ...['another_program', 'revoked_by_user', 'ended_by_delete', 'belongs_to_another'],
  // Whoever logged in without offline.access asked for an end.
  'no_refresh_token',
]

const stepsBy = (policy: RefreshPolicy | undefined) =>
  fc.array(policy === 'auto' ? stepsWithUse : steps, { maxLength: 40 })

/** Whatever happens to an account of this machine, nothing goes wrong. */
export const property = (machine: MachineClass, manners?: Manners, policy?: RefreshPolicy) =>
  fc.asyncProperty(stepsBy(policy), async (run) => {
    const world = await history(machine, run, manners, policy)
    expectNothingWrong(world)
    await catchUp(world)
    expectKnownToKv(world)
    await calmDown(world)
    if (policy === 'auto') await wakeUp(world)
    const account = world.connected()
    world.log.judge(account ? (levelOf(account) ?? account.told ?? 'ok') : 'gone')
    expectNothingWrong(world)
    expectKnownToKv(world)
    const { oauth2, oauth1, status, attempt, disconnecting } = world.connected() ?? {}
    expect({ attempt, disconnecting }, 'the journal is clean').toEqual({})
    if (status === 'login_required') {
      expect(oauth2?.refreshToken, 'only what X refuses is given up').not.toBe(world.x.valid)
      // A login whose pair an exchange has ended meanwhile heals as long as the OAuth 1.0a token is there.
      if (oauth1 || !world.x.hasCrossed)
        expect(world.hasHeld(world.x.valid), 'what was held and works is held').toBe(false)
      const heals =
        oauth1 && !oauth1.ended && !oauth1.endedAtX && oauth1.token === world.x.userToken
      const why = oauth2?.ended?.reason
      if (heals) expect(NOT_HEALED).toContain(why)
    } else if (oauth2?.refreshToken) {
      expect(oauth2.refreshToken, 'what is kept works').toBe(world.x.valid)
      expect(oauth2.expiresAt * 1000, 'what is kept is kept fresh').toBeGreaterThan(world.now)
    }
    // One that a DELETE may have ended says so.
    if (oauth1 && !oauth1.endedAtX && !world.mayHoldDead)
      expect(oauth1.token, 'what is kept works').toBe(world.x.userToken)
  })

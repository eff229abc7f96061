/** Random histories of one account against a model of X: what must never happen, and what must in the end. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Adoption, confirmed } from '../../../src/account/adoption'
import type { Decision, LeaseRequest } from '../../../src/account/decide'
import type { Effects } from '../../../src/account/effects'
import { HeldRecord } from '../../../src/account/held-record'
import { AccountMachine } from '../../../src/account/machine'
import type { AccountRecord, Connected } from '../../../src/account/record'
import type { FailureData } from '../../../src/failure'
import { ONCE_CALL_TIMEOUT_MS } from '../../../src/limits'
import { readReply } from '../../../src/oauth/token'
import type { GrantKind, VaultAccount } from '../../../src/store/vault'
import { BUDGET, SEARCH, TIMEOUT_MS } from './model-budget'
import { DEATHS, TURNS } from './model-carrier'
import { ORPHANS, PUT_FATES } from './model-kv'
import { KINDS, type MachineClass, type Stage, World } from './model-world'
import { END_FATES, FATES, MANNERS, type Manners } from './model-x'

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
  always(1, 'suspect', (w) => w.suspect()),
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
    weight: 4,
    arbitrary: fc
      .constantFrom(1, 6, 29, 31, 61, 200, 3700, 5500, 7300, 90_000)
      .map((seconds) => step(`${seconds} s pass`, (w) => w.tick(seconds))),
  },
)

async function history(
  machine: MachineClass,
  run: { run: Step }[],
  manners?: Manners,
): Promise<World> {
  const world = new World(machine, manners)
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

const property = (machine: MachineClass, manners?: Manners) =>
  fc.asyncProperty(fc.array(steps, { maxLength: 40 }), async (run) => {
    const world = await history(machine, run, manners)
    expectNothingWrong(world)
    await catchUp(world)
    expectKnownToKv(world)
    await calmDown(world)
    expectNothingWrong(world)
    expectKnownToKv(world)
    const { oauth2, oauth1, status, attempt, disconnecting } = world.connected() ?? {}
    expect({ attempt, disconnecting }, 'the journal is clean').toEqual({})
    if (status === 'login_required') {
      expect(oauth2?.refreshToken, 'only what X refuses is given up').not.toBe(world.x.valid)
      expect(world.hasHeld(world.x.valid), 'what was held and works is held').toBe(false)
    } else if (oauth2?.refreshToken) {
      expect(oauth2.refreshToken, 'what is kept works').toBe(world.x.valid)
      expect(oauth2.expiresAt * 1000, 'what is kept is kept fresh').toBeGreaterThan(world.now)
    }
    // One that a DELETE may have ended says so.
    if (oauth1 && !oauth1.endedAtX && !world.mayHoldDead)
      expect(oauth1.token, 'what is kept works').toBe(world.x.userToken)
  })

describe('whatever happens', () => {
  it(
    'no pair is lost, none is presented twice at once, nothing valid is withheld, and it ends well',
    async () => {
      await fc.assert(property(AccountMachine), BUDGET)
    },
    TIMEOUT_MS,
  )
})

/** A machine whose record is held in another way. */
const machineWith = (Held: new (effects: Effects) => HeldRecord): MachineClass =>
  class extends AccountMachine {
    constructor(effects: Effects) {
      super(effects, new Held(effects))
    }
  }

/** Single flight removed: whoever wants a refresh makes one. */
class NoSingleFlight extends AccountMachine {
  protected override refresh(
    forced: boolean,
    permitted: boolean,
  ): Promise<FailureData | undefined> {
    return this.attempt(forced, permitted).catch(() => undefined)
  }
  protected override decide(account: Connected, ask: LeaseRequest): Decision {
    const { attempt: _, forced: __, ...rest } = account
    return super.decide(rest, ask)
  }
}

/** Commit after the KV write: the new pair is durable only once KV has it. */
class WrittenAfterKv extends HeldRecord {
  override write(next: AccountRecord, alarmInMs?: number): void {
    const before = this.connected?.oauth2?.generation ?? 0
    const grew = 'oauth2' in next && (next.oauth2?.generation ?? 0) > before && before > 0
    if (!grew) {
      super.write(next, alarmInMs)
      return
    }
    this.record = next
    const commit = () => super.write(next, alarmInMs)
    void this.fx
      .putCopy(next)
      .then(commit, commit)
      .catch(() => undefined)
  }
}
const CommitAfterKv = machineWith(WrittenAfterKv)

/** Retry while in flight: neither a journal nor a broken call is waited for. */
class RetryInFlight extends AccountMachine {
  protected override decide(account: Connected, ask: LeaseRequest): Decision {
    const { attempt: _, oauth2, ...rest } = account
    if (!oauth2?.failure) return super.decide({ ...rest, ...(oauth2 ? { oauth2 } : {}) }, ask)
    const failure = { ...oauth2.failure, retryAt: 0 }
    return super.decide({ ...rest, oauth2: { ...oauth2, failure } }, ask)
  }
}

/** An import is taken whatever a refresh did since X was asked whose it is. */
class ImportTakenBlindly extends AccountMachine {
  override adopt(adoption: Adoption): ReturnType<AccountMachine['adopt']> {
    const { asOf: _, ...rest } = adoption
    return super.adopt(rest)
  }
}

/** With the next write that KV takes it is forgotten that an earlier one may land yet. */
class WithoutLateWrites extends HeldRecord {
  override write(next: AccountRecord, alarmInMs?: number): void {
    const { kv, ...rest } = next
    super.write(kv?.refusals === 0 ? rest : next, alarmInMs)
  }
}
const LateWriteForgotten = machineWith(WithoutLateWrites)

/** Two logins are ordered by when their codes were sent. */
class OrderedBySending extends AccountMachine {
  override adopt(adoption: Adoption): ReturnType<AccountMachine['adopt']> {
    const obtainedAtMs = adoption.sentAtMs ?? adoption.grant.obtainedAtMs
    return super.adopt({ ...adoption, grant: { ...adoption.grant, obtainedAtMs } })
  }
}

/** What the storage refuses is thrown away. */
class ThrownAway extends AccountMachine {
  protected override commit(next: Connected): void {
    try {
      this.held.write(next)
    } catch {
      // Nobody is told, and the carrier hears that its answer was taken.
    }
  }
}

/** An answer is taken for whichever attempt is under way. */
class AnyAttempt extends AccountMachine {
  protected override awaiting(account: Connected, attemptId: string): Connected | undefined {
    return account.attempt ? account : super.awaiting(account, attemptId)
  }
}

/** The app's object is waited for as long as it takes. */
class AppWaitedFor extends AccountMachine {
  protected override askApp<T>(asked: Promise<T>): Promise<T> {
    return asked
  }
}

/** What was sealed anew is written over whatever came meanwhile. */
class ResealedBlindly extends AccountMachine {
  override async reseal(
    seal: (account: VaultAccount) => Promise<VaultAccount | undefined>,
  ): Promise<void> {
    const account = this.held.connected
    const sealed = account && !account.attempt && !account.disconnecting && (await seal(account))
    if (sealed) this.held.write({ ...account, ...sealed })
  }
}

/** What X says of one grant is noted on whichever is held by then. */
class NotedOnAnother extends AccountMachine {
  override async confirm(kind: GrantKind): ReturnType<AccountMachine['confirm']> {
    const account = this.held.connected
    if (!account?.[kind]?.unconfirmed) return this.read()
    const owner = await this.fx.ownerAtX(account, kind)
    const now = this.held.connected
    if (now?.[kind] && !('message' in owner))
      this.held.write(confirmed(now, kind, owner, Math.floor(this.fx.now() / 1000)))
    await this.publish()
    return this.read()
  }
}

/** A doubt is tried again by alarm without a word to the app's object. */
class AlarmUnasked extends AccountMachine {
  #isAlarm = false
  override async alarm(): Promise<void> {
    this.#isAlarm = true
    const rung = super.alarm()
    this.#isAlarm = false
    await rung
  }
  protected override refresh(
    forced: boolean,
    permitted: boolean,
  ): Promise<FailureData | undefined> {
    return super.refresh(forced, permitted || this.#isAlarm)
  }
}

/** What an import takes the place of is dropped at once. */
class WithoutFormer extends HeldRecord {
  override write(next: AccountRecord, alarmInMs?: number): void {
    const { formers: _, ...rest } = next as Connected
    super.write(rest, alarmInMs)
  }
}
const FormerDropped = machineWith(WithoutFormer)

/** The end of a single grant leaves no journal. */
class EndsUnnoted extends HeldRecord {
  override write(next: AccountRecord, alarmInMs?: number): void {
    const { endingGrant: _, ...rest } = next as Connected
    super.write(rest, alarmInMs)
  }
}
const EndOfGrantUnnoted = machineWith(EndsUnnoted)

describe('the model finds a bug when there is one', () => {
  it.each<[string, MachineClass, RegExp, Manners?]>([
    ['single flight removed', NoSingleFlight, /two calls|presented|delivered/],
    ['commit after the KV write', CommitAfterKv, /delivered|is not held/],
    ['retry while in flight', RetryInFlight, /presented again|KV knows/],
    [
      'imports taken blindly',
      ImportTakenBlindly,
      /delivered|presented again|have ended|ended for|an older|was dropped|works/,
    ],
    ['a late write forgotten', LateWriteForgotten, /KV knows|ended for/],
    [
      'two logins in the order of their codes',
      OrderedBySending,
      /live pair of a login|an older oauth2/,
    ],
    ['an import that drops what it takes the place of', FormerDropped, /is held|works|never is/],
    ['the end of a grant without a journal', EndOfGrantUnnoted, /works|during a DELETE|ended for/],
    ['a commit that throws', ThrownAway, /delivered|presented again|kept fresh|works/],
    [
      'the app’s object waited for without end',
      AppWaitedFor,
      /kept fresh|without an answer|journal|KV knows|works|came back/,
    ],
    ['re-sealed over what came meanwhile', ResealedBlindly, /./],
    ['X’s word noted on another grant', NotedOnAnother, /given up|ended for|works|held/],
    ['an alarm that asks nobody', AlarmUnasked, /nobody was asked/],
    [
      'a call given up after 20 seconds',
      AccountMachine,
      /nobody listened|works/,
      { ...MANNERS, timeoutMs: 20_000 },
    ],
    [
      'an answer delivered to the wrong attempt',
      AnyAttempt,
      /was not taken|rotated|calls|delivered|ended for|works/,
    ],
    [
      'a carrier that outlives the doubt',
      AccountMachine,
      /two calls|may still run|rotated/,
      { ...MANNERS, timeForCall: () => ONCE_CALL_TIMEOUT_MS },
    ],
    [
      'a broken reply thrown away',
      AccountMachine,
      /delivered/,
      { ...MANNERS, read: (reply) => readReply({ ...reply, text: '', status: 0 }) },
    ],
  ])(
    '%s',
    async (_, machine, found, manners) => {
      // It stops at the first one that it finds, mostly long before that.
      const details = await fc.check(property(machine, manners), SEARCH)
      expect(details.failed, `found in ${details.numRuns} histories`).toBe(true)
      expect(String(details.errorInstance)).toMatch(found)
    },
    TIMEOUT_MS,
  )
})

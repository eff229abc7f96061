/** What an account does while others answer, each in one history of the model's world after which something was wrong. */
import { expect, it } from 'vitest'
import { AccountMachine } from '../../../src/account/machine'
import { JOURNAL_ALARM_MS } from '../../../src/limits'
import { holding, World } from './model-world'

/** A refresh that is due is under way at X. */
async function refreshing(): Promise<World> {
  const world = await holding('oauth2')
  await world.tick(5500)
  await world.ask({ because: 'lease', minTtl: 60 })
  expect(world.x.isWaitedFor).toBe(true)
  return world
}

// A doubt was tried again into a halt.
it('an alarm asks the app’s object before it presents a token again', async () => {
  const world = await refreshing()
  await world.decideCall(0, 'lost_before')
  await world.decidePut(0, 'ok')
  world.halted = true
  await world.tick(100)
  expect(world.x.isWaitedFor).toBe(false)
  world.halted = false
  await world.ask({ because: 'due', sweptAtMs: world.now })
  expect(world.x.isWaitedFor).toBe(true)
})

// The new login's first refresh was put off by words about a grant that is gone.
it('X’s words about the app are not held against a login that came meanwhile', async () => {
  const world = await refreshing()
  await world.slowDown(true)
  await world.decideCall(0, 'app')
  await world.login('oauth2')
  await world.slowDown(false)
  expect(world.connected()?.oauth2).toMatchObject({ refreshToken: world.x.valid })
  expect(world.connected()?.oauth2).not.toHaveProperty('failure')
})

// A login's grant was set aside as a stranger's.
it('X’s word about an imported grant is not noted on a login’s that came meanwhile', async () => {
  const world = await holding('oauth1')
  await world.bringUnasked(false)
  await world.ask({ because: 'lease', minTtl: 60 })
  await world.login('oauth2')
  await world.nameOwner(true)
  expect(world.connected()).toMatchObject({ status: 'ok', oauth2: { refreshToken: world.x.valid } })
  expect(world.connected()?.oauth2).not.toHaveProperty('ended')
})

// The only live pair was dropped as an older one, in favour of a token that is another user's.
it('a login that came before an import of a stranger’s token takes its place all the same', async () => {
  const world = new World(AccountMachine)
  await world.login('oauth2', 'identified')
  await world.bringUnasked(false)
  await world.ask({ because: 'lease', minTtl: 60 })
  await world.nameOwner(true)
  expect(world.connected()?.oauth2?.ended?.reason).toBe('belongs_to_another')
  await world.getOn(0)
  expect(world.connected()).toMatchObject({ status: 'ok', oauth2: { refreshToken: world.x.valid } })
  expect(world.wrong).toEqual([])
})

// The first refusal after a login was called a lost reply.
it('a doubt about the former grant is none about a login’s', async () => {
  const world = await refreshing()
  await world.decideCall(0, 'lost_after')
  expect(world.connected()).toHaveProperty('inDoubt')
  await world.login('oauth2')
  expect(world.connected()).not.toHaveProperty('inDoubt')
  await world.tick(31)
  world.x.giveBack(world.x.valid)
  await world.ask({ because: 'forced' })
  await world.decideCall(0, 'answered')
  expect(world.connected()?.oauth2?.ended).toMatchObject({ reason: 'refused_by_x' })
})

// Waiting for keys is a time like any other: the token of a grant that was gone was presented.
it('a grant that a login replaces while it is opened is not presented', async () => {
  const world = await holding('oauth2')
  world.opensSlowly = true
  await world.tick(5500)
  await world.ask({ because: 'lease', minTtl: 60 })
  await world.login('oauth2')
  await world.sealed()
  expect(world.x.isWaitedFor).toBe(false)
})

// The object died while it told KV of the pair, and no alarm was left: KV showed the former pair until a sweep found it due.
it('KV is told of a pair that came after its attempt was given up, whoever dies meanwhile', async () => {
  const world = await holding('oauth2')
  world.carriers.isSlow = true
  await world.tick(5500)
  await world.ask({ because: 'lease', minTtl: 60 })
  await world.carrierGetsOn(0, 'well')
  await world.decideCall(0, 'answered')
  world.halted = true
  await world.tick(200)
  await world.decidePut(0, 'ok')
  await world.carrierGetsOn(0, 'well')
  expect(world.connected()?.oauth2?.refreshToken).toBe('r2')
  await world.crash('is lost', false)
  await world.tick(200)
  await world.decidePut(0, 'ok')
  expect(world.kv.copy).toMatchObject({ oauth2: { refreshToken: 'r2' } })
})

// Whoever has no token at all had to wait for the breaker, though there was nothing to lose.
it('the app’s object hears that somebody without a token waits, as long as somebody does', async () => {
  const world = await holding('oauth2')
  await world.tick(7300)
  world.opensSlowly = true
  await world.hint()
  await world.ask({ because: 'lease', minTtl: 60 })
  await world.sealed()
  expect(world.asks.at(-1)).toEqual({ isUrgent: true, isSuspected: false })
  await world.decideCall(0, 'answered')
  await world.tick(5500)
  await world.ask({ because: 'lease', minTtl: 60 })
  expect(world.asks.at(-1)).toEqual({ isUrgent: false, isSuspected: false })
})

// A good token was called degraded whenever X took longer than two seconds.
it('a caller whose token is good hears nothing of a refresh that takes its time', async () => {
  const world = await holding('oauth2')
  await world.tick(5500)
  const leased = await world.machine.lease({ because: 'lease', minTtl: 60 })
  await world.tick(1)
  expect(world.x.isWaitedFor).toBe(true)
  expect(leased).toMatchObject({ ok: true })
  expect(leased.ok && leased.value).not.toHaveProperty('degraded')
})

// It would ask the app's object, and X, about a record that it cannot write down; and each five seconds at that.
it('an alarm settles nothing while the storage refuses, and looks again in two minutes', async () => {
  const world = await refreshing()
  const asked = world.asks.length
  world.refusals = 1000
  await world.decideCall(0, 'answered')
  await world.tick(5500)
  world.alarm = world.now
  await world.tick(0)
  expect(world.alarm).toBeGreaterThanOrEqual(world.now - 1000 + JOURNAL_ALARM_MS)
  expect(world.asks).toHaveLength(asked)
})

// The token was presented again while the first call could still run, and X called it invalid.
it('an alarm that rings early gives up no attempt whose answer is on its way', async () => {
  const world = await refreshing()
  await world.move('is lost', false)
  world.alarm = world.now
  await world.tick(60)
  expect(world.connected()).toHaveProperty('attempt')
  expect(world.connected()).not.toHaveProperty('inDoubt')
  await world.decideCall(0, 'answered')
  expect(world.connected()).toMatchObject({ status: 'ok', oauth2: { refreshToken: world.x.valid } })
  expect(world.wrong).toEqual([])
})

// The carrier has its receipt and goes: nobody's request keeps the object at what follows.
it('an object that takes another’s answer is kept until the app’s object and KV know', async () => {
  const world = await refreshing()
  await world.move('is lost', false)
  await world.slowDown(true)
  const before = world.kept.length
  await world.decideCall(0, 'answered')
  expect(world.kept).toHaveLength(before + 1)
})

// A good import was thrown away at its first refresh, and one that nothing could refresh stayed in the place of a grant that works.
it.each([
  ['is tried before the grant that it took the place of', true, 'r1'],
  ['gives way at once where it has no refresh token', false, 'r2'],
])('an import %s', async (_, canRefresh, held) => {
  const world = await holding('oauth2')
  await world.bringOthers(canRefresh)
  await world.tick(7300)
  await world.ask({ because: 'lease', minTtl: 60 })
  await world.decideCall(0, 'answered')
  expect(world.x.valid).toBe(held)
  expect(world.connected()).toMatchObject({ status: 'ok', oauth2: { refreshToken: held } })
  expect(world.wrong).toEqual([])
})

// What an alarm waits for, it cannot look at again should that never come.
it.each<[string, (world: World) => Promise<void>]>([
  ['a DELETE', (world) => world.disconnect()],
  ['the end of one grant', (world) => world.endGrant('oauth1')],
])('an alarm that rings while X is asked for %s does not wait for it', async (_, ends) => {
  const world = await holding('oauth2', 'oauth1')
  await ends(world)
  await world.tick(121)
  expect(world.alarm).toBe(world.now - 1000 + JOURNAL_ALARM_MS)
  await world.decideEnd(0, 'ok')
  expect(world.wrong).toEqual([])
})

// Each sweep had it sealed anew, for good, and a key that was taken away took the account with it.
it('what is sealed anew is what is held', async () => {
  const world = await holding('oauth2')
  const { oauth2 } = world.connected() ?? {}
  const sealed = { ...oauth2!, accessToken: 'v1.new.i.access' } as const
  await world.machine.reseal(async (account) => ({ ...account, oauth2: sealed }))
  expect(world.connected()?.oauth2).toEqual(sealed)
})

// An import was turned away as older than a grant that was not there.
it('an import is judged against the pair that is held once no refresh runs, or against none', async () => {
  expect(await new World(AccountMachine).machine.settled()).toBe(0)
  expect(await (await holding('oauth1')).machine.settled()).toBe(0)
  const world = await refreshing()
  const before = world.connected()?.oauth2?.generation
  const settled = world.machine.settled()
  await world.decideCall(0, 'answered')
  expect(await settled).toBe(world.connected()?.oauth2?.generation)
  expect(await settled).not.toBe(before)
})

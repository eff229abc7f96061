/** What an account does while others answer, each in one history of the model's world after which something was wrong. */
import { expect, it } from 'vitest'
import { holding, type World } from './model-world'

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

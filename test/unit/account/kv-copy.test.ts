/** What KV is told, each in one history of the model's world after which it had been left with something old. */
import { expect, it } from 'vitest'
import { AccountMachine } from '../../../src/account/machine'
import { holding, World } from './model-world'

/** A login whose write to KV is still under way. */
async function telling(): Promise<World> {
  const world = new World(AccountMachine)
  await world.login('oauth2')
  return world
}

/** What alarms there are ring, and KV takes what it is told. */
async function timePasses(world: World): Promise<void> {
  for (let n = 0; n < 3; n++) {
    await world.tick(70)
    await world.decidePut(0, 'ok')
  }
  expect(world.alarm === null || world.alarm > world.now + 3_600_000).toBe(true)
}

const newest = (world: World) => ({ oauth2: { refreshToken: world.x.valid } })

// The newer write had left before the older one landed, and was answered after.
it('a late write that lands while the next one is under way is written over', async () => {
  const world = await telling()
  await world.decidePut(0, 'hangs')
  await world.tick(31)
  await world.decidePut(0, 'ok')
  await world.login('oauth2')
  world.kv.take()
  world.kv.land()
  await world.tick(29)
  await world.decidePut(0, 'ok')
  await timePasses(world)
  expect(world.kv.copy).toMatchObject(newest(world))
})

it('so is one whose object died, after a login', async () => {
  const world = await telling()
  await world.crash('lands later', false)
  await world.login('oauth2')
  await world.decidePut(0, 'ok')
  await world.decidePut(0, 'ok')
  world.kv.land()
  await timePasses(world)
  expect(world.kv.copy).toMatchObject(newest(world))
})

it('… and after a DELETE', async () => {
  const world = await telling()
  await world.crash('lands later', false)
  await world.disconnect()
  await world.decideEnd(0, 'ok')
  await world.decidePut(0, 'ok')
  await world.decidePut(0, 'ok')
  world.kv.land()
  await timePasses(world)
  expect(world.kv.copy).toMatchObject({ disconnectedAtMs: expect.any(Number) })
})

// Nothing but its alarm says that a write was under way; this one had none.
it('… and when KV was only told again what it may not know', async () => {
  const world = await holding('oauth2')
  await world.reseal(true)
  await world.crash('lands later', false)
  await world.login('oauth2')
  await world.decidePut(0, 'ok')
  world.kv.land()
  await timePasses(world)
  expect(world.kv.copy).toMatchObject(newest(world))
})

// KV called it sealed with an old key for good, and each sweep asked for it again.
it('a copy that is sealed as it should be, and that KV alone does not know to be, is written again', async () => {
  const world = await holding('oauth2')
  await world.reseal(true)
  await world.sealed()
  expect(world.kv.isWaitedFor).toBe(true)
})

it('… but not while KV is left in peace after a refusal: an alarm does it', async () => {
  const world = await telling()
  await world.decidePut(0, 'fails')
  await world.reseal(true)
  await world.sealed()
  expect(world.kv.isWaitedFor).toBe(false)
})

// The alarm rang in the very millisecond, found that it was too early, and set another one.
it('KV that refused is offered the copy again by the alarm that was set for it', async () => {
  const world = await telling()
  await world.decidePut(0, 'fails')
  await world.tick(((world.alarm ?? 0) - world.now) / 1000)
  expect(world.kv.isWaitedFor).toBe(true)
})

// Each write that an alarm repeated was written once more a minute later.
it('a write that KV takes at last is not written again, since no object has died', async () => {
  const world = await telling()
  await world.decidePut(0, 'fails')
  await world.tick(10)
  await world.decidePut(0, 'ok')
  expect(world.connected()).not.toHaveProperty('kv')
  expect(world.alarm).toBeNull()
})

// It stayed wrong until the next refresh.
it('a copy that is wrong is written again by a hint of the sweep, an hour apart', async () => {
  const world = await holding('oauth2')
  await timePasses(world)
  for (const isMended of [true, false]) {
    world.kv.copy = undefined
    await world.tick(130)
    await world.hint()
    await world.decidePut(0, 'ok')
    expect(world.kv.copy !== undefined).toBe(isMended)
  }
  await world.tick(3600)
  await world.hint()
  await world.decidePut(0, 'ok')
  expect(world.kv.copy).toMatchObject(newest(world))
  expect(world.connected()).not.toHaveProperty('attempt')
})

it('an alarm is no hint', async () => {
  const world = await holding('oauth2')
  await timePasses(world)
  world.kv.copy = undefined
  world.alarm = world.now
  await world.tick(130)
  expect(world.kv.isWaitedFor).toBe(false)
})

it('what was deleted is deleted again, and does not come back', async () => {
  const world = await holding('oauth2')
  const copy = world.kv.copy
  await world.disconnect()
  await world.decideEnd(0, 'ok')
  await world.decidePut(0, 'ok')
  await world.tick(200)
  await world.decidePut(0, 'ok')
  for (const again of [() => world.hint(), () => world.machine.publish()]) {
    world.kv.copy = copy
    void again()
    await world.tick(1)
    await world.decidePut(0, 'ok')
    expect(world.kv.copy).toHaveProperty('disconnectedAtMs')
  }
})

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

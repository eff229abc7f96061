/** REFRESH_POLICY=lazy: nothing is refreshed before somebody asks, and then at once. */
import { expect, it } from 'vitest'
import { program } from './programs.ts'
import { useWorld } from './worlds.ts'

const world = useWorld({ REFRESH_POLICY: 'lazy:30d' })
const admin = program(world)
const refreshes = () => world.emulator.tokenCalls('refresh_token')

it('a token about to expire is left alone by the sweep, and refreshed by a lease that needs more', async () => {
  await world.emulator.app({ access_token_ttl: 900 })
  const { id, generation, due_at } = await admin.connect()
  await world.emulator.app({ access_token_ttl: 7200 })
  expect((due_at ?? 0) - Date.now() / 1000).toBeGreaterThan(26 * 86_400)
  await world.sweep()
  expect(await admin.lease(id)).toMatchObject({ generation })
  expect(await refreshes()).toEqual([])
  const lease = await admin.lease(id, '?min_ttl=3600')
  expect(lease.generation).toBeGreaterThan(generation)
  expect(lease).not.toHaveProperty('degraded')
  expect(await refreshes()).toHaveLength(1)
})

it('an expired one is refreshed by the next lease', async () => {
  const [account] = await admin.connectExpired()
  await world.sweep()
  expect(await refreshes()).toEqual([])
  expect((await admin.lease(account.id)).expires_in).toBeGreaterThan(7000)
})

/** REFRESH_POLICY=auto, the default: what programs use is kept warm, and the rest is refreshed when somebody asks. */
import { expect, it } from 'vitest'
import { program } from './programs.ts'
import { useWorld } from './worlds.ts'

const BUILD = ['wrangler.toml']
const DAY = 86_400

const world = useWorld({ REFRESH_POLICY: 'lazy:30d' })
const admin = program(world)
const refreshes = () => world.emulator.tokenCalls('refresh_token')
const dueIn = async (id: string) => ((await admin.account(id)).due_at ?? 0) - Date.now() / 1000

it('an idle account is left alone by the sweep while a used one is refreshed; its lease brings a fresh token', async () => {
  // From a policy under which nothing is kept warm: nobody has used it since its last refresh.
  const [idle] = await admin.connectExpired()
  await world.deploy(BUILD, {}, { REFRESH_POLICY: 'auto' })
  const [used] = await admin.connectExpired()
  expect(await dueIn(idle.id)).toBeGreaterThan(26 * DAY)
  expect(await dueIn(used.id)).toBeLessThan(0)

  await world.sweep()
  expect(await refreshes()).toHaveLength(1)
  expect((await admin.account(used.id)).generation).toBeGreaterThan(used.generation)
  expect(await admin.account(idle.id)).toMatchObject({ generation: idle.generation, status: 'ok' })

  const lease = await admin.lease(idle.id)
  expect(lease.generation).toBeGreaterThan(idle.generation)
  expect(lease.expires_in).toBeGreaterThan(7000)
  expect(lease).not.toHaveProperty('degraded')
  expect(await refreshes()).toHaveLength(2)
  // It is warm from now on.
  expect(await dueIn(idle.id)).toBeLessThan(7200)
  const { rotations_24h } = await admin.json<{ rotations_24h: number }>('GET', '/v1/status')
  expect(rotations_24h).toBeGreaterThanOrEqual(2)
})

it('a policy that becomes warm again keeps idle accounts fresh from the next sweep on', async () => {
  await world.deploy(BUILD, {}, { REFRESH_POLICY: 'lazy:150d' })
  const [account] = await admin.connectExpired()
  expect(await dueIn(account.id)).toBeGreaterThan(100 * DAY)
  await world.deploy(BUILD, {}, { REFRESH_POLICY: 'warm' })
  await world.sweep()
  expect((await admin.account(account.id)).generation).toBeGreaterThan(account.generation)
  expect(await dueIn(account.id)).toBeLessThan(7200)
})

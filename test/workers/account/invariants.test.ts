import { abortAllDurableObjects, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { expect, it, vi } from 'vitest'
import type { Account } from '../../../src/account/account'
import { api, connect, later, useFreshWorld } from '../world'

useFreshWorld()

it('a record that must not be is logged at its next write, and works on', async () => {
  const { id } = await connect()
  const lines = vi.spyOn(console, 'log')
  const logged = () => lines.mock.calls.map(([line]) => String(line)).join('\n')
  const refresh = () => api(`/v1/accounts/${id}/refresh`, { method: 'POST' })
  expect(await refresh()).toMatchObject({ http: 200 })
  expect(logged()).not.toContain('record_invariant_broken')
  await runInDurableObject(env.ACCOUNT.getByName(id), (_: Account, { storage }) =>
    storage.sql.exec(`UPDATE record SET json = json_set(json, '$.endedGeneration', 9e9)`),
  )
  await abortAllDurableObjects()
  later(61)
  expect(await refresh()).toMatchObject({ http: 200 })
  expect(logged()).toContain(
    `{"event":"record_invariant_broken","account":"${id}","broken":["An ended generation`,
  )
})

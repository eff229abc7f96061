import { abortAllDurableObjects, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { expect, it } from 'vitest'
import type { Account } from '../../../src/account/account'
import { api, connect, later, logged, useFreshWorld } from '../world'

useFreshWorld()

it('a record that must not be is logged at its next write, and works on', async () => {
  const { id } = await connect()
  const broken = logged('record_invariant_broken')
  const refresh = () => api(`/v1/accounts/${id}/refresh`, { method: 'POST' })
  expect(await refresh()).toMatchObject({ http: 200 })
  expect(broken()).toEqual([])
  await runInDurableObject(env.ACCOUNT.getByName(id), (_: Account, { storage }) =>
    storage.sql.exec(`UPDATE record SET json = json_set(json, '$.endedGeneration', 9e9)`),
  )
  await abortAllDurableObjects()
  later(61)
  expect(await refresh()).toMatchObject({ http: 200 })
  const line = { account: id, broken: [expect.stringMatching(/^An ended generation/)] }
  expect(broken()[0]).toMatchObject(line)
})

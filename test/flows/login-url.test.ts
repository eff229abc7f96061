/** Where no browser may begin the login that would help, words say what to do instead. */
import { expect, it } from 'vitest'
import { problemOf } from './answers.ts'
import { program } from './programs.ts'
import { useWorld } from './worlds.ts'

const world = useWorld({ LOGIN_FLOWS: 'oauth2', LOGIN_ALLOW: '' })
const admin = program(world)

it('a flow that is not offered is named, and so are logins that programs alone may begin', async () => {
  const { id, username, generation } = await admin.connect()
  const url = `${world.x}/2/users/me`
  const signing = await admin.send('POST', `/v1/accounts/${id}/sign`, { method: 'GET', url })
  const unsigned = await problemOf(signing)
  expect(unsigned).not.toHaveProperty('login_url')
  expect(unsigned.detail).toMatch(/adds oauth1, or signin, or pin to LOGIN_FLOWS/)
  await world.emulator.revoke(username)
  const refused = await problemOf(await admin.tryLease(id, `?rejected=${generation}`))
  expect(refused).toMatchObject({ code: 'login_required' })
  expect(refused).not.toHaveProperty('login_url')
  expect(refused.detail).toMatch(/begin one with POST \/v1\/logins/)
  const { degraded } = await admin.lease(id)
  expect(degraded).toMatchObject({ reason: 'login_required', detail: /POST \/v1\/logins/ })
  expect(degraded).not.toHaveProperty('login_url')
})

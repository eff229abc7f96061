/** X's word that a user took our access away, at the real account: what the app counts of it, and what is not asked. */
import { env } from 'cloudflare:workers'
import { expect, it, vi } from 'vitest'
import { ownerAtX } from '../../../src/account/owner-at-x'
import { accountAt } from '../../../src/account/stub'
import { unixSeconds } from '../../../src/clock'
import type { VaultAccount } from '../../../src/store/vault'
import { api, connect, later, useFreshWorld, x } from '../world'

useFreshWorld()

const reasonOf = async (id: string) => (await api(`/v1/accounts/${id}`)).oauth2.ended?.reason
const refusedInWindow = async () =>
  ((await env.APP.getByName('app').status()).window ?? []).reduce(
    (sum, each) => sum + each.refused,
    0,
  )

// Users who leave one after the other halted the refreshes of all others.
it('a refusal that the user explains is none that X may be wrong about', async () => {
  const [alice, bob] = [await connect(), await connect()]
  for (const { username } of [alice, bob]) await x('POST', 'revoke', { username })
  later(60)
  await accountAt(env, alice.id).revokedAtX(unixSeconds())
  await expect.poll(() => reasonOf(alice.id)).toBe('revoked_by_user')
  expect(await refusedInWindow()).toBe(0)
  await api(`/v1/accounts/${bob.id}/refresh`, { method: 'POST' })
  expect(await reasonOf(bob.id)).toBe('refused_by_x')
  expect(await refusedInWindow()).toBe(1)
})

// X refuses a signature by another app's key, whatever the token is worth: it would have ended.
it('X is not asked by the signature of another app', async () => {
  const oauth1 = { token: 'v1.a.b.c', tokenSecret: 'v1.a.b.c', obtainedAtMs: 1, apiKey: 'another' }
  const account = { id: '12', username: 'alice', name: '', status: 'ok', oauth1 } as VaultAccount
  const asked = vi.spyOn(globalThis, 'fetch')
  const said = await ownerAtX(env, account, 'oauth1', unixSeconds())
  expect(said).toEqual({ message: expect.stringContaining('X_API_KEY another') })
  expect(asked).not.toHaveBeenCalled()
})

it('nobody who is not connected here is asked about', async () => {
  const asked = vi.spyOn(globalThis, 'fetch')
  await accountAt(env, '987654321').revokedAtX(unixSeconds())
  expect(asked).not.toHaveBeenCalled()
})

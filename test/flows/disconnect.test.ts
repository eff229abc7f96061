/** DELETE of an account: given back to X first, then forgotten; forgotten without X only when told to. */
import { describe, expect, it } from 'vitest'
import { problemOf } from './answers.ts'
import { REVOKE } from './emulators.ts'
import { program } from './programs.ts'
import { visitor } from './visitors.ts'
import { useWorld } from './worlds.ts'

const world = useWorld()
const admin = program(world)

const disconnect = (id: string, query = '') => admin.send('DELETE', `/v1/accounts/${id}${query}`)

async function expectGone(id: string): Promise<void> {
  const answers = [
    await admin.tryLease(id),
    await admin.send('GET', `/v1/accounts/${id}`),
    await admin.send('POST', `/v1/accounts/${id}/refresh`),
    await disconnect(id),
  ]
  for (const response of answers)
    expect(await problemOf(response)).toMatchObject({ status: 404, code: 'account_unknown' })
  const { accounts } = await admin.json<{ accounts: { id: string }[] }>('GET', '/v1/accounts')
  expect(accounts.map((account) => account.id)).not.toContain(id)
}

describe('DELETE /v1/accounts/:id', () => {
  it('revokes both tokens at X, then forgets', async () => {
    const { id, username } = await admin.connect()
    await admin.lease(id)
    const response = await disconnect(id)
    expect(response.status).toBe(200)
    expect(await response.json()).toEqual({ id, disconnected: true, revoked: true })
    expect(await world.emulator.grants(username)).toMatchObject([
      { live: false, ended: 'revoked', access_token: null, refresh_token: null },
    ])
    const calls = await world.emulator.calls(REVOKE)
    expect(calls.map(({ status, outcome }) => [status, outcome])).toEqual([
      [200, 'revoked'],
      [200, 'revoked'],
    ])
    await expectGone(id)
  })

  it('counts as revoked what the user took away at X before', async () => {
    const { id, username } = await admin.connect()
    await world.emulator.revoke(username)
    expect(await (await disconnect(id)).json()).toMatchObject({ revoked: true })
    await expectGone(id)
  })

  it('twice at once is done once', async () => {
    const { id } = await admin.connect()
    await Promise.all([disconnect(id), disconnect(id)])
    expect(await world.emulator.calls(REVOKE)).toHaveLength(2)
    await expectGone(id)
  })

  it('the account can be connected again, with a higher generation', async () => {
    const { id, username, generation } = await admin.connect()
    await disconnect(id)
    expect((await visitor(world).login(username)).status).toBe(200)
    expect((await admin.account(id)).generation).toBeGreaterThanOrEqual(generation)
    expect((await world.emulator.me((await admin.lease(id)).access_token)).status).toBe(200)
  })
})

describe('while X does not confirm', () => {
  it.each(['status:503', 'html', 'html:200', 'drop_before', 'status:429'])(
    '%s: nothing is forgotten, unless forced',
    async (fault) => {
      const { id } = await admin.connect()
      await world.emulator.fault(fault, REVOKE, 9)
      const problem = await problemOf(await disconnect(id))
      expect(problem).toMatchObject({ status: 503, code: 'revoke_failed', detail: /X / })
      expect(await admin.account(id)).toMatchObject({ status: 'ok' })
      const { access_token, degraded } = await admin.lease(id)
      // Only where X said no it has not acted for certain.
      const isSure = fault === 'status:429'
      expect(degraded?.reason).toBe(isSure ? undefined : 'delete_unfinished')
      expect((await world.emulator.me(access_token)).status).toBe(200)
      const forced = await disconnect(id, '?force=true')
      expect(forced.status).toBe(200)
      expect(await forced.json()).toMatchObject({
        id,
        disconnected: true,
        revoked: false,
        note: expect.stringContaining('X did not confirm'),
      })
      await expectGone(id)
    },
  )

  it('wrong app credentials: the same, and it works once they are right', async () => {
    const { id } = await admin.connect()
    await world.emulator.app({ client_secret: 'another' })
    expect(await problemOf(await disconnect(id))).toMatchObject({ code: 'revoke_failed' })
    await world.calm()
    expect(await (await disconnect(id)).json()).toMatchObject({ revoked: true })
    await expectGone(id)
  })
})

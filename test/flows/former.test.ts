/**
 * Today's Worker in front of objects that still run the former build, as for up to five minutes after a deploy, and the
 * former Worker in front of today's objects: what people and programs do works, and nobody sees what is not theirs.
 */
import { describe, expect, it } from 'vitest'
import { problemOf } from './answers.ts'
import { REVOKE, TOKEN } from './emulators.ts'
import { program } from './programs.ts'
import { decide, visitor } from './visitors.ts'
import { ALL_FLOWS, API_KEY, LOGIN_APP, useWorld, type World } from './worlds.ts'

/** A program with a key of its own. */
async function keyedBy(world: World, request: Record<string, unknown>) {
  const body = { name: 'test', ...request }
  const { key } = await program(world).json<{ key: string }>('POST', '/v1/callers', body)
  return program(world, key)
}

describe.each([
  ['today’s Worker, former objects', ['test/former/worker.toml', 'test/former/objects.toml']],
  ['former Worker, today’s objects', ['test/former/late-worker.toml', 'test/former/deployed.toml']],
])('%s:', (_, configs) => {
  const world = useWorld(ALL_FLOWS, {}, configs)
  const admin = program(world)

  const keyed = (request: Record<string, unknown>) => keyedBy(world, request)

  it('a program logs a user in, leases, refreshes, disconnects', async () => {
    const made = await admin.connect()
    const lease = await admin.lease(made.id)
    expect((await world.emulator.me(lease.access_token)).status).toBe(200)
    const fresh = await admin.json<{ generation: number }>(
      'POST',
      `/v1/accounts/${made.id}/refresh`,
    )
    expect(fresh.generation).toBeGreaterThan(lease.generation)
    expect(await admin.account(made.id)).toMatchObject({ status: 'ok', grants: ['oauth2'] })
    const ended = await admin.json('DELETE', `/v1/accounts/${made.id}`)
    expect(ended).toMatchObject({ revoked: true })
    expect((await admin.tryLease(made.id)).status).toBe(404)
    expect(world.logs().join('\n')).not.toContain('"unexpected"')
  })

  it('signs as a user, and ends the one grant of two', async () => {
    const user = await world.emulator.user()
    await admin.connectBy('oauth1', {}, user)
    await admin.connect(user)
    const url = `${world.x}/2/users/me`
    const path = `/v1/accounts/${user.id}`
    const signed = await admin.json<{ authorization: string; signed_url: string }>(
      'POST',
      `${path}/sign`,
      { method: 'GET', url },
    )
    expect(signed.authorization).toContain(API_KEY)
    const { authorization } = signed
    expect((await fetch(signed.signed_url, { headers: { authorization } })).status).toBe(200)
    expect(await admin.json('DELETE', `${path}/grants/oauth1`)).toMatchObject({ revoked: true })
    expect((await admin.account(user.id)).grants).toEqual(['oauth2'])
  })

  it('a browser logs in, and comes back', async () => {
    const user = await world.emulator.user()
    const person = visitor(world)
    const back = await decide(await person.begin(), user.username)
    expect((await person.open(back)).status).toBe(200)
    expect((await person.open(back)).status).toBe(200)
  })

  describe('a login that a program made', () => {
    it('is told to that program alone, before it is complete and after', async () => {
      const [creator, other] = [
        await keyed({ scopes: ['logins'] }),
        await keyed({ scopes: ['logins'] }),
      ]
      const { username } = await world.emulator.user()
      const { id, authorize_url } = await creator.begin()
      const response_url = await decide(authorize_url, username)
      expect((await creator.complete(id, { response_url })).status).toBe(200)
      expect(await creator.json('GET', `/v1/logins/${id}`)).toMatchObject({ status: 'complete' })
      const strange = await other.send('GET', `/v1/logins/${id}`)
      expect(await problemOf(strange)).toMatchObject({ status: 404, code: 'login_unknown' })
    })

    it('connects none but the accounts that it may', async () => {
      const mine = await world.emulator.user()
      const creator = await keyed({ scopes: ['logins'], accounts: [mine.id] })
      const { id, authorize_url } = await creator.begin()
      const { username } = await world.emulator.user()
      const response_url = await decide(authorize_url, username)
      const refused = await creator.complete(id, { response_url })
      expect(await problemOf(refused)).toMatchObject({ code: 'account_not_allowed' })
    })
  })
})

// The former Worker says these in its own words, so they are asked of today's alone.
describe('today’s Worker, former objects, in the words of now:', () => {
  const configs = ['test/former/worker.toml', 'test/former/objects.toml']
  const world = useWorld(ALL_FLOWS, LOGIN_APP, configs)
  const admin = program(world)

  it('a login that returned to an app shows its account for the proof', async () => {
    const app = await keyedBy(world, {
      scopes: ['logins'],
      return_to: ['https://app.example.com/'],
    })
    const user = await world.emulator.user()
    const person = visitor(world)
    const login = await person.login(user.username, '/login?return_to=https://app.example.com/a')
    const [id, proof] = (
      new URL(login.headers.get('location') ?? '').searchParams.get('login') ?? ''
    ).split('.')
    const status = (query: string) => app.send('GET', `/v1/logins/${id}${query}`)
    expect(await (await status(`?proof=${proof}`)).json()).toMatchObject({
      account: { id: user.id },
    })
    expect(await problemOf(await status('?proof=wrong'))).toMatchObject({ code: 'proof_wrong' })
  })

  // They know one app, and would have sent it the code of another.
  it('a login through the second app waits for objects that know it', async () => {
    const { id, authorize_url } = await admin.begin({ keep: false })
    const { username } = await world.emulator.user()
    const response_url = await decide(authorize_url, username)
    const answer = await admin.complete(id, { response_url })
    expect(await problemOf(answer)).toMatchObject({ status: 503, code: 'object_unreachable' })
    expect(await world.emulator.calls(TOKEN)).toEqual([])
  })

  it('what a failed refresh and a refused end said is told under its name of now', async () => {
    const made = await admin.connectDue()
    await world.emulator.fault('status:503')
    expect((await admin.lease(made.id)).degraded).toMatchObject({ reason: expect.any(String) })
    const { oauth2 } = await admin.account(made.id)
    expect(oauth2.failure?.message).toEqual(expect.any(String))
    expect(oauth2.failure).not.toHaveProperty('words')
    await world.emulator.fault('status:503', REVOKE, 9)
    const forced = await admin.json('DELETE', `/v1/accounts/${made.id}?force=true`)
    expect(forced).toMatchObject({ disconnected: true, revoked: false, detail: expect.any(String) })
  })

  it('the sweep refreshes, and the status is told', async () => {
    // Objects of the former build find a token of fifteen minutes due at once.
    await world.emulator.app({ access_token_ttl: 900 })
    const due = await admin.connect()
    await world.emulator.app({ access_token_ttl: 7200 })
    await world.emulator.forgetCalls()
    await world.sweep()
    expect((await admin.account(due.id)).generation).toBeGreaterThan(due.generation)
    const status = await admin.json('GET', '/v1/status')
    expect(status).toMatchObject({ state: 'ok', accounts: { total: expect.any(Number) } })
  })
})

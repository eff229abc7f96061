/** Today's build on all that the build before it has stored: it is put over a Perch that runs, in the middle of its work. */
import { describe, expect, it } from 'vitest'
import { eventually } from '../eventually.ts'
import { problemOf } from './answers.ts'
import { ME, REVOKE } from './emulators.ts'
import { program } from './programs.ts'
import { pairOf, SCOPE } from './tokens.ts'
import { decide, visitor } from './visitors.ts'
import { ALL_FLOWS, CLIENT_ID, CLIENT_SECRET, useWorld } from './worlds.ts'

describe.each([
  ['the build before', 'test/former/objects.toml'],
  ['the last build without versions', 'test/former/objects-ede40a9.toml'],
])('over %s', (_, config) => {
  const world = useWorld(ALL_FLOWS, {}, [config])
  const admin = program(world)

  it('nothing that it began is lost', async () => {
    const { emulator } = world
    const body = { name: 'former', scopes: ['tokens', 'logins'] }
    const former = await admin.json<{ id: string; key: string }>('POST', '/v1/callers', body)

    const plain = await admin.connect()
    const token = (await admin.lease(plain.id)).access_token
    const both = await emulator.user()
    await admin.connectBy('oauth1', {}, both)
    await admin.connect(both)
    const gone = await admin.connect()
    await admin.json('DELETE', `/v1/accounts/${gone.id}`)

    // X has rotated the pair, and its reply was lost.
    const lost = await admin.connectDue()
    await emulator.fault('drop_after_commit')
    await admin.tryLease(lost.id)
    // A refresh that failed in passing.
    const failing = await admin.connectDue()
    await emulator.fault('status:503')
    await admin.tryLease(failing.id)

    // A login that waits for its callback, and one whose user X did not name.
    const browser = visitor(world)
    const waiting = await emulator.user()
    const callback = await decide(await browser.begin(), waiting.username)
    const unnamed = await emulator.user()
    const made = await admin.begin()
    const response_url = await decide(made.authorize_url, unnamed.username)
    await emulator.fault('status:503', ME, 1)
    await admin.complete(made.id, { response_url })

    // A pair that was brought, over a grant that works.
    const brought = await admin.connect()
    const pair = await pairOf(world, brought.username)
    await admin.json('PUT', `/v1/accounts/${brought.id}/grants/oauth2`, pair)

    // A DELETE whose object dies in the middle.
    const leaving = await admin.connect()
    await emulator.fault('delay_reply:60000', REVOKE)
    void admin.send('DELETE', `/v1/accounts/${leaving.id}`).catch(() => undefined)
    await eventually(async () => expect(await emulator.calls(REVOKE)).not.toEqual([]))

    // The app is halted.
    await emulator.app({ client_secret: 'another' })
    await admin.send('POST', `/v1/accounts/${plain.id}/refresh`)
    expect(await admin.json('GET', '/v1/status')).toMatchObject({ state: 'halted' })

    await world.deploy(['test/former/deployed.toml'])

    const status = await admin.json<{ halt: unknown }>('GET', '/v1/status')
    expect(status).toMatchObject({
      state: 'halted',
      halt: { message: expect.stringMatching(/X_CLIENT/) },
    })
    expect((await admin.lease(plain.id)).access_token).toBe(token)
    expect((await admin.account(failing.id)).oauth2.failure?.message).toEqual(expect.any(String))
    expect((await admin.account(lost.id)).oauth2.failure?.message).toEqual(expect.any(String))
    // The key works by its first call, and its caller is one like any other.
    expect((await program(world, former.key).tryLease(plain.id)).status).toBe(200)
    const { callers } = await admin.json<{ callers: object[] }>('GET', '/v1/callers')
    expect(callers).toMatchObject([{ id: former.id, ...body, limited: false }])
    expect(world.logs().join('\n')).toContain(
      `{"event":"caller_adopted","other_caller":"${former.id}"`,
    )
    const rotated = await admin.json<{ key: string }>('POST', `/v1/callers/${former.id}/rotate`)
    for (const key of [former.key, rotated.key])
      expect((await program(world, key).tryLease(plain.id)).status).toBe(200)
    const strange = await admin.send('GET', `/v1/accounts/${gone.id}`)
    expect(await problemOf(strange)).toMatchObject({ code: 'account_unknown' })
    await emulator.app({ client_secret: CLIENT_SECRET })

    const answer = await browser.open(callback)
    expect(answer.status, await answer.text()).toBe(200)
    expect((await admin.account(waiting.id)).status).toBe('ok')
    await eventually(
      async () => expect((await admin.complete(made.id, { response_url })).status).toBe(200),
      15_000,
    )
    expect((await admin.account(unnamed.id)).status).toBe('ok')
    const ended = await admin.json('DELETE', `/v1/accounts/${leaving.id}`)
    expect(ended).toMatchObject({ disconnected: true })
    expect(await emulator.grants(leaving.username)).toMatchObject([{ live: false }])
    expect((await admin.account(brought.id)).oauth2.obtained_at).toBeGreaterThan(0)
    expect((await emulator.me((await admin.lease(brought.id)).access_token)).status).toBe(200)
    for (const kind of ['oauth1', 'oauth2'])
      await admin.json('DELETE', `/v1/accounts/${both.id}/grants/${kind}`)
    expect(world.logs().join('\n')).not.toMatch(/"unexpected"|record_invariant_broken/)
  }, 60_000)
})

// What that build called `former` was not read as `formers`: the account ended with the import.
describe('over the last build without versions, an import of another app', () => {
  const world = useWorld({}, {}, ['test/former/objects-ede40a9.toml'])
  const admin = program(world)

  it('gives way to the grant before it', async () => {
    const { emulator } = world
    const { id, username } = await admin.connect()
    const another = 'another-client-id-0123456789'
    await emulator.app({ client_id: another })
    const foreign = await pairOf(world, username, SCOPE, another)
    await emulator.app({ client_id: CLIENT_ID })
    await admin.json('PUT', `/v1/accounts/${id}/grants/oauth2`, foreign)
    await world.deploy(['test/former/deployed.toml'])
    await admin.send('POST', `/v1/accounts/${id}/refresh`)
    expect(await admin.account(id)).toMatchObject({ status: 'ok' })
    const { access_token } = await admin.lease(id)
    expect(access_token).not.toBe(foreign.access_token)
    expect((await emulator.me(access_token)).status).toBe(200)
  }, 60_000)
})

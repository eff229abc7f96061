/** Marked secrets through every failure there is: logs, errors and pages hold none of them. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { FAULTS, ME, REVOKE, TOKEN } from './emulators.ts'
import { ENDS } from './ends.ts'
import { program } from './programs.ts'
import { decide, visitor } from './visitors.ts'
import { type Watch, watch } from './watch.ts'
import { ADMIN_KEY, CLIENT_ID, CLIENT_SECRET, SEALING_KEY, useWorld } from './worlds.ts'

const world = useWorld({ LOGIN_ALLOW: '*' })
const admin = program(world)
let watched: Watch

beforeAll(() => {
  watched = watch(world, {
    [CLIENT_SECRET]: 'client secret',
    [ADMIN_KEY]: 'admin key',
    [SEALING_KEY]: 'sealing key',
    [`${CLIENT_ID}:${CLIENT_SECRET}`]: 'Basic credentials',
  })
})
afterAll(() => vi.restoreAllMocks())

/** Has the secrets learnt that are around now, and finds none of them where it must not be. */
async function expectNoLeak(): Promise<void> {
  await world.emulator.grants()
  expect(watched.leaks()).toEqual([])
}

/** X says back what it was sent, as servers do in their error texts. */
const echo = (secret: string): string =>
  `reply:${JSON.stringify({
    status: 400,
    body: { error: 'invalid_request', error_description: `Value ${secret} is not "${secret}".` },
  })}`

describe('no secret leaves', () => {
  it('in logins that end well, and what is then shown', async () => {
    const user = await world.emulator.user()
    const browser = visitor(world)
    await browser.login(user.username)
    const callback = await decide(
      await browser.begin('/login?return_to=http://localhost:3000'),
      user.username,
    )
    for (const _ of ['once', 'again']) await browser.open(callback)
    const { id, authorize_url, login_url } = await admin.begin()
    await visitor(world).open(login_url)
    await admin.complete(id, { response_url: await decide(authorize_url, user.username) })
    for (const path of [
      `/v1/logins/${id}`,
      '/v1/accounts',
      `/v1/accounts/${user.id}`,
      '/healthz',
      '/',
    ])
      await admin.send('GET', path)
    await admin.lease(user.id)
    await admin.send('POST', `/v1/accounts/${user.id}/refresh`)
    await expectNoLeak()
  })

  it.each(ENDS)('in a login that ends badly: $name', async (end) => {
    const { username } = await world.emulator.user()
    const browser = visitor(world)
    const { id, authorize_url } = await admin.begin()
    const way = end.cancel ? 'cancel' : 'authorize'
    const inBrowser = new URL(await decide(await browser.begin(), username, way))
    const inProgram = new URL(await decide(authorize_url, username, way))
    if (end.mixUp) {
      const code = inBrowser.searchParams.get('code') ?? ''
      inBrowser.searchParams.set('code', inProgram.searchParams.get('code') ?? '')
      inProgram.searchParams.set('code', code)
    }
    end.alter(inBrowser)
    end.alter(inProgram)
    await end.at(world.emulator)
    await browser.open(inBrowser.href)
    await visitor(world).open(inBrowser.href)
    await end.at(world.emulator)
    await admin.complete(id, { response_url: inProgram.href })
    await admin.send('GET', `/v1/logins/${id}`)
    await expectNoLeak()
  })

  it.each(FAULTS)('in refreshes and revocations while X does this: %s', async (fault) => {
    await world.emulator.app({ access_token_ttl: 900 })
    const { id } = await admin.connect()
    await world.emulator.grants()
    for (const path of [TOKEN, REVOKE, ME]) await world.emulator.fault(fault, path, 3)
    await admin.tryLease(id)
    await admin.tryLease(id, '?rejected=1')
    await admin.send('POST', `/v1/accounts/${id}/refresh`)
    await admin.send('GET', `/v1/accounts/${id}`)
    await admin.send('DELETE', `/v1/accounts/${id}`)
    await admin.send('DELETE', `/v1/accounts/${id}?force=true`)
    await expectNoLeak()
  })

  it('in what X says, even when it repeats our secrets', async () => {
    await world.emulator.app({ access_token_ttl: 900 })
    const { id, username } = await admin.connect()
    const [grant] = await world.emulator.grants(username)
    await world.emulator.fault(echo(grant?.refresh_token ?? ''))
    await admin.tryLease(id)
    await admin.send('GET', `/v1/accounts/${id}`)
    await world.emulator.fault(echo(grant?.refresh_token ?? ''), REVOKE)
    await admin.send('DELETE', `/v1/accounts/${id}`)
    for (const secret of ['code', CLIENT_SECRET]) {
      const { id, authorize_url } = await admin.begin()
      const response_url = await decide(authorize_url, username)
      const code = new URL(response_url).searchParams.get('code') ?? ''
      await world.emulator.fault(echo(secret === 'code' ? code : secret), TOKEN, 2)
      await admin.complete(id, { response_url })
      await admin.send('GET', `/v1/logins/${id}`)
    }
    await expectNoLeak()
  })

  it('in a sweep with dead tokens, lost replies and wrong credentials', async () => {
    await world.emulator.app({ access_token_ttl: 900 })
    const [dead, lost] = [await admin.connect(), await admin.connect()]
    await world.emulator.grants()
    await world.emulator.revoke(dead.username)
    await world.emulator.fault('drop_after_commit')
    await admin.tryLease(lost.id)
    await world.sweep()
    await world.emulator.app({ client_secret: 'another' })
    await admin.connect().catch(() => {})
    await world.sweep()
    await expectNoLeak()
  })

  it('anywhere, looking back with all that is known now', async () => {
    await world.emulator.grants()
    expect(watched.leaks('all')).toEqual([])
    const kinds = watched.kinds()
    for (const kind of ['access token', 'refresh token', 'code', 'cookie value', 'ticket'])
      expect(kinds).toContain(kind)
  })
})

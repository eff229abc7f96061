/** Logins that keep nothing, through a second X app: whoever is connected notices nothing. */
import { describe, expect, it } from 'vitest'
import { eventually } from '../eventually.ts'
import { problemOf } from './answers.ts'
import { INVALIDATE, ME, REVOKE, TOKEN } from './emulators.ts'
import { type Account, type Program, program } from './programs.ts'
import { decide } from './visitors.ts'
import { ALL_FLOWS, API_KEY, CLIENT_ID, LOGIN_APP, useWorld, type World } from './worlds.ts'

const SECOND = LOGIN_APP.X_LOGIN_CLIENT_ID

/** Begins a login that keeps nothing, approves it and brings the answer. */
async function identify(by: Program, username: string, more: object = {}) {
  const { id, authorize_url } = await by.begin({ keep: false, ...more })
  const response_url = await decide(authorize_url, username)
  return { id, asked: new URL(authorize_url), answer: await by.complete(id, { response_url }) }
}

/** Waits until X has ended all that this app was given for this user. */
const ended = ({ emulator }: World, username: string, clientId: string) =>
  eventually(async () => {
    const grants = (await emulator.grants(username)).filter((each) => each.client_id === clientId)
    expect(grants).not.toEqual([])
    for (const each of grants) expect(each).toMatchObject({ live: false, ended: 'revoked' })
  }, 20_000)

describe('with a second app', () => {
  const world = useWorld({ ...ALL_FLOWS, X_SCOPES: 'tweet.write users.email' }, LOGIN_APP)
  const admin = program(world)

  it('a connected account is left as it is, and X has the tokens back', async () => {
    const alice = await admin.connect()
    const [before, lease] = [await admin.account(alice.id), await admin.lease(alice.id)]
    const { id, asked, answer } = await identify(admin, alice.username)
    const { searchParams } = asked
    expect([searchParams.get('client_id'), searchParams.get('scope')]).toEqual([
      SECOND,
      'tweet.read users.read users.email',
    ])
    expect(answer.status).toBe(200)
    const { username, name } = alice
    const email = `${username}@example.com`
    const account = { id: alice.id, username, name, email, status: 'not_connected', grants: [] }
    expect(await answer.json()).toMatchObject(account)
    expect(await admin.json('GET', `/v1/logins/${id}`)).toMatchObject({
      status: 'complete',
      account,
    })
    await ended(world, username, SECOND)

    expect(await admin.account(alice.id)).toEqual(before)
    expect(await admin.lease(alice.id)).toMatchObject({
      access_token: lease.access_token,
      generation: lease.generation,
    })
    expect((await world.emulator.me(lease.access_token)).status).toBe(200)
    const fresh = await admin.json<Account>('POST', `/v1/accounts/${alice.id}/refresh`)
    expect(fresh.generation).toBeGreaterThan(lease.generation)
    const live = (await world.emulator.grants(username)).filter((each) => each.live)
    expect(live).toMatchObject([{ client_id: CLIENT_ID }])
  })

  it('of whom nobody connected nothing is stored', async () => {
    const { id, username } = await world.emulator.user()
    expect((await identify(admin, username)).answer.status).toBe(200)
    await ended(world, username, SECOND)
    expect((await admin.send('GET', `/v1/accounts/${id}`)).status).toBe(404)
  })

  it('who may not log in here learns it, and his account stays as it is', async () => {
    const bob = await admin.connect()
    const before = await admin.account(bob.id)
    const request = { name: 'one alone', scopes: ['logins'], accounts: ['1000000001'] }
    const { key } = await admin.json<{ key: string }>('POST', '/v1/callers', request)
    const { answer } = await identify(program(world, key), bob.username)
    expect(await problemOf(answer)).toMatchObject({ status: 403, code: 'account_not_allowed' })
    await ended(world, bob.username, SECOND)
    expect(await admin.account(bob.id)).toEqual(before)
  })

  it('a login that is to connect goes through the first app', async () => {
    const { authorize_url } = await admin.begin({})
    expect(new URL(authorize_url).searchParams.get('client_id')).toBe(CLIENT_ID)
  })

  it('by OAuth 1.0a it goes through the first app, and its token is dropped, not ended', async () => {
    const { id, username } = await world.emulator.user()
    const { answer } = await identify(admin, username, { flow: 'oauth1' })
    expect(await answer.json()).toMatchObject({ id, status: 'not_connected' })
    expect((await admin.send('GET', `/v1/accounts/${id}`)).status).toBe(404)
    expect(await world.emulator.grants(username)).toMatchObject([
      { kind: 'oauth1', client_id: API_KEY, live: true },
    ])
    expect(await world.emulator.calls(INVALIDATE)).toEqual([])
  })

  it('what X refuses is told with the setting that it is about', async () => {
    await world.emulator.app({ suspended: true }, SECOND)
    const { authorize_url, id } = await admin.begin({ keep: false })
    await world.emulator.app({ suspended: false }, SECOND)
    const response_url = await decide(authorize_url, 'alice')
    await world.emulator.app({ suspended: true }, SECOND)
    const problem = await problemOf(await admin.complete(id, { response_url }))
    expect(problem).toMatchObject({
      code: 'app_credentials_refused',
      detail: expect.stringContaining('X_LOGIN_CLIENT_ID'),
    })
    await world.emulator.app({ suspended: false }, SECOND)
    expect(await admin.json('GET', '/v1/status')).toMatchObject({ halt: null })
  })
})

describe('settings that change while a login is under way', () => {
  const world = useWorld({}, {})
  const admin = program(world)

  it('send nothing of it to an app that did not ask', async () => {
    const { username } = await world.emulator.user()
    const first = await admin.begin({ keep: false })
    expect(new URL(first.authorize_url).searchParams.get('client_id')).toBe(CLIENT_ID)

    await world.deploy(['wrangler.toml'], LOGIN_APP)
    const response_url = await decide(first.authorize_url, username)
    // It was begun when there was one app, and goes on with that one.
    expect((await admin.complete(first.id, { response_url })).status).toBe(200)
    const [second, link] = [await admin.begin({ keep: false }), await admin.begin({ keep: false })]
    const answer = { response_url: await decide(second.authorize_url, username) }

    await world.emulator.forgetCalls()
    await world.deploy(['wrangler.toml'], { ...LOGIN_APP, X_LOGIN_CLIENT_ID: 'a-third-client-id' })
    const expected = { status: 409, code: 'login_app_changed' }
    expect(await problemOf(await admin.complete(second.id, answer))).toMatchObject(expected)
    expect(await admin.json('GET', `/v1/logins/${second.id}`)).toMatchObject({
      status: 'failed',
      problem: { code: 'login_app_changed' },
    })
    const opened = await fetch(link.login_url, { redirect: 'manual' })
    expect([opened.status, await opened.text()]).toEqual([
      409,
      expect.stringContaining('login_app_changed'),
    ])
    for (const path of [TOKEN, ME, REVOKE]) expect(await world.emulator.calls(path)).toEqual([])
  }, 90_000)
})

describe('half of a second app', () => {
  const world = useWorld({}, { ...LOGIN_APP, X_LOGIN_CLIENT_SECRET: '' })
  const admin = program(world)

  it('is told to the operator, and stops no other login', async () => {
    const health = await program(world, null).send('GET', '/healthz')
    expect([health.status, await health.json()]).toMatchObject([
      503,
      { set: { X_LOGIN_CLIENT_SECRET: expect.stringMatching(/^It is missing beside/) } },
    ])
    const begun = await admin.send('POST', '/v1/logins', { keep: false })
    expect(await problemOf(begun)).toMatchObject({
      code: 'config_incomplete',
      detail: expect.stringContaining('X_LOGIN_CLIENT_SECRET'),
    })
    expect((await admin.connect()).status).toBe('ok')
  })
})

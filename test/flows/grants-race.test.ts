/** What happens to an account while something else happens to it: imports, ends, logins and refreshes at once. */
import { describe, expect, it } from 'vitest'
import { eventually } from '../eventually.ts'
import { problemOf } from './answers.ts'
import { type Call, ME, REVOKE, TOKEN } from './emulators.ts'
import { type Account, type Lease, program } from './programs.ts'
import { decide, visitor } from './visitors.ts'
import { ALL_FLOWS, useWorld } from './worlds.ts'

const world = useWorld(ALL_FLOWS)
const admin = program(world)
const INVALIDATE = '/1.1/oauth/invalidate_token'

/** An account with a grant of each kind. */
async function both(): Promise<Account> {
  const user = await world.emulator.user()
  await admin.connectBy('oauth1', {}, user)
  return admin.connectBy('oauth2', {}, user)
}

const held = async (username: string, kind: string) =>
  (await world.emulator.grants(username)).filter((grant) => grant.kind === kind && grant.live)
const calls = (path: string, grantType?: string) => async (): Promise<Call[]> =>
  (await world.emulator.calls(path)).filter((call) => !grantType || call.grant_type === grantType)
const until = (count: number, seen: () => Promise<Call[]>) =>
  eventually(async () => expect((await seen()).length).toBeGreaterThanOrEqual(count), 10_000)
const sign = (id: string) =>
  admin.send('POST', `/v1/accounts/${id}/sign`, { method: 'GET', url: world.x + ME })
const signatureWorks = async (id: string): Promise<boolean> => {
  const { authorization } = (await (await sign(id)).json()) as { authorization: string }
  return (await fetch(world.x + ME, { headers: { authorization } })).ok
}
const leaseWorks = async (id: string): Promise<boolean> =>
  (await world.emulator.me((await admin.lease(id)).access_token)).ok

describe('a refresh under way', () => {
  it('outlives the end of the OAuth 1.0a grant', async () => {
    const { id, generation } = await both()
    await world.emulator.fault('delay_reply:700')
    const refresh = admin.json<Lease>('POST', `/v1/accounts/${id}/refresh`)
    await until(2, calls(TOKEN))
    await admin.json('DELETE', `/v1/accounts/${id}/grants/oauth1`)
    expect((await refresh).generation).toBeGreaterThan(generation)
    expect(await leaseWorks(id)).toBe(true)
  })

  it('is left alone by an import of the pair that it spends, which is answered at once and changes nothing', async () => {
    const { id, username, generation } = await admin.connect()
    const [grant] = await held(username, 'oauth2')
    const { access_token, refresh_token } = grant ?? {}
    await world.emulator.fault('delay_reply:700')
    const refresh = admin.json<Lease>('POST', `/v1/accounts/${id}/refresh`)
    await until(2, calls(TOKEN))
    const body = { access_token, refresh_token }
    expect(await admin.json('PUT', `/v1/accounts/${id}/grants/oauth2`, body)).toMatchObject({
      status: 'ok',
    })
    expect(await calls(TOKEN, 'refresh_token')()).toHaveLength(1)
    expect((await refresh).generation).toBeGreaterThan(generation)
    expect(await leaseWorks(id)).toBe(true)
  })

  it('is not dropped by an import that X confirmed before the refresh began', async () => {
    const { id, username, generation } = await admin.connect()
    const [grant] = await held(username, 'oauth2')
    const { access_token } = grant ?? {}
    await world.emulator.forgetCalls()
    await world.emulator.fault('delay_reply:600', ME)
    await world.emulator.fault('delay_reply:2000')
    // What the account itself lives on would not be asked about.
    const body = { access_token, refresh_token: 'of-another-family' }
    const importing = admin.send('PUT', `/v1/accounts/${id}/grants/oauth2`, body)
    await until(1, calls(ME))
    const refresh = admin.json<Lease>('POST', `/v1/accounts/${id}/refresh`)
    expect(await problemOf(await importing)).toMatchObject({ code: 'import_superseded' })
    expect((await refresh).generation).toBeGreaterThan(generation)
    expect(await leaseWorks(id)).toBe(true)
  })
})

describe('a login under way', () => {
  it('of OAuth 1.0a does not keep a token that is being ended', async () => {
    const account = await both()
    await world.emulator.fault('delay_reply:700', INVALIDATE)
    const { id, authorize_url } = await admin.begin({ flow: 'oauth1' })
    const response_url = await decide(authorize_url, account.username)
    const ending = admin.json('DELETE', `/v1/accounts/${account.id}/grants/oauth1`)
    await until(1, calls(INVALIDATE))
    const login = await admin.complete(id, { response_url })
    await ending
    const { grants } = await admin.account(account.id)
    if (grants.includes('oauth1')) expect(await signatureWorks(account.id)).toBe(true)
    else expect(login.status).toBe(409)
  })
})

describe('both grants', () => {
  it('ended at once take the account with them', async () => {
    const { id, username } = await both()
    const end = (kind: string) => admin.json('DELETE', `/v1/accounts/${id}/grants/${kind}`)
    await Promise.all([end('oauth1'), end('oauth2')])
    expect(await problemOf(await admin.send('GET', `/v1/accounts/${id}`))).toMatchObject({
      code: 'account_unknown',
    })
    expect((await world.emulator.grants(username)).filter(({ live }) => live)).toEqual([])
  })

  it('are each tried, whatever comes of the other, when the account is deleted by force', async () => {
    const { id, username } = await both()
    await world.emulator.fault('status:500', REVOKE, 2)
    expect(await admin.json('DELETE', `/v1/accounts/${id}?force=true`)).toMatchObject({
      revoked: false,
    })
    expect(await held(username, 'oauth1')).toEqual([])
  })

  it('what has ended at X is not handed out when the rest could not be ended', async () => {
    const { id } = await both()
    await world.emulator.fault('status:500', INVALIDATE)
    const response = await admin.send('DELETE', `/v1/accounts/${id}`)
    expect(await problemOf(response)).toMatchObject({ status: 503, code: 'revoke_failed' })
    expect(await admin.account(id)).toMatchObject({ grants: ['oauth1'] })
    expect(await problemOf(await admin.tryLease(id))).toMatchObject({ code: 'login_required' })
    expect(await signatureWorks(id)).toBe(true)
  })
})

it.each(['', '.', '..', 'x'.repeat(600)])('a PIN for the login %j is refused', async (login) => {
  const { begin, submit } = visitor(world)
  await begin()
  expect((await submit('/login/pin', { login, pin: '1234567' })).status).toBe(404)
})

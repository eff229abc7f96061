/** An import over a grant that works: a token of another app looks right until it is refreshed. */
import { runDurableObjectAlarm } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import type { Account } from '../../../src/account/account'
import { resealed } from '../../../src/account/grant'
import { unixSeconds } from '../../../src/clock'
import { keyringOf } from '../../../src/crypto/keyring'
import { configOf } from '../../../src/env'
import { keyIdsOf } from '../../../src/store/vault'
import {
  api,
  atX,
  callsTo,
  connect,
  copyOf,
  later,
  newUser,
  refreshes,
  useFreshWorld,
  x,
} from '../world'

useFreshWorld()

const SCOPE = 'tweet.read users.read offline.access'
const object = (id: string): DurableObjectStub<Account> => env.ACCOUNT.getByName(id)
const put = (id: string, body: object) =>
  api(`/v1/accounts/${id}/grants/oauth2`, { method: 'PUT', body: JSON.stringify(body) })
const refresh = (id: string) => api(`/v1/accounts/${id}/refresh`, { method: 'POST' })

/** A pair that X gives to this client for the user, outside of Perch. */
async function pairOf(username: string, clientId: string): Promise<Record<string, string>> {
  await x('PUT', 'app', { client_id: clientId })
  const callback = 'https://perch.example.com/callback'
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: clientId,
    redirect_uri: callback,
    scope: SCOPE,
    state: 's',
    code_challenge: 'v'.repeat(43),
    code_challenge_method: 'plain',
  })
  const back = await atX(`${env.X_WEB_ORIGIN}/i/oauth2/authorize?${query}`, username)
  const code = new URL(back).searchParams.get('code') ?? ''
  const reply = await fetch(`${env.X_API_ORIGIN}/2/oauth2/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(`${clientId}:${env.X_CLIENT_SECRET}`)}` },
    body: new URLSearchParams({
      grant_type: 'authorization_code',
      code,
      redirect_uri: callback,
      code_verifier: 'v'.repeat(43),
    }),
  })
  await x('PUT', 'app', { client_id: env.X_CLIENT_ID })
  return reply.json()
}
const othersPair = (username: string) => pairOf(username, 'another-client-id-0123456789')

/** X takes the token that is leased, and what comes of a refresh. */
async function expectToWork(id: string): Promise<void> {
  const lease = await refresh(id)
  expect(lease.http, JSON.stringify(lease)).toBe(200)
  expect(lease.degraded).toBeUndefined()
  const headers = { authorization: `Bearer ${lease.access_token}` }
  const me = await fetch(`${env.X_API_ORIGIN}/2/users/me`, { headers })
  expect([me.status, (await me.json<{ data: { id: string } }>()).data.id]).toEqual([200, id])
}

describe('a pair of another app, over a grant that works', () => {
  // The account was dead at the next refresh, and the old grant live at X and known to nobody.
  it('gives way to the former grant when X refuses to refresh it', async () => {
    const { id, username } = await connect()
    const pair = await othersPair(username)
    expect(
      (await put(id, { ...pair, token_type: 'bearer', obtained_at: unixSeconds() })).http,
    ).toBe(200)
    expect((await api(`/v1/accounts/${id}/token`)).access_token).toBe(pair.access_token)
    later(61)
    await refresh(id)
    expect(await api(`/v1/accounts/${id}`)).toMatchObject({ status: 'ok' })
    expect(await object(id).read()).not.toHaveProperty('formers')
    later(61)
    await expectToWork(id)
    expect((await refreshes()).map(({ outcome }) => outcome)).toEqual([
      expect.not.stringMatching('rotated'),
      'rotated',
    ])
  })

  it('without a refresh token gives way when it expires', async () => {
    const { id, username } = await connect()
    const { access_token, scope } = await othersPair(username)
    await put(id, { access_token, scope, expires_in: 600 })
    later(500)
    expect((await api(`/v1/accounts/${id}/token?min_ttl=1`)).access_token).toBe(access_token)
    later(101)
    const lease = await api(`/v1/accounts/${id}/token`)
    expect(lease).toMatchObject({ http: 200 })
    expect(lease.access_token).not.toBe(access_token)
    expect((await refreshes()).map(({ outcome }) => outcome)).toEqual(['rotated'])
  })

  it('brought twice still gives way to the one that is known to work', async () => {
    const { id, username } = await connect()
    await put(id, { ...(await othersPair(username)), token_type: 'bearer' })
    await put(id, { ...(await othersPair(username)), token_type: 'bearer' })
    await refresh(id)
    later(61)
    await expectToWork(id)
  })

  // A migration, then the wrong file on the second run.
  it('gives way to an import that was not refreshed yet, and that one to the login before it', async () => {
    const { id, username } = await connect()
    const own = await pairOf(username, env.X_CLIENT_ID)
    await put(id, { ...own, token_type: 'bearer' })
    await put(id, { ...(await othersPair(username)), token_type: 'bearer' })
    await refresh(id)
    later(61)
    await expectToWork(id)
    // The login's own grant had ended with the pair that was brought first.
    expect((await x('GET', 'state')).grants.filter(({ live }) => live)).toHaveLength(2)
  })

  it('brought over an import into an empty place gives way to it', async () => {
    const { id, username } = await newUser()
    await put(id, { ...(await pairOf(username, env.X_CLIENT_ID)), token_type: 'bearer' })
    await put(id, { ...(await othersPair(username)), token_type: 'bearer' })
    await refresh(id)
    later(61)
    await expectToWork(id)
  })

  it('that X refuses to a caller gives way at once where it cannot be refreshed', async () => {
    const { id, username } = await connect()
    const { access_token, scope } = await othersPair(username)
    const { generation } = (await put(id, { access_token, scope })) as { generation: number }
    const lease = await api(`/v1/accounts/${id}/token?rejected=${generation}`)
    expect(lease).toMatchObject({ http: 200 })
    expect(lease.access_token).not.toBe(access_token)
    expect((await copyOf(id)).formers).toBeUndefined()
  })

  it('that another app was to refresh is no former grant of ours', async () => {
    const { id, username } = await connect()
    const stub = object(id)
    const { oauth2 } = await copyOf(id)
    const { generation: _, ...grant } = oauth2
    const adoption = { loginId: 'l', id, username, name: 'n' }
    const of = (clientId: string, obtainedAtMs: number) =>
      stub.adoptInPlace({
        ...adoption,
        grant: { kind: 'oauth2', ...grant, clientId, obtainedAtMs },
      })
    expect((await of('another', oauth2.obtainedAtMs + 1)).how).toBe('unwanted')
    expect((await of(oauth2.clientId, oauth2.obtainedAtMs + 1)).how).toBe('adopt')
  })

  it('whose end X refuses does not keep a DELETE from the former one', async () => {
    const { id, username } = await connect()
    await put(id, { ...(await othersPair(username)), token_type: 'bearer' })
    const reply = {
      status: 400,
      body: { error: 'invalid_request', error_description: 'Not yours.' },
    }
    const fault = `reply:${JSON.stringify(reply)}`
    await x('POST', 'faults', { path: '/2/oauth2/revoke', fault, times: 1 })
    const gone = await api(`/v1/accounts/${id}?force=true`, { method: 'DELETE' })
    expect(gone).toMatchObject({ http: 200, revoked: false })
    // The one of the other app alone lives on.
    expect((await x('GET', 'state')).grants.filter(({ live }) => live)).toHaveLength(1)
  })

  it('a reply that breaks off after the access token shows that the pair was ours', async () => {
    const { id, username } = await connect()
    await put(id, { ...(await pairOf(username, env.X_CLIENT_ID)), token_type: 'bearer' })
    await x('POST', 'faults', { path: '/2/oauth2/token', fault: 'cut:6', times: 1 })
    const lease = await refresh(id)
    expect(await object(id).read()).not.toHaveProperty('formers')
    later(2)
    await runDurableObjectAlarm(object(id))
    expect((await api(`/v1/accounts/${id}/token`)).access_token).toBe(lease.access_token)
  })

  it('a DELETE ends both at X', async () => {
    const { id, username } = await connect()
    await put(id, { ...(await othersPair(username)), token_type: 'bearer' })
    expect(await api(`/v1/accounts/${id}`, { method: 'DELETE' })).toMatchObject({ revoked: true })
    expect(await callsTo('/2/oauth2/revoke')).toHaveLength(4)
    const { grants } = await x('GET', 'state')
    expect(grants.filter(({ live }) => live)).toHaveLength(1)
  })

  it('is sealed anew together with the former one', async () => {
    const { id, username } = await connect()
    await put(id, { ...(await othersPair(username)), token_type: 'bearer' })
    const { sealingKeys } = configOf(env)
    const turned = await keyringOf([...sealingKeys].reverse())
    const account = await copyOf(id)
    expect(account.formers).toHaveLength(1)
    expect(keyIdsOf(await resealed(turned, account))).toEqual([turned.first])
  })
})

it('a pair of our own app is the newest, and the former one is dropped with its first refresh', async () => {
  const { id, username } = await connect()
  await put(id, { ...(await pairOf(username, env.X_CLIENT_ID)), token_type: 'bearer' })
  await expectToWork(id)
  expect(await object(id).read()).not.toHaveProperty('formers')
  expect(await copyOf(id)).not.toHaveProperty('oauth2.imported')
})

it('a login takes the place of both', async () => {
  const { id, username } = await connect()
  await put(id, { ...(await othersPair(username)), token_type: 'bearer' })
  const { id: login, authorize_url } = await api('/v1/logins', { method: 'POST', body: '{}' })
  const response_url = await atX(authorize_url, username)
  const body = JSON.stringify({ response_url })
  expect((await api(`/v1/logins/${login}/complete`, { method: 'POST', body })).http).toBe(200)
  expect(await object(id).read()).not.toHaveProperty('formers')
  await expectToWork(id)
})

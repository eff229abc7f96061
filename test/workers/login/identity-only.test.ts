/** `keep: false`: who it is is learned, and nothing is kept of whom nobody connected. */
import { runDurableObjectAlarm } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { eventually } from '../../eventually'
import { api, atX, callsTo, connect, newUser, resetX, x } from '../world'

beforeEach(resetX)

async function identify(username: string, more: object = {}) {
  const body = JSON.stringify({ keep: false, ...more })
  const { id, authorize_url } = await api('/v1/logins', { method: 'POST', body })
  const response_url = await atX(authorize_url, username)
  const complete = { method: 'POST', body: JSON.stringify({ response_url }) }
  return { id, account: await api(`/v1/logins/${id}/complete`, complete) }
}

const alive = async () => (await x('GET', 'state')).grants.filter(({ live }) => live).length

describe('of whom nobody connected', () => {
  it('nothing is stored, and X has its tokens back', async () => {
    const user = await newUser()
    const { id, account } = await identify(user.username)
    expect(account).toMatchObject({ http: 200, ...user, status: 'not_connected', grants: [] })
    expect(await api(`/v1/logins/${id}`)).toMatchObject({
      status: 'complete',
      account: { id: user.id },
    })
    expect((await api(`/v1/accounts/${user.id}`)).code).toBe('account_unknown')
    expect(await env.VAULT.get(`account/${user.id}`)).toBeNull()
    await runDurableObjectAlarm(env.LOGIN.getByName(id))
    expect(await alive()).toBe(0)
    expect((await api(`/v1/accounts/${user.id}`)).code).toBe('account_unknown')
  })

  it('an OAuth 1.0a token is dropped, since others may live on the same one', async () => {
    const user = await newUser()
    const { account } = await identify(user.username, { flow: 'oauth1' })
    expect(account).toMatchObject({ http: 200, id: user.id, status: 'not_connected' })
    expect((await api(`/v1/accounts/${user.id}`)).code).toBe('account_unknown')
    expect(await callsTo('/1.1/oauth/invalidate_token')).toEqual([])
  })

  it('X is asked again to take them back, where it did not at first', async () => {
    const user = await newUser()
    await x('POST', 'faults', { path: '/2/oauth2/revoke', fault: 'status:503', times: 'always' })
    const { id, account } = await identify(user.username)
    expect(account).toMatchObject({ http: 200, status: 'not_connected' })
    await runDurableObjectAlarm(env.LOGIN.getByName(id))
    expect(await alive()).toBe(1)
    await x('DELETE', 'faults')
    await runDurableObjectAlarm(env.LOGIN.getByName(id))
    expect(await alive()).toBe(0)
  })
})

it('of whom is connected the new grant is adopted: X has ended the former one for it', async () => {
  const user = await connect()
  const { account } = await identify(user.username)
  expect(account).toMatchObject({ http: 200, id: user.id, status: 'ok', grants: ['oauth2'] })
  const lease = await api(`/v1/accounts/${user.id}/refresh`, { method: 'POST' })
  expect(lease).toMatchObject({ http: 200 })
  expect(lease.degraded).toBeUndefined()
})

// L1 knew whose its grant was and was not adopted yet, L2 ended that grant at X and gave its own back: the account was dead.
it('what it ended of a login under way is healed by its own grant', async () => {
  const user = await newUser()
  const slow = await api('/v1/logins', { method: 'POST', body: '{}' })
  const response_url = await atX(slow.authorize_url, user.username)
  await x('POST', 'faults', { path: '/2/users/me', fault: 'delay_reply:1500', times: 1 })
  const connecting = api(`/v1/logins/${slow.id}/complete`, {
    method: 'POST',
    body: JSON.stringify({ response_url }),
  })
  await eventually(async () => expect(await callsTo('/2/users/me')).toHaveLength(1), {
    timeout: 20_000,
  })
  const { id, account } = await identify(user.username)
  expect(account).toMatchObject({ http: 200, status: 'not_connected' })
  expect(await connecting).toMatchObject({ http: 200, id: user.id })
  await runDurableObjectAlarm(env.LOGIN.getByName(id))
  const lease = await api(`/v1/accounts/${user.id}/refresh`, { method: 'POST' })
  expect(lease).toMatchObject({ http: 200 })
  expect(lease.degraded).toBeUndefined()
})

it('asks for all that other logins ask for, since it may take a grant’s place', async () => {
  for (const more of [{ scope: 'users.read' }, { offline: false }]) {
    const body = JSON.stringify({ keep: false, ...more })
    expect(await api('/v1/logins', { method: 'POST', body })).toMatchObject({
      http: 400,
      code: 'request_malformed',
    })
  }
})

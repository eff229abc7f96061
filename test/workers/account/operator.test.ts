/** What time and operators do to accounts: stale copies, lost objects, new sealing keys, long outages. */
import { runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, it, vi } from 'vitest'
import type { Account } from '../../../src/account/account'
import { resealed } from '../../../src/account/grant'
import { appStatus } from '../../../src/app/status'
import { keyringOf } from '../../../src/crypto/keyring'
import { Secret } from '../../../src/secret'
import { forgetAccount, putAccount } from '../../../src/store/vault'
import { consume } from '../../../src/sweep/consumer'
import { eventually } from '../../eventually'
import { adoptKey } from '../unconfirmed'
import {
  api,
  callsTo,
  connect,
  copyOf,
  later,
  queuedBySweep,
  refreshes,
  sweepThrough,
  useFreshWorld,
  x,
} from '../world'

const TOKEN = '/2/oauth2/token'
const OLD_KEY = new Secret('CQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQk=')
const LOST_KEY = new Secret('Dw8PDw8PDw8PDw8PDw8PDw8PDw8PDw8PDw8PDw8PDw8=')
const THIS_KEY = new Secret('BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=')
const object = (id: string) => env.ACCOUNT.getByName(id)
const admin = { method: 'POST' } as const

useFreshWorld()

describe('a copy that is stale', () => {
  it('is never leased once it is due, however old KV shows it', async () => {
    const { id } = await connect()
    const old = await copyOf(id)
    later(6001)
    const fresh = await api(`/v1/accounts/${id}/refresh`, admin)
    await env.VAULT.put(`account/${id}`, JSON.stringify(old))
    forgetAccount(id)
    // A minute later KV still shows the old pair, which is due by now, so the object is asked.
    later(60)
    const lease = await api(`/v1/accounts/${id}/token`)
    expect(lease).toMatchObject({ http: 200, generation: fresh.generation })
    expect(await refreshes()).toHaveLength(1)
  })

  it('that is not due yet may be leased for a minute after a forced refresh: who is refused says so, and gets the new one', async () => {
    const { id } = await connect()
    const old = await env.VAULT.get(`account/${id}`)
    const { generation } = (await copyOf(id)).oauth2
    const fresh = await api(`/v1/accounts/${id}/refresh`, admin)
    await env.VAULT.put(`account/${id}`, old ?? '')
    forgetAccount(id)
    expect(await api(`/v1/accounts/${id}/token`)).toMatchObject({ http: 200, generation })
    const again = await api(`/v1/accounts/${id}/token?rejected=${generation}`)
    expect(again).toMatchObject({ http: 200, generation: fresh.generation })
    expect(await refreshes()).toHaveLength(1)
    // This isolate knows better from now on, whatever KV says.
    expect((await api(`/v1/accounts/${id}/token`)).generation).toBe(fresh.generation)
  })

  it('a list that is stale queues an account that needs nothing: it is left alone', async () => {
    const { id } = await connect()
    const { value, metadata } = await env.VAULT.getWithMetadata(`account/${id}`)
    later(6001)
    await object(id).refreshDue(Date.now())
    expect(await refreshes()).toHaveLength(1)
    await env.VAULT.put(`account/${id}`, value ?? '', { metadata })
    later(60)
    const bodies = await queuedBySweep()
    expect(bodies).toEqual([{ v: 1, sweptAtMs: Date.now(), due: [id] }])
    await consume(env, bodies[0])
    expect(await refreshes()).toHaveLength(1)
  })
})

describe('X is down for 90 minutes', () => {
  it('no lease fails while its token is valid, and the first sweep afterwards makes it good', async () => {
    const { id } = await connect()
    later(7200 - 5400)
    await x('POST', 'faults', { path: TOKEN, fault: 'status:503', times: 99 })
    for (let minutes = 0; minutes < 85; minutes += 5) {
      await sweepThrough()
      expect(await api(`/v1/accounts/${id}/token`)).toMatchObject({ http: 200 })
      later(300)
    }
    expect((await api(`/v1/accounts/${id}/token`)).degraded).toMatchObject({
      reason: 'refresh_in_doubt',
    })
    await x('DELETE', 'faults')
    later(3600)
    await sweepThrough()
    const lease = await api(`/v1/accounts/${id}/token`)
    expect(lease.http).toBe(200)
    expect(lease).not.toHaveProperty('degraded')
    expect(await api(`/v1/accounts/${id}`)).toMatchObject({
      status: 'ok',
      oauth2: { rotations_24h: 1, last_failure: { code: 'unknown' } },
    })
  })
})

describe('a lost reply', () => {
  it('that X had begun is found out by the alarm, a second later, and says so', async () => {
    const { id } = await connect()
    await x('POST', 'faults', { path: TOKEN, fault: 'drop_after_commit', times: 1 })
    const lease = await api(`/v1/accounts/${id}/refresh`, admin)
    expect(lease).toMatchObject({ http: 200, degraded: { reason: 'refresh_in_doubt' } })
    later(3)
    await runDurableObjectAlarm(object(id))
    expect(await refreshes()).toHaveLength(2)
    expect(await api(`/v1/accounts/${id}`)).toMatchObject({
      status: 'login_required',
      oauth2: { ended: { reason: 'refresh_reply_lost' } },
    })
    // What is held here X has given up; what the reply brought it may hold.
    expect(await api(`/v1/accounts/${id}`, { ...admin, method: 'DELETE' })).toMatchObject({
      disconnected: true,
      revoked: false,
      detail: expect.stringContaining('Connected apps'),
    })
  })

  it('that X had not begun: the same token is not presented for half a minute', async () => {
    const { id } = await connect()
    await x('POST', 'faults', { path: TOKEN, fault: 'html', times: 1 })
    await api(`/v1/accounts/${id}/refresh`, admin)
    later(29)
    await runDurableObjectAlarm(object(id))
    expect(await refreshes()).toHaveLength(1)
    later(62)
    await runDurableObjectAlarm(object(id))
    expect(await refreshes()).toHaveLength(2)
    expect((await api(`/v1/accounts/${id}/token`)).degraded).toBeUndefined()
  })

  it('X never got it: the same token is presented once more, and works', async () => {
    const { id } = await connect()
    await x('POST', 'faults', { path: TOKEN, fault: 'drop_before', times: 1 })
    await api(`/v1/accounts/${id}/refresh`, admin)
    later(40)
    await runDurableObjectAlarm(object(id))
    expect(await api(`/v1/accounts/${id}`)).toMatchObject({ status: 'ok' })
    expect(await api(`/v1/accounts/${id}/token`)).not.toHaveProperty('degraded')
  })
})

describe('rejected=', () => {
  it('a thousand calls for one generation are one refresh; an older one gets the current token', async () => {
    const { id } = await connect()
    const { generation } = (await copyOf(id)).oauth2
    const path = `/v1/accounts/${id}/token?rejected=${generation}`
    const leases = await Promise.all(Array.from({ length: 1000 }, () => api(path)))
    expect(new Set(leases.map((lease) => lease.access_token)).size).toBe(1)
    expect(leases.every((lease) => lease.http === 200 && lease.generation > generation)).toBe(true)
    expect(await api(path)).toMatchObject({ access_token: leases[0].access_token })
    expect(await refreshes()).toHaveLength(1)
  })

  it('again within a minute: the refused token is not given, but when to come again', async () => {
    const { id } = await connect()
    const first = await api(`/v1/accounts/${id}/refresh`, admin)
    const path = `/v1/accounts/${id}/token?rejected=${first.generation}`
    expect(await api(path)).toMatchObject({ http: 503, code: 'refresh_limited', retry_after: 60 })
    expect(await api(`/v1/accounts/${id}/refresh`, admin)).toMatchObject({
      http: 200,
      generation: first.generation,
      degraded: { reason: 'refresh_limited', retry_after: 60 },
    })
    later(60)
    expect((await api(path)).generation).toBeGreaterThan(first.generation)
    expect(await refreshes()).toHaveLength(2)
  })
})

describe('an ended grant', () => {
  it('is tried again by force once an hour, and comes back if X takes it', async () => {
    const { id } = await connect()
    const invalid = {
      error: 'invalid_request',
      error_description: 'Value passed for the token was invalid.',
    }
    const fault = `reply:${JSON.stringify({ status: 400, body: invalid })}`
    await x('POST', 'faults', { path: TOKEN, fault, times: 1 })
    await api(`/v1/accounts/${id}/refresh`, admin)
    expect(await api(`/v1/accounts/${id}`)).toMatchObject({ status: 'login_required' })
    later(3599)
    await api(`/v1/accounts/${id}/refresh`, admin)
    expect(await refreshes()).toHaveLength(1)
    later(1)
    await api(`/v1/accounts/${id}/refresh`, admin)
    expect(await refreshes()).toHaveLength(2)
    expect(await api(`/v1/accounts/${id}`)).toMatchObject({ status: 'ok' })
  })
})

/** The account as another key would have sealed it, in its object and in KV. */
async function sealWith(key: Secret, id: string): Promise<void> {
  const keyring = await keyringOf([key, THIS_KEY, LOST_KEY])
  await runInDurableObject(object(id), async (_: Account, state) => {
    const [row] = state.storage.sql.exec<{ json: string }>('SELECT json FROM record').toArray()
    const record = await resealed(keyring, JSON.parse(row?.json ?? ''))
    state.storage.sql.exec('UPDATE record SET json = ?', JSON.stringify(record))
    await putAccount(env.VAULT, record)
    forgetAccount(id)
  })
  await runInDurableObject(object(id), (_: Account, state) =>
    state.abort('with the other record'),
  ).catch(() => undefined)
}

describe('sealing keys', () => {
  it('what an old key sealed is sealed anew by the sweep, and the status counts it', async () => {
    const { id } = await connect()
    const [first, old] = [await keyringOf([THIS_KEY]), await keyringOf([OLD_KEY])]
    await sealWith(OLD_KEY, id)
    expect(await api(`/v1/accounts/${id}/token`)).toMatchObject({ http: 200 })
    const keyOf = async () => (await copyOf(id)).oauth2.accessToken.split('.')[1]
    expect(await keyOf()).toBe(old.first)
    await sweepThrough()
    expect(await keyOf()).toBe(first.first)
    expect((await api('/v1/status')).sealing).toMatchObject({
      key: first.first,
      sealed_with_others: 1,
      old_keys_may_be_dropped: false,
    })
    later(2 * 86_400)
    await sweepThrough()
    expect((await api('/v1/status')).sealing).toMatchObject({
      sealed_with_others: 0,
      old_keys_may_be_dropped: true,
    })
    // The keys change places: it called the old one dispensable until the next sweep, with all sealed under it.
    const SEALING_KEYS = env.SEALING_KEYS.split(',').toReversed().join(',')
    const { sealing } = await appStatus({ ...env, SEALING_KEYS }, Math.floor(Date.now() / 1000))
    expect(sealing).toMatchObject({
      key: old.first,
      first_since: null,
      old_keys_may_be_dropped: false,
      old_keys_may_be_dropped_at: null,
    })
    expect(sealing?.sealed_with_others).toBeGreaterThan(0)
  })

  it('a grant that is sealed anew while X is told of its end ends all the same', async () => {
    const { id } = await connect()
    const path = `/v1/accounts/${id}/grants`
    await adoptKey(id, `${id}-t`, 's')
    await sealWith(OLD_KEY, id)
    await x('POST', 'faults', { path: '/2/oauth2/revoke', fault: 'delay_reply:300', times: 1 })
    const ending = api(`${path}/oauth2`, { method: 'DELETE' })
    await eventually(async () => expect(await callsTo('/2/oauth2/revoke')).not.toEqual([]))
    await object(id).reseal()
    expect(await ending).toMatchObject({ http: 200, revoked: true })
    expect(await object(id).read()).not.toHaveProperty('oauth2')
  })

  it('a record under a missing key is named, left alone, and works when the key is back', async () => {
    const { id } = await connect()
    await sealWith(LOST_KEY, id)
    later(7100)
    await sweepThrough()
    expect(await refreshes()).toEqual([])
    expect(await api(`/v1/accounts/${id}/refresh`, admin)).toMatchObject({
      code: 'sealed_unreadable',
      detail: expect.stringContaining('missing'),
    })
    const { sealing } = await api('/v1/status')
    expect(sealing).toMatchObject({ missing_key_accounts: 1, missing_key: [id] })
    const { sealing_key_missing } = await api(`/v1/accounts/${id}`)
    expect(sealing_key_missing).toBe(true)
    await sealWith(THIS_KEY, id)
    await sweepThrough()
    expect((await copyOf(id)).oauth2).toMatchObject({ refreshedAt: expect.any(Number) })
  })
})

describe('restoring from KV', () => {
  const lose = (id: string) =>
    runInDurableObject(object(id), async (_: Account, state) => {
      await state.storage.deleteAll()
      state.abort('lost')
    }).catch(() => undefined)

  it('brings an account back whose object is lost, and only such a one', async () => {
    const { id } = await connect()
    expect(await api(`/v1/accounts/${id}/restore`, admin)).toMatchObject({
      http: 409,
      code: 'account_connected',
    })
    await lose(id)
    expect((await api(`/v1/accounts/${id}/refresh`, admin)).code).toBe('account_unknown')
    expect(await api(`/v1/accounts/${id}/restore`, admin)).toMatchObject({ http: 200, id })
    expect(await api(`/v1/accounts/${id}/refresh`, admin)).toMatchObject({ http: 200 })
    const copy = await env.VAULT.get(`account/${id}`)
    await api(`/v1/accounts/${id}`, { method: 'DELETE' })
    await env.VAULT.put(`account/${id}`, copy ?? '')
    expect(await api(`/v1/accounts/${id}/restore`, admin)).toMatchObject({
      http: 409,
      code: 'account_disconnected',
    })
    expect(await api('/v1/accounts/424242/restore', admin)).toMatchObject({ http: 404 })
  })

  it('a page at a time says what was restored and what was kept', async () => {
    const [one, two] = [await connect(), await connect()]
    await lose(one.id)
    const page = await api('/v1/restore', admin)
    expect(page.restored).toContain(one.id)
    expect(page.kept).toContainEqual({ id: two.id, code: 'account_connected' })
  })

  it('a queued refresh never brings a deleted account back', async () => {
    const { id } = await connect()
    const copy = await env.VAULT.get(`account/${id}`)
    await api(`/v1/accounts/${id}`, { method: 'DELETE' })
    await env.VAULT.put(`account/${id}`, copy ?? '')
    await consume(env, { sweptAtMs: Date.now() + 99_000, due: [id] })
    expect(await refreshes()).toEqual([])
    expect((await api(`/v1/accounts/${id}/refresh`, admin)).code).toBe('account_unknown')
  })
})

describe('publishing to KV', () => {
  const list = async () => {
    const { accounts } = await api('/v1/accounts')
    return accounts.map((account: { id: string }) => account.id)
  }

  it('fills a KV that was lost from the objects', async () => {
    const { id } = await connect()
    const copy = await copyOf(id)
    await env.VAULT.delete(`account/${id}`)
    forgetAccount(id)
    expect(await list()).not.toContain(id)
    const answer = await api(`/v1/accounts/${id}/publish`, admin)
    expect(answer).toMatchObject({ http: 200, id, status: 'ok' })
    expect(answer).not.toHaveProperty('published')
    expect(await list()).toContain(id)
    expect(await copyOf(id)).toEqual(copy)
  })

  it('brings nothing back', async () => {
    expect(await api('/v1/accounts/424242/publish', admin)).toMatchObject({
      http: 404,
      code: 'account_unknown',
    })
    const { id } = await connect()
    const copy = await env.VAULT.get(`account/${id}`)
    await api(`/v1/accounts/${id}`, { method: 'DELETE' })
    await env.VAULT.put(`account/${id}`, copy ?? '')
    expect(await api(`/v1/accounts/${id}/publish`, admin)).toMatchObject({
      http: 409,
      code: 'account_disconnected',
    })
    expect(await env.VAULT.get(`account/${id}`)).toBeNull()
  })

  it('says where KV does not take it, and goes on by alarm', async () => {
    const { id } = await connect()
    await env.VAULT.delete(`account/${id}`)
    vi.spyOn(env.VAULT, 'put').mockRejectedValueOnce(new Error('the day is spent'))
    expect(await api(`/v1/accounts/${id}/publish`, admin)).toMatchObject({
      http: 200,
      published: false,
      note: expect.stringContaining('again by itself'),
    })
    later(60)
    await runDurableObjectAlarm(object(id))
    expect((await copyOf(id)).id).toBe(id)
  })
})

/** A DELETE that X confirms in part only: said, blamed on nobody else, and finished when it is repeated. */
import { runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import type { Account } from '../../../src/account/account'
import { eventually } from '../../eventually'
import { adoptKey } from '../unconfirmed'
import { api, approve, callsTo, connect, copyOf, later, perch, useFreshWorld, x } from '../world'

const REVOKE = '/2/oauth2/revoke'
const INVALIDATE = '/1.1/oauth/invalidate_token*'
const remove = { method: 'DELETE' } as const

useFreshWorld()

/** What X does with the next calls of an endpoint, in this order. */
async function faults(path: string, ...each: string[]): Promise<void> {
  for (const fault of each) await x('POST', 'faults', { path, fault, times: 1 })
}

describe('X ended the refresh token, and answered 504 for the access token', () => {
  async function halfDeleted(): Promise<string> {
    const { id } = await connect()
    await faults(REVOKE, 'delay:0', 'status:504')
    expect(await api(`/v1/accounts/${id}`, remove)).toMatchObject({
      http: 503,
      code: 'revoke_failed',
      detail: expect.stringContaining('X has ended the refresh token'),
    })
    return id
  }

  // A lease had no `degraded`, and the account was like any other.
  it('is said in each lease, and in the account', async () => {
    const id = await halfDeleted()
    const tokens = { refreshToken: 'ended', accessToken: 'unheard' }
    expect((await copyOf(id)).oauth2.endedAtX?.tokens).toEqual(tokens)
    expect(await api(`/v1/accounts/${id}/token`)).toMatchObject({
      http: 200,
      degraded: { reason: 'delete_unfinished', since: expect.any(Number) },
    })
    expect(await api(`/v1/accounts/${id}`)).toMatchObject({
      status: 'ok',
      oauth2: { ended_at_x: { refresh_token: 'ended', access_token: 'unheard' } },
    })
  })

  // It was `refused_by_x`: "The user took the access away".
  it('X’s refusal of the refresh token is blamed on the DELETE', async () => {
    const id = await halfDeleted()
    const lease = await api(`/v1/accounts/${id}/refresh`, { method: 'POST' })
    expect(lease.degraded).toMatchObject({
      reason: 'login_required',
      detail: expect.stringContaining('A DELETE had ended the refresh token'),
    })
    expect(lease.degraded.detail).not.toMatch(/user took/)
    expect(await api(`/v1/accounts/${id}`)).toMatchObject({
      oauth2: { ended: { reason: 'ended_by_delete' } },
    })
    expect(await api(`/v1/accounts/${id}`, remove)).toMatchObject({ http: 200, revoked: true })
  })

  it('a repeated DELETE ends what is left, and nothing twice', async () => {
    const id = await halfDeleted()
    await x('DELETE', 'calls')
    expect(await api(`/v1/accounts/${id}`, remove)).toMatchObject({ http: 200, revoked: true })
    expect(await callsTo(REVOKE)).toHaveLength(1)
    expect(await api(`/v1/accounts/${id}`)).toMatchObject({ code: 'account_unknown' })
  })

  it('forced, it says what X has ended', async () => {
    const id = await halfDeleted()
    await faults(REVOKE, 'status:504')
    expect(await api(`/v1/accounts/${id}?force=true`, remove)).toMatchObject({
      http: 200,
      revoked: false,
      detail: expect.stringContaining('X has ended the refresh token'),
    })
  })
})

describe('one grant of two', () => {
  it('OAuth 2.0: the same', async () => {
    const { id } = await connect()
    await adoptKey(id, `${id}-t`, 's')
    await faults(REVOKE, 'delay:0', 'status:504')
    const path = `/v1/accounts/${id}/grants/oauth2`
    expect(await api(path, remove)).toMatchObject({ code: 'revoke_failed' })
    expect((await api(`/v1/accounts/${id}/token`)).degraded?.reason).toBe('delete_unfinished')
    expect(await api(path, remove)).toMatchObject({ http: 200, revoked: true })
    expect(await callsTo(REVOKE)).toHaveLength(3)
  })

  it('OAuth 1.0a: X may have ended it, which signatures and the account say', async () => {
    const { id, username } = await connect()
    const { back, cookie } = await approve(username, '/login?flow=oauth1')
    expect((await perch(back, { headers: { cookie } })).status).toBe(200)
    await faults(INVALIDATE, 'drop_after_commit')
    const path = `/v1/accounts/${id}/grants/oauth1`
    expect(await api(path, remove)).toMatchObject({ code: 'revoke_failed' })
    const body = JSON.stringify({ method: 'GET', url: `${env.X_API_ORIGIN}/2/users/me` })
    expect(await api(`/v1/accounts/${id}/sign`, { method: 'POST', body })).toMatchObject({
      http: 200,
      degraded: { reason: 'delete_unfinished' },
    })
    expect(await api(`/v1/accounts/${id}`)).toMatchObject({
      oauth1: { ended_at_x: { token: 'unheard' } },
    })
    expect(await api(path, remove)).toMatchObject({ http: 200, revoked: true })
  })

  // X had ended it, and the account showed it until somebody repeated the DELETE.
  it('its object dies while X is asked: the next one goes on with the DELETE', async () => {
    const { id } = await connect()
    await adoptKey(id, `${id}-t`, 's')
    await faults(INVALIDATE, 'delay_reply:400')
    const ending = api(`/v1/accounts/${id}/grants/oauth1`, remove).catch(() => undefined)
    await eventually(async () =>
      expect((await x('GET', 'calls')).calls.map(({ path }) => path)).toContainEqual(
        expect.stringContaining('invalidate_token'),
      ),
    )
    const object = () => env.ACCOUNT.getByName(id)
    await runInDurableObject(object(), (_: Account, state) => state.abort('moved')).catch(() => {})
    await ending
    expect(await object().read()).toHaveProperty('oauth1')
    later(121)
    await runDurableObjectAlarm(object())
    expect(await object().read()).not.toHaveProperty('oauth1')
  })
})

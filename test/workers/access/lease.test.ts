import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { api, connect, copyOf, later, resetX, x } from '../world'

beforeEach(resetX)
afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

const token = (id: string, query = '') => api(`/v1/accounts/${id}/token${query}`)

describe('KV’s copy is believed', () => {
  it('until it is due, and then the object is asked', async () => {
    const { id } = await connect()
    const { oauth2 } = await copyOf(id)
    const object = vi.spyOn(env.ACCOUNT, 'getByName')
    vi.useFakeTimers({ toFake: ['Date'] })
    vi.setSystemTime((oauth2.dueAt! - 1) * 1000)
    expect(await token(id)).toMatchObject({ http: 200, generation: oauth2.generation })
    expect(object).not.toHaveBeenCalled()
    vi.setSystemTime(oauth2.dueAt! * 1000)
    expect((await token(id)).generation).toBeGreaterThan(oauth2.generation)
    // Once by the lease, once by the carrier that brings X's answer.
    expect(object).toHaveBeenCalledTimes(2)
  })

  it('less than what the object said a moment ago', async () => {
    const { id } = await connect()
    const stale = (await env.VAULT.get(`account/${id}`))!
    const { generation } = await token(id)
    const next = await token(id, `?rejected=${generation}`)
    await env.VAULT.put(`account/${id}`, stale)
    expect((await token(id)).generation).toBe(next.generation)
  })

  // The token was handed out without a word of the doubt.
  it('not while it knows of a refresh that failed: the object says more', async () => {
    const { id } = await connect()
    await x('POST', 'faults', { path: '/2/oauth2/token', fault: 'drop_before', times: 1 })
    await api(`/v1/accounts/${id}/refresh`, { method: 'POST' })
    expect((await copyOf(id)).oauth2).toMatchObject({ failure: { code: 'unknown' } })
    expect(await token(id)).toMatchObject({ http: 200, degraded: { reason: 'refresh_in_doubt' } })
  })

  it('when the object cannot be reached, as degraded', async () => {
    const { id } = await connect()
    vi.useFakeTimers({ toFake: ['Date'] })
    later(7100)
    const unreachable = { lease: () => Promise.reject(new Error('unreachable')) }
    vi.spyOn(env.ACCOUNT, 'getByName').mockReturnValue(unreachable as never)
    expect(await token(id)).toMatchObject({ http: 200, degraded: { reason: 'object_unreachable' } })
    later(101)
    expect(await token(id)).toMatchObject({ http: 503, code: 'refresh_failed', retry_after: 5 })
  })

  it('but never one that was imported for another account than it belongs to', async () => {
    const { id } = await connect()
    const { oauth2, ...account } = await copyOf(id)
    const ended = { reason: 'belongs_to_another', since: 0 }
    const copy = { ...account, status: 'login_required', oauth2: { ...oauth2, ended } }
    await env.VAULT.put(`account/${id}`, JSON.stringify(copy))
    vi.useFakeTimers({ toFake: ['Date'] })
    later(60)
    const unreachable = { lease: () => Promise.reject(new Error('unreachable')) }
    vi.spyOn(env.ACCOUNT, 'getByName').mockReturnValue(unreachable as never)
    expect(await token(id)).toMatchObject({ http: 503, code: 'refresh_failed' })
  })

  it('and a KV that cannot be read is no reason to fail', async () => {
    const { id } = await connect()
    vi.useFakeTimers({ toFake: ['Date'] })
    later(60)
    vi.spyOn(env.VAULT, 'get').mockRejectedValue(new Error('the day is spent'))
    expect(await token(id)).toMatchObject({ http: 200 })
  })
})

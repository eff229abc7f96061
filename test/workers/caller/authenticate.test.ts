import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { hash } from '../../../src/crypto/hash'
import { api, connect, perch, resetX } from '../world'

beforeEach(resetX)

const newCaller = (body: object) =>
  api('/v1/callers', { method: 'POST', body: JSON.stringify({ name: 'c', ...body }) })
const as = (key: string) => ({ headers: { authorization: `Bearer ${key}` } })

/** A key that is well-formed and names this caller, but was never given out. */
async function forged(id: string): Promise<string> {
  const secret = 'A'.repeat(43)
  return `perch_${id}_${secret}${(await hash(`perch key ${id} ${secret}`)).slice(0, 6)}`
}

describe('who calls', () => {
  it('is known by the secret, not by the id', async () => {
    const { id, key } = await newCaller({ scopes: ['accounts:read'] })
    expect((await perch('/v1/accounts', as(key))).status).toBe(200)
    expect((await perch('/v1/accounts', as(await forged(id)))).status).toBe(401)
  })

  it('KV knows neither the key nor its secret', async () => {
    const { id, key } = await newCaller({ scopes: ['tokens'] })
    const { value, metadata } = await env.VAULT.getWithMetadata(`caller/${id}`)
    expect(JSON.stringify({ value, metadata })).not.toContain(key.slice(23, 60))
  })

  it('is refused once it expired, by this very second', async () => {
    const now = Math.floor(Date.now() / 1000)
    const { key } = await newCaller({ scopes: ['accounts:read'], expires_at: now + 60 })
    expect((await perch('/v1/accounts', as(key))).status).toBe(200)
    vi.useFakeTimers({ toFake: ['Date'] })
    vi.setSystemTime((now + 60) * 1000)
    expect((await perch('/v1/accounts', as(key))).status).toBe(401)
    vi.useRealTimers()
  })

  it.each([env.ADMIN_KEY, env.ADMIN_KEY_NEXT])('is the admin by either admin key', async (key) => {
    expect((await api('/v1/callers', as(key))).http).toBe(200)
    expect((await api('/v1/callers', as(`${key}x`))).http).toBe(401)
  })

  it.each(['', 'Basic YTpi', 'Bearer', 'Bearer  ', 'bearer a b'])(
    '%j is no key',
    async (authorization) => {
      expect((await perch('/v1/accounts', { headers: { authorization } })).status).toBe(401)
    },
  )
})

describe('a limited caller', () => {
  it('sees no other account, anywhere', async () => {
    const [mine, other] = [await connect(), await connect()]
    const scopes = ['accounts:read', 'accounts:write', 'tokens', 'logins']
    const { key } = await newCaller({ scopes, accounts: [mine.id] })
    expect((await perch(`/v1/accounts/${mine.id}/token`, as(key))).status).toBe(200)
    for (const [method, path] of [
      ['GET', ''],
      ['GET', '/token'],
      ['POST', '/refresh'],
      ['DELETE', '?force=true'],
    ] as const)
      expect((await perch(`/v1/accounts/${other.id}${path}`, { method, ...as(key) })).status).toBe(
        404,
      )
    const { accounts } = await api('/v1/accounts', as(key))
    expect(accounts.map((account: { id: string }) => account.id)).toEqual([mine.id])
    expect((await api(`/v1/accounts/${other.id}`)).http).toBe(200)
  })
})

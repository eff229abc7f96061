/** Secrets that are sent are compared in constant time, and what nobody has costs the same comparison. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { newKey } from '../../../src/caller/key'
import { hash } from '../../../src/crypto/hash'
import { api, approve, newUser, perch, resetX } from '../world'

beforeEach(resetX)
afterEach(() => {
  vi.restoreAllMocks()
})

/** How many comparisons in constant time this request costs, and how it ends. */
async function compared(path: string, headers: HeadersInit = {}) {
  const spy = vi.spyOn(crypto.subtle, 'timingSafeEqual')
  const before = spy.mock.calls.length
  const response = await perch(path, { headers })
  await response.body?.cancel()
  return { status: response.status, comparisons: spy.mock.calls.length - before }
}
const as = (key: string) => ({ authorization: `Bearer ${key}` })

it('the admin key is, whatever is sent', async () => {
  for (const key of ['a', 'admin-key-of-the-tests-0123456789abcdeX', 'x'.repeat(500)])
    expect(await compared('/v1/accounts', as(key))).toEqual({ status: 401, comparisons: 2 })
})

it('a caller key is, and an id that nobody has costs the same', async () => {
  const body = JSON.stringify({ name: 'c', scopes: ['accounts:read'] })
  const { id } = await api('/v1/callers', { method: 'POST', body })
  const secret = 'A'.repeat(43)
  const wrong = `perch_${id}_${secret}${(await hash(`perch key ${id} ${secret}`)).slice(0, 6)}`
  const nobodys = (await newKey()).text.reveal()
  const ends = await compared('/v1/accounts', as(wrong))
  expect(ends.status).toBe(401)
  // Two admin keys, and the secret.
  expect(ends.comparisons).toBeGreaterThan(2)
  expect(await compared('/v1/accounts', as(nobodys))).toEqual(ends)
})

it('the ticket of a login link and the cookie of a login are', async () => {
  const { login_url } = await api('/v1/logins', { method: 'POST', body: '{}' })
  const { pathname } = new URL(login_url)
  const ticket = await compared(`${pathname}?ticket=${'a'.repeat(43)}`)
  expect(ticket.status).toBe(404)
  expect(ticket.comparisons).toBeGreaterThan(0)
  const { back, cookie } = await approve((await newUser()).username)
  const other = await compared(back, {
    cookie: `${cookie.slice(0, -1)}${cookie.endsWith('A') ? 'B' : 'A'}`,
  })
  expect(other.status).toBe(403)
  expect(other.comparisons).toBeGreaterThan(0)
})

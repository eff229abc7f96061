/** The policy `auto`: an account that programs use is kept warm, another one is idle, and one lease wakes it. */
import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, it, vi } from 'vitest'
import { COUNTS } from '../../../scripts/counts'
import { noteOfUse } from '../../../src/access/use'
import type { Account } from '../../../src/account/account'
import { accountAt } from '../../../src/account/stub'
import { usedAtOf } from '../../../src/account/use'
import { forgetAccount } from '../../../src/store/vault'
import { eventually } from '../../eventually'
import {
  api,
  connect,
  copyOf,
  countRows,
  later,
  logged,
  refreshes,
  sweepThrough,
  useFreshWorld,
} from '../world'

useFreshWorld()

// Before anything has read it; the settings are read once.
Object.assign(env, { REFRESH_POLICY: 'auto' })

const HOUR = 3600
const DAY = 24 * HOUR
const now = () => Math.floor(Date.now() / 1000)

/** By an isolate that remembers nothing of the account. */
function lease(id: string) {
  forgetAccount(id)
  return api(`/v1/accounts/${id}/token`)
}

/** How long ago its object knows it to have been used, seconds. */
async function usedAgo(id: string): Promise<number> {
  const account = await accountAt(env, id).read()
  return now() - usedAtOf(account!)
}

/** The accounts whose objects are told of a use, from now on. */
function told(): string[] {
  const ids: string[] = []
  const object = env.ACCOUNT.getByName.bind(env.ACCOUNT)
  vi.spyOn(env.ACCOUNT, 'getByName').mockImplementation((id) => {
    const stub = object(id)
    const noteUse = () => {
      ids.push(id)
      return stub.noteUse()
    }
    return new Proxy(stub, {
      get: (of, name) => (name === 'noteUse' ? noteUse : of[name as never]),
    })
  })
  return ids
}

/** An account whose last use was a day and a half ago. */
async function idle(): Promise<string> {
  const { id } = await connect()
  later(36 * HOUR)
  await sweepThrough()
  return id
}

describe('an account that nobody uses', () => {
  it('is refreshed like a warm one for a day and a half, then every 30 days', async () => {
    const { id } = await connect()
    const connectedAt = now()
    later(2 * HOUR)
    await sweepThrough()
    expect(Math.abs((await copyOf(id)).usedAt! - connectedAt)).toBeLessThan(5)
    expect((await copyOf(id)).oauth2.dueAt).toBeLessThan(now() + 2 * HOUR)
    later(34 * HOUR)
    await sweepThrough()
    expect(await refreshes()).toHaveLength(2)
    expect((await copyOf(id)).oauth2.dueAt).toBeGreaterThan(now() + 26 * DAY)
    for (const days of [1, 10, 15]) {
      later(days * DAY)
      await sweepThrough()
    }
    expect(await refreshes()).toHaveLength(2)
    later(4 * DAY)
    await sweepThrough()
    expect(await refreshes()).toHaveLength(3)
    expect((await copyOf(id)).oauth2.dueAt).toBeGreaterThan(now() + 26 * DAY)
  })

  it('has its next lease refresh it, and is warm again', async () => {
    const id = await idle()
    later(3 * DAY)
    const before = (await refreshes()).length
    expect(await lease(id)).toMatchObject({ http: 200, expires_in: 7200 })
    expect(await refreshes()).toHaveLength(before + 1)
    const { usedAt, oauth2 } = await copyOf(id)
    expect(now() - usedAt!).toBeLessThan(5)
    expect(oauth2.dueAt).toBeLessThan(now() + 2 * HOUR)
    later(2 * HOUR)
    await sweepThrough()
    expect(await refreshes()).toHaveLength(before + 2)
  })

  it('is not used by a sweep, by who looks at it, nor by who lists it', async () => {
    const { id } = await connect()
    later(13 * HOUR)
    await api(`/v1/accounts/${id}`)
    await api('/v1/accounts')
    await sweepThrough()
    expect(await usedAgo(id)).toBeGreaterThanOrEqual(13 * HOUR)
  })

  it('turns warm while its token lives, and the sweep knows', async () => {
    const id = await idle()
    const put = vi.spyOn(env.VAULT, 'put')
    expect((await lease(id)).http).toBe(200)
    await eventually(() => expect(put).toHaveBeenCalledTimes(1))
    const { usedAt, oauth2 } = await copyOf(id)
    expect(now() - usedAt!).toBeLessThan(5)
    expect(oauth2.dueAt).toBeLessThan(now() + 2 * HOUR)
  })
})

describe('a use that the edge answers', () => {
  it('is told after twelve hours, once by each isolate, and writes one row and nothing to KV', async () => {
    const { id } = await connect()
    later(12 * HOUR)
    await sweepThrough()
    forgetAccount(id)
    const ids = told()
    const put = vi.spyOn(env.VAULT, 'put')
    for (let n = 0; n < 3; n++) expect((await lease(id)).http).toBe(200)
    await eventually(async () => expect(await usedAgo(id)).toBeLessThan(5))
    expect(ids).toEqual([id])
    expect(put).not.toHaveBeenCalled()
    later(2 * HOUR)
    await sweepThrough()
    expect(now() - (await copyOf(id)).usedAt!).toBeLessThan(2 * HOUR + 5)
  })

  it('costs its object one row, and nothing when it is told again', async () => {
    const { id } = await connect()
    later(12 * HOUR)
    await sweepThrough()
    const written = await runInDurableObject(
      env.ACCOUNT.getByName(id),
      async (account: Account, state) => {
        const rows = countRows(state)
        await account.noteUse()
        await account.noteUse()
        return rows()
      },
    )
    expect(written).toBe(COUNTS.useRows)
  })

  it('is not told within twelve hours, nor under another policy', async () => {
    const { id } = await connect()
    later(HOUR)
    const ids = told()
    await lease(id)
    expect(ids).toEqual([])
    const copy = await copyOf(id)
    const otherwise = { ...env, REFRESH_POLICY: 'warm' }
    expect(noteOfUse(otherwise, copy, now() + DAY)).toBeUndefined()
    expect(noteOfUse(env, copy, now() + DAY)).toBeTypeOf('function')
  })

  it('fails nobody where the object cannot be told', async () => {
    const { id } = await connect()
    later(12 * HOUR)
    await sweepThrough()
    const lines = logged('use_not_noted')
    vi.spyOn(env.ACCOUNT, 'getByName').mockImplementation(() => {
      throw new Error('gone')
    })
    expect((await lease(id)).http).toBe(200)
    await eventually(() => expect(lines()).toEqual([expect.objectContaining({ account: id })]))
  })

  it('is nothing to an object of the former build', async () => {
    const { id } = await connect()
    const noMethod = new TypeError('The RPC receiver does not implement the method "noteUse".')
    vi.spyOn(env.ACCOUNT, 'getByName').mockReturnValue({
      noteUse: () => Promise.reject(noMethod),
    } as never)
    expect(await accountAt(env, id).noteUse()).toBeUndefined()
  })
})

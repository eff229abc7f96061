/** What a sweep does when something around it fails: it does the rest, says so in one line, and loses nothing. */
import { env } from 'cloudflare:workers'
import { describe, expect, it, vi } from 'vitest'
import { REFRESH_CONCURRENCY } from '../../../src/limits'
import { putAccount, type VaultMetadata } from '../../../src/store/vault'
import { consume } from '../../../src/sweep/consumer'
import { sweep } from '../../../src/sweep/sweep'
import { connectDue } from '../many'
import {
  api,
  catchQueue,
  connect,
  copyOf,
  later,
  logged,
  queuedBySweep,
  refreshes,
  sweepThrough,
  useFreshWorld,
  x,
} from '../world'

const INVALID =
  'reply:{"status":400,"body":{"error":"invalid_request","error_description":"Value passed for the token was invalid."}}'
useFreshWorld()

/** KV lists one due account a page, and no page from `failsAt` on. */
async function pages(count: number, failsAt = count): Promise<void> {
  const { id } = await connect()
  const { metadata } = await env.VAULT.getWithMetadata<VaultMetadata>(`account/${id}`)
  vi.spyOn(env.VAULT, 'list').mockImplementation(async ({ cursor } = {}) => {
    const page = Number(cursor ?? 0)
    if (page >= failsAt) throw new Error('KV is down')
    const keys = [{ name: `account/${page + 1}`, metadata: { ...metadata, dueAt: 1 } }]
    const rest =
      page + 1 < count ? { list_complete: false, cursor: `${page + 1}` } : { list_complete: true }
    return { keys, cacheStatus: null, ...rest } as never
  })
}

describe('a sweep', () => {
  it('whose list breaks off queues what it saw, and leaves the last sweep’s counts as they were', async () => {
    await pages(5, 3)
    const lines = logged('sweep')
    expect(await queuedBySweep()).toEqual([{ v: 1, sweptAtMs: Date.now(), due: ['1', '2', '3'] }])
    expect(lines()).toMatchObject([{ listed: 3, due: 3, queued: 3, interrupted: true }])
    expect(await api('/v1/status')).toMatchObject({ accounts: null, sweeps: [] })
  })

  it('that the queue refuses is counted as queueing nothing; the next one finds the same', async () => {
    const { id } = await connect()
    later(7100)
    const { sendBatch } = catchQueue()
    sendBatch.mockRejectedValue(new Error('the queue is down'))
    await sweep(env, Date.now())
    const [{ due, queued }] = (await api('/v1/status')).sweeps
    expect(due).toBeGreaterThan(0)
    expect(queued).toBe(0)
    await sweepThrough()
    expect((await copyOf(id)).oauth2).toMatchObject({ refreshedAt: expect.any(Number) })
  })

  it('that cannot be carried on says that it was interrupted', async () => {
    await pages(150)
    const { bodies, sendBatch } = catchQueue()
    sendBatch.mockImplementation(async (messages) => {
      const sent = [...messages].map(({ body }) => body)
      if (sent.some((body) => Object.hasOwn(body as object, 'sweep')))
        throw new Error('the queue is down')
      bodies.push(...sent)
      return {} as never
    })
    const lines = logged('sweep')
    await sweep(env, Date.now())
    expect(bodies).toHaveLength(2)
    expect(lines()).toMatchObject([{ listed: 100, queued: 100, interrupted: true }])
  })

  it('goes on without the app’s object, and so does a batch', async () => {
    const { id } = await connect()
    later(7100)
    const unreachable = () => Promise.reject(new Error('unreachable'))
    const app = vi.spyOn(env.APP, 'getByName').mockReturnValue({
      sweepBegins: unreachable,
      permit: unreachable,
      swept: unreachable,
    } as never)
    await sweepThrough()
    expect(app).toHaveBeenCalled()
    expect((await copyOf(id)).oauth2).toMatchObject({ refreshedAt: expect.any(Number) })
  })

  it('refreshes the others of a batch where some objects cannot be reached', async () => {
    const ids = Array.from({ length: 2 * REFRESH_CONCURRENCY }, (_, n) => String(6_700_000 + n))
    await connectDue(ids)
    const real = env.ACCOUNT.getByName.bind(env.ACCOUNT)
    const unreachable = { refreshHinted: () => Promise.reject(new Error('unreachable')) }
    // As many as are tried at once: none of them may end what would have tried the next.
    const dead = new Set(ids.slice(0, REFRESH_CONCURRENCY))
    vi.spyOn(env.ACCOUNT, 'getByName').mockImplementation((id) =>
      dead.has(id) ? (unreachable as never) : real(id),
    )
    const lines = logged('account_unreachable')
    await consume(env, { sweptAtMs: Date.now(), due: ids })
    expect(lines()).toHaveLength(REFRESH_CONCURRENCY)
    expect(await refreshes()).toHaveLength(REFRESH_CONCURRENCY)
  })

  it('has a copy written anew that does not say when an end is tried again, once', async () => {
    const { id } = await connect()
    await x('POST', 'faults', {
      path: '/2/oauth2/token',
      grant_type: 'refresh_token',
      fault: INVALID,
    })
    await api(`/v1/accounts/${id}/refresh`, { method: 'POST' })
    const { value, metadata } = await env.VAULT.getWithMetadata<VaultMetadata>(`account/${id}`)
    const { ended, ...old } = metadata ?? ({} as VaultMetadata)
    expect(ended).toBeDefined()
    await env.VAULT.put(`account/${id}`, value ?? '', { metadata: { ...old, dueAt: null } })
    const bodies = await queuedBySweep()
    expect(bodies).toEqual([{ v: 1, reseal: [id] }])
    await consume(env, bodies[0])
    const after = await env.VAULT.getWithMetadata<VaultMetadata>(`account/${id}`)
    expect(after.metadata).toMatchObject({ ended, dueAt: (ended ?? 0) + 3600 })
    expect(await queuedBySweep()).toEqual([])
  })

  it('asks about a copy that does not say by which key it is sealed', async () => {
    const { id } = await connect()
    const copy = await copyOf(id)
    await putAccount(env.VAULT, copy)
    const { value, metadata } = await env.VAULT.getWithMetadata<VaultMetadata>(`account/${id}`)
    const { keyIds: _, ...old } = metadata ?? {}
    await env.VAULT.put(`account/${id}`, value ?? '', { metadata: old })
    const bodies = await queuedBySweep()
    expect(bodies).toEqual([{ v: 1, reseal: [id] }])
    expect((await api('/v1/status')).sealing).toMatchObject({ sealed_with_others: 1 })
    await consume(env, bodies[0])
    // It was sealed with the first key all the time: KV alone did not know.
    expect(await copyOf(id)).toEqual(copy)
    await sweepThrough()
    expect((await api('/v1/status')).sealing).toMatchObject({ sealed_with_others: 0 })
    expect(await refreshes()).toEqual([])
  })
})

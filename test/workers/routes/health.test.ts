/** `/healthz` and the state in `/v1/status`: silence is not health. */
import { env } from 'cloudflare:workers'
import { describe, expect, it, vi } from 'vitest'
import { theApp } from '../../../src/app/stub'
import { api, connect, later, perch, sweepThrough, useFreshWorld } from '../world'

useFreshWorld()

const health = async () => {
  // An isolate asks once in half a minute.
  later(31)
  const response = await perch('/healthz')
  return { http: response.status, ...(await response.json<Record<string, unknown>>()) }
}
const state = async () => (await api('/v1/status')).state

describe('health', () => {
  it('a fresh deployment without accounts is well', async () => {
    expect(await health()).toEqual({
      http: 200,
      ok: true,
      state: 'ok',
      config: 'complete',
      set: {},
    })
    expect(await state()).toBe('ok')
    later(3600)
    expect(await health()).toMatchObject({ http: 200, ok: true })
  })

  it('accounts that no sweep ever saw are not seen to, until one does', async () => {
    await connect()
    expect(await health()).toMatchObject({ http: 503, ok: false, state: 'stale', set: {} })
    expect(await state()).toBe('stale')
    await sweepThrough()
    expect(await health()).toMatchObject({ http: 200, ok: true, state: 'ok' })
    expect(await state()).toBe('ok')
  })

  it('three periods without a sweep are too many, and lateness counts from now', async () => {
    await connect()
    later(7000)
    await sweepThrough()
    const [{ due_at }] = (await api('/v1/accounts')).accounts
    later(900 - 31)
    expect(await health()).toMatchObject({ http: 200, state: 'ok' })
    later(31)
    expect(await health()).toMatchObject({ http: 503, ok: false, state: 'stale' })
    expect(await api('/v1/status')).toMatchObject({ state: 'stale', oldest_lateness_seconds: 0 })
    later(7200)
    const late = Math.floor(Date.now() / 1000) - due_at
    const { oldest_lateness_seconds } = await api('/v1/status')
    expect(Math.abs(oldest_lateness_seconds - late)).toBeLessThanOrEqual(1)
  })

  it('a halt is not health, whatever the sweeps do', async () => {
    const status = vi.spyOn(env.APP, 'getByName').mockImplementation(
      () =>
        ({
          status: async () => ({
            sweeps: [],
            halt: { reason: 'credentials_refused', message: 'm', since: 1, probeAt: 2 },
          }),
        }) as never,
    )
    expect(await health()).toMatchObject({
      http: 503,
      ok: false,
      state: 'halted',
      config: 'complete',
    })
    status.mockRestore()
  })

  it('the object App is asked once in half a minute, and an object that is silent is unknown', async () => {
    await perch('/healthz')
    later(31)
    const app = theApp(env)
    const asked = vi.spyOn(env.APP, 'getByName').mockImplementation(() => app)
    const status = vi.fn(() => Promise.reject(new Error('gone')))
    asked.mockImplementation(() => ({ status }) as never)
    const all = await Promise.all(Array.from({ length: 20 }, () => perch('/healthz')))
    expect(status).toHaveBeenCalledOnce()
    for (const response of all)
      expect(await response.json()).toMatchObject({ ok: false, state: 'unknown' })
    asked.mockRestore()
    later(31)
    expect(await (await perch('/healthz')).json()).toMatchObject({ ok: true })
  })

  it('accounts that KV does not tell of may be there', async () => {
    vi.spyOn(env.VAULT, 'list').mockRejectedValue(new Error('no reads left today'))
    expect(await health()).toMatchObject({ http: 503, state: 'stale' })
    expect(await api('/v1/status')).toMatchObject({ oldest_lateness_seconds: null })
  })
})

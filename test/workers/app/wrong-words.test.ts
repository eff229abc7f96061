/** X is wrong about everybody, or acts and does not answer: who has to log in again once it is well. */
import { abortAllDurableObjects } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, it, vi } from 'vitest'
import { connectDue } from '../many'
import {
  api,
  connect,
  copyOf,
  later,
  logged,
  refreshes,
  sweepThrough,
  useFreshWorld,
  x,
} from '../world'

const TOKEN = '/2/oauth2/token'
const INVALID = {
  path: TOKEN,
  grant_type: 'refresh_token',
  times: 'always',
  fault:
    'reply:{"status":400,"body":{"error":"invalid_request","error_description":"Value passed for the token was invalid."}}',
}
const DOWN = { path: TOKEN, grant_type: 'refresh_token', times: 'always', fault: 'status:503' }
useFreshWorld()

const numbered = (count: number, from: number): string[] =>
  Array.from({ length: count }, (_, n) => String(from + n))

/** A sweep every five minutes for so long. */
async function sweepFor(minutes: number): Promise<void> {
  for (let at = 0; at < minutes; at += 5) {
    later(300)
    await sweepThrough()
  }
}

async function ends(ids: readonly string[]): Promise<string[]> {
  const copies = await Promise.all(ids.map((id) => copyOf(id)))
  return copies.flatMap(({ oauth2 }) => oauth2.ended?.reason ?? [])
}

const rotated = async () =>
  (await refreshes()).filter(({ outcome }) => outcome === 'rotated').length

describe('X refuses everybody, wrongly', () => {
  it.each([11, 45])(
    'for %i minutes: nobody of thirty has to log in again',
    async (minutes) => {
      const ids = numbered(30, 6_500_000 + minutes * 1000)
      await connectDue(ids)
      await x('POST', 'faults', INVALID)
      await sweepThrough()
      await sweepFor(minutes)
      expect(await api('/v1/status')).toMatchObject({ state: 'halted' })
      // Its callers ask all the time; what X says of them is not believed either.
      const leased = await api(`/v1/accounts/${ids[0]}/token`)
      expect(leased.code).toBe('app_halted')
      await x('DELETE', 'faults')
      await sweepFor(90)
      expect(await ends(ids)).toEqual([])
      expect(await rotated()).toBe(30)
      expect(await api('/v1/status')).toMatchObject({ halt: null, state: 'ok' })
    },
    120_000,
  )

  it('after it had left all of them without an answer: nobody of twenty has to', async () => {
    const ids = numbered(20, 6_600_000)
    await connectDue(ids)
    await x('POST', 'faults', DOWN)
    await sweepThrough()
    await x('DELETE', 'faults')
    await x('POST', 'faults', INVALID)
    await sweepFor(15)
    expect(await api('/v1/status')).toMatchObject({ halt: { reason: 'mass_refusal' } })
    await x('DELETE', 'faults')
    await sweepFor(60)
    expect(await ends(ids)).toEqual([])
    expect(await rotated()).toBe(20)
  }, 120_000)

  it('though the app’s object dies between its refusals', async () => {
    const ids = numbered(5, 6_650_000)
    await connectDue(ids)
    await x('POST', 'faults', INVALID)
    for (const id of ids) {
      await api(`/v1/accounts/${id}/refresh`, { method: 'POST' })
      await abortAllDurableObjects()
    }
    expect(await api('/v1/status')).toMatchObject({ halt: { reason: 'mass_refusal' } })
  }, 20_000)

  it('once: the sweep tries again after an hour, and it is as if nothing had been', async () => {
    const { id } = await connect()
    later(7100)
    await x('POST', 'faults', INVALID)
    await sweepThrough()
    await x('DELETE', 'faults')
    expect(await api(`/v1/accounts/${id}`)).toMatchObject({ status: 'login_required' })
    await sweepFor(50)
    expect(await rotated()).toBe(0)
    const [{ due, oldest_lateness_seconds }] = (await api('/v1/status')).sweeps
    expect({ due, oldest_lateness_seconds }).toEqual({ due: 0, oldest_lateness_seconds: 0 })
    await sweepFor(10)
    expect(await api(`/v1/accounts/${id}`)).toMatchObject({ status: 'ok' })
    expect((await copyOf(id)).oauth2).not.toHaveProperty('ended')
  }, 30_000)
})

it('what X refuses for good is tried after one, six and twenty-four hours, without a word of it', async () => {
  const { id } = await connect()
  later(7100)
  await x('POST', 'faults', INVALID)
  await sweepThrough()
  const due = async () => (await api(`/v1/accounts/${id}`)).due_at
  const since = (await copyOf(id)).oauth2.ended?.since ?? 0
  const tried: number[] = []
  for (const hours of [1, 5, 18, 1000]) {
    tried.push(((await due()) ?? 0) - since)
    later(hours * 3600)
    await sweepThrough()
    await sweepThrough()
  }
  expect(tried).toEqual([3600, 21_600, 86_400, -since])
  expect(await refreshes()).toHaveLength(4)
  expect(await api('/v1/status')).toMatchObject({ halt: null, oldest_lateness_seconds: 0 })
}, 20_000)

describe('X acts, and 503 is what arrives', () => {
  /** From now on, until the spy is restored. */
  function brownOut(): () => void {
    const real = globalThis.fetch
    const spy = vi.spyOn(globalThis, 'fetch').mockImplementation(async (input, init) => {
      const asked = new Request(input, init)
      const { pathname } = new URL(asked.url)
      const answer = await real(asked)
      if (pathname !== TOKEN) return answer
      await answer.body?.cancel()
      return new Response('', { status: 503 })
    })
    return () => spy.mockRestore()
  }

  it('of thirty who are due at most twelve are spent into it, and the others go on once X is well', async () => {
    const ids = numbered(30, 6_700_000)
    await connectDue(ids)
    const opened = logged('app_breaker_opened')
    const well = brownOut()
    await sweepThrough()
    expect(opened()).toHaveLength(1)
    await sweepFor(30)
    const spent = await rotated()
    expect(spent).toBeGreaterThanOrEqual(5)
    expect(spent).toBeLessThanOrEqual(12)
    expect(await api('/v1/status')).toMatchObject({
      state: 'unanswered',
      breaker: { message: expect.any(String), since: expect.any(Number) },
    })
    expect((await api('/healthz')).http).toBe(503)
    well()
    await sweepFor(180)
    const lost = await ends(ids)
    expect(new Set(lost)).toEqual(new Set(['refresh_reply_lost']))
    expect(lost.length).toBeLessThanOrEqual(12)
    for (const { oauth2 } of await Promise.all(ids.map(copyOf)))
      expect(oauth2.ended ?? oauth2.refreshedAt).toBeDefined()
    expect(await api('/v1/status')).toMatchObject({ state: 'ok', breaker: null, halt: null })
  }, 120_000)

  it('leases go on: who has a token gets it, who has none is tried', async () => {
    const ids = numbered(16, 6_800_000)
    await connectDue(ids)
    const well = brownOut()
    await sweepThrough()
    const before = await rotated()
    const [last = ''] = ids.slice(-1)
    expect((await copyOf(last)).oauth2).not.toHaveProperty('failure')
    const live = await api(`/v1/accounts/${last}/token`)
    expect(live).toMatchObject({ http: 200, degraded: { reason: 'refresh_failed' } })
    expect(live.degraded.detail).toContain('held back')
    expect(await rotated()).toBe(before)
    later(601)
    expect(await api(`/v1/accounts/${last}/token`)).toMatchObject({ http: 503 })
    expect(await rotated()).toBe(before + 1)
    well()
  }, 30_000)
})

it('after a long outage, who asks without a token gets one within a minute', async () => {
  const { id } = await connect()
  later(7201)
  await x('POST', 'faults', DOWN)
  const ask = () => api(`/v1/accounts/${id}/token`)
  for (let minutes = 0; minutes < 60; minutes += 5) {
    expect(await ask()).toMatchObject({ http: 503 })
    later(300)
  }
  const { failure } = (await copyOf(id)).oauth2
  expect(failure).toBeDefined()
  await x('DELETE', 'faults')
  const asked = vi.spyOn(env.APP, 'getByName')
  let waited = 0
  for (; (await ask()).http !== 200; waited += 1) later(1)
  expect(waited).toBeLessThanOrEqual(60)
  // Not for each of its requests, with which it could be as many as it likes.
  expect(asked.mock.calls.length).toBeLessThanOrEqual(2 + waited / 10 + 3)
}, 30_000)

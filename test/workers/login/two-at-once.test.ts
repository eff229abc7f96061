/** Two tabs, one user: X keeps one live grant, and so must Perch, whichever tab's code X acts on first. */
import { env } from 'cloudflare:workers'
import { expect, it } from 'vitest'
import { api, approve, newUser, perch, refreshes, useFreshWorld, x } from '../world'

const PAIRS = 20
const TOKEN = '/2/oauth2/token'

useFreshWorld()

/** Both tabs come back from X 200 ms apart; X takes 0 to 400 ms for each of their codes. */
async function race(): Promise<{ id: string; statuses: number[] }> {
  const { id, username } = await newUser()
  const tabs = [await approve(username), await approve(username)]
  const statuses = await Promise.all(
    tabs.map(async ({ back, cookie }, tab) => {
      await new Promise((come) => setTimeout(come, tab * 200))
      return (await perch(back, { headers: { cookie } })).status
    }),
  )
  return { id, statuses }
}

// Of sixty such pairs thirteen ended with the dead grant here, and the live one given up.
it('the grant that is kept is the one that X keeps', async () => {
  for (let n = 0; n < 2 * PAIRS; n++)
    await x('POST', 'faults', { path: TOKEN, fault: `delay:${(n * 173) % 401}`, times: 1 })
  const races = await Promise.all(Array.from({ length: PAIRS }, race))
  const before = (await refreshes()).length
  for (const { id, statuses } of races) {
    expect(statuses).toContain(200)
    // A tab whose grant X has ended meanwhile is told to wait, never that it is connected with it.
    for (const status of statuses) expect([200, 503]).toContain(status)
    expect((await env.ACCOUNT.getByName(id).read())?.status).toBe('ok')
    const lease = await api(`/v1/accounts/${id}/refresh`, { method: 'POST' })
    expect(lease.degraded, `${id}: the dead one was kept`).toBeUndefined()
  }
  expect((await refreshes()).length - before).toBe(PAIRS)
}, 60_000)

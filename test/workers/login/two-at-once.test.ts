/** Two tabs, one user: X keeps one live grant, and so must Perch, whichever tab's code X acts on first. */
import { env } from 'cloudflare:workers'
import { expect, it } from 'vitest'
import { eventually } from '../../eventually'
import { api, approve, callsTo, newUser, perch, refreshes, useFreshWorld, x } from '../world'

const PAIRS = 7
const TOKEN = '/2/oauth2/token'
/** A machine that is busy takes its time to send seven codes. */
const WAIT = { timeout: 20_000 }

useFreshWorld()

// Ordered by when their codes were sent, the live grant was given up and the dead one kept: 13 of 60 pairs.
it.each([
  ['X acts on the first tab last', 'delay:600', 'delay:0'],
  [
    'X acts on the first tab last, and is slow to answer the second',
    'delay:300',
    'delay_reply:600',
  ],
  ['X acts on the first tab first, and is slow to answer it', 'delay_reply:600', 'delay:0'],
  ['X acts on both at its leisure', 'delay:100', 'delay:150'],
])(
  '%s: the grant that is kept is the one that X keeps',
  async (_, first, second) => {
    const races = await Promise.all(
      Array.from({ length: PAIRS }, async () => {
        const { id, username } = await newUser()
        return { id, tabs: [await approve(username), await approve(username)] }
      }),
    )
    const fault = (fault: string) =>
      x('POST', 'faults', { path: TOKEN, grant_type: 'authorization_code', fault, times: PAIRS })
    const back = (tab: number) =>
      races.map(({ tabs }) => perch(tabs[tab]!.back, { headers: { cookie: tabs[tab]!.cookie } }))
    await fault(first)
    const firsts = back(0)
    await eventually(async () => expect(await callsTo(TOKEN)).toHaveLength(PAIRS), WAIT)
    await fault(second)
    const statuses = (await Promise.all([...firsts, ...back(1)])).map(({ status }) => status)
    // A tab whose grant X has ended meanwhile is told to wait, never that it is connected with it.
    for (const status of statuses) expect([200, 503]).toContain(status)
    for (const { id } of races) {
      expect((await env.ACCOUNT.getByName(id).read())?.status).toBe('ok')
      const lease = await api(`/v1/accounts/${id}/refresh`, { method: 'POST' })
      expect(lease.degraded, 'the dead one was kept').toBeUndefined()
    }
    const outcomes = (await refreshes()).map(({ outcome }) => outcome)
    expect(outcomes).toEqual(Array(PAIRS).fill('rotated'))
  },
  60_000,
)

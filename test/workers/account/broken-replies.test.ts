/** Replies of X's token endpoint that do not arrive whole, over real connections. */
import { runDurableObjectAlarm } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { eventually } from '../../eventually'
import {
  api,
  approve,
  callsTo,
  connect,
  later,
  newUser,
  perch,
  refreshes,
  sweepThrough,
  useFreshWorld,
  x,
} from '../world'

const TOKEN = '/2/oauth2/token'
async function fault(fault: string, path = TOKEN): Promise<void> {
  expect(await x('POST', 'faults', { path, fault, times: 1 })).not.toHaveProperty('error')
}
const refresh = (id: string) => api(`/v1/accounts/${id}/refresh`, { method: 'POST' })
const liveGrant = async () => (await x('GET', 'state')).grants.find(({ live }) => live)

useFreshWorld()

describe('a refresh whose reply breaks off', () => {
  it.each(['cut:0', 'cut:1'])('%s: both tokens had arrived, and are taken', async (name) => {
    const { id } = await connect()
    await fault(name)
    const lease = await refresh(id)
    expect(lease).toMatchObject({ http: 200, access_token: (await liveGrant())?.access_token })
    expect(lease.degraded).toBeUndefined()
    // The refresh token is the live one as well: the next refresh works.
    later(3600)
    expect((await refresh(id)).degraded).toBeUndefined()
    expect(await refreshes()).toHaveLength(2)
  })

  it('before the refresh token was whole: the access token is kept, and the doubt is cleared within a second', async () => {
    const { id } = await connect()
    const before = await api(`/v1/accounts/${id}/token`)
    await fault('cut:6')
    const lease = await refresh(id)
    expect(lease).toMatchObject({
      http: 200,
      access_token: (await liveGrant())?.access_token,
      degraded: { reason: 'refresh_in_doubt', retry_after: expect.any(Number) },
    })
    expect(lease.degraded.retry_after).toBeLessThanOrEqual(2)
    expect(lease.generation).toBeGreaterThan(before.generation)
    later(3)
    await runDurableObjectAlarm(env.ACCOUNT.getByName(id))
    // On a slow machine the alarm has rung by itself, and is still at it.
    await eventually(async () =>
      expect(await api(`/v1/accounts/${id}`)).toMatchObject({
        status: 'login_required',
        oauth2: { ended: { reason: 'refresh_reply_lost' } },
      }),
    )
    // X ended nothing of what it gave: the token is leased while it lives.
    expect(await api(`/v1/accounts/${id}/token`)).toMatchObject({
      http: 200,
      access_token: lease.access_token,
      degraded: { reason: 'login_required' },
    })
  })
})

// "The user took the access away", and nothing about what may be between Perch and X.
it('a refresh that X got twice is refused: the words name that among the causes', async () => {
  const { id } = await connect()
  await fault('twice')
  const lease = await refresh(id)
  expect(lease.degraded).toMatchObject({
    reason: 'login_required',
    detail: expect.stringMatching(/sent the call twice.*X may have ended the access token/),
  })
  expect(await api(`/v1/accounts/${id}`)).toMatchObject({
    oauth2: { ended: { reason: 'refused_by_x' } },
  })
  // X gave the pair to the first call, and nobody has it.
  expect(await liveGrant()).toBeDefined()
})

// Taken for an account without `offline.access`, it was never refreshed again.
it('a refresh without a new refresh token keeps the old one, and is due again', async () => {
  const { id } = await connect()
  await fault('mangle:empty_refresh_token')
  expect((await refresh(id)).degraded).toBeUndefined()
  const account = await api(`/v1/accounts/${id}`)
  expect(account).toMatchObject({ status: 'ok', due_at: expect.any(Number) })
  later(account.due_at - Date.now() / 1000 + 1)
  await sweepThrough()
  expect((await refreshes()).map(({ outcome }) => outcome)).toEqual(['rotated', 'rotated'])
})

describe('a login whose reply breaks off', () => {
  it.each(['cut:0', 'cut:1'])(
    '%s by OAuth 2.0: both tokens had arrived, the code is sent once',
    async (name) => {
      const user = await newUser()
      const { back, cookie } = await approve(user.username)
      await fault(name)
      expect((await perch(back, { headers: { cookie } })).status).toBe(200)
      expect(await callsTo(TOKEN)).toHaveLength(1)
      expect((await refresh(user.id)).degraded).toBeUndefined()
    },
  )

  it.each(['cut:0', 'cut:1', 'cut:4'])(
    '%s by OAuth 1.0a: X is asked for the name that was cut',
    async (name) => {
      const user = await newUser()
      const { back, cookie } = await approve(user.username, '/login?flow=oauth1')
      await fault(name, '/oauth/access_token')
      expect((await perch(back, { headers: { cookie } })).status).toBe(200)
      expect(await callsTo('/oauth/access_token')).toHaveLength(1)
      expect(await api(`/v1/accounts/${user.id}`)).toMatchObject({
        username: user.username,
        grants: ['oauth1'],
      })
    },
  )
})

/** A freeze: no refresh leaves, whoever wants one, and no account is the worse for it. */
import { env } from 'cloudflare:workers'
import { expect, it } from 'vitest'
import { pairOf } from '../many'
import {
  api,
  connect,
  copyOf,
  later,
  newUser,
  refreshes,
  sweepThrough,
  useFreshWorld,
  x,
} from '../world'

useFreshWorld()

const freeze = () =>
  api('/v1/freeze', { method: 'POST', body: JSON.stringify({ refreshes: true }) })
const thaw = () => api('/v1/freeze', { method: 'DELETE' })

it('holds back sweep, leases, forced refreshes and imports, harms no account, and is over at once', async () => {
  await x('PUT', 'app', { access_token_ttl: 900 })
  const [live, expired] = [await connect(), await connect()]
  const before = await copyOf(live.id)
  const frozen = await freeze()
  expect(frozen).toMatchObject({ http: 200, freeze: { refreshes: true } })
  expect(frozen.freeze.settled_at).toBe(frozen.freeze.since + 300)
  later(700)
  await x('PUT', 'app', { access_token_ttl: 7200 })
  await sweepThrough()
  expect(await api(`/v1/accounts/${live.id}/token`)).toMatchObject({
    http: 200,
    degraded: { reason: 'refreshes_frozen', since: frozen.freeze.since },
  })
  expect(await api(`/v1/accounts/${live.id}/refresh`, { method: 'POST' })).toMatchObject({
    degraded: { reason: 'refreshes_frozen' },
  })
  const { username } = await newUser()
  const { refresh_token } = await pairOf(username)
  const body = JSON.stringify({ oauth2: { refresh_token } })
  const bring = () => api('/v1/imports', { method: 'POST', body })
  expect(await bring()).toMatchObject({ http: 503, code: 'refreshes_frozen', retry_after: 60 })
  later(300)
  await sweepThrough()
  expect(await api(`/v1/accounts/${expired.id}/token`)).toMatchObject({
    http: 503,
    code: 'refreshes_frozen',
    fix: expect.stringContaining('DELETE /v1/freeze'),
  })
  expect(await refreshes()).toHaveLength(0)
  expect(await api('/v1/status')).toMatchObject({ state: 'frozen', freeze: frozen.freeze })
  // Again: the freeze is as old as it was.
  expect((await freeze()).freeze).toEqual(frozen.freeze)
  expect(await copyOf(live.id)).toEqual(before)
  expect(await thaw()).toMatchObject({ http: 200, freeze: null })
  for (const { id } of [live, expired])
    expect(await api(`/v1/accounts/${id}/token`)).toMatchObject({ http: 200 })
  later(120)
  expect(await bring()).toMatchObject({ http: 200, username })
  expect(await api('/v1/status')).toMatchObject({ freeze: null })
})

// A canary asks nobody whether it may leave.
it('a halt that asks about real accounts asks about none', async () => {
  const { id } = await connect()
  await freeze()
  const app = env.APP.getByName('app')
  expect(await app.permit(1)).toMatchObject({ code: 'refreshes_frozen' })
  expect(await app.admit({ count: 5, isUrgent: true })).toMatchObject({
    take: 0,
    obstacle: { code: 'refreshes_frozen' },
  })
  expect(await app.sweepBegins('k')).toMatchObject({ limit: 0 })
  later(7200)
  await sweepThrough()
  expect(await refreshes()).toHaveLength(0)
  await thaw()
  expect(await api(`/v1/accounts/${id}/token`)).toMatchObject({ http: 200 })
})

it('is for the admin key, and for refreshes', async () => {
  const { key } = await api('/v1/callers', {
    method: 'POST',
    body: JSON.stringify({ name: 'status', scopes: ['status'] }),
  })
  const headers = { authorization: `Bearer ${key}` }
  expect(await api('/v1/freeze', { method: 'POST', headers })).toMatchObject({ http: 403 })
  expect(await api('/v1/freeze', { method: 'DELETE', headers })).toMatchObject({ http: 403 })
  for (const body of ['{}', '{"refreshes":false}', '{"refreshes":true,"logins":true}'])
    expect(await api('/v1/freeze', { method: 'POST', body })).toMatchObject({ http: 400 })
  expect(await api('/v1/status')).toMatchObject({ freeze: null })
})

/** X's exchange of an OAuth 1.0a token for a pair: an account that has one heals, and may have the pair by asking. */
import { createHmac } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { problemOf } from './answers.ts'
import { TOKEN, type XUser } from './emulators.ts'
import { type Account, program } from './programs.ts'
import { ALL_FLOWS, LOGIN_APP, useWorld } from './worlds.ts'

const world = useWorld(ALL_FLOWS)
const admin = program(world)

const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange'
const exchanges = () => world.emulator.tokenCalls(EXCHANGE)

/** A user who is connected by both kinds of OAuth. */
async function connectedByBoth(): Promise<{ user: XUser; account: Account }> {
  const user = await world.emulator.user()
  await admin.connectBy('oauth2', {}, user)
  const account = await admin.connectBy('oauth1', {}, user)
  expect(account.grants).toEqual(['oauth2', 'oauth1'])
  await world.emulator.forgetCalls()
  return { user, account }
}

const exchange = (id: string, body: unknown = {}) =>
  admin.send('POST', `/v1/accounts/${id}/exchange`, body)
const signs = async (id: string): Promise<boolean> => {
  const url = `${world.x}/2/users/me`
  return (await admin.send('POST', `/v1/accounts/${id}/sign`, { method: 'GET', url })).ok
}

describe('an account that holds both grants', () => {
  // The new pair went down with its reply, and the user had to log in again.
  it('gets a new pair in front of a caller when X’s reply to a refresh got lost', async () => {
    const { account } = await connectedByBoth()
    await world.emulator.fault('twice', TOKEN, 1)
    const lease = await admin.json<{ access_token: string; degraded?: unknown }>(
      'POST',
      `/v1/accounts/${account.id}/refresh`,
    )
    expect(lease.degraded).toBeUndefined()
    expect((await world.emulator.me(lease.access_token)).status).toBe(200)
    expect(await exchanges()).toHaveLength(1)
    const healed = await admin.account(account.id)
    expect(healed).toMatchObject({ status: 'ok', grants: ['oauth2', 'oauth1'] })
    expect(healed.oauth2.scope.split(' ')).toEqual(
      expect.arrayContaining(['tweet.read', 'users.read', 'offline.access']),
    )
    expect(await signs(account.id)).toBe(true)
  })

  it('heals when X has ended the pair, once an hour', async () => {
    const { user, account } = await connectedByBoth()
    const endPair = () => world.emulator.revoke(user.username, 'oauth2')
    await endPair()
    expect(await admin.json('POST', `/v1/accounts/${account.id}/refresh`)).not.toHaveProperty(
      'degraded',
    )
    await endPair()
    const again = await admin.send('POST', `/v1/accounts/${account.id}/refresh`)
    expect(await again.json()).toHaveProperty('degraded')
    expect(await exchanges()).toHaveLength(1)
    expect(await admin.account(account.id)).toMatchObject({ status: 'ok' })
  })

  it('has to log in again when X takes neither, and then only', async () => {
    const { user, account } = await connectedByBoth()
    await world.emulator.revoke(user.username)
    await admin.send('POST', `/v1/accounts/${account.id}/refresh`)
    expect(await admin.account(account.id)).toMatchObject({
      status: 'login_required',
      oauth2: { ended: { reason: 'refused_by_x' } },
      oauth1: { ended: { reason: 'refused_by_x' } },
    })
  })

  it('keeps a pair that works unless somebody says to replace it', async () => {
    const { account } = await connectedByBoth()
    expect(await problemOf(await exchange(account.id))).toMatchObject({
      status: 409,
      code: 'grant_works',
    })
    const replaced = await exchange(account.id, { replace: true })
    expect(replaced.status).toBe(200)
    const after = (await replaced.json()) as Account
    expect(after.generation).toBeGreaterThan(account.generation)
    const { access_token } = await admin.lease(account.id)
    expect((await world.emulator.me(access_token)).status).toBe(200)
  })
})

describe('an account with an OAuth 1.0a token alone', () => {
  it('gets a pair with the scopes that are asked for, as far as X gives them', async () => {
    const account = await admin.connectBy('oauth1')
    const given = await exchange(account.id, { scope: 'tweet.write bookmark.read dm.write' })
    expect(given.status).toBe(200)
    const { oauth2, grants } = (await given.json()) as Account
    expect(grants).toEqual(['oauth2', 'oauth1'])
    // The token may write, and not read messages: X refuses the larger list, and is asked for less.
    expect(oauth2.scope.split(' ').sort()).toEqual(
      ['offline.access', 'tweet.read', 'tweet.write', 'users.read'].sort(),
    )
    const { access_token } = await admin.lease(account.id)
    expect((await world.emulator.me(access_token)).status).toBe(200)
  })

  it('is told what X said where it gives none, and goes on signing', async () => {
    const account = await admin.connectBy('oauth1')
    await world.emulator.app({ token_exchange: 'off' })
    const refused = await problemOf(await exchange(account.id))
    await world.emulator.app({ token_exchange: 'on' })
    expect(refused).toMatchObject({ status: 502, code: 'exchange_refused' })
    expect(await signs(account.id)).toBe(true)
    expect(await admin.account(account.id)).toMatchObject({ status: 'ok', grants: ['oauth1'] })
  })

  // The login broke, and each one after it, as long as nobody knew what had come of the exchange.
  it('can log in anew while nobody knows what came of an exchange', async () => {
    const user = await world.emulator.user()
    const { id } = await admin.connectBy('oauth1', {}, user)
    await world.emulator.fault('gateway:502', TOKEN, 1)
    expect(await problemOf(await exchange(id))).toMatchObject({ code: 'refresh_failed' })
    expect(await admin.connectBy('oauth1', {}, user)).toMatchObject({ id, grants: ['oauth1'] })
    expect(await signs(id)).toBe(true)
  })

  it('hears that the grant has ended where X takes the token no more', async () => {
    const user = await world.emulator.user()
    const account = await admin.connectBy('oauth1', {}, user)
    await world.emulator.revoke(user.username)
    expect(await problemOf(await exchange(account.id))).toMatchObject({ code: 'login_required' })
    expect(await admin.account(account.id)).toMatchObject({
      oauth1: { ended: { reason: 'refused_by_x' } },
    })
  })

  it('by OAuth 2.0 alone there is nothing to exchange', async () => {
    const { id } = await admin.connect()
    expect(await problemOf(await exchange(id, { replace: true }))).toMatchObject({
      status: 404,
      code: 'grant_unknown',
    })
  })
})

it('all that X maps is for the admin key', async () => {
  const { id } = await admin.connectBy('oauth1')
  const made = await admin.json<{ key: string }>('POST', '/v1/callers', {
    name: 'exchanges',
    scopes: ['accounts:write', 'accounts:read'],
  })
  const caller = program(world, made.key)
  const path = `/v1/accounts/${id}/exchange`
  expect(await problemOf(await caller.send('POST', path, { scope: 'all' }))).toMatchObject({
    code: 'scope_missing',
  })
  const all = await admin.json<Account>('POST', path, { scope: 'all' })
  expect(all.oauth2.scope).toContain('tweet.write')
  expect(all.oauth2.scope).not.toContain('dm.')
})

describe('an API key and a client id of two apps', () => {
  const split = useWorld(ALL_FLOWS, {
    X_CLIENT_ID: LOGIN_APP.X_LOGIN_CLIENT_ID,
    X_CLIENT_SECRET: LOGIN_APP.X_LOGIN_CLIENT_SECRET,
  })
  const operator = program(split)

  // X says `invalid_grant`, as of a token that has ended: the token was given up, and the user had to log in again.
  it('end no token: the operator is told, and the grant goes on signing', async () => {
    const { id } = await operator.connectBy('oauth1')
    const path = `/v1/accounts/${id}/exchange`
    expect(await problemOf(await operator.send('POST', path, {}))).toMatchObject({
      status: 502,
      code: 'exchange_unavailable',
    })
    const url = `${split.x}/2/users/me`
    const signed = await operator.send('POST', `/v1/accounts/${id}/sign`, { method: 'GET', url })
    expect(signed.status).toBe(200)
    const account = await operator.account(id)
    expect(account.status).toBe('ok')
    expect(account.oauth1).not.toHaveProperty('ended')
    expect(await operator.json('GET', '/v1/status')).toMatchObject({
      exchange_unavailable: { message: expect.stringContaining('invalid_grant') },
    })
  })

  // The exchange, held back for an hour, told nothing of the OAuth 1.0a token: it was shown as good for ever.
  it('know of a revocation all the same, by a signature that X refuses', async () => {
    const user = await split.emulator.user()
    await operator.connectBy('oauth2', {}, user)
    const { id } = await operator.connectBy('oauth1', {}, user)
    await operator.send('POST', `/v1/accounts/${id}/exchange`, { replace: true })
    await split.emulator.revoke(user.username)
    const at = new Date().toISOString()
    const revoke = { date_time: at, target: { app_id: '1' }, source: { user_id: id } }
    const body = JSON.stringify({ user_event: { revoke } })
    const hmac = createHmac('sha256', LOGIN_APP.X_LOGIN_CLIENT_SECRET).update(body)
    const headers = { 'x-twitter-webhooks-signature-oauth2': `sha256=${hmac.digest('base64')}` }
    const sent = { method: 'POST', body, headers }
    expect((await fetch(`${split.perch}/x/webhook`, sent)).status).toBe(200)
    await expect
      .poll(async () => (await operator.account(id)).oauth1?.ended)
      .toMatchObject({ reason: 'revoked_by_user' })
    expect(await operator.account(id)).toMatchObject({
      status: 'login_required',
      oauth2: { ended: { reason: 'revoked_by_user' } },
    })
  })
})

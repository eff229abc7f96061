/** What X tells of who logs in, in the call that is made anyway: picture, badge, e-mail address; and what it costs. */
import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import type { Account } from '../../../src/account/account'
import { resealed } from '../../../src/account/grant'
import { keyringOf } from '../../../src/crypto/keyring'
import { configOf } from '../../../src/env'
import { keyIdsOf } from '../../../src/store/vault'
import { api, atX, callsTo, copyOf, newUser, PERCH, useFreshWorld, x } from '../world'

useFreshWorld()

const ME = '/2/users/me'
const EMAIL = { scope: 'users.email' }
const PICTURE = 'https://abs.twimg.com/sticky/default_profile_images/default_profile_normal.png'

/** A user who logs in by a program: the account as that program is told it. */
async function login(username: string, body: object = {}) {
  const made = await api('/v1/logins', { method: 'POST', body: JSON.stringify(body) })
  const response_url = await atX(made.authorize_url, username)
  const done = JSON.stringify({ response_url })
  return api(`/v1/logins/${made.id}/complete`, { method: 'POST', body: done })
}

/** The next answers of X to "who am I", the first one first. */
async function answers(...replies: { status: number; body: unknown }[]): Promise<void> {
  for (const { status, body } of replies) {
    const fault = `reply:${JSON.stringify({ status, body: JSON.stringify(body) })}`
    await x('POST', 'faults', { path: ME, fault, times: 1 })
  }
}
const FORBIDDEN = { status: 403, body: { title: 'Forbidden', status: 403, detail: 'Forbidden' } }

describe('of a login', () => {
  it('picture and badge are told, and no address that was not granted', async () => {
    const { id, username } = await newUser()
    const account = await login(username)
    expect(account).toMatchObject({ http: 200, picture: PICTURE, verified: false })
    expect(account).not.toHaveProperty('email')
    expect(await callsTo(ME)).toHaveLength(1)
    expect(await copyOf(id)).not.toHaveProperty('email')
  })

  it('with users.email the address is told, to those alone who ask about that one account', async () => {
    const { id, username } = await newUser()
    const account = await login(username, EMAIL)
    const email = `${username}@example.com`
    expect(account).toMatchObject({ picture: PICTURE, email })
    expect(await callsTo(ME)).toHaveLength(1)
    expect(await api(`/v1/accounts/${id}`)).toMatchObject({ email })
    expect(JSON.stringify(await api('/v1/accounts'))).not.toContain('@example.com')
    const { keys } = await env.VAULT.list({ prefix: `account/${id}` })
    expect(JSON.stringify([keys, await copyOf(id)])).not.toContain('example.com')
    await runInDurableObject(env.ACCOUNT.getByName(id), (_: Account, state) => {
      const rows = state.storage.sql.exec('SELECT json FROM record').toArray()
      expect(JSON.stringify(rows)).toContain('email')
      expect(JSON.stringify(rows)).not.toContain('example.com')
    })
  })

  it('the address is in what a program learns of a login that it did not complete itself', async () => {
    const { username } = await newUser()
    const made = await api('/v1/logins', { method: 'POST', body: JSON.stringify(EMAIL) })
    const back = await atX(made.authorize_url, username)
    const body = JSON.stringify({ response_url: back })
    await api(`/v1/logins/${made.id}/complete`, { method: 'POST', body })
    const { account } = await api(`/v1/logins/${made.id}`)
    expect(account).toMatchObject({ email: `${username}@example.com` })
    expect(back).toContain(PERCH)
  })

  it('what X leaves out or garbles stops nothing, and who has no name is named by the username', async () => {
    const { id, username } = await newUser()
    const odd = { profile_image_url: 7, verified: 'yes', confirmed_email: 'none' }
    await answers({ status: 200, body: { data: { id, username, ...odd } } })
    const account = await login(username, EMAIL)
    expect(account).toMatchObject({ http: 200, id, name: username })
    for (const field of ['picture', 'verified', 'email']) expect(account).not.toHaveProperty(field)
  })

  it('a blank name is none', async () => {
    const { id, username } = await newUser()
    await answers({ status: 200, body: { data: { id, username, name: ' ' } } })
    expect(await login(username)).toMatchObject({ http: 200, name: username })
  })
})

describe('where X refuses', () => {
  it('the address, the login goes on without it, for one call more', async () => {
    const { username } = await newUser()
    await answers(FORBIDDEN)
    const account = await login(username, EMAIL)
    expect(account).toMatchObject({ http: 200, picture: PICTURE })
    expect(account).not.toHaveProperty('email')
    expect(await callsTo(ME)).toHaveLength(2)
  })

  it('a field that it does not know any more, the login goes on with the name alone', async () => {
    const { username } = await newUser()
    await answers({ status: 400, body: { title: 'Invalid Request', detail: 'One or more' } })
    expect(await login(username)).toMatchObject({ http: 200, username })
    expect(await callsTo(ME)).toHaveLength(2)
  })

  it('everything, it is asked no third time', async () => {
    const { username } = await newUser()
    await answers(FORBIDDEN, FORBIDDEN)
    expect((await login(username, EMAIL)).http).not.toBe(200)
    expect(await callsTo(ME)).toHaveLength(2)
  })

  it('a login that asks for no address, it is not asked again', async () => {
    const { username } = await newUser()
    await answers(FORBIDDEN)
    expect((await login(username)).http).not.toBe(200)
    expect(await callsTo(ME)).toHaveLength(1)
  })
})

describe('what was known', () => {
  it('stays with a login by OAuth 1.0a, which asks X nothing', async () => {
    const { id, username } = await newUser()
    await login(username, EMAIL)
    await x('DELETE', 'calls')
    await login(username, { flow: 'signin' })
    expect(await callsTo(ME)).toEqual([])
    const account = await api(`/v1/accounts/${id}`)
    expect(account).toMatchObject({ picture: PICTURE, email: `${username}@example.com` })
  })

  it('of the address goes when X is asked and gives none, and with the grant', async () => {
    const { id, username } = await newUser()
    await login(username, EMAIL)
    await x('PUT', 'app', { request_email: false })
    expect(await login(username, EMAIL)).not.toHaveProperty('email')
    await x('PUT', 'app', { request_email: true })
    await login(username, EMAIL)
    await login(username, { flow: 'signin' })
    await api(`/v1/accounts/${id}/grants/oauth2`, { method: 'DELETE' })
    const account = await api(`/v1/accounts/${id}`)
    expect(account).toMatchObject({ picture: PICTURE, grants: ['oauth1'] })
    expect(account).not.toHaveProperty('email')
  })

  it('is sealed anew with everything else, and an address that does not open keeps no token from it', async () => {
    const { id, username } = await newUser()
    await login(username, EMAIL)
    const held = await copyOf(id)
    const { sealingKeys } = configOf(env)
    const keyring = await keyringOf([...sealingKeys].reverse())
    const again = await resealed(keyring, held)
    expect(keyIdsOf(again)).toEqual([keyring.first])
    const broken = `${held.email?.slice(0, -4)}AAAA`
    const saved = await resealed(keyring, { ...held, email: broken })
    expect(saved.email).toBe(broken)
    expect(saved.oauth2?.accessToken).toContain(keyring.first)
  })
})

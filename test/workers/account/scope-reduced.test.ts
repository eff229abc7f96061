/** A bot posts with an account, and its user logs in somewhere with fewer scopes: X's one grant can do less from then on. */
import { describe, expect, it } from 'vitest'
import { api, atX, later, logged, newUser, useFreshWorld, x } from '../world'

useFreshWorld()

const ALL = 'tweet.write like.read'

async function login(username: string, body: object) {
  const made = await api('/v1/logins', { method: 'POST', body: JSON.stringify(body) })
  const response_url = await atX(made.authorize_url, username)
  const done = JSON.stringify({ response_url })
  return api(`/v1/logins/${made.id}/complete`, { method: 'POST', body: done })
}

describe('an account that loses scopes', () => {
  it('to a login says which, once in the log, until they are back', async () => {
    const lines = logged('scope_reduced')
    const { id, username } = await newUser()
    expect((await login(username, { scope: ALL })).oauth2).not.toHaveProperty('lost_scopes')
    expect(lines()).toEqual([])

    const fewer = await login(username, {})
    expect(fewer.oauth2.lost_scopes).toEqual(['tweet.write', 'like.read'])
    expect((await api(`/v1/accounts/${id}`)).oauth2.lost_scopes).toHaveLength(2)
    expect(lines()).toMatchObject([
      { account: id, by: 'login', lost: ['tweet.write', 'like.read'] },
    ])

    await api(`/v1/accounts/${id}/refresh`, { method: 'POST' })
    expect((await login(username, { scope: 'tweet.write' })).oauth2.lost_scopes).toEqual([
      'like.read',
    ])
    expect(lines()).toHaveLength(1)
    expect((await login(username, { scope: ALL })).oauth2).not.toHaveProperty('lost_scopes')
  })

  it('loses offline.access like any other', async () => {
    const { username } = await newUser()
    await login(username, {})
    const short = await login(username, { offline: false })
    expect(short.oauth2.lost_scopes).toEqual(['offline.access'])
    expect(short.due_at).toBeNull()
  })

  it('to a refresh whose reply names fewer', async () => {
    const { id, username } = await newUser()
    await login(username, { scope: ALL })
    const lines = logged('scope_reduced')
    const body = JSON.stringify({
      token_type: 'bearer',
      access_token: 'a'.repeat(40),
      refresh_token: 'r'.repeat(40),
      expires_in: 7200,
      scope: 'tweet.read, users.read,offline.access like.read',
    })
    await x('POST', 'faults', {
      path: '/2/oauth2/token',
      fault: `reply:${JSON.stringify({ status: 200, body })}`,
      times: 1,
    })
    const lease = await api(`/v1/accounts/${id}/refresh`, { method: 'POST' })
    expect(lease.scope).toBe('tweet.read users.read offline.access like.read')
    const { oauth2 } = await api(`/v1/accounts/${id}`)
    expect(oauth2.lost_scopes).toEqual(['tweet.write'])
    expect(lines()).toMatchObject([{ account: id, by: 'refresh', lost: ['tweet.write'] }])
  })

  it('and is deleted: who comes back has lost nothing', async () => {
    const { id, username } = await newUser()
    await login(username, { scope: ALL })
    await api(`/v1/accounts/${id}`, { method: 'DELETE' })
    later(1)
    expect((await login(username, {})).oauth2).not.toHaveProperty('lost_scopes')
  })
})

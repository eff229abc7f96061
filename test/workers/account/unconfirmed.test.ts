/** Former builds took grants in without asking X whose they are. Their records are read, and X is asked at the first use. */
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { pairOf } from '../many'
import { adoptKey, adoptPair } from '../unconfirmed'
import { api, callsTo, connect, later, newUser, useFreshWorld, x } from '../world'

const ME = '/2/users/me'
useFreshWorld()

const SIGN = {
  method: 'POST',
  body: JSON.stringify({ method: 'GET', url: `${env.X_API_ORIGIN}${ME}` }),
}
const USE = {
  oauth2: (id: string) => api(`/v1/accounts/${id}/token`),
  oauth1: (id: string) => api(`/v1/accounts/${id}/sign`, SIGN),
}

/** Takes in what X gave this user, under this id. */
const BRING = {
  oauth2: async (id: string, username: string) => {
    const { access_token, refresh_token } = await pairOf(username)
    return adoptPair(id, access_token, refresh_token)
  },
  oauth1: async (id: string, username: string) => {
    const given = await x('POST', 'tokens', { username })
    const { access_token, access_token_secret } = given as never as Record<string, string>
    return adoptKey(id, access_token ?? '', access_token_secret ?? '')
  },
}

describe.each(['oauth2', 'oauth1'] as const)('an unconfirmed %s grant', (kind) => {
  it('is confirmed by its first use, which brings the name', async () => {
    const { id, username } = await newUser()
    expect((await BRING[kind](id, username)).how).toBe('adopt')
    expect((await api(`/v1/accounts/${id}`))[kind]).toMatchObject({ unconfirmed: true })
    expect(await USE[kind](id)).toMatchObject({ http: 200 })
    expect(await callsTo(ME)).toHaveLength(1)
    const account = await api(`/v1/accounts/${id}`)
    expect(account).toMatchObject({ username, status: 'ok' })
    expect(account[kind]).not.toHaveProperty('unconfirmed')
  })

  it('of another is set aside by its first use, and the account needs a login', async () => {
    const [{ id }, stranger] = [await newUser(), await newUser()]
    await BRING[kind](id, stranger.username)
    for (const _ of ['found out', 'remembered'])
      expect(await USE[kind](id)).toMatchObject({
        http: 409,
        code: 'login_required',
        detail: expect.stringMatching(/imported token belongs to another X account/),
      })
    expect(await callsTo(ME)).toHaveLength(1)
    const account = await api(`/v1/accounts/${id}`)
    expect(account).toMatchObject({ status: 'login_required', due_at: null })
    expect(account[kind]).toMatchObject({ ended: { reason: 'belongs_to_another' } })
  })

  it('never takes a place', async () => {
    const { id, username } = await connect()
    await BRING[kind](id, username)
    expect((await BRING[kind](id, username)).how).toBe('occupied')
  })

  it('is asked about again when X’s time has come, and not before; it is used meanwhile', async () => {
    const { id, username } = await newUser()
    await BRING[kind](id, username)
    await x('POST', 'faults', { path: ME, fault: 'status:429:{"reset_in":200}', times: 1 })
    for (let n = 0; n < 3; n++) expect(await USE[kind](id)).toMatchObject({ http: 200 })
    expect(await callsTo(ME)).toHaveLength(1)
    later(230)
    expect(await USE[kind](id)).toMatchObject({ http: 200 })
    expect((await api(`/v1/accounts/${id}`))[kind]).not.toHaveProperty('unconfirmed')
  })

  it('is used while X does not say whose it is, and stays unconfirmed', async () => {
    const { id, username } = await newUser()
    await BRING[kind](id, username)
    await x('POST', 'faults', { path: ME, fault: 'status:503', times: 9 })
    expect(await USE[kind](id)).toMatchObject({ http: 200 })
    expect((await api(`/v1/accounts/${id}`))[kind]).toMatchObject({ unconfirmed: true })
  })
})

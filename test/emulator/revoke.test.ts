import { describe, expect, it } from 'vitest'
import { answer, useEmulator } from './emulator.ts'

const x = useEmulator()

const revoke = (form: Record<string, string>, headers?: Record<string, string>) =>
  x.post('/2/oauth2/revoke', form, headers)
const REVOKED = { status: 200, type: 'application/json;charset=utf-8', body: { revoked: true } }
const invalid = (error_description: string) => ({
  ...REVOKED,
  status: 400,
  body: { error: 'invalid_request', error_description },
})

describe('POST /2/oauth2/revoke', () => {
  it('ends an access token and leaves its refresh token', async () => {
    const { access_token, refresh_token } = await x.login()
    const form = { token: access_token, token_type_hint: 'access_token' }
    expect(await answer(await revoke(form))).toEqual(REVOKED)
    expect((await x.me(access_token)).status).toBe(401)
    expect(await x.grants()).toMatchObject([{ live: true, access_token: null, refresh_token }])
    expect((await x.refresh(refresh_token)).status).toBe(200)
  })

  it('ends a refresh token and leaves its access token', async () => {
    const { access_token, refresh_token } = await x.login()
    const form = { token: refresh_token, token_type_hint: 'refresh_token' }
    expect(await answer(await revoke(form))).toEqual(REVOKED)
    expect((await x.refresh(refresh_token)).status).toBe(400)
    expect((await x.me(access_token)).status).toBe(200)
  })

  it('of both ends the grant', async () => {
    const tokens = await x.login()
    for (const hint of ['access_token', 'refresh_token'] as const) {
      await revoke({ token: tokens[hint], token_type_hint: hint })
    }
    expect(await x.grants()).toMatchObject([{ live: false, ended: 'revoked' }])
  })

  it('finds the token whatever the hint says', async () => {
    const { access_token } = await x.login()
    await revoke({ token: access_token, token_type_hint: 'refresh_token' })
    expect((await x.me(access_token)).status).toBe(401)
  })

  it('answers the same for a token that is unknown', async () => {
    const form = { token: 'made up', token_type_hint: 'access_token' }
    expect(await answer(await revoke(form))).toEqual(REVOKED)
    const last = { outcome: 'nothing to revoke', why: 'unknown' }
    expect((await x.calls()).at(-1)).toMatchObject(last)
  })

  it.each([
    ['token_type_hint', { token: 'x' }],
    ['token', { token_type_hint: 'access_token' }],
  ])('needs %s', async (name, form) => {
    const expected = invalid(`Missing required parameter [${name}].`)
    expect(await answer(await revoke(form as Record<string, string>))).toEqual(expected)
  })

  it('wants the client to show who it is', async () => {
    const { access_token } = await x.login()
    const form = { token: access_token, token_type_hint: 'access_token' }
    expect((await revoke(form, {})).status).toBe(401)
    expect((await x.me(access_token)).status).toBe(200)
  })
})

describe('POST /_emulator/revoke', () => {
  it('ends the user’s grants, tokens and codes', async () => {
    const { access_token, refresh_token } = await x.login()
    const code = await x.code()
    const bob = await x.login('bob')
    expect(await x.control('POST', 'revoke', { username: 'alice' })).toEqual({ ended: 1 })
    expect((await x.me(access_token)).status).toBe(401)
    expect((await x.refresh(refresh_token)).status).toBe(400)
    expect((await x.redeem(code)).status).toBe(400)
    expect((await x.me(bob.access_token)).status).toBe(200)
    expect((await x.grants())[0]).toMatchObject({ live: false, ended: 'revoked_by_user' })
  })
})

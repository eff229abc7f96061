/** How Perch shows X who it is: confidential clients by Basic, public ones by their id, neither in a URL. */
import { describe, expect, it } from 'vitest'
import { REVOKE, TOKEN } from './emulators.ts'
import { program } from './programs.ts'
import { useWorld } from './worlds.ts'

const CLIENTS = [
  { type: 'confidential', auth: 'basic' },
  // Its X_CLIENT_SECRET is set too, and is not sent.
  { type: 'public', auth: 'body' },
] as const

describe.each(CLIENTS)('a $type client', ({ type, auth }) => {
  const world = useWorld({ X_CLIENT_TYPE: type })
  const admin = program(world)

  it('logs in, refreshes and revokes, with nothing secret in a URL or a body', async () => {
    const { id } = await admin.connect()
    const { access_token } = await admin.json<{ access_token: string }>(
      'POST',
      `/v1/accounts/${id}/refresh`,
    )
    expect((await world.emulator.me(access_token)).status).toBe(200)
    expect((await admin.send('DELETE', `/v1/accounts/${id}`)).status).toBe(200)
    const shown = (await world.emulator.calls())
      .filter(({ path }) => path === TOKEN || path === REVOKE)
      .map((call) => ({ ...call, seq: undefined, at: undefined, user_id: undefined }))
    const call = { method: 'POST', status: 200, auth, query: false }
    const token = { ...call, path: TOKEN, has_client_secret_in_body: false }
    const revoke = { ...call, path: REVOKE, has_client_secret_in_body: false, outcome: 'revoked' }
    expect(shown).toEqual([
      { ...token, grant_type: 'authorization_code', outcome: 'issued' },
      { ...token, grant_type: 'refresh_token', outcome: 'rotated' },
      revoke,
      revoke,
    ])
  })
})

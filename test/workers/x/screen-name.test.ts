/** The username that X gives beside an OAuth 1.0a token. */
import { afterEach, expect, it, vi } from 'vitest'
import { Secret } from '../../../src/secret'
import { accessToken } from '../../../src/x/oauth1'

afterEach(() => {
  vi.restoreAllMocks()
})

it.each([
  ['alice', 'alice'],
  ['ali\u202ece', undefined],
  ['@alice', undefined],
])('%j is taken where it is one; the token is kept in any case', async (screen_name, username) => {
  const said = { oauth_token: '1-token', oauth_token_secret: 'secret', user_id: '1', screen_name }
  vi.spyOn(globalThis, 'fetch').mockResolvedValue(new Response(new URLSearchParams(said)))
  const app = { apiOrigin: 'https://x.test', apiKey: 'key', apiSecret: new Secret('secret') }
  const request = { token: new Secret('request'), tokenSecret: new Secret('request-secret') }
  const outcome = await accessToken(app, request, 'verifier', 1_800_000_000)
  expect(outcome).toMatchObject({ kind: 'granted', value: { user: { id: '1', username } } })
})

/** Tokens as another program holds them: X gave them to this app, and Perch knows nothing of it. */
import { expect } from 'vitest'
import { TOKEN } from './emulators.ts'
import { decide } from './visitors.ts'
import { CLIENT_ID, CLIENT_SECRET, type World } from './worlds.ts'

/** What X answers to a code. */
export interface Pair {
  token_type: string
  access_token: string
  refresh_token?: string
  expires_in: number
  scope: string
}

export const SCOPE = 'tweet.read users.read offline.access'

/** A token pair of OAuth 2.0; it ends an older one that this app had from the user. */
export async function pairOf(
  world: World,
  username: string,
  scope = SCOPE,
  clientId = CLIENT_ID,
): Promise<Pair> {
  const redirect_uri = `${world.perch}/callback`
  const challenge = { code_challenge: 'the-verifier', code_challenge_method: 'plain' }
  const query = { response_type: 'code', client_id: clientId, redirect_uri, scope, state: 's' }
  const page = `${world.x}/i/oauth2/authorize?${new URLSearchParams({ ...query, ...challenge })}`
  const code = new URL(await decide(page, username)).searchParams.get('code') ?? ''
  const grant = { grant_type: 'authorization_code', code, redirect_uri }
  const response = await fetch(world.x + TOKEN, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(`${clientId}:${CLIENT_SECRET}`)}` },
    body: new URLSearchParams({ ...grant, code_verifier: 'the-verifier' }),
  })
  expect(response.status).toBe(200)
  return (await response.json()) as Pair
}

/** A user token of OAuth 1.0a, under the names that X's access-token reply has for it. */
export async function keyOf(
  world: World,
  username: string,
): Promise<{ oauth_token: string; oauth_token_secret: string }> {
  const { access_token, access_token_secret } = await world.emulator.userToken(username)
  return { oauth_token: access_token, oauth_token_secret: access_token_secret }
}

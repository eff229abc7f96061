/** X answers with a redirect to a third place: nothing is sent there, no token, no secret, no code. */
import { describe, expect, inject, it } from 'vitest'
import { Secret } from '../../../src/secret'
import { fetchBearer, invalidateAsOwner, invalidateWithBasic } from '../../../src/x/app-only'
import { whoIs, whoSigns } from '../../../src/x/me'
import { accessToken, invalidate, requestToken } from '../../../src/x/oauth1'
import { exchangeCode, probe, refresh, revoke } from '../../../src/x/token'

const NOW = 1_800_000_000
const x = inject('redirector')

const hits = async (): Promise<unknown> => (await fetch(`${x}/hits`)).json()
const secret = (text: string): Secret => new Secret(text)
const app2 = (apiOrigin: string, clientType: 'confidential' | 'public' = 'confidential') => ({
  apiOrigin,
  webOrigin: apiOrigin,
  clientId: 'client',
  clientSecret: secret('client-secret'),
  clientType,
})
const app1 = (apiOrigin: string) => ({ apiOrigin, apiKey: 'key', apiSecret: secret('api-secret') })
const token = { token: secret('token'), tokenSecret: secret('token-secret') }
const pair = { accessToken: secret('at'), refreshToken: secret('rt') }
const grant = {
  code: 'c',
  state: 's',
  redirectUri: 'https://p.example/callback',
  codeVerifier: 'v',
}

const CALLS: [string, (at: string) => Promise<unknown>][] = [
  ['the code', (at) => exchangeCode(app2(at), grant, NOW)],
  ['the code of a public client', (at) => exchangeCode(app2(at, 'public'), grant, NOW)],
  ['a refresh', (at) => refresh(app2(at), pair.refreshToken, NOW)],
  ['a probe', (at) => probe(app2(at), NOW)],
  ['a revocation', (at) => revoke(app2(at), pair, NOW)],
  ['who is it', (at) => whoIs({ apiOrigin: at }, pair.accessToken, '', NOW)],
  ['who signs', (at) => whoSigns(app1(at), token, NOW)],
  ['a request token', (at) => requestToken(app1(at), 'oob', undefined, NOW)],
  ['a verifier', (at) => accessToken(app1(at), token, 'verifier', NOW)],
  ['the end of a token', (at) => invalidate(app1(at), token, NOW)],
  ['the bearer', (at) => fetchBearer(app1(at), NOW)],
  ['its end, by the owner', (at) => invalidateAsOwner(app1(at), secret('bearer'), token, NOW)],
  ['its end, with Basic', (at) => invalidateWithBasic(app1(at), secret('bearer'), NOW)],
]

describe.each(CALLS)('%s', (_, call) => {
  it.each([301, 302, 303, 307, 308])('does not follow a %i', async (status) => {
    await hits()
    const outcome = await call(`${x}/${status}`)
    expect(await hits()).toEqual({ x: 1, elsewhere: 0 })
    // X answered, but nothing was granted, nobody named, nothing confirmed.
    expect(JSON.stringify(outcome)).toContain(`X answered ${status}`)
    expect(outcome).not.toMatchObject({ kind: 'granted' })
  })
})

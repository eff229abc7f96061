import { describe, expect, it } from 'vitest'
import { REDIRECT, useEmulator } from './emulator.ts'
import { type Token, useOAuth1 } from './oauth1.ts'

const x = useEmulator()
const o = useOAuth1(x)

/** Logs in once and gives the browser's cookie. */
async function signedIn(username = 'alice'): Promise<{ Cookie: string }> {
  const token = await o.requestToken()
  const reply = await o.decide(token, { username }, 'authenticate')
  const [cookie = '', other] = reply.headers.getSetCookie()
  expect(cookie).toMatch(/^x_emulator_user=\d+; Path=\/oauth; HttpOnly; SameSite=Lax$/)
  expect(other).toBe(cookie.replace('/oauth', '/i/oauth'))
  const verifier = new URL(reply.headers.get('Location') ?? '').searchParams.get('oauth_verifier')
  expect((await o.redeem(token, verifier ?? '')).status).toBe(200)
  return { Cookie: cookie.split(';')[0] ?? '' }
}

const redirects = (token: Token) =>
  new RegExp(
    `^${REDIRECT.replace('?', '\\?')}\\?oauth_token=${token.token}&oauth_verifier=\\w{32}$`,
  )

describe('authenticate', () => {
  it('asks at first, and not again', async () => {
    const cookie = await signedIn('bob')
    const token = await o.requestToken()
    const reply = await o.show(token, 'authenticate', '', cookie)
    expect(reply.status).toBe(302)
    expect(reply.headers.get('Location')).toMatch(redirects(token))
    expect((await x.calls()).at(-1)).toMatchObject({
      outcome: 'consent_skipped',
      user_id: '1000000002',
    })
    const verifier = new URL(reply.headers.get('Location') ?? '').searchParams
    expect((await o.redeem(token, verifier.get('oauth_verifier') ?? '')).status).toBe(200)
  })

  it('takes the screen_name of who is logged in', async () => {
    const cookie = await signedIn()
    const reply = await o.show(await o.requestToken(), 'authenticate', '&screen_name=Alice', cookie)
    expect(reply.status).toBe(302)
  })

  it('knows a user by the consent to OAuth 2.0, too', async () => {
    await o.connect('bob')
    const reply = await x.decide({}, { username: 'bob', decision: 'authorize' })
    const cookie = { Cookie: (reply.headers.get('Set-Cookie') ?? '').split(';')[0] ?? '' }
    expect((await o.show(await o.requestToken(), 'authenticate', '', cookie)).status).toBe(302)
  })

  it.each<[string, { page?: string; more?: string; callback?: string; cookie?: object }]>([
    ['force_login', { more: '&force_login=true' }],
    ['another screen_name', { more: '&screen_name=bob' }],
    ['the authorize page', { page: 'authorize' }],
    ['a PIN', { callback: 'oob' }],
    ['another browser', { cookie: {} }],
    ['an unknown cookie', { cookie: { Cookie: 'x_emulator_user=7' } }],
  ])('asks again for %s', async (_, { page = 'authenticate', more = '', callback, cookie }) => {
    const mine = await signedIn()
    const token = await o.requestToken(callback)
    const reply = await o.show(token, page, more, (cookie ?? mine) as HeadersInit)
    expect(reply.status).toBe(200)
    expect((await x.calls()).at(-1)).toMatchObject({ outcome: 'consent_shown' })
  })

  it.each<[string, () => Promise<unknown>]>([
    ['the access was taken away', () => x.control('POST', 'revoke', { username: 'alice' })],
    [
      'the app wants more',
      () => x.control('PUT', 'app', { permissions: 'read-write-directmessages' }),
    ],
    ['Sign in with X is off', () => x.control('PUT', 'app', { sign_in_with_x: false })],
    ['the user is locked', () => x.control('PUT', 'user', { username: 'alice', status: 'locked' })],
  ])('asks again when %s', async (_, change) => {
    const cookie = await signedIn()
    await change()
    expect((await o.show(await o.requestToken(), 'authenticate', '', cookie)).status).toBe(200)
  })

  it('has the user of this browser chosen', async () => {
    const cookie = await signedIn('bob')
    const token = await o.requestToken()
    const html = await (await o.show(token, 'authenticate', '&force_login=true', cookie)).text()
    expect(html).toContain('value="bob" checked')
  })
})

import { describe, expect, it } from 'vitest'
import { REDIRECT, useEmulator } from './emulator.ts'
import {
  DEAD_TOKEN,
  INVALID_VERIFIER,
  NO_REQUEST_TOKEN,
  NOT_AUTHENTICATED,
  tokenOf,
  told,
  useOAuth1,
  verifierOf,
} from './oauth1.ts'

const x = useEmulator()
const o = useOAuth1(x)

const FORM = { status: 200, type: 'text/html;charset=utf-8' }
const pinIn = (html: string) => /<code id="pin">(\d{7})<\/code>/.exec(html)?.[1] ?? ''

describe('three legs', () => {
  it('request token: form-encoded, labelled as HTML, confirmed', async () => {
    const reply = await told(await o.askForToken())
    expect(reply).toMatchObject(FORM)
    expect(reply.text).toMatch(
      /^oauth_token=\w{27}&oauth_token_secret=\w{32}&oauth_callback_confirmed=true$/,
    )
  })

  it('authorize: back to the callback with token and verifier', async () => {
    const token = await o.requestToken()
    const reply = await o.decide(token, { username: 'bob' })
    expect(reply.status).toBe(302)
    expect(reply.headers.get('Location')).toMatch(
      new RegExp(`^${REDIRECT}\\?oauth_token=${token.token}&oauth_verifier=\\w{32}$`),
    )
  })

  it('access token: the user’s id stands before it and beside it', async () => {
    const token = await o.requestToken()
    const verifier = verifierOf(await o.decide(token, { username: 'bob' }))
    const reply = await told(await o.redeem(token, verifier))
    expect(reply).toMatchObject(FORM)
    expect(reply.text).toMatch(
      /^oauth_token=1000000002-\w{40}&oauth_token_secret=\w{45}&user_id=1000000002&screen_name=bob$/,
    )
  })

  it('keep the query that a callback has', async () => {
    const callback = 'https://app.example/back?a=b%20c'
    await x.control('PUT', 'app', { callbacks: [callback] })
    const token = await o.requestToken(callback)
    const yes = (await o.decide(token)).headers.get('Location') ?? ''
    expect(yes.startsWith(`${callback}&oauth_token=${token.token}&oauth_verifier=`)).toBe(true)
    const other = await o.requestToken(callback)
    const no = await o.decide(other, { decision: 'cancel' })
    expect(no.headers.get('Location')).toBe(`${callback}&denied=${other.token}`)
  })

  it('give the same user token again while it lives, and another one afterwards', async () => {
    const first = await o.connect()
    expect(await o.connect()).toEqual(first)
    expect(await o.connect('bob')).not.toEqual(first)
    await x.control('POST', 'revoke', { username: 'alice' })
    expect((await o.connect()).token).not.toBe(first.token)
  })

  it.each([
    ['the Authorization header', { oauth: 'header' }],
    ['the query', { oauth: 'query' }],
    ['the form', { oauth: 'form' }],
  ])('take the verifier in %s', async (_, { oauth }) => {
    const token = await o.requestToken()
    const verifier = verifierOf(await o.decide(token))
    const inHeader = oauth === 'header' ? { oauth: { oauth_verifier: verifier } } : {}
    const inForm = oauth === 'form' ? { form: { oauth_verifier: verifier } } : {}
    const path = `/oauth/access_token${oauth === 'query' ? `?oauth_verifier=${verifier}` : ''}`
    const reply = await o.signed('POST', path, { token, ...inHeader, ...inForm })
    expect(reply.status).toBe(200)
  })
})

describe('the consent page', () => {
  it('is OAuth 2.0’s, with the access level in words', async () => {
    const reply = await o.show(await o.requestToken())
    const html = await reply.text()
    expect(reply.status).toBe(200)
    expect(html).toContain('Post, repost, like and follow for you')
    expect(html).toContain(REDIRECT)
    expect(html).toContain('name="username" value="alice" checked')
    expect(html.match(/name="decision" value="\w+"/g)).toHaveLength(2)
    const csp = reply.headers.get('Content-Security-Policy')
    expect(csp).not.toContain('form-action')
  })

  it('asks for reading only if that is all', async () => {
    const token = await o.requestToken(REDIRECT, { x_auth_access_type: 'read' })
    expect(await (await o.show(token)).text()).not.toContain('Post, repost')
  })

  it.each(['bob', 'BOB', 'user2999'])('has screen_name=%s chosen', async (name) => {
    const users = Array.from({ length: 3000 }, (_, index) => ({ username: `user${index}` }))
    await x.control('POST', 'users', users)
    const html = await (
      await o.show(await o.requestToken(), 'authorize', `&screen_name=${name}`)
    ).text()
    expect(html).toContain(`value="${name.toLowerCase()}" checked`)
    expect(html.match(/type="radio"/g)).toHaveLength(20)
    expect(html.match(/ checked/g)).toHaveLength(1)
  })

  it('sends a cancel back with `denied` and nothing else, and the token has ended', async () => {
    const token = await o.requestToken()
    const reply = await o.decide(token, { decision: 'cancel' })
    expect(reply.headers.get('Location')).toBe(`${REDIRECT}?denied=${token.token}`)
    expect((await o.show(token)).status).toBe(403)
    expect(await told(await o.redeem(token, 'x'))).toEqual(INVALID_VERIFIER)
  })

  it.each([
    ['no token', async () => ({ token: '', secret: '' }), 'is missing'],
    ['an unknown token', async () => ({ token: 'x', secret: '' }), 'is unknown'],
    [
      'an approved token',
      async () => {
        const token = await o.requestToken()
        await o.decide(token)
        return token
      },
      'approved before',
    ],
    [
      'an expired token',
      async () => {
        const token = await o.requestToken()
        await x.control('POST', 'clock', { advance_seconds: 900 })
        return token
      },
      'has expired',
    ],
    [
      'a token of another API key',
      async () => {
        const token = await o.requestToken()
        await x.control('PUT', 'app', { api_key: 'another' })
        return token
      },
      'another API key',
    ],
    [
      'a token of a suspended app',
      async () => {
        const token = await o.requestToken()
        await x.control('PUT', 'app', { suspended: true })
        return token
      },
      'suspended',
    ],
  ])('with %s is X’s error page, and leads nowhere', async (_, make, hint) => {
    const token = await make()
    for (const reply of [await o.show(token), await o.decide(token)]) {
      expect(reply.status).toBe(403)
      expect(reply.headers.get('Location')).toBeNull()
      const html = await reply.text()
      expect(html).toContain('The request token for this page is invalid.')
      expect(html).toContain(hint)
    }
    expect((await x.calls()).at(-1)).toMatchObject({ outcome: 'refused: error page shown' })
  })

  it.each([
    ['an unknown user', { username: 'nobody' }],
    ['no decision', { decision: '' }],
  ])('with %s redirects nowhere, and can be decided again', async (_, form) => {
    const token = await o.requestToken()
    expect((await o.decide(token, form)).status).toBe(403)
    expect((await o.decide(token)).status).toBe(302)
  })
})

describe('a verifier', () => {
  it('works once', async () => {
    const token = await o.requestToken()
    const verifier = verifierOf(await o.decide(token))
    expect((await o.redeem(token, verifier)).status).toBe(200)
    expect(await told(await o.redeem(token, verifier))).toEqual(INVALID_VERIFIER)
    expect((await x.calls()).at(-1)).toMatchObject({ outcome: 'invalid_verifier', why: 'spent' })
  })

  it('is wanted, and right', async () => {
    const token = await o.requestToken()
    expect(await told(await o.redeem(token, 'x'))).toEqual(INVALID_VERIFIER)
    const verifier = verifierOf(await o.decide(token))
    expect(await told(await o.signed('POST', '/oauth/access_token', { token }))).toEqual(
      INVALID_VERIFIER,
    )
    expect(await told(await o.redeem(token, 'x'))).toEqual(INVALID_VERIFIER)
    expect((await o.redeem(token, verifier)).status).toBe(200)
    const reasons = (await x.calls('?path=/oauth/access_token')).map((call) => call.why)
    expect(reasons).toEqual(['not approved', 'oauth_verifier is missing', 'wrong', undefined])
  })

  it('lives as long as its request token, 15 minutes', async () => {
    const now = () => String(Math.floor(Date.now() / 1000) + 900)
    const token = await o.requestToken()
    const verifier = verifierOf(await o.decide(token))
    await x.control('POST', 'clock', { advance_seconds: 900 })
    const reply = await o.redeem(token, verifier, { oauth: { oauth_timestamp: now() } })
    expect(await told(reply)).toEqual(DEAD_TOKEN)
    expect((await x.calls()).at(-1)).toMatchObject({ outcome: 'dead_token', why: 'expired' })
  })

  it.each([
    ['no request token', undefined, NO_REQUEST_TOKEN],
    ['an unknown request token', { token: 'x', secret: 'y' }, DEAD_TOKEN],
  ])('with %s is refused', async (_, token, expected) => {
    expect(await told(await o.redeem(token, 'x'))).toEqual(expected)
  })

  it('may be told to be of no use without the request token’s secret', async () => {
    await x.control('PUT', 'app', { access_token_signature: 'required' })
    const token = await o.requestToken()
    const verifier = verifierOf(await o.decide(token))
    const reply = await o.redeem({ ...token, secret: '' }, verifier)
    expect(await told(reply)).toEqual(NOT_AUTHENTICATED)
    expect((await o.redeem(token, verifier)).status).toBe(200)
  })

  it('ends when the user takes the access away first', async () => {
    const token = await o.requestToken()
    const verifier = verifierOf(await o.decide(token))
    await x.control('POST', 'revoke', { username: 'alice' })
    expect(await told(await o.redeem(token, verifier))).toEqual(INVALID_VERIFIER)
  })
})

describe('a PIN', () => {
  it('is shown on a page, after the consent, without a script', async () => {
    const token = await o.requestToken('oob')
    const page = await o.show(token)
    expect(await page.text()).toContain('Then you get a PIN')
    const reply = await o.decide(token)
    expect(reply.status).toBe(200)
    const html = await reply.text()
    expect(html).not.toContain('<script')
    expect((await tokenOf(await o.redeem(token, pinIn(html)))).token).toMatch(/^1000000001-/)
  })

  it('may be typed wrongly until it is used', async () => {
    const token = await o.requestToken('oob')
    const pin = pinIn(await (await o.decide(token)).text())
    const wrong = pin === '0000000' ? '1111111' : '0000000'
    expect(await told(await o.redeem(token, wrong))).toEqual(INVALID_VERIFIER)
    expect((await o.redeem(token, pin)).status).toBe(200)
    expect(await told(await o.redeem(token, pin))).toEqual(INVALID_VERIFIER)
  })

  it('is not shown on a cancel', async () => {
    const reply = await o.decide(await o.requestToken('oob'), { decision: 'cancel' })
    expect(reply.status).toBe(200)
    const html = await reply.text()
    expect(html).toContain('id="denied"')
    expect(pinIn(html)).toBe('')
  })
})

import { describe, expect, it } from 'vitest'
import { SEEDED_APP } from '../../emulator/seeds.ts'
import { authorization, REDIRECT, useEmulator } from './emulator.ts'

const x = useEmulator()

const show = (changes: Record<string, string | undefined> = {}) =>
  x.send(`/i/oauth2/authorize?${authorization(changes)}`)

describe('the consent page', () => {
  it('shows who asks, for what, and the users, the first chosen', async () => {
    await x.control('PUT', 'app', { unknown_scopes: 'grant' })
    const reply = await show({ scope: 'tweet.write some.thing' })
    expect(reply.status).toBe(200)
    const html = await reply.text()
    for (const text of [
      '<html lang="en">',
      'Perch (development)',
      'This is not X',
      'Post and repost for you',
      'some.thing (X documents no such scope)',
      REDIRECT,
    ]) {
      expect(html).toContain(text)
    }
    expect(html.match(/name="username" value="\w+"( checked)?/g)).toEqual([
      'name="username" value="alice" checked',
      'name="username" value="bob"',
    ])
    expect(html.match(/name="decision" value="\w+"/g)).toEqual([
      'name="decision" value="authorize"',
      'name="decision" value="cancel"',
    ])
    expect(html.match(/<form/g)).toHaveLength(1)
    expect(html).not.toContain('<script')
  })

  it('is closed to all but its style, and its form may lead wherever the app leads on', async () => {
    const { headers } = await show()
    const csp = headers.get('Content-Security-Policy')
    expect(csp).toContain("default-src 'none'; style-src 'self'")
    expect(csp).not.toContain('form-action')
    expect(headers.get('Cache-Control')).toBe('no-store')
    expect((await x.send('/_emulator/style.css')).headers.get('Content-Type')).toContain('text/css')
  })

  it('lets the form lead to an app’s own scheme', async () => {
    const redirect_uri = 'twitterclient://callback'
    await x.control('PUT', 'app', { callbacks: [redirect_uri] })
    const reply = await show({ redirect_uri })
    expect(reply.headers.get('Content-Security-Policy')).not.toContain('form-action')
    const decided = await x.decide({ redirect_uri }, { username: 'bob', decision: 'authorize' })
    expect(decided.headers.get('Location')).toMatch(
      /^twitterclient:\/\/callback\?state=a%20state&code=/,
    )
  })

  it('shows twenty users and a field for the others', async () => {
    const users = Array.from({ length: 3000 }, (_, index) => ({ username: `user${index}` }))
    await x.control('POST', 'users', users)
    const html = await (await show()).text()
    expect(html.match(/type="radio"/g)).toHaveLength(20)
    expect(html).toContain('name="other"')
    const typed = { username: 'alice', other: 'USER2999', decision: 'authorize' }
    expect((await x.decide({}, typed)).status).toBe(302)
    expect((await x.calls()).at(-1)).toMatchObject({ user_id: '1000003002' })
    expect((await x.decide({}, { username: 'user7', decision: 'authorize' })).status).toBe(302)
  })

  it('escapes what comes from outside', async () => {
    await x.control('PUT', 'app', { name: '<b>app' })
    expect(await (await show({ scope: '<i>' })).text()).not.toMatch(/<b>|<i>/)
  })
})

describe('the decision', () => {
  it.each([
    ['authorize', /^http:\/\/localhost:8787\/callback\?state=a%20state&code=[\w-]+$/],
    ['cancel', /^http:\/\/localhost:8787\/callback\?error=access_denied&state=a%20state$/],
  ])('%s goes back to the app', async (decision, location) => {
    const reply = await x.decide({}, { username: 'alice', decision })
    expect(reply.status).toBe(302)
    expect(reply.headers.get('Location')).toMatch(location)
  })

  it('gives back no state where there was none', async () => {
    const reply = await x.decide({ state: undefined }, { decision: 'cancel' })
    expect(reply.headers.get('Location')).toBe(`${REDIRECT}?error=access_denied`)
  })

  it('may carry the request in the form', async () => {
    const request = Object.fromEntries(new URLSearchParams(authorization()))
    const form = { ...request, username: 'alice', decision: 'authorize' }
    expect((await x.post('/i/oauth2/authorize', form, {})).status).toBe(302)
  })

  it.each([
    ['an unknown user', {}, { username: 'nobody', decision: 'authorize' }],
    ['no user', {}, { decision: 'authorize' }],
    ['no decision', {}, { username: 'alice' }],
    ['another callback', { redirect_uri: 'http://evil.example/' }, { decision: 'cancel' }],
  ])('with %s redirects nowhere', async (_, request, form) => {
    const reply = await x.decide(request, form)
    expect(reply.status).toBe(400)
    expect(reply.headers.get('Location')).toBeNull()
  })
})

describe('a misconfigured request', () => {
  it.each([
    ['client_id', { client_id: 'unknown' }],
    ['client_id', { client_id: undefined }],
    ['API key', { client_id: SEEDED_APP.api_key }],
    ['redirect_uri', { redirect_uri: `${REDIRECT}/` }],
    ['redirect_uri', { redirect_uri: undefined }],
    ['redirect_uri', { redirect_uri: `${REDIRECT}?a=b` }],
    ['response_type', { response_type: 'token' }],
    ['response_type', { response_type: undefined }],
    ['scope', { scope: undefined }],
    ['state', { state: 's'.repeat(501) }],
    ['code_challenge', { code_challenge: undefined }],
    ['code_challenge_method', { code_challenge_method: 'S512' }],
  ])('gets X’s page and a hint at %s', async (hint, changes) => {
    const reply = await show(changes)
    expect(reply.status).toBe(400)
    expect(reply.headers.get('Location')).toBeNull()
    const html = await reply.text()
    expect(html).toContain('You weren’t able to give access to the App. Go back and try logging in')
    expect(html.slice(html.indexOf('Hint of the emulator'))).toContain(hint)
    expect(await x.calls()).toMatchObject([{ status: 400, outcome: 'refused: error page shown' }])
  })

  it('is told about a parameter that is there twice', async () => {
    const reply = await x.send(`/i/oauth2/authorize?${authorization()}&state=b`)
    expect(await reply.text()).toContain('state is there more than once')
  })

  it('is one of a suspended app, too', async () => {
    await x.control('PUT', 'app', { suspended: true })
    expect((await show()).status).toBe(400)
  })

  it('state may have 500 characters', async () => {
    expect((await show({ state: 's'.repeat(500) })).status).toBe(200)
  })
})

/** People go back, change their minds and take another account: the newest good answer to a login wins. */
import { runDurableObjectAlarm } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { api, approve, atX, callsTo, newUser, PERCH, perch, resetX, x } from '../world'

beforeEach(resetX)

const TOKEN = '/2/oauth2/token'

/** A browser that has opened a login at X; it answers as often as its person likes. */
async function browserAtX(path = '/login') {
  const begun = await perch(path)
  await begun.body?.cancel()
  const cookie = begun.headers.get('set-cookie')?.split(';')[0] ?? ''
  const location = begun.headers.get('location') ?? ''
  const open = async (back: string) => {
    const answer = await perch(back.replace(PERCH, ''), { headers: { cookie } })
    return { status: answer.status, to: answer.headers.get('location'), text: await answer.text() }
  }
  const state = new URL(location).searchParams.get('state')
  return {
    open,
    comesBack: (query: string) => open(`/callback?state=${state}&${query}`),
    decides: async (username: string, decision?: string) =>
      open(await atX(location, username, decision)),
  }
}

/** A login that a program made, at X. */
async function programAtX(body = '{}') {
  const { id, authorize_url } = await api('/v1/logins', { method: 'POST', body })
  const state = new URL(authorize_url).searchParams.get('state')
  const complete = (response_url: string) =>
    api(`/v1/logins/${id}/complete`, { method: 'POST', body: JSON.stringify({ response_url }) })
  return {
    id,
    complete,
    comesBack: (query: string) => complete(`${PERCH}/callback?state=${state}&${query}`),
    decides: async (username: string, decision?: string) =>
      complete(await atX(authorize_url, username, decision)),
    status: () => api(`/v1/logins/${id}`),
  }
}

describe('in a browser', () => {
  // The first answer decided: "You did not give access", whatever came after it.
  it('Cancel, Back, approve: connected', async () => {
    const { username } = await newUser()
    const browser = await browserAtX()
    expect(await browser.decides(username, 'cancel')).toMatchObject({ status: 403 })
    const page = await browser.decides(username)
    expect(page.status).toBe(200)
    expect(page.text).toContain(`@${username}`)
  })

  it('a code that X refuses, then the right one: connected', async () => {
    const { username } = await newUser()
    const browser = await browserAtX()
    expect((await browser.comesBack('code=made-up')).text).toContain('code_refused')
    expect((await browser.decides(username)).status).toBe(200)
  })

  it('Back, and another account: it is that one’s, and both are connected', async () => {
    const [alice, bob] = [await newUser(), await newUser()]
    const browser = await browserAtX()
    expect((await browser.decides(alice.username)).text).toContain(`@${alice.username}`)
    expect((await browser.decides(bob.username)).text).toContain(`@${bob.username}`)
    for (const { id } of [alice, bob])
      expect(await api(`/v1/accounts/${id}`)).toMatchObject({ status: 'ok' })
  })

  it('an error of X after it was connected changes nothing', async () => {
    const { username } = await newUser()
    const browser = await browserAtX()
    await browser.decides(username)
    expect((await browser.comesBack('error=access_denied')).status).toBe(200)
    expect((await browser.comesBack('error=invalid_scope')).status).toBe(200)
  })

  it.each(['invalid_scope', 'made_up'])(
    'a definite error of X (%s) leads to the app first: a new login mostly ends the same',
    async (error) => {
      const browser = await browserAtX('/login?return_to=https://app.example.com/after')
      const { status, text } = await browser.comesBack(`error=${error}`)
      expect(status).toBe(502)
      const [first, second] = text.match(/<a class="button[^>]*>[^<]*/g) ?? []
      expect(first).toMatch(/href="https:\/\/app\.example\.com\/after\?login=[^"]+">Back to/)
      expect(second).toContain('Start again')
    },
  )

  it('a sixth answer is not sent to X', async () => {
    const browser = await browserAtX()
    for (let n = 0; n < 5; n++) await browser.comesBack(`code=made-up-${n}`)
    expect((await browser.decides((await newUser()).username)).text).toContain('login_used_up')
    expect(await callsTo(TOKEN)).toHaveLength(5)
  })

  it('whoever opened the same link brings nothing once X took another browser’s code', async () => {
    const { login_url } = await api('/v1/logins', { method: 'POST', body: '{}' })
    const path = login_url.slice(PERCH.length)
    const [mine, theirs] = [await browserAtX(path), await browserAtX(path)]
    expect((await mine.decides((await newUser()).username)).status).toBe(200)
    expect((await theirs.decides((await newUser()).username)).text).toContain('login_taken')
    expect(await callsTo(TOKEN)).toHaveLength(1)
  })
})

describe('once the app was told', () => {
  it('the login stays as it was told; the other account is connected, and the page says so', async () => {
    const [alice, bob] = [await newUser(), await newUser()]
    const browser = await browserAtX('/login?return_to=https://app.example.com/after')
    const { to } = await browser.decides(alice.username)
    const [id, proof] = new URL(to ?? '').searchParams.get('login')?.split('.') ?? []
    const ask = () => api(`/v1/logins/${id}?proof=${proof}`)
    expect(await ask()).toMatchObject({ account: { id: alice.id } })
    const page = await browser.decides(bob.username)
    expect(page.status).toBe(409)
    expect(page.text).toContain(`This answer was @${bob.username}’s`)
    expect(await ask()).toMatchObject({ account: { id: alice.id } })
    expect(await api(`/v1/accounts/${bob.id}`)).toMatchObject({ status: 'ok' })
  })

  it('before that, the proof is for the newest', async () => {
    const [alice, bob] = [await newUser(), await newUser()]
    const browser = await browserAtX('/login?return_to=https://app.example.com/after')
    await browser.decides(alice.username)
    const { to } = await browser.decides(bob.username)
    const [id, proof] = new URL(to ?? '').searchParams.get('login')?.split('.') ?? []
    expect(await api(`/v1/logins/${id}?proof=${proof}`)).toMatchObject({ account: { id: bob.id } })
  })
})

describe('in a program', () => {
  it.each([
    ['invalid_scope', 'X_SCOPES'],
    ['unauthorized_client', 'X_CLIENT_ID'],
    ['invalid_request', 'callback URL'],
    ['unsupported_response_type', 'OAuth 2.0'],
  ])('%s is definite, and says what to do', async (error, cure) => {
    const program = await programAtX()
    const answer = await program.comesBack(`error=${error}`)
    expect(answer).toMatchObject({ http: 502, code: 'login_refused_by_x' })
    expect(answer.detail).toContain(cure)
    // It was `pending` for ten minutes, whatever the person was told.
    expect(await program.status()).toMatchObject({
      status: 'failed',
      problem: { code: 'login_refused_by_x', detail: answer.detail },
    })
  })

  it.each(['server_error', 'temporarily_unavailable'])(
    '%s passes: the login goes on, and says so',
    async (error) => {
      const user = await newUser()
      const program = await programAtX()
      expect(await program.comesBack(`error=${error}`)).toMatchObject({ code: 'x_unreachable' })
      expect(await program.status()).toMatchObject({
        status: 'pending',
        problem: { code: 'x_unreachable' },
      })
      expect(await program.decides(user.username)).toMatchObject({ http: 200, id: user.id })
    },
  )

  it('is told why an answer did not get further', async () => {
    const user = await newUser()
    const program = await programAtX()
    await x('PUT', 'app', { client_secret: 'another' })
    expect(await program.decides(user.username)).toMatchObject({ code: 'app_credentials_refused' })
    expect(await program.status()).toMatchObject({
      status: 'pending',
      problem: { code: 'app_credentials_refused' },
    })
  })

  it('a wait that is longer than the code lives is not advised', async () => {
    const user = await newUser()
    const program = await programAtX()
    await x('POST', 'faults', { path: TOKEN, fault: 'status:429:{"reset_in":600}', times: 1 })
    const answer = await program.decides(user.username)
    expect(answer).toMatchObject({ http: 503, code: 'login_too_late' })
    expect(await program.status()).toMatchObject({ status: 'failed' })
  })

  const depleted =
    'reply:{"status":402,"body":{"title":"CreditsDepleted","type":"https://api.twitter.com/2/problems/credits","detail":"no credits"}}'
  it('X will not say who it was until somebody pays: it says so at once, and connects afterwards', async () => {
    const user = await newUser()
    const program = await programAtX()
    await x('POST', 'faults', { path: '/2/users/me', fault: depleted, times: 1 })
    expect(await program.decides(user.username)).toMatchObject({ http: 502, code: 'plan_refused' })
    expect(await program.status()).toMatchObject({
      status: 'waiting',
      problem: { code: 'plan_refused' },
    })
    await runDurableObjectAlarm(env.LOGIN.getByName(program.id))
    expect(await program.status()).toMatchObject({ status: 'complete', account: { id: user.id } })
    expect(await callsTo(TOKEN)).toHaveLength(1)
  })

  it('a verifier that X refuses, then the right one: connected', async () => {
    const user = await newUser()
    const begun = await api('/v1/logins', { method: 'POST', body: '{"flow":"oauth1"}' })
    const right = await atX(begun.authorize_url, user.username)
    const wrong = right.replace(/oauth_verifier=[^&]*/, 'oauth_verifier=wrong')
    const complete = (response_url: string) =>
      api(`/v1/logins/${begun.id}/complete`, {
        method: 'POST',
        body: JSON.stringify({ response_url }),
      })
    expect(await complete(wrong)).toMatchObject({ code: 'verifier_refused' })
    expect(await complete(right)).toMatchObject({ http: 200, id: user.id })
  })
})

it('a link that the wrong account opened is good for the right one', async () => {
  const [alice, bob] = [await newUser(), await newUser()]
  const { key } = await api('/v1/callers', {
    method: 'POST',
    body: JSON.stringify({ name: 'c', scopes: ['logins'], accounts: [alice.id] }),
  })
  const headers = { authorization: `Bearer ${key}` }
  const { login_url, id } = await api('/v1/logins', { method: 'POST', body: '{}', headers })
  const path = login_url.slice(PERCH.length)
  expect((await (await browserAtX(path)).decides(bob.username)).text).toContain(
    'account_not_allowed',
  )
  expect((await (await browserAtX(path)).decides(alice.username)).status).toBe(200)
  expect(await api(`/v1/logins/${id}`, { headers })).toMatchObject({ account: { id: alice.id } })
})

it('eight equal callbacks are one exchange, also after another answer', async () => {
  const { username } = await newUser()
  const { back, cookie } = await approve(username)
  await perch(back.replace(/code=[^&]*/, 'code=made-up'), { headers: { cookie } })
  const answers = await Promise.all(
    Array.from({ length: 8 }, () => perch(back, { headers: { cookie } })),
  )
  expect(answers.map(({ status }) => status)).toEqual(Array(8).fill(200))
  expect(await callsTo(TOKEN)).toHaveLength(2)
})

import { abortAllDurableObjects, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Login } from '../../../src/login/login'
import { Row } from '../../../src/store/row'
import { eventually } from '../../eventually'
import {
  api,
  approve,
  atX,
  callsTo,
  connect,
  later,
  newUser,
  PERCH,
  perch,
  resetX,
  x,
} from '../world'

const TOKEN = '/2/oauth2/token'
const ME = '/2/users/me'
const fault = (path: string, fault: string, times = 1) =>
  x('POST', 'faults', { path, fault, times })

beforeEach(resetX)
afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

/** A login that a program began and a person approved: its id, and what to complete it with. */
async function approved(headers: Record<string, string> = {}) {
  const user = await newUser()
  const { id, authorize_url } = await api('/v1/logins', {
    method: 'POST',
    body: '{}',
    headers,
  })
  const response_url = await atX(authorize_url, user.username)
  const complete = () =>
    api(`/v1/logins/${id}/complete`, {
      method: 'POST',
      body: JSON.stringify({ response_url }),
      headers,
    })
  return { id, user, complete, object: env.LOGIN.getByName(id) }
}

const rows = (object: DurableObjectStub<Login>) =>
  runInDurableObject(object, (_: Login, state) =>
    JSON.stringify(state.storage.sql.exec('SELECT json FROM record').toArray()),
  )

describe('redeemed once', () => {
  it('ten callbacks at once are one exchange and one answer', async () => {
    const { user, complete } = await approved()
    const answers = await Promise.all(Array.from({ length: 10 }, complete))
    expect(new Set(answers.map((answer) => `${answer.http} ${answer.id}`))).toEqual(
      new Set([`200 ${user.id}`]),
    )
    expect(await callsTo(TOKEN)).toHaveLength(1)
  })

  it('a login begins without its object; once complete, the object holds no token', async () => {
    const { id, complete, object } = await approved()
    expect(await object.status()).toBeUndefined()
    await complete()
    expect(await rows(object)).not.toMatch(/v1\.[0-9a-f]{8}\./)
    expect(await api(`/v1/logins/${id}`)).toMatchObject({ status: 'complete' })
  })

  it('two minutes after its end nothing is left of it', async () => {
    const { id, complete, object } = await approved()
    await complete()
    vi.useFakeTimers({ toFake: ['Date'] })
    later(721)
    expect(await runDurableObjectAlarm(object)).toBe(true)
    expect(await object.status()).toBeUndefined()
    expect((await api(`/v1/logins/${id}`)).code).toBe('login_unknown')
  })
})

describe('belongs to its browser', () => {
  it.each([
    ['no cookie', ''],
    ['another value', 'changed'],
  ])('%s: nothing is redeemed, and the right browser still can', async (_, value) => {
    const { back, cookie } = await approve((await newUser()).username)
    const login = vi.spyOn(env.LOGIN, 'getByName')
    const headers: Record<string, string> = value
      ? { cookie: `${cookie.split('=')[0]}=${value}` }
      : {}
    expect((await perch(back, { headers })).status).toBe(403)
    expect(login).not.toHaveBeenCalled()
    expect(await callsTo(TOKEN)).toHaveLength(0)
    expect((await perch(back, { headers: { cookie } })).status).toBe(200)
  })

  it('a browser that comes back twice at once connects once, and gets the answer twice', async () => {
    const { back, cookie } = await approve((await newUser()).username)
    const tabs = Array.from({ length: 5 }, () => perch(back, { headers: { cookie } }))
    const answers = await Promise.all(tabs)
    expect(answers.map(({ status }) => status)).toEqual(Array(5).fill(200))
    expect(await callsTo(TOKEN)).toHaveLength(1)
    const { grants } = await x('GET', 'state')
    expect(grants.filter(({ live }) => live)).toHaveLength(1)
  })

  it('a callback after the pending state is gone gets the answer all the same', async () => {
    const { back, cookie } = await approve((await newUser()).username)
    expect((await perch(back, { headers: { cookie } })).status).toBe(200)
    vi.useFakeTimers({ toFake: ['Date'] })
    later(601)
    expect((await perch(back, { headers: { cookie } })).status).toBe(200)
    expect((await perch(back, { headers: { cookie: `${cookie}x` } })).status).toBe(404)
    expect((await perch(back)).status).toBe(404)
    expect(await callsTo(TOKEN)).toHaveLength(1)
  })
})

describe('a code that is too old', () => {
  it('is called that when X asked to wait too long', async () => {
    const { complete } = await approved()
    await fault(TOKEN, 'status:429')
    expect((await complete()).code).toBe('x_rate_limited')
    vi.useFakeTimers({ toFake: ['Date'] })
    later(31)
    expect((await complete()).code).toBe('code_expired')
  })
})

describe('doubt', () => {
  it('a reply lost before X acted: the same code again succeeds', async () => {
    const { user, complete } = await approved()
    await fault(TOKEN, 'drop_before')
    expect(await complete()).toMatchObject({ http: 200, id: user.id })
    expect(await callsTo(TOKEN)).toHaveLength(2)
  })

  it('a reply that broke off after the access token: X has the code, and it is not sent again', async () => {
    const { complete } = await approved()
    await fault(TOKEN, 'cut:6')
    expect((await complete()).code).toBe('login_reply_lost')
    expect(await callsTo(TOKEN)).toHaveLength(1)
  })

  it('a reply lost after X acted is called that, and stays that', async () => {
    const { complete } = await approved()
    // Nothing of its tokens arrives.
    await fault(TOKEN, 'cut:330')
    expect((await complete()).code).toBe('login_reply_lost')
    expect((await complete()).code).toBe('login_reply_lost')
    expect(await callsTo(TOKEN)).toHaveLength(2)
  })

  it('X silent twice: lost, with what X did in words', async () => {
    const { complete } = await approved()
    await fault(TOKEN, 'html', 2)
    expect(await complete()).toMatchObject({
      code: 'login_reply_lost',
      detail: 'X answered 503 with a web page instead of data.',
    })
  })

  it('a crash during the exchange: the next callback tries once more, the alarm gives up', async () => {
    const { complete, object } = await approved()
    await fault(TOKEN, 'delay:60000', 2)
    for (const calls of [1, 2]) {
      const running = complete().catch(() => undefined)
      await eventually(async () => expect(await callsTo(TOKEN)).toHaveLength(calls))
      await abortAllDurableObjects()
      await running
    }
    expect((await complete()).code).toBe('login_reply_lost')
    expect(await callsTo(TOKEN)).toHaveLength(2)
    expect(await object.status()).toMatchObject({ stage: 'failed' })
  })

  it('a crash and nobody comes back: the alarm ends it', async () => {
    const { complete, object } = await approved()
    await fault(TOKEN, 'delay:60000')
    const running = complete().catch(() => undefined)
    await eventually(async () => expect(await callsTo(TOKEN)).toHaveLength(1))
    await abortAllDurableObjects()
    await running
    await runDurableObjectAlarm(object)
    expect(await object.status()).toMatchObject({ failure: { code: 'login_reply_lost' } })
  })
})

describe('X says no in words that nobody knows', () => {
  const odd = 'reply:{"status":400,"body":{"error":"odd","error_description":"Nobody knows."}}'

  it('ends the login with these words, and the code is sent once', async () => {
    const { id, complete } = await approved()
    await fault(TOKEN, odd)
    const detail = 'X answered 400: odd, Nobody knows.'
    for (const _ of ['once', 'again'])
      expect(await complete()).toMatchObject({ http: 502, code: 'login_refused_by_x', detail })
    expect(await callsTo(TOKEN)).toHaveLength(1)
    expect(await api(`/v1/logins/${id}`)).toMatchObject({
      status: 'failed',
      problem: { code: 'login_refused_by_x', detail },
    })
  })

  it('after a lost reply it may be that one’s echo', async () => {
    const { complete } = await approved()
    await fault(TOKEN, 'cut:330')
    await fault(TOKEN, odd)
    expect(await complete()).toMatchObject({ http: 502, code: 'login_reply_lost' })
    expect(await callsTo(TOKEN)).toHaveLength(2)
  })

  it('a verifier is sent once, too', async () => {
    const user = await newUser()
    const made = { method: 'POST', body: '{"flow":"oauth1"}' }
    const { id, authorize_url } = await api('/v1/logins', made)
    const response_url = await atX(authorize_url, user.username)
    await fault('/oauth/access_token', 'reply:{"status":401,"body":"Reverse auth is off"}')
    const body = JSON.stringify({ response_url })
    expect(await api(`/v1/logins/${id}/complete`, { method: 'POST', body })).toMatchObject({
      code: 'login_refused_by_x',
      detail: 'X answered 401: Reverse auth is off.',
    })
    expect(await callsTo('/oauth/access_token')).toHaveLength(1)
  })
})

describe('open again', () => {
  it.each([
    ['X asks to wait', 'status:429', 'x_rate_limited'],
    ['a 401 that does not say why', 'status:401', 'login_reply_lost'],
  ])('%s', async (_, name, code) => {
    const { complete } = await approved()
    await fault(TOKEN, name, 2)
    expect((await complete()).code).toBe(code)
  })

  it('wrong app credentials are the operator’s, and the code works once they are right', async () => {
    const { complete } = await approved()
    await x('PUT', 'app', { client_secret: 'another' })
    expect((await complete()).code).toBe('app_credentials_refused')
    await x('PUT', 'app', { client_secret: env.X_CLIENT_SECRET })
    expect(await complete()).toMatchObject({ http: 200 })
  })
})

describe('a grant without a name', () => {
  it('is kept, sealed, and the alarm finds out later', async () => {
    const { id, user, complete, object } = await approved()
    await fault(ME, 'status:403')
    expect(await complete()).toMatchObject({ code: 'login_unfinished', retry_after: 15 })
    expect(await rows(object)).toMatch(/v1\.[0-9a-f]{8}\./)
    expect(await api(`/v1/logins/${id}`)).toMatchObject({ status: 'pending' })
    await runDurableObjectAlarm(object)
    expect(await api(`/v1/logins/${id}`)).toMatchObject({
      status: 'complete',
      account: { id: user.id },
    })
    expect(await callsTo(TOKEN)).toHaveLength(1)
  })

  // X was asked with each reload, whatever time it had named.
  it('X asks to wait: a reload asks nobody before that, and hears for how long', async () => {
    const { id, user, complete, object } = await approved()
    await fault(ME, 'status:429:{"reset_in":-400,"retry_after":300}')
    expect(await complete()).toMatchObject({ code: 'login_unfinished', retry_after: 300 })
    vi.useFakeTimers({ toFake: ['Date'] })
    later(200)
    const again = await complete()
    expect(again).toMatchObject({ http: 503, code: 'login_unfinished' })
    expect(again.retry_after).toBeGreaterThan(90)
    expect(again.retry_after).toBeLessThanOrEqual(100)
    expect(await rows(object)).toContain('waiting')
    expect(await callsTo(ME)).toHaveLength(1)
    later(101)
    expect(await complete()).toMatchObject({ http: 200, id: user.id })
    expect(await api(`/v1/logins/${id}`)).toMatchObject({ status: 'complete' })
  })

  it('X asks to wait: the page says when, and a no of the user does not throw it away', async () => {
    const user = await newUser()
    const { back, cookie } = await approve(user.username)
    await fault(ME, 'status:503:{"retry_after":120}')
    for (const path of [back, `/callback?error=access_denied&${back.match(/state=[^&]*/)?.[0]}`]) {
      const page = await perch(path, { headers: { cookie } })
      expect(page.status).toBe(503)
      expect(Number(page.headers.get('retry-after'))).toBeGreaterThan(110)
      expect(await page.text()).toMatch(/Almost done[\s\S]*after 1[12]\d seconds/)
    }
    expect(await callsTo(ME)).toHaveLength(1)
    vi.useFakeTimers({ toFake: ['Date'] })
    later(121)
    expect((await perch(back, { headers: { cookie } })).status).toBe(200)
  })

  it.each([
    ['names no time', '{"reset_in":-400}'],
    ['names one that is over', '{"reset_in":-5}'],
    ['names one that cannot be true', '{"headers":{"x-rate-limit-reset":"99999999999999"}}'],
  ])('X asks to wait and %s: a reload asks again at once', async (_, limits) => {
    const { user, complete } = await approved()
    await fault(ME, `status:429:${limits}`)
    expect(await complete()).toMatchObject({ code: 'login_unfinished', retry_after: 15 })
    expect(await complete()).toMatchObject({ http: 200, id: user.id })
  })

  it('a denial that arrives meanwhile does not throw it away', async () => {
    const user = await newUser()
    const { back, cookie } = await approve(user.username)
    await fault(ME, 'status:503')
    expect((await perch(back, { headers: { cookie } })).status).toBe(503)
    const denial = `/callback?error=access_denied&${back.match(/state=[^&]*/)?.[0]}`
    expect((await perch(denial, { headers: { cookie } })).status).toBe(200)
    expect(await api(`/v1/accounts/${user.id}`)).toMatchObject({ status: 'ok' })
  })

  // Perch revoked it after two hours, though it was good for months and X had ended the account's former one for it.
  it('is refreshed while X does not say whose it is, and adopted when X does', async () => {
    const { id, user, complete, object } = await approved()
    await fault(ME, 'status:504', 3)
    await complete()
    vi.useFakeTimers({ toFake: ['Date'] })
    for (const seconds of [7201, 7201]) {
      later(seconds)
      await runDurableObjectAlarm(object)
    }
    expect(await api(`/v1/logins/${id}`)).toMatchObject({ status: 'pending' })
    await runDurableObjectAlarm(object)
    expect(await api(`/v1/accounts/${user.id}`)).toMatchObject({ status: 'ok' })
    expect(await callsTo('/2/oauth2/revoke')).toHaveLength(0)
    expect((await callsTo(TOKEN)).map(({ outcome }) => outcome)).toEqual([
      'issued',
      'rotated',
      'rotated',
    ])
    const lease = await api(`/v1/accounts/${user.id}/refresh`, { method: 'POST' })
    expect(lease).toMatchObject({ http: 200 })
    expect(lease.degraded).toBeUndefined()
  })

  it('is asked about for a day, then forgotten: it is never revoked, since its account may be connected', async () => {
    const { complete, object } = await approved()
    await fault(ME, 'status:504', 30)
    await complete()
    vi.useFakeTimers({ toFake: ['Date'] })
    let hours = 0
    for (; (await object.status())?.stage === 'granted'; hours += 2) {
      later(7201)
      await runDurableObjectAlarm(object)
    }
    expect(hours).toBe(24)
    expect(await rows(object)).not.toMatch(/v1\.[0-9a-f]{8}\./)
    expect(await object.status()).toMatchObject({ failure: { code: 'identity_unknown' } })
    expect(await callsTo('/2/oauth2/revoke')).toHaveLength(0)
  })

  it('a refresh of it that is lost is cleared up like any other, and a crash in it as well', async () => {
    const { id, user, complete, object } = await approved()
    await fault(ME, 'status:504')
    await complete()
    vi.useFakeTimers({ toFake: ['Date'] })
    later(7201)
    await fault(TOKEN, 'drop_before')
    await runDurableObjectAlarm(object)
    await fault(TOKEN, 'delay:60000')
    const running = Promise.resolve(runDurableObjectAlarm(object)).catch(() => undefined)
    await eventually(async () => expect(await callsTo(TOKEN)).toHaveLength(3))
    await abortAllDurableObjects()
    await running
    // The call of the dead object may still run.
    const next = env.LOGIN.getByName(id)
    await runDurableObjectAlarm(next)
    expect(await callsTo(TOKEN)).toHaveLength(3)
    later(121)
    await runDurableObjectAlarm(next)
    expect(await api(`/v1/accounts/${user.id}`)).toMatchObject({ status: 'ok' })
  })

  it('that X has ended meanwhile ends the login', async () => {
    const { user, complete, object } = await approved()
    await fault(ME, 'status:504')
    await complete()
    await x('POST', 'revoke', { username: user.username })
    vi.useFakeTimers({ toFake: ['Date'] })
    later(7201)
    await runDurableObjectAlarm(object)
    expect(await object.status()).toMatchObject({ failure: { code: 'identity_unknown' } })
  })

  // Between X's answer and the name an object may die; what was not written down by then was lost.
  it('survives a crash while X is asked whose it is: one exchange, and connected', async () => {
    const { user, complete } = await approved()
    await fault(ME, 'delay:60000')
    const running = complete().catch(() => undefined)
    await eventually(async () => expect(await callsTo(ME)).toHaveLength(1))
    await abortAllDurableObjects()
    await running
    expect(await complete()).toMatchObject({ http: 200, id: user.id })
    expect(await callsTo(TOKEN)).toHaveLength(1)
  })

  it('survives a storage that refuses it: it is adopted from memory', async () => {
    const { user, complete } = await approved()
    const write = Row.prototype.write
    vi.spyOn(Row.prototype, 'write').mockImplementation(function (this: Row<object>, value) {
      if (typeof value === 'object' && value !== null && 'grant' in value)
        throw new Error('SQLITE_FULL: database or disk is full')
      return write.call(this, value)
    })
    expect(await complete()).toMatchObject({ http: 200, id: user.id })
    expect(await callsTo(TOKEN)).toHaveLength(1)
  })

  it('is kept while its account cannot be reached', async () => {
    const { complete, object } = await approved()
    const unreachable = { adopt: () => Promise.reject(new Error('unreachable')) }
    vi.spyOn(env.ACCOUNT, 'getByName').mockReturnValue(unreachable as never)
    expect((await complete()).code).toBe('login_unfinished')
    expect(await rows(object)).toMatch(/v1\.[0-9a-f]{8}\./)
    vi.restoreAllMocks()
    expect(await complete()).toMatchObject({ http: 200 })
  })
})

describe('the wrong account', () => {
  /** A link of a caller that is limited to alice, opened where X has dora active. */
  async function linkFor(accounts: string[]) {
    const body = JSON.stringify({ name: 'limited', scopes: ['logins'], accounts })
    const { key } = await api('/v1/callers', { method: 'POST', body })
    const headers = { authorization: `Bearer ${key}` }
    const link = await api('/v1/logins', { method: 'POST', body: '{}', headers })
    return { ...link, headers }
  }
  const open = async (loginUrl: string, username: string) => {
    const { back, cookie } = await approve(username, loginUrl.slice(PERCH.length))
    const page = await perch(back, { headers: { cookie } })
    return { status: page.status, html: await page.text() }
  }

  // Her healthy grant was dead after it: X had ended it for the one that was given back.
  it('stays connected: X’s only live grant is adopted where it belongs', async () => {
    const [alice, dora] = [await connect(), await connect()]
    const { id, login_url, headers } = await linkFor([alice.id])
    const page = await open(login_url, dora.username)
    expect(page.status).toBe(403)
    expect(page.html).toContain(`@${dora.username}, and this link is for @${alice.username}`)
    expect(await callsTo('/2/oauth2/revoke')).toHaveLength(0)
    for (const user of [alice, dora]) {
      const lease = await api(`/v1/accounts/${user.id}/refresh`, { method: 'POST' })
      expect(lease).toMatchObject({ http: 200 })
      expect(lease.degraded).toBeUndefined()
    }
    // Who made the link learns that it was another account, and not which.
    const told = await api(`/v1/logins/${id}`, { headers })
    expect(told).toMatchObject({ status: 'failed', problem: { code: 'account_not_allowed' } })
    expect(JSON.stringify(told)).not.toMatch(new RegExp(`${dora.id}|${dora.username}`))
  })

  it('is named to its own browser alone', async () => {
    const [alice, dora] = [await connect(), await connect()]
    const { login_url } = await linkFor([alice.id])
    const link = login_url.slice(PERCH.length)
    const other = (await perch(link)).headers.get('set-cookie')?.split(';')[0] ?? ''
    const { back, cookie } = await approve(dora.username, link)
    const page = async (cookie: string) => (await perch(back, { headers: { cookie } })).text()
    expect(await page(cookie)).toContain(`@${dora.username}`)
    expect(await page(other)).not.toContain(dora.username)
    expect(await page(cookie)).toContain('ask for a new link')
  })

  it('is named alone where the link is for more than one', async () => {
    const [alice, bob, dora] = [await connect(), await connect(), await connect()]
    const { login_url } = await linkFor([alice.id, bob.id])
    const { html } = await open(login_url, dora.username)
    expect(html).toContain(`@${dora.username}, who may not log in here`)
    expect(html).not.toContain(alice.username)
  })

  it('that is not connected here is given back, and so is one whose grant had ended', async () => {
    const [alice, dora] = [await connect(), await newUser()]
    const link = await linkFor([alice.id])
    await open(link.login_url, dora.username)
    await runDurableObjectAlarm(env.LOGIN.getByName(link.id))
    expect(await callsTo('/2/oauth2/revoke')).toHaveLength(2)
    expect((await api(`/v1/accounts/${dora.id}`)).code).toBe('account_unknown')
    const ended = await connect()
    await x('POST', 'revoke', { username: ended.username })
    await api(`/v1/accounts/${ended.id}/refresh`, { method: 'POST' })
    const again = await linkFor([alice.id])
    await open(again.login_url, ended.username)
    await runDurableObjectAlarm(env.LOGIN.getByName(again.id))
    expect(await callsTo('/2/oauth2/revoke')).toHaveLength(4)
    expect(await api(`/v1/accounts/${ended.id}`)).toMatchObject({ status: 'login_required' })
  })

  it('by OAuth 1.0a ends no token that the account holds', async () => {
    const [alice, dora] = [await connect(), await newUser()]
    const first = await approve(dora.username, '/login?flow=oauth1')
    await perch(first.back, { headers: { cookie: first.cookie } })
    const body = '{"flow":"oauth1"}'
    const { headers } = await linkFor([alice.id])
    const { login_url } = await api('/v1/logins', { method: 'POST', body, headers })
    expect((await open(login_url, dora.username)).status).toBe(403)
    expect(await callsTo('/1.1/oauth/invalidate_token')).toHaveLength(0)
  })
})

describe('a grant that nobody may have', () => {
  it('goes back to X, and is kept until X took it', async () => {
    const body = '{"name":"limited","scopes":["logins"],"accounts":["5"]}'
    const { key } = await api('/v1/callers', { method: 'POST', body })
    const headers = { authorization: `Bearer ${key}` }
    const { complete, object } = await approved(headers)
    await fault('/2/oauth2/revoke', 'status:503')
    expect(await complete()).toMatchObject({ http: 403, code: 'account_not_allowed' })
    await runDurableObjectAlarm(object)
    expect(await rows(object)).toMatch(/v1\.[0-9a-f]{8}\./)
    await runDurableObjectAlarm(object)
    expect(await rows(object)).not.toMatch(/v1\.[0-9a-f]{8}\./)
    expect(await callsTo('/2/oauth2/revoke')).toHaveLength(3)
    expect(await complete()).toMatchObject({ http: 403, code: 'account_not_allowed' })
  })
})

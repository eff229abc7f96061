/** A refresh token that comes in alone: what is written down before X is asked, and what a crash leaves. */
import { abortAllDurableObjects, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, it, vi } from 'vitest'
import { importIdOf } from '../../../src/login/import'
import type { Login } from '../../../src/login/login'
import { Secret } from '../../../src/secret'
import { eventually } from '../../eventually'
import { pairOf } from '../many'
import { api, later, newUser, refreshes, useFreshWorld, x } from '../world'

useFreshWorld()

const TOKEN = '/2/oauth2/token'
const keeper = async (refreshToken: string) =>
  env.LOGIN.getByName(await importIdOf(new Secret(refreshToken)))
const rowOf = async (refreshToken: string): Promise<string> =>
  runInDurableObject(await keeper(refreshToken), (_: Login, { storage }) =>
    JSON.stringify([...storage.sql.exec('SELECT json FROM record')]),
  )
const bring = (refresh_token: string) =>
  api('/v1/imports', { method: 'POST', body: JSON.stringify({ oauth2: { refresh_token } }) })

it('is written down, and its refresh too, before X is asked', async () => {
  const { id, username } = await newUser()
  const { refresh_token } = await pairOf(username)
  await x('POST', 'faults', { path: TOKEN, fault: 'delay_reply:400', times: 1 })
  const bringing = bring(refresh_token)
  await eventually(async () => expect(await refreshes()).toHaveLength(1))
  const row = await rowOf(refresh_token)
  expect(row).toContain('renewal')
  expect(row).not.toContain(refresh_token)
  expect(await bringing).toMatchObject({ http: 200, id, username, status: 'ok' })
})

// Whoever asked had it presented again at once, while the call that broke might still run: X ends a grant for that.
it.each([
  ['trouble at X', 'status:503', 30],
  ['a web page', 'html', 30],
  ['a reply that broke off before a token', 'cut:400', 1],
])(
  '%s: it is presented again when that call is over, and the caller hears when',
  async (_, fault, wait) => {
    const { id, username } = await newUser()
    const { refresh_token } = await pairOf(username)
    await x('POST', 'faults', { path: TOKEN, fault, times: 1 })
    const first = await bring(refresh_token)
    expect(first).toMatchObject({ http: 503, code: 'import_unfinished' })
    expect(first.retry_after).toBeGreaterThanOrEqual(wait)
    expect(first.retry_after).toBeLessThanOrEqual(wait === 1 ? 2 : 39)
    if (wait > 1) later(wait - 10)
    expect(await bring(refresh_token)).toMatchObject({ http: 503, code: 'import_unfinished' })
    expect(await refreshes()).toHaveLength(1)
    later(20)
    const again = await bring(refresh_token)
    expect(await refreshes()).toHaveLength(2)
    // X had begun to answer, so it had taken the token.
    if (wait === 1) expect(again).toMatchObject({ http: 400, code: 'refresh_token_refused' })
    else expect(again).toMatchObject({ http: 200, id })
  },
)

describe('while no refresh may leave', () => {
  const app = () => env.APP.getByName('app')

  it('it is not presented, the caller hears why, and it comes in afterwards', async () => {
    const { id, username } = await newUser()
    const { refresh_token } = await pairOf(username)
    await app().paused(300)
    const paused = await bring(refresh_token)
    expect(paused).toMatchObject({ http: 503, code: 'x_rate_limited' })
    expect(paused.retry_after).toBeGreaterThan(290)
    expect(await refreshes()).toEqual([])
    later(301)
    expect(await bring(refresh_token)).toMatchObject({ http: 200, id })
  })

  it('the app’s object hears of X’s 429, and holds the accounts back as well', async () => {
    const { username } = await newUser()
    const { refresh_token } = await pairOf(username)
    await x('POST', 'faults', { path: TOKEN, fault: 'status:429:{"reset_in":300}', times: 1 })
    await bring(refresh_token)
    expect(await app().permit(1)).toMatchObject({ code: 'x_rate_limited' })
  })

  // Each import during a halt spent the token, or asked X about an app that it refuses.
  it('the app’s object hears that X refuses the app, and the pair comes in when it is right again', async () => {
    const { id, username } = await newUser()
    const { refresh_token } = await pairOf(username)
    await x('PUT', 'app', { client_secret: 'another' })
    for (const _ of ['found out', 'remembered'])
      expect(await bring(refresh_token)).toMatchObject({ http: 503, code: 'app_halted' })
    // One of them is the probe.
    expect(await refreshes()).toHaveLength(2)
    await x('PUT', 'app', { client_secret: env.X_CLIENT_SECRET })
    later(61)
    expect(await bring(refresh_token)).toMatchObject({ http: 200, id })
  })

  it('for longer than a day nothing is given up', async () => {
    const { id, username } = await newUser()
    const { refresh_token } = await pairOf(username)
    await app().paused(300)
    await bring(refresh_token)
    later(2 * 86_400)
    await app().paused(300)
    await runDurableObjectAlarm(await keeper(refresh_token))
    expect(await bring(refresh_token)).toMatchObject({ http: 503, code: 'x_rate_limited' })
    later(301)
    expect(await bring(refresh_token)).toMatchObject({ http: 200, id })
  })

  it('that object is silent: it goes on without it', async () => {
    const { id, username } = await newUser()
    const { refresh_token } = await pairOf(username)
    vi.spyOn(env.APP, 'getByName').mockReturnValue({
      permit: () => Promise.reject(new Error('unreachable')),
    } as never)
    expect(await bring(refresh_token)).toMatchObject({ http: 200, id })
  })
})

it('an object that dies in the middle of the refresh presents it again when that is over', async () => {
  const { id, username } = await newUser()
  const { refresh_token } = await pairOf(username)
  await x('POST', 'faults', { path: TOKEN, fault: 'status:503', times: 1 })
  expect(await bring(refresh_token)).toMatchObject({ http: 503, code: 'import_unfinished' })
  await abortAllDurableObjects()
  later(300)
  await runDurableObjectAlarm(await keeper(refresh_token))
  expect(await api(`/v1/accounts/${id}`)).toMatchObject({ http: 200, username, status: 'ok' })
  // Whoever brought it asks again, and hears of the end.
  expect(await bring(refresh_token)).toMatchObject({ http: 200, id })
})

it('LOGIN_ALLOW is about people who log in: what comes from elsewhere goes to its account, never back to X', async () => {
  const { username } = await newUser()
  const { refresh_token } = await pairOf(username)
  const before = env.LOGIN_ALLOW
  Object.assign(env, { LOGIN_ALLOW: '@nobody-else' })
  try {
    expect(await bring(refresh_token)).toMatchObject({ http: 200, username, status: 'ok' })
  } finally {
    Object.assign(env, { LOGIN_ALLOW: before })
  }
})

it('nothing is spent where the storage refuses to write it down', async () => {
  const { username } = await newUser()
  const { refresh_token } = await pairOf(username)
  await runInDurableObject(await keeper(refresh_token), (_: Login, { storage }) => {
    vi.spyOn(storage.sql, 'exec').mockImplementation(() => {
      throw new Error('SQLITE_FULL')
    })
  })
  expect((await bring(refresh_token)).http).toBeGreaterThanOrEqual(500)
  expect(await refreshes()).toEqual([])
})

// It answered from memory: `ok`, and a whole account, of somebody who was gone.
it('brought again after a DELETE finds no account', async () => {
  const { id, username } = await newUser()
  const { refresh_token } = await pairOf(username)
  expect(await bring(refresh_token)).toMatchObject({ http: 200, id })
  expect(await api(`/v1/accounts/${id}`, { method: 'DELETE' })).toMatchObject({ http: 200 })
  expect(await bring(refresh_token)).toMatchObject({ http: 404, code: 'account_unknown' })
})

// The Login object had X refresh it, and the account was left with what X had spent.
it('that the account holds already is not spent elsewhere', async () => {
  const { id, username } = await newUser()
  const pair = await pairOf(username)
  const put = (pair: object) =>
    api(`/v1/accounts/${id}/grants/oauth2`, { method: 'PUT', body: JSON.stringify(pair) })
  expect(await put(pair)).toMatchObject({ http: 200 })
  const before = await refreshes()
  expect(await put({ refresh_token: pair.refresh_token })).toMatchObject({
    http: 200,
    id,
    status: 'ok',
  })
  expect(await refreshes()).toEqual(before)
  expect(await api(`/v1/accounts/${id}/refresh`, { method: 'POST' })).toMatchObject({ http: 200 })
})

// Five calls presented it five times, whatever X had said: `retry_after` was always 15.
it('X asks to wait: nobody has it presented before that, and the caller hears for how long', async () => {
  const { id, username } = await newUser()
  const { refresh_token } = await pairOf(username)
  const fault = 'status:429:{"reset_in":-400,"retry_after":300}'
  await x('POST', 'faults', { path: TOKEN, fault, times: 1 })
  expect(await bring(refresh_token)).toMatchObject({ code: 'import_unfinished', retry_after: 300 })
  for (let n = 0; n < 4; n++)
    expect(await bring(refresh_token)).toMatchObject({ code: 'import_unfinished' })
  expect(await refreshes()).toHaveLength(1)
  later(301)
  expect(await bring(refresh_token)).toMatchObject({ http: 200, id })
})

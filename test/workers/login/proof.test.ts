/** The proof of a login that returned to an app is spent once, by one caller: in a race, over time, over a crash. */
import { abortAllDurableObjects, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { hash } from '../../../src/crypto/hash'
import type { Login } from '../../../src/login/login'
import { api, approve, later, newUser, perch, resetX, x } from '../world'

const AFTER = 'https://app.example.com/after?csrf=1'

beforeEach(async () => {
  await resetX()
  vi.useFakeTimers({ toFake: ['Date'] })
})
afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

/** An app whose addresses these are. @returns what asks for a login, as that app */
async function app(...return_to: string[]) {
  const body = JSON.stringify({ name: 'app', scopes: ['logins'], return_to })
  const { key } = await api('/v1/callers', { method: 'POST', body })
  const headers = { authorization: `Bearer ${key}` }
  return (id: string, proof?: string) =>
    api(`/v1/logins/${id}${proof === undefined ? '' : `?proof=${proof}`}`, { headers })
}

/** A browser that logged in and returned to the app: what it brings, and its callback once more. */
async function returned() {
  const user = await newUser()
  const { back, cookie } = await approve(
    user.username,
    `/login?return_to=${encodeURIComponent(AFTER)}`,
  )
  const callback = async () => {
    const page = await perch(back, { headers: { cookie } })
    const location = page.headers.get('location') ?? ''
    return (new URL(location).searchParams.get('login') ?? '').split('.') as [string, string]
  }
  const [id, proof] = await callback()
  return { id, proof, user, callback }
}

describe('spent once', () => {
  it('of two apps that bring it at the same moment one is told', async () => {
    const { id, proof, user } = await returned()
    const apps = [await app('https://app.example.com'), await app('https://app.example.com/after')]
    const answers = await Promise.all([...apps, ...apps, ...apps].map((ask) => ask(id, proof)))
    const told = answers.map(({ http, code, account }) => account?.id ?? `${http} ${code}`)
    expect(new Set(told.slice(0, 2))).toEqual(new Set([user.id, '403 proof_spent']))
    // Each of the two goes on as it began.
    expect(told.slice(2)).toEqual([...told.slice(0, 2), ...told.slice(0, 2)])
  })

  it('of two whose proofs are compared at the same moment one is told', async () => {
    const { id, proof, user } = await returned()
    const proofHash = await hash(proof)
    const viewer = (name: string) => ({
      id: name,
      isAdmin: false,
      isLimited: false,
      returnTo: ['https://app.example.com'],
    })
    const answers = await runInDurableObject(env.LOGIN.getByName(id), (login: Login) =>
      Promise.all(['a', 'b', 'a'].map((name) => login.disclose(viewer(name), proofHash))),
    )
    const complete = { ok: true, value: { status: 'complete', account: { id: user.id } } }
    const spent = { ok: false, failure: { code: 'proof_spent' } }
    expect(answers).toMatchObject([complete, spent, complete])
  })

  it('its spender may repeat the question for a minute, and the callback does not renew it', async () => {
    const { id, proof, user, callback } = await returned()
    const [ask, other] = [
      await app('https://app.example.com'),
      await app('https://app.example.com'),
    ]
    const answer = { http: 200, status: 'complete', return_to: AFTER, account: { id: user.id } }
    expect(await ask(id, proof)).toMatchObject(answer)
    later(59)
    expect(await ask(id, proof)).toMatchObject(answer)
    expect(await other(id, proof)).toMatchObject({ http: 403, code: 'proof_spent' })
    later(1)
    expect(await ask(id, proof)).toMatchObject({ http: 403, code: 'proof_spent' })
    expect(await callback()).toEqual([id, proof])
    expect(await ask(id, proof)).toMatchObject({ http: 403, code: 'proof_spent' })
    expect(await api(`/v1/logins/${id}?proof=${proof}`)).toMatchObject({ code: 'proof_spent' })
  })

  it('stays spent when its object dies', async () => {
    const { id, proof } = await returned()
    const [ask, other] = [
      await app('https://app.example.com'),
      await app('https://app.example.com'),
    ]
    expect(await ask(id, proof)).toMatchObject({ http: 200 })
    await abortAllDurableObjects()
    expect(await other(id, proof)).toMatchObject({ http: 403, code: 'proof_spent' })
    expect(await ask(id, proof)).toMatchObject({ http: 200 })
    later(60)
    await abortAllDurableObjects()
    expect(await ask(id, proof)).toMatchObject({ http: 403, code: 'proof_spent' })
  })

  it('stays spent when the pending state is gone, until nothing is left of the login', async () => {
    const { id, proof, user } = await returned()
    const [ask, other] = [
      await app('https://app.example.com'),
      await app('https://app.example.com'),
    ]
    const elsewhere = await app('https://b.example')
    const nowhere = await app()
    later(601)
    expect(await elsewhere(id, proof)).toMatchObject({ http: 404, code: 'login_unknown' })
    expect(await nowhere(id, proof)).toMatchObject({ http: 403, code: 'return_to_not_covered' })
    expect(await ask(id, proof)).toMatchObject({ http: 200, account: { id: user.id } })
    expect(await other(id, proof)).toMatchObject({ http: 403, code: 'proof_spent' })
    later(120)
    await runDurableObjectAlarm(env.LOGIN.getByName(id))
    expect(await ask(id, proof)).toMatchObject({ http: 404, code: 'login_unknown' })
  })

  it('lets its login end when it would have ended', async () => {
    const { id, proof } = await returned()
    const alarm = () =>
      runInDurableObject(env.LOGIN.getByName(id), (_: Login, state) => state.storage.getAlarm())
    const before = await alarm()
    later(650)
    await (await app('https://app.example.com'))(id, proof)
    expect(await alarm()).toBe(before)
  })

  it('is told to nobody when it cannot be written down as spent', async () => {
    const { id, proof, user } = await returned()
    const ask = await app('https://app.example.com')
    const object = env.LOGIN.getByName(id)
    const sql = (statement: string) =>
      runInDurableObject(object, (_: Login, state) => void state.storage.sql.exec(statement))
    await sql(`CREATE TRIGGER full BEFORE INSERT ON record BEGIN SELECT RAISE(FAIL, 'full'); END`)
    expect(await ask(id, proof)).toMatchObject({ http: 500, code: 'internal' })
    await sql('DROP TRIGGER full')
    expect(await ask(id, proof)).toMatchObject({ http: 200, account: { id: user.id } })
  })
})

describe('bought nothing, spent nothing', () => {
  it('a wrong proof, and a right one from whom the login is hidden', async () => {
    const { id, proof, user } = await returned()
    const ask = await app('https://app.example.com')
    for (const wrong of [undefined, '', id, `${proof}x`, proof.slice(1)])
      expect(await ask(id, wrong)).toMatchObject({ http: 403, code: 'proof_wrong' })
    const elsewhere = await app('https://app.example.com/other')
    expect(await elsewhere(id, proof)).toMatchObject({ http: 404, code: 'login_unknown' })
    expect(await (await app())(id, proof)).toMatchObject({ code: 'return_to_not_covered' })
    expect(await ask(id, proof)).toMatchObject({ http: 200, account: { id: user.id } })
  })

  it('a login whose end is not known yet is pending, and its proof works later', async () => {
    await x('POST', 'faults', { path: '/2/users/me', fault: 'status:503' })
    const user = await newUser()
    const path = `/login?return_to=${encodeURIComponent(AFTER)}`
    const { back, cookie } = await approve(user.username, path)
    const [ask, other] = [
      await app('https://app.example.com'),
      await app('https://app.example.com'),
    ]
    const page = await (await perch(back, { headers: { cookie } })).text()
    const [, id = '', proof = ''] = /login=([\w-]{43})\.([\w-]{43})/.exec(page) ?? []
    for (const each of [ask, other])
      expect(await each(id, proof)).toMatchObject({ status: 'pending', return_to: AFTER })
    expect(await ask(id, `${proof}x`)).toMatchObject({ http: 403, code: 'proof_wrong' })
    await runDurableObjectAlarm(env.LOGIN.getByName(id))
    expect(await other(id, proof)).toMatchObject({ status: 'complete', account: { id: user.id } })
    expect(await ask(id, proof)).toMatchObject({ http: 403, code: 'proof_spent' })
  })
})

/** Perch in this very isolate, the emulator on its port, and a person with a browser between them. */
import { abortAllDurableObjects, runInDurableObject } from 'cloudflare:test'
import { env, exports } from 'cloudflare:workers'
import { afterEach, beforeEach, vi } from 'vitest'
import type { App } from '../../src/app/app'
import type { VaultAccount, VaultOAuth2 } from '../../src/store/vault'
import { consume } from '../../src/sweep/consumer'
import { sweep } from '../../src/sweep/sweep'

export const PERCH = 'https://perch.example.com'
export const ADMIN = { authorization: 'Bearer admin-key-of-the-tests-0123456789abcdef' }

/** A request to Perch, as it arrives at the edge. */
export const perch = (path: string, init: RequestInit = {}): Promise<Response> =>
  exports.default.fetch(new Request(PERCH + path, { redirect: 'manual', ...init }))

/** A request with the admin key, or another; the answer as JSON, its HTTP status beside it as `http`. */
export async function api(path: string, init: RequestInit = {}) {
  const response = await perch(path, { ...init, headers: { ...ADMIN, ...init.headers } })
  const text = await response.text()
  return { ...(text === '' ? {} : JSON.parse(text)), http: response.status }
}

/** What the emulator's control answers, as far as it is looked at here. */
interface Control {
  calls: { path: string; grant_type?: string; outcome: string }[]
  grants: { live: boolean; access_token: string; refresh_token: string }[]
}

/** The emulator's control. */
export async function x(method: string, path: string, body?: unknown) {
  const init = body === undefined ? { method } : { method, body: JSON.stringify(body) }
  return (await fetch(`${env.X_API_ORIGIN}/_emulator/${path}`, init)).json<Control>()
}

/** The calls X saw since it was last asked to forget them. */
export async function callsTo(path: string): Promise<Control['calls']> {
  const { calls } = await x('GET', 'calls')
  return calls.filter((call) => call.path === path)
}

/** KV's copy of an account that is there, without its version. */
export async function copyOf(id: string): Promise<VaultAccount & { oauth2: VaultOAuth2 }> {
  const stored = await env.VAULT.get<VaultAccount & { v: number }>(`account/${id}`, 'json')
  if (!stored?.oauth2) throw new Error(`KV has no grant of ${id}`)
  const { v: _, ...copy } = stored
  return { ...copy, oauth2: stored.oauth2 }
}

let users = 1_000_000

/** A new person at X, whom no other test knows. */
export async function newUser(): Promise<{ id: string; username: string }> {
  users += 1
  const user = { id: String(users), username: `user${users}` }
  await x('POST', 'users', user)
  return user
}

/** The emulator as it was at first, knowing our callback. */
export async function resetX(): Promise<void> {
  await x('POST', 'reset')
  await x('PUT', 'app', { callbacks: [`${PERCH}/callback`] })
}

/** Begins a login in a browser and approves it at X: where X sends the browser, and its cookie. */
export async function approve(username: string, path = '/login') {
  const begun = await perch(path)
  const cookie = begun.headers.get('set-cookie')?.split(';')[0] ?? ''
  const back = await atX(begun.headers.get('location') ?? '', username)
  return { back: back.slice(PERCH.length), cookie }
}

/** What a person does on X's page. */
export async function atX(authorizeUrl: string, username: string, decision = 'authorize') {
  const body = new URLSearchParams({ username, decision })
  const answer = await fetch(authorizeUrl, { method: 'POST', body, redirect: 'manual' })
  await answer.body?.cancel()
  return answer.headers.get('location') ?? ''
}

/** A person who is connected. */
export async function connect(): Promise<{ id: string; username: string }> {
  const user = await newUser()
  const { back, cookie } = await approve(user.username)
  const page = await perch(back, { headers: { cookie } })
  if (page.status !== 200) throw new Error(`${page.status} ${await page.text()}`)
  await page.body?.cancel()
  return user
}

/** Moves Perch's clock; the emulator's stays. */
export function later(seconds: number): void {
  vi.setSystemTime(Date.now() + seconds * 1000)
}

/** The object `App` lets no refresh leave, whatever it is asked, until the spy is restored. */
export function haltAll() {
  const halted = { get: () => async () => ({ obstacle: { code: 'app_halted' }, isWatching: true }) }
  return vi.spyOn(env.APP, 'getByName').mockReturnValue(new Proxy({}, halted) as never)
}

/** What was logged as this event, from now on. */
export function logged(event: string): () => unknown[] {
  const lines = vi.spyOn(console, 'log')
  return () =>
    lines.mock.calls
      .map(([line]) => JSON.parse(String(line)))
      .filter((line) => line.event === event)
}

/** The app's object as it was on the first day. */
export async function forgetApp(): Promise<void> {
  await runInDurableObject(env.APP.getByName('app'), (_: App, state) => state.storage.deleteAll())
  await abortAllDurableObjects()
}

/** Keeps what is put into the queue from now on, instead of having it delivered. */
export function catchQueue() {
  const bodies: unknown[] = []
  const sendBatch = vi.spyOn(env.DUE, 'sendBatch').mockImplementation(async (messages) => {
    for (const { body } of messages) bodies.push(structuredClone(body))
    return {} as never
  })
  return { bodies, sendBatch }
}

/** Runs a sweep. @returns what it queued, and where more goes from now on */
export async function queuedBySweep(): Promise<unknown[]> {
  const { bodies } = catchQueue()
  await sweep(env, Date.now())
  return bodies
}

/** Runs a sweep, and whatever it queued. */
export async function sweepThrough(): Promise<void> {
  const bodies = await queuedBySweep()
  for (let body = bodies.shift(); body !== undefined; body = bodies.shift())
    await consume(env, body)
}

/** The refreshes that X saw. */
export const refreshes = async () =>
  (await callsTo('/2/oauth2/token')).filter((call) => call.grant_type === 'refresh_token')

/** Sweeps of other tests have nothing to do with these accounts. */
async function emptyVault(): Promise<void> {
  for (;;) {
    const { keys, list_complete } = await env.VAULT.list({ prefix: 'account/' })
    await Promise.all(keys.map(({ name }) => env.VAULT.delete(name)))
    if (list_complete) return
  }
}

/** Each test of a file has X and the app as on the first day, a clock of its own, and no accounts of others. */
export function useFreshWorld(): void {
  beforeEach(async () => {
    await resetX()
    await forgetApp()
    vi.useFakeTimers({ toFake: ['Date'] })
  })
  afterEach(async () => {
    vi.useRealTimers()
    vi.restoreAllMocks()
    await emptyVault()
  })
}

/** Counts the rows an object writes: by the runtime where a cursor tells; an alarm set or deleted is a row each. */
export function countRows({ storage }: DurableObjectState): () => number {
  const { sql } = storage
  let written = 0
  const exec = sql.exec.bind(sql)
  vi.spyOn(sql, 'exec').mockImplementation(((query: string, ...bindings: unknown[]) => {
    const cursor = exec(query, ...bindings)
    written += cursor.rowsWritten
    return cursor
  }) as typeof sql.exec)
  const set = vi.spyOn(storage, 'setAlarm')
  const away = vi.spyOn(storage, 'deleteAlarm')
  return () => written + set.mock.calls.length + away.mock.calls.length
}

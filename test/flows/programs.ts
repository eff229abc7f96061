/** A program that calls Perch's API with a key. */
import { expect } from 'vitest'
import { eventually } from '../eventually.ts'
import type { XUser } from './emulators.ts'
import { pairOf } from './tokens.ts'
import { decide } from './visitors.ts'
import { ADMIN_KEY, type World } from './worlds.ts'

export interface Account {
  id: string
  username: string
  name: string
  status: string
  grants: string[]
  generation: number
  expires_at: number
  due_at: number | null
  oauth2: { scope: string; failure?: { code: string; message: string } } & GrantState
  oauth1?: { api_key: string } & GrantState
}

interface GrantState {
  obtained_at: number
  unconfirmed?: true
  ended?: { reason: string; since: number }
}

export interface Lease {
  access_token: string
  token_type: string
  expires_at: number
  expires_in: number
  scope: string
  generation: number
  degraded?: { reason: string; since: number; detail: string; retry_after?: number }
}

export interface MadeLogin {
  id: string
  login_url: string
  authorize_url: string
  expires_at: number
}

export type Program = ReturnType<typeof program>

/** Calls with this key; `null` sends none. */
export function program(world: World, key: string | null = ADMIN_KEY) {
  const send = (
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Response> =>
    fetch(`${world.perch}${path}`, {
      method,
      headers: { ...(key ? { authorization: `Bearer ${key}` } : {}), ...headers },
      ...(body === undefined
        ? {}
        : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })

  /** The JSON of a call that must succeed. */
  async function json<T>(method: string, path: string, body?: unknown): Promise<T> {
    const response = await send(method, path, body)
    const text = await response.text()
    expect(response.ok, `${method} ${path}: ${text}`).toBe(true)
    return JSON.parse(text) as T
  }

  const begin = (body: unknown = {}) => json<MadeLogin>('POST', '/v1/logins', body)
  const account = (id: string) => json<Account>('GET', `/v1/accounts/${id}`)

  /** Connects a user, a fresh one unless named. */
  async function connect(user?: XUser, login: unknown = {}): Promise<Account> {
    const { username } = user ?? (await world.emulator.user())
    const { id, authorize_url } = await begin(login)
    const response_url = await decide(authorize_url, username)
    return json<Account>('POST', `/v1/logins/${id}/complete`, { response_url })
  }

  /** Connects a user, a fresh one unless named, by this flow. */
  async function connectBy(
    flow: 'oauth2' | 'oauth1' | 'signin',
    login: Record<string, unknown> = {},
    user?: XUser,
  ): Promise<Account> {
    return connect(user, { flow, ...login })
  }

  /** Connects a user whose token is due at once and valid a while: nobody knows how long it has lived already. */
  async function connectDue(): Promise<Account> {
    const { id, username } = await world.emulator.user()
    const { access_token, refresh_token, scope } = await pairOf(world, username)
    const body = { access_token, refresh_token, scope }
    const made = await json<Account>('PUT', `/v1/accounts/${id}/grants/oauth2`, body)
    await world.emulator.forgetCalls()
    return made
  }

  /** Connects users whose tokens expire in a moment, and waits for it; their next ones live two hours. */
  async function connectExpired(count = 1): Promise<[Account, ...Account[]]> {
    const made: Account[] = []
    while (made.length < count) made.push(await connect())
    // By a refresh: a login asks X for the name too, and the token may have expired by then. It may even have expired
    // before the refresh answers, so the account tells whether there is a new pair, not the answer.
    await world.emulator.app({ access_token_ttl: 1 })
    for (const { id } of made) await send('POST', `/v1/accounts/${id}/refresh`)
    await world.emulator.app({ access_token_ttl: 7200 })
    await world.emulator.forgetCalls()
    const accounts = await Promise.all(made.map(({ id }) => account(id)))
    for (const [n, { generation }] of accounts.entries())
      expect(generation).toBeGreaterThan(made[n]?.generation ?? 0)
    const last = Math.max(...accounts.map(({ expires_at }) => expires_at))
    await eventually(() => expect(Date.now() / 1000).toBeGreaterThanOrEqual(last), 5000)
    return accounts as [Account, ...Account[]]
  }

  return {
    send,
    json,
    begin,
    account,
    lease: (id: string, query = '') => json<Lease>('GET', `/v1/accounts/${id}/token${query}`),
    tryLease: (id: string, query = '') => send('GET', `/v1/accounts/${id}/token${query}`),
    complete: (id: string, body: unknown) => send('POST', `/v1/logins/${id}/complete`, body),
    connect,
    connectBy,
    connectDue,
    connectExpired,
  }
}

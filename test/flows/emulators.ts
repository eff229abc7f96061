/** The emulator as tests steer and watch it. */
import { expect } from 'vitest'

export interface Call {
  seq: number
  method: string
  path: string
  grant_type?: string
  fault?: string | null
  status?: number
  outcome: string
  auth?: 'basic' | 'body' | 'none' | 'oauth1'
  has_client_secret_in_body?: boolean
  query: boolean
  user_id?: string
}

export interface Grant {
  kind: string
  client_id: string
  access_token_secret?: string
  user_id: string
  username: string
  scope: string
  live: boolean
  ended: string | null
  access_token: string | null
  refresh_token: string | null
}

export interface XUser {
  id: string
  username: string
  name: string
}

export const TOKEN = '/2/oauth2/token'
export const REVOKE = '/2/oauth2/revoke'
export const ME = '/2/users/me'
export const REQUEST_TOKEN = '/oauth/request_token'
export const ACCESS_TOKEN = '/oauth/access_token'
export const INVALIDATE = '/1.1/oauth/invalidate_token'
export const APP_TOKEN = '/oauth2/token'
export const APP_INVALIDATE = '/oauth2/invalidate_token'

/** Ways in which X fails to do, or to answer, what it was asked. */
export const FAULTS = [
  'status:503',
  'status:429',
  'html',
  'html:200',
  'drop_before',
  'drop_after_commit',
]

export type Emulator = ReturnType<typeof emulatorAt>

/** Speaks to the emulator's control API at this origin. */
export function emulatorAt(origin: string) {
  let users = 0

  async function control<T>(method: string, path: string, body?: unknown): Promise<T> {
    const init = body === undefined ? { method } : { method, body: JSON.stringify(body) }
    const response = await fetch(`${origin}/_emulator/${path}`, init)
    const answer = await response.json()
    expect(response.ok, JSON.stringify(answer)).toBe(true)
    return answer as T
  }

  const calls = async (path?: string): Promise<Call[]> => {
    const query = path === undefined ? '' : `?path=${path}`
    return (await control<{ calls: Call[] }>('GET', `calls${query}`)).calls
  }

  return {
    /** Changes the first app, or the one of this client id. */
    app: (changes: Record<string, unknown>, clientId?: string) =>
      control('PUT', clientId === undefined ? 'app' : `app?client_id=${clientId}`, changes),
    reset: () => control('POST', 'reset'),
    advance: (seconds: number) => control('POST', 'clock', { advance_seconds: seconds }),
    calls,
    /** The calls to the token endpoint, with this grant type. */
    tokenCalls: async (grantType = 'authorization_code') =>
      (await calls(TOKEN)).filter((call) => call.grant_type === grantType),
    fault: (fault: string, path = TOKEN, times = 1) =>
      control('POST', 'faults', { path, fault, times }),
    forgetCalls: () => control('DELETE', 'calls'),
    forgetFaults: () => control('DELETE', 'faults'),
    /** Grants, the newest one last. */
    grants: async (username?: string): Promise<Grant[]> => {
      const query = username === undefined ? '' : `?username=${username}`
      return (await control<{ grants: Grant[] }>('GET', `state${query}`)).grants
    },
    /** The user takes the app's access away; or grants of one kind end, as by X. */
    revoke: (username: string, kind?: 'oauth1' | 'oauth2') =>
      control('POST', 'revoke', { username, ...(kind ? { kind } : {}) }),
    /** A user's OAuth 1.0a token for the app, without a login. */
    userToken: (username: string) =>
      control<{ access_token: string; access_token_secret: string }>('POST', 'tokens', {
        username,
      }),
    /** A user nobody else uses. */
    user: async (): Promise<XUser> => {
      users += 1
      const user = {
        id: String(7_000_000_000 + users),
        username: `u${users}`,
        name: `User ${users}`,
      }
      await control('POST', 'users', user)
      return user
    },
    /** What X answers to "who am I" with this access token. */
    me: (token: string) => fetch(origin + ME, { headers: { authorization: `Bearer ${token}` } }),
  }
}

/** The emulator: what is ordered of it, and what it saw. */
const TOKEN = '/2/oauth2/token'
const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange'

/** A refresh as the emulator lists it. */
export interface Call {
  seq: number
  /** Unix seconds with a fraction. */
  at: number
  /** Whose token was presented. */
  user_id?: string
  grant_type?: string
  fault?: string
  /** `rotated`, or why not. */
  outcome: string
  why?: string
}

export type X = ReturnType<typeof emulatorAt>

export function emulatorAt(origin: string) {
  async function control<T>(method: string, path: string, body?: unknown): Promise<T> {
    const init = body === undefined ? { method } : { method, body: JSON.stringify(body) }
    const response = await fetch(`${origin}/_emulator/${path}`, init)
    if (!response.ok)
      throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`)
    return (await response.json()) as T
  }

  async function calls(grantType: string, after: number): Promise<Call[]> {
    const path = `calls?path=${TOKEN}&since=${after}`
    const { calls: all } = await control<{ calls: Call[] }>('GET', path)
    return all.filter((call) => call.grant_type === grantType)
  }

  return {
    answers: () =>
      control('GET', 'state?limit=1').then(
        () => true,
        () => false,
      ),
    app: (changes: { access_token_ttl?: number; callbacks?: string[] }) =>
      control('PUT', 'app', changes),
    users: async (names: string[]) => {
      const users = names.map((username) => ({ username }))
      return (await control<{ users: { id: string; username: string }[] }>('POST', 'users', users))
        .users
    },
    /** The next refreshes go wrong. */
    order: (fault: string, times: number | 'always' = 1) =>
      control('POST', 'faults', { path: TOKEN, grant_type: 'refresh_token', fault, times }),
    /** The next exchange of an OAuth 1.0a token goes wrong. */
    orderExchange: (fault: string) =>
      control('POST', 'faults', { path: TOKEN, grant_type: EXCHANGE, fault, times: 1 }),
    /** A user's OAuth 1.0a token, without a login. */
    userToken: (username: string) =>
      control<{ access_token: string; access_token_secret: string }>('POST', 'tokens', {
        username,
      }),
    /** How many faults have met no call yet. */
    waiting: async () => (await control<{ faults: unknown[] }>('GET', 'faults')).faults.length,
    forgetFaults: () => control('DELETE', 'faults'),
    /** Every refresh so far, in order, that came after the call of this number. */
    refreshes: (after = 0): Promise<Call[]> => calls('refresh_token', after),
    /** Every exchange of an OAuth 1.0a token so far, in order. */
    exchanges: (): Promise<Call[]> => calls(EXCHANGE, 0),
    /** A person says yes. @returns where X sends the browser */
    approve: async (authorizeUrl: string, username: string): Promise<string> => {
      const body = new URLSearchParams({ username, decision: 'authorize' })
      const response = await fetch(authorizeUrl, { method: 'POST', body, redirect: 'manual' })
      await response.arrayBuffer()
      return response.headers.get('location') ?? ''
    },
    /** Whether X takes this token, and for whom. */
    whoIs: async (token: string): Promise<string | undefined> => {
      const headers = { authorization: `Bearer ${token}` }
      const response = await fetch(`${origin}/2/users/me`, { headers })
      const { data } = (await response.json()) as { data?: { id: string } }
      return response.status === 200 ? data?.id : undefined
    },
  }
}

/** A reply that does not end is given up after this. */
const STALLED_MS = 90_000

/** Milliseconds that the reply was held back for on purpose. */
export const delayOf = ({ fault }: Call): number =>
  fault?.startsWith('stall:')
    ? STALLED_MS
    : Number(/^(?:delay_reply|slow):(\d+)$/.exec(fault ?? '')?.[1] ?? 0)

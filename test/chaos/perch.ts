/** Perch, as a program that uses it sees it. While it is down or coming back, an answer is `undefined`. */
import type { ToldEvent } from './receiver.ts'

const CALL_TIMEOUT_MS = 30_000

export interface Lease {
  access_token: string
  expires_in: number
  generation: number
  degraded?: { reason: string; detail: string }
}

export interface Account {
  id: string
  status: string
  generation: number
  grants?: string[]
  oauth2?: {
    ended?: { reason: string; since: number }
    failure?: { code: string; message: string; at: number }
    rotations_24h: number
  }
}

/** How the app fares. */
export interface Status {
  state: string
  halt: { reason: string } | null
  last_halt: { reason: string } | null
  breaker: { message: string; since: number } | null
}

export interface Answer<T> {
  status: number
  /** Of the problem, where it is one. */
  code?: string
  body: T
}

export type Perch = ReturnType<typeof perchAt>

export function perchAt(origin: string, adminKey: string) {
  async function call<T>(
    method: string,
    path: string,
    body?: unknown,
  ): Promise<Answer<T> | undefined> {
    try {
      const response = await fetch(`${origin}${path}`, {
        method,
        headers: { authorization: `Bearer ${adminKey}` },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(CALL_TIMEOUT_MS),
      })
      const json = (await response.json()) as T & { code?: string }
      return { status: response.status, body: json, ...(json.code ? { code: json.code } : {}) }
    } catch {
      // No connection, a broken one, or wrangler's own words: Perch did not answer.
      return undefined
    }
  }

  return {
    answers: async () => (await call('GET', '/healthz')) !== undefined,
    lease: (id: string, query = '') => call<Lease>('GET', `/v1/accounts/${id}/token${query}`),
    refresh: (id: string) => call<Lease>('POST', `/v1/accounts/${id}/refresh`),
    account: (id: string) => call<Account>('GET', `/v1/accounts/${id}`),
    accounts: () => call<{ accounts: Account[] }>('GET', '/v1/accounts?limit=1000'),
    status: () => call<Status>('GET', '/v1/status'),
    /** Has events delivered to this address. @returns the secret */
    endpoint: async (url: string): Promise<string> => {
      const made = await call<{ secret: string }>('POST', '/v1/endpoints', { url })
      if (made?.status !== 201) throw new Error(`No endpoint: ${JSON.stringify(made)}`)
      return made.body.secret
    },
    /** Every event that there is, the oldest first. @throws Error when Perch does not say */
    events: async (): Promise<ToldEvent[]> => {
      const all: ToldEvent[] = []
      for (let after = 0, more = true; more; ) {
        const page = await call<{ events: ToldEvent[]; after: number; more: boolean }>(
          'GET',
          `/v1/events?limit=1000&after=${after}`,
        )
        if (page?.status !== 200) throw new Error(`No events: ${JSON.stringify(page)}`)
        all.push(...page.body.events)
        ;({ after, more } = page.body)
      }
      return all
    },
    /** What attempts have left in the record of an account's object. */
    traces: (id: string) => call<string[]>('GET', `/chaos/traces/${id}`),
    /** Ends the instance of the account's object that runs now. @returns whether it was reached */
    move: (id: string) =>
      fetch(`${origin}/chaos/move/${id}`, {
        method: 'POST',
        signal: AbortSignal.timeout(CALL_TIMEOUT_MS),
      }).then(
        (response) => response.ok,
        () => false,
      ),
    sweep: () =>
      fetch(`${origin}/cdn-cgi/handler/scheduled?cron=*/5+*+*+*+*`, {
        signal: AbortSignal.timeout(CALL_TIMEOUT_MS),
      }).then(
        (response) => response.ok,
        () => false,
      ),
    /** Gives an account an OAuth 1.0a grant too. @throws Error when Perch does not take it */
    bringUserToken: async (
      id: string,
      token: { access_token: string; access_token_secret: string },
    ): Promise<void> => {
      const body = {
        oauth_token: token.access_token,
        oauth_token_secret: token.access_token_secret,
      }
      const brought = await call('PUT', `/v1/accounts/${id}/grants/oauth1`, body)
      if (brought?.status !== 200)
        throw new Error(`A token was not taken in: ${JSON.stringify(brought)}`)
    },
    /** A whole login, the person at X included. @throws Error when Perch does not take it */
    connect: async (approve: (authorizeUrl: string) => Promise<string>): Promise<void> => {
      const begun = await call<{ id: string; authorize_url: string }>('POST', '/v1/logins', {})
      if (begun?.status !== 201) throw new Error(`A login was not begun: ${JSON.stringify(begun)}`)
      const response_url = await approve(begun.body.authorize_url)
      const done = await call('POST', `/v1/logins/${begun.body.id}/complete`, { response_url })
      if (done?.status !== 200)
        throw new Error(`A login was not completed: ${JSON.stringify(done)}`)
    },
  }
}

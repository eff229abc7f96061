/** Runs a strategy of Passport as Passport does, without a web framework. */

export interface Session {
  [key: string]: unknown
}

interface Strategy {
  authenticate: (request: unknown, options?: unknown) => void
}

/** What came of one request: a redirect to X, or a user. */
export function authenticate(
  strategy: object,
  url: URL,
  session: Session,
): Promise<{ to?: string; user?: unknown }> {
  return new Promise((resolve, reject) => {
    const acted = Object.create(strategy, {
      redirect: { value: (to: string) => resolve({ to }) },
      success: { value: (user: unknown) => resolve({ user }) },
      fail: { value: (why: unknown) => reject(new Error(JSON.stringify(why))) },
      error: { value: reject },
    }) as Strategy
    const query = Object.fromEntries(url.searchParams)
    acted.authenticate({
      query,
      session,
      headers: { host: url.host },
      url: url.pathname + url.search,
    })
  })
}

import table from './rate-limits.json' with { type: 'json' }

/** How often an operation may be called in 15 minutes: by the app for itself, and by the app for one user. */
export interface RateLimit {
  app: number
  user: number
}

/** For operations whose limit X's page does not have. */
const UNKNOWN = 900

const LIMITS = new Map(
  Object.entries(table.limits as unknown as Record<string, [number | null, number | null]>),
)

/**
 * X's own limit of an operation. Where X's page has one of the two alone, it stands for both: X takes some
 * operations by a kind of token that its page has no limit for.
 *
 * @param name - method and path template, such as `GET /2/users/me`
 * @see X docs, Rate limits
 */
export function rateLimitOf(name: string): RateLimit {
  const [app, user] = LIMITS.get(name) ?? [null, null]
  return { app: app ?? user ?? UNKNOWN, user: user ?? app ?? UNKNOWN }
}

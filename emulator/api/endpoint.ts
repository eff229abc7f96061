import type { Kind } from '../store/grants.ts'
import type { RateLimit } from './rate-limit.ts'

/** An API endpoint of X: what it needs, and how often it may be called. */
export interface Endpoint {
  name: string
  version: '1.1' | '2'
  /** Which kinds of access it takes, in the order that X names them in. */
  kinds: readonly Kind[]
  /** What an OAuth 2.0 token needs. */
  scopes: readonly string[]
  /** Whether an OAuth 1.0a token needs more than `read`. */
  writes: boolean
  limit: RateLimit
  /** The query parameters that it takes. Left out: any. */
  query?: readonly string[]
}

/** The kinds of access for which there is a user. */
export const USER_KINDS = ['oauth1', 'oauth2'] as const

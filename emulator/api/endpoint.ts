import type { Kind } from '../store/grants.ts'

/** An API endpoint of X: what it needs, and how often a user may call it in 15 minutes. */
export interface Endpoint {
  name: string
  version: '1.1' | '2'
  /** Which kinds of access it takes, in the order that X names them in. */
  kinds: readonly Kind[]
  /** What an OAuth 2.0 token needs. */
  scopes: readonly string[]
  /** Whether an OAuth 1.0a token needs more than `read`. */
  writes: boolean
  limit: number
  /** The query parameters that it takes. Left out: any. */
  query?: readonly string[]
}

/** The kinds of access for which there is a user. */
export const USER_KINDS = ['oauth1', 'oauth2'] as const

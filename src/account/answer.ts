/** What comes back of a refresh or an exchange, as it travels from the carrier to the account's object. Types alone. */
import type { VaultOAuth2 } from '../store/vault'
import type { NotGranted } from '../x/answer'

/** What a refresh brings when X grants it, sealed. */
export type Rotation = Pick<VaultOAuth2, 'accessToken' | 'expiresAt' | 'dueAt'> &
  Partial<Pick<VaultOAuth2, 'refreshToken' | 'scope' | 'clientId'>>

/**
 * What came back of a refresh: a new pair, sealed, or why there is none. It travels from the carrier to the account's
 * object like this, so it holds no secret in the clear.
 */
export type RefreshAnswer =
  /** `nonconformity`: how X's reply differs from what the RFCs say. */
  { rotation: Rotation; nonconformity?: string | undefined } | NoPair

/** The answer to a refresh that brought no pair: the reason, and what X said. */
export type NoPair =
  | Exclude<NotGranted, { kind: 'unknown' }>
  /** The token never left Perch. */
  | { kind: 'not_sent'; message: string }
  /** X exchanges no tokens for this app, though the OAuth 1.0a token is good. */
  | { kind: 'unavailable'; message: string }
  /** With `cut`: X has acted, its reply broke off, and at most the access token arrived. */
  | { kind: 'unknown'; message: string; cut?: { rotation: Rotation | undefined } }

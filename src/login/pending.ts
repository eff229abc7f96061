/** What is remembered of a login until its callback, sealed as one piece. */
import type { Keyring } from '../crypto/keyring'
import { open, type Sealed, seal } from '../crypto/seal'
import type { Flow } from '../env'
import { Secret } from '../secret'
import { pendingPlace } from '../store/pending'
import type { Authorization } from '../x/authorize'

export interface PendingLogin extends Authorization {
  flow: Flow
  /** What the login cookie of the browser holds that began, or opens `login_url`. */
  binding: Secret
  /** Stands in `login_url` only. */
  ticket?: Secret
  returnTo?: string
  /** The caller that made this login; absent when a browser began it. */
  maker?: Maker
  /** Unix seconds. */
  expiresAt: number
}

/** A caller, and the accounts it is limited to, if it is. */
export interface Maker {
  id: string
  accounts?: readonly string[]
}

const SECRETS = ['state', 'codeVerifier', 'binding', 'ticket'] as const

/** Every login has an id that says nothing: the hash of its `state`, which also names KV key and object. */
export const LOGIN_ID = /^[A-Za-z0-9_-]{43}$/

export function sealPending(keyring: Keyring, id: string, pending: PendingLogin): Promise<Sealed> {
  const plain: Record<string, unknown> = { ...pending }
  for (const field of SECRETS) plain[field] = pending[field]?.reveal()
  return seal(keyring, new Secret(JSON.stringify(plain)), pendingPlace(id))
}

/** @throws Failure `sealed_unreadable` */
export async function openPending(
  keyring: Keyring,
  id: string,
  sealed: Sealed,
): Promise<PendingLogin> {
  const opened = await open(keyring, sealed, pendingPlace(id))
  // Sealed by us and unaltered, so its shape is ours.
  const plain = JSON.parse(opened.reveal())
  for (const field of SECRETS)
    if (plain[field] !== undefined) plain[field] = new Secret(plain[field])
  return plain
}

/**
 * What a browser remembers of a login that it opened: its cookie, sealed for this login, so that nobody else can make
 * one, and nothing that rests in KV can be used as one.
 */
import { hash } from '../crypto/hash'
import type { Keyring } from '../crypto/keyring'
import { randomText } from '../crypto/random'
import { openJson, sealJson } from '../crypto/sealed-json'
import { LOGIN_COOKIE_MAX_CHARS } from '../limits'
import { Secret } from '../secret'
import { stamped, upToDate } from '../store/version'
import { COOKIE } from './migrations'
import type { PendingLogin } from './pending'

/** A cookie, opened. */
export interface Remembered {
  /** Drawn for each opening: somebody who passes a link on has opened it too, and is not the browser that completes it. */
  nonce: Secret
  /** Unix seconds. */
  expiresAt: number
  /** The pending state of a login that a browser began, where it fits; else KV has it. */
  pending?: PendingLogin
}

const cookiePlace = (id: string): string => `cookie/${id}`

/**
 * A cookie for one more browser that opens this login, and whether the login can be completed by it alone. A login that
 * a caller made needs KV: what that caller may do stands there.
 */
export async function newCookie(
  keyring: Keyring,
  id: string,
  pending: PendingLogin,
): Promise<{ text: Secret; isEnough: boolean }> {
  const nonce = new Secret(randomText())
  const { expiresAt } = pending
  const seal = async (remembered: Remembered) =>
    new Secret(await sealJson(keyring, stamped(remembered, COOKIE), cookiePlace(id)))
  if (!pending.creator) {
    const text = await seal({ nonce, expiresAt, pending })
    if (text.length <= LOGIN_COOKIE_MAX_CHARS) return { text, isEnough: true }
  }
  return { text: await seal({ nonce, expiresAt }), isEnough: false }
}

/** Opens what {@link newCookie} made for this login; undefined for whatever else a browser may bring. */
export async function openCookie(
  keyring: Keyring,
  id: string,
  text: string | undefined,
): Promise<Remembered | undefined> {
  if (!text?.startsWith('v1.')) return undefined
  try {
    return upToDate<Remembered>(await openJson<object>(keyring, text, cookiePlace(id)), COOKIE)
  } catch {
    return undefined
  }
}

/**
 * The proof that a browser holds this cookie. It is derived, so that every callback of a browser gives the same one.
 */
export async function proofOf({ nonce }: Pick<Remembered, 'nonce'>): Promise<Secret> {
  return new Secret(await hash(`perch login proof ${nonce.reveal()}`))
}

/** The hash of a cookie's proof: all that the login's object keeps of it. */
export async function proofHashOf(remembered: Pick<Remembered, 'nonce'>): Promise<string> {
  return hash((await proofOf(remembered)).reveal())
}

import { Failure } from '../failure'
import { Secret } from '../secret'
import { fromBase64, text, toBase64url, utf8 } from './bytes'
import type { Keyring } from './keyring'

/** Text of the form `v1.<key id>.<iv>.<ciphertext>`. */
export type Sealed = string

const IV_BYTES = 12

/** Seals with the keyring's first key, for one place. */
export async function seal(keyring: Keyring, secret: Secret, place: string): Promise<Sealed> {
  const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES))
  const key = keyring.keys.get(keyring.first)!
  const bytes = await crypto.subtle.encrypt(gcm(iv, place), key, utf8(secret.reveal()))
  return `v1.${keyring.first}.${toBase64url(iv)}.${toBase64url(bytes)}`
}

/**
 * Opens what {@link seal} made for the same place.
 *
 * @throws Failure `sealed_unreadable` when its key is not in the keyring, or it was altered or moved.
 */
export async function open(keyring: Keyring, sealed: Sealed, place: string): Promise<Secret> {
  const [version, id = '', iv = '', bytes = '', ...rest] = sealed.split('.')
  if (version !== 'v1' || rest.length > 0)
    throw new Failure('sealed_unreadable', `${place} is not a v1 envelope.`)
  const key = keyring.keys.get(id)
  if (!key)
    throw new Failure('sealed_unreadable', `${place} was sealed with key ${id}, which is missing.`)
  try {
    const opened = await crypto.subtle.decrypt(gcm(fromBase64(iv), place), key, fromBase64(bytes))
    return new Secret(text(opened))
  } catch {
    throw new Failure('sealed_unreadable', `${place} was altered, or sealed for another place.`)
  }
}

/** The id of the key that sealed this. */
export const keyIdOf = (sealed: Sealed): string => sealed.split('.')[1] ?? ''

const gcm = (iv: Uint8Array<ArrayBuffer>, place: string) => ({
  name: 'AES-GCM',
  iv,
  additionalData: utf8(place),
})

/** Cookies of the former build, for the ten minutes that its last logins live after a deploy. */
import { hash, sameSecret } from '../crypto/hash'
import { Secret } from '../secret'
import type { Remembered } from './cookie'
import type { PendingLogin } from './pending'

/**
 * What a cookie of the former build remembers, whose form was `<nonce>.<mark>`; undefined: it is not one of this login.
 * Its proof was derived from the whole text, which so takes the place of the nonce.
 */
export async function openFormerCookie(
  { browserSecret, expiresAt }: PendingLogin,
  text: string | undefined,
): Promise<Remembered | undefined> {
  const [nonce = ''] = text?.split('.') ?? []
  const mark = await hash(`perch login cookie ${nonce} ${browserSecret.reveal()}`)
  const isOfThis = text !== undefined && (await sameSecret(text, `${nonce}.${mark}`))
  return isOfThis ? { nonce: new Secret(text), expiresAt } : undefined
}

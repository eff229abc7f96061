/** Which browser a login belongs to: its cookie, and the proof that it is given when it comes back. */
import { hash, sameSecret } from '../crypto/hash'
import { randomText } from '../crypto/random'
import { Secret } from '../secret'

/**
 * A cookie for one more browser that opens this login. Each opening gets its own: somebody who passes a
 * login link on has opened it too, and must not be taken for the browser that completes it.
 *
 * @param browserSecret - the login's own secret, from its pending state.
 */
export async function newCookie(browserSecret: Secret): Promise<Secret> {
  const nonce = randomText(16)
  return new Secret(`${nonce}.${await mark(browserSecret, nonce)}`)
}

/** Whether this login gave that cookie to some browser. */
export async function isCookieOf(browserSecret: Secret, cookie: Secret): Promise<boolean> {
  const [nonce = ''] = cookie.reveal().split('.')
  return sameSecret(cookie.reveal(), `${nonce}.${await mark(browserSecret, nonce)}`)
}

const mark = (browserSecret: Secret, nonce: string): Promise<string> =>
  hash(`perch login cookie ${nonce} ${browserSecret.reveal()}`)

/**
 * The proof that a browser holds this cookie. It is derived, so that every callback of a browser gives the same one.
 */
export async function proofOf(cookie: Secret): Promise<Secret> {
  return new Secret(await hash(`perch login proof ${cookie.reveal()}`))
}

/** The hash of a cookie's proof: all that the login's object keeps of it. */
export async function proofHashOf(cookie: Secret): Promise<string> {
  return hash((await proofOf(cookie)).reveal())
}

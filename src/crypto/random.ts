import { toBase64url } from './bytes'

/** `bytes` random bytes as base64url; 32 bytes make 43 characters that nobody guesses. */
export function randomText(bytes = 32): string {
  return toBase64url(crypto.getRandomValues(new Uint8Array(bytes)))
}

/** So many random bytes. */
export const randomBytes = (bytes: number): Uint8Array =>
  crypto.getRandomValues(new Uint8Array(bytes))

/** `bytes` random bytes as lower-case hex. */
export function randomHex(bytes: number): string {
  return randomBytes(bytes).toHex()
}

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
/** The largest multiple of 62 that a byte can hold: bytes from here on would make some characters likelier. */
const BASE62_BYTES = 248

/** Random letters and digits, all equally likely; 43 of them are 256 bits. */
export function randomBase62(chars: number): string {
  let drawn = ''
  while (drawn.length < chars)
    for (const byte of crypto.getRandomValues(new Uint8Array(chars)))
      if (byte < BASE62_BYTES) drawn += BASE62[byte % BASE62.length]
  return drawn.slice(0, chars)
}

/** Random hex digits, drawn ahead: one draw for many is cheaper, and a nonce is no secret. */
let drawn = ''

/** 128 random bits as 32 hex digits, for use once. */
export function newNonce(): string {
  if (drawn === '') drawn = randomHex(1024)
  const nonce = drawn.slice(0, NONCE_DIGITS)
  drawn = drawn.slice(NONCE_DIGITS)
  return nonce
}

const NONCE_DIGITS = 32

import { toBase64url } from './bytes'

/** `bytes` random bytes as base64url; 32 bytes make 43 characters that nobody guesses. */
export function randomText(bytes = 32): string {
  return toBase64url(crypto.getRandomValues(new Uint8Array(bytes)))
}

/** `bytes` random bytes as lower-case hex. */
export function randomHex(bytes: number): string {
  return crypto.getRandomValues(new Uint8Array(bytes)).toHex()
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

import { createHash } from 'node:crypto'

/** A method in any case, for X takes `s256` as well; left out it is `plain`. Undefined: no such method. */
export function challengeMethod(value: string | undefined): 'S256' | 'plain' | undefined {
  switch ((value ?? 'plain').toLowerCase()) {
    case 's256':
      return 'S256'
    case 'plain':
      return 'plain'
    default:
      return undefined
  }
}

/**
 * Whether the verifier belongs to the challenge.
 *
 * @see [RFC 7636 §4.6](https://www.rfc-editor.org/rfc/rfc7636.html#section-4.6)
 */
export function verifies(verifier: string, challenge: string, method: string): boolean {
  if (method === 'plain') return verifier === challenge
  return createHash('sha256').update(verifier).digest('base64url') === challenge
}

/** Text to bytes and back, as records and addresses need it. */

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** The bytes of a text in UTF-8. */
export const utf8 = (text: string): Uint8Array => encoder.encode(text)
/** The text of UTF-8 bytes. @throws TypeError when they are no UTF-8. */
export const text = (bytes: BufferSource): string => decoder.decode(bytes)

/** Bytes as base64url without padding. @see [RFC 4648 §5](https://www.rfc-editor.org/rfc/rfc4648.html#section-5) */
export const toBase64url = (bytes: ArrayBuffer | Uint8Array): string =>
  new Uint8Array(bytes).toBase64({ alphabet: 'base64url', omitPadding: true })

/**
 * Reads base64 in either alphabet, padded or not: keys are pasted as people have them.
 *
 * @throws SyntaxError when it is neither.
 */
export const fromBase64 = (encoded: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.fromBase64(
    encoded.replace(/[+/]/g, (c) => (c === '+' ? '-' : '_')),
    {
      alphabet: 'base64url',
    },
  )

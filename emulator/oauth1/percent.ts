/** Every byte as it stands in a percent-encoded text: unreserved as it is, all else as %XX in upper case. */
const ENCODED = Array.from({ length: 256 }, (_, byte) => {
  const character = String.fromCharCode(byte)
  const hex = byte.toString(16).toUpperCase().padStart(2, '0')
  return /[\w.~-]/.test(character) ? character : `%${hex}`
})

/**
 * Percent-encodes bytes, or a text's UTF-8 bytes, in the one way that a signature allows.
 *
 * @see [RFC 5849 §3.6](https://www.rfc-editor.org/rfc/rfc5849.html#section-3.6)
 */
export function percentEncode(value: string | Uint8Array): string {
  const bytes: Uint8Array = typeof value === 'string' ? Buffer.from(value, 'utf8') : value
  return Array.from(bytes, (byte) => ENCODED[byte]).join('')
}

/** The bytes that a percent-encoded text stands for. A `%` that begins no escape stands for itself. */
export function percentDecode(text: string): Buffer {
  const parts = text.split(/((?:%[0-9A-Fa-f]{2})+)/)
  const bytes = parts.map((part, index) =>
    index % 2 === 1 ? Buffer.from(part.replaceAll('%', ''), 'hex') : Buffer.from(part, 'utf8'),
  )
  return Buffer.concat(bytes)
}

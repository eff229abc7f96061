/**
 * Percent encoding as OAuth 1.0a wants it: everything but the unreserved characters, upper-case hex, of UTF-8 bytes.
 *
 * @see [RFC 5849 §3.6](https://www.rfc-editor.org/rfc/rfc5849.html#section-3.6), RFC 3986 §2.3
 */

/** Text that is encoded already; made of unreserved characters and `%XX`, so comparing it compares bytes. */
export type Encoded = string

/** Encodes text. `!*'()` are escaped on top of what encodeURIComponent does. @throws URIError for a lone surrogate. */
export function percentEncode(text: string): Encoded {
  if (UNRESERVED.test(text)) return text
  return encodeURIComponent(text).replace(/[!'()*]/g, (char) => ESCAPES[char] ?? char)
}

/**
 * Brings a name or value of a query or form body, as it stands there, into OAuth's encoding. It never becomes text on
 * the way, so bytes that are no UTF-8 stay what they are. A plus is a space there (RFC 5849 §3.4.1.3.1).
 */
export function recode(component: string): Encoded {
  if (UNRESERVED.test(component)) return component
  return component
    .replace(/\+/g, '%20')
    .replace(/%([0-9a-fA-F]{2})|[^A-Za-z0-9._~%-]+|%/g, (match, hex: string | undefined) => {
      if (hex === undefined) return percentEncode(match)
      const char = String.fromCharCode(Number.parseInt(hex, 16))
      return UNRESERVED.test(char) ? char : match.toUpperCase()
    })
}

const UNRESERVED = /^[A-Za-z0-9._~-]*$/

const ESCAPES: Record<string, string> = {
  '!': '%21',
  "'": '%27',
  '(': '%28',
  ')': '%29',
  '*': '%2A',
}

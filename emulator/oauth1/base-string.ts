import type { Param } from './params.ts'
import { percentEncode } from './percent.ts'

/**
 * The signature base string: method, base string URI and normalized parameters.
 *
 * @param params - every parameter that is signed; `oauth_signature` and `realm` are not
 * @see [RFC 5849 §3.4.1](https://www.rfc-editor.org/rfc/rfc5849.html#section-3.4.1)
 */
export function baseString(method: string, url: string, params: readonly Param[]): string {
  const parts = [method.toUpperCase(), baseStringUri(url), normalized(params)]
  return parts.map((part) => percentEncode(part)).join('&')
}

/**
 * Scheme and authority in lower case, the default port left out, the path as it is.
 *
 * @param url - absolute, as on the wire: nothing is escaped or resolved here
 * @see [RFC 5849 §3.4.1.2](https://www.rfc-editor.org/rfc/rfc5849.html#section-3.4.1.2)
 */
export function baseStringUri(url: string): string {
  const [, scheme = '', authority = '', path = ''] =
    /^([^:/?#]+):\/\/([^/?#]*)([^?#]*)/.exec(url) ?? []
  const protocol = scheme.toLowerCase()
  const host = authority.slice(authority.lastIndexOf('@') + 1).toLowerCase()
  const port = protocol === 'https' ? /:(443)?$/ : /:(80)?$/
  return `${protocol}://${host.replace(port, '')}${path || '/'}`
}

/** Sorted by name, then by value. Encoded, they are ASCII, so that `<` goes by bytes. */
function normalized(params: readonly Param[]): string {
  const sorted = [...params].sort(([a, x], [b, y]) => order(a, b) || order(x, y))
  return sorted.map(([name, value]) => `${name}=${value}`).join('&')
}

function order(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}

import { normalizeParameters, type Param, parseParameters } from './parameters'
import { percentEncode } from './percent-encoding'

/**
 * Builds the signature base string: method, base string URI and normalized parameters, each percent-encoded.
 *
 * @param method - HTTP method in any case; upper-cased here
 * @param url - absolute URL; its query takes part, its fragment does not
 * @param params - every other parameter that is signed: `oauth_*` without `oauth_signature` and `realm`, and those
 *   of a form body
 * @see [RFC 5849 §3.4.1](https://www.rfc-editor.org/rfc/rfc5849.html#section-3.4.1)
 */
export function signatureBaseString(method: string, url: URL, params: readonly Param[]): string {
  const { search } = url
  const all = search === '' ? params : parseParameters(search.slice(1)).concat(params)
  // What is encoded already holds nothing that only percentEncode would escape.
  const parameters = encodeURIComponent(normalizeParameters(all))
  return `${percentEncode(method.toUpperCase())}&${percentEncode(baseStringUri(url))}&${parameters}`
}

/**
 * Scheme and host in lower case, the port unless it is the scheme's own, the path as it is; no query, no fragment.
 * The URL parser has done all of it, down to the `/` of an empty path.
 *
 * @see [RFC 5849 §3.4.1.2](https://www.rfc-editor.org/rfc/rfc5849.html#section-3.4.1.2)
 */
export function baseStringUri(url: URL): string {
  return url.origin + url.pathname
}

/** Which addresses are a caller's own: the `return_to` prefixes that it was made with. */

import { URL_MAX_CHARS } from '../limits'
import { isLoopback } from '../loopback'

/** Schemes that name no app: what they address is a document, a script or another protocol. */
const NO_APP = /^(about|blob|data|file|filesystem|ftp|javascript|vbscript|wss?):$/

/**
 * Whether a text can be a prefix of return addresses: `https`, `http` on loopback, or an app's own scheme, with host and
 * path alone. Queries, fragments and wildcards are not compared: somebody who writes one expects what does not happen.
 */
export function isReturnPrefix(text: string): boolean {
  const plain = /^[a-z][a-z0-9+.-]*:\/[^\s\\?#*]*$/i.test(text) && text.length <= URL_MAX_CHARS
  const url = plain ? withoutUser(text) : undefined
  if (!url) return false
  if (url.protocol === 'http:') return isLoopback(url)
  return url.protocol === 'https:' || !NO_APP.test(url.protocol)
}

/**
 * Whether one of the prefixes covers an address: the same scheme, host and port, and a path that begins with the
 * prefix's and ends there or goes on after a `/`. Both are compared as a browser reads them, dot segments resolved.
 */
export function isCovered(returnTo: string, prefixes: readonly string[]): boolean {
  const url = withoutUser(returnTo)
  if (!url) return false
  // Some servers take an escaped slash for a slash, so that `/after/..%2fadmin` is `/admin` there: both must be covered.
  const paths = [url.pathname, slashesRead(url)]
  return prefixes.some((text) => {
    const prefix = URL.parse(text)
    const sameHost = prefix?.protocol === url.protocol && prefix.host === url.host
    return sameHost && paths.every((path) => beginsWith(path, prefix.pathname))
  })
}

function withoutUser(text: string): URL | undefined {
  const url = URL.parse(text)
  return url?.username === '' && url.password === '' ? url : undefined
}

function beginsWith(path: string, prefix: string): boolean {
  return path === prefix || path.startsWith(prefix.endsWith('/') ? prefix : `${prefix}/`)
}

function slashesRead(url: URL): string {
  const read = new URL(url)
  read.pathname = url.pathname.replace(/%2f|%5c/gi, '/')
  return read.pathname
}

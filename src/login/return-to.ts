/** Which addresses are a caller's own: the `return_to` prefixes that it was made with. */
import { URL_MAX_CHARS } from '../limits'
import { isLoopback } from '../loopback'
import { isAppScheme } from '../setting-values'

/** How an address is written that is compared as it stands, its host and path alone. */
const PLAIN = /^[a-z][a-z0-9+.-]*:\/[^\s\\]*$/i

/**
 * Why a text can be no prefix of return addresses; undefined: it can. A prefix is `https`, `http` on loopback, or an
 * app's own scheme, with host and path alone: somebody who writes more expects what does not happen.
 */
export function returnPrefixProblem(text: string): string | undefined {
  if (text.length > URL_MAX_CHARS) return `at most ${URL_MAX_CHARS} characters`
  if (text.includes('*')) return 'a wildcard (*) is not compared: list each address by itself'
  if (text.includes('#')) return 'a fragment (#) is not compared: leave it out'
  if (text.includes('?')) return 'a query is not compared and may always follow: leave it out'
  const url = PLAIN.test(text) ? URL.parse(text) : null
  if (!url) return 'a whole address such as https://app.example.com/after is expected'
  if (url.username + url.password !== '') return 'leave the user name and the password out'
  if (url.protocol === 'http:')
    return isLoopback(url) ? undefined : 'plain http is for localhost only: use https'
  return url.protocol === 'https:' || isAppScheme(url.protocol)
    ? undefined
    : 'https, http on localhost, or an app’s own scheme is expected'
}

/**
 * Whether one of the prefixes covers an address: the same scheme, host and port, and a path that begins with the
 * prefix's and ends there or goes on after a `/`. Both are compared as a browser reads them, dot segments resolved. As
 * in `RETURN_TO`, loopback by http without a port stands for its every port.
 */
export function isCovered(returnTo: string, prefixes: readonly string[]): boolean {
  const url = withoutUser(returnTo)
  if (!url || climbs(url.pathname)) return false
  // Some servers take an escaped slash for a slash, so that `/after/..%2fadmin` is `/admin` there: both must be covered.
  const paths = [url.pathname, slashesRead(url)]
  return prefixes.some((text) => {
    const prefix = URL.parse(text)
    if (prefix?.protocol !== url.protocol) return false
    const sameHost = prefix.host === url.host || isAnyPortOf(prefix, text, url)
    return sameHost && paths.every((path) => beginsWith(path, prefix.pathname))
  })
}

/** A native app listens on whatever port is free (RFC 8252 §7.3). */
function isAnyPortOf(prefix: URL, text: string, { hostname }: URL): boolean {
  const hasPort = /^\w+:\/\/[^/]*:\d*(\/|$)/.test(text)
  return (
    prefix.protocol === 'http:' && isLoopback(prefix) && prefix.hostname === hostname && !hasPort
  )
}

/** Whether some server may read a segment as `..`: after decoding it once more, or without what stands behind a `;`. */
function climbs(pathname: string): boolean {
  let path = pathname
  for (let read = decoded(path); read !== path; read = decoded(path)) path = read
  return path.split(/[/\\]/).some((segment) => /^\s*\.\.?\s*$/.test(segment.split(';')[0] ?? ''))
}

const decoded = (text: string): string =>
  text.replace(/%[0-9a-f]{2}/gi, (octet) =>
    String.fromCharCode(Number.parseInt(octet.slice(1), 16)).replace(/\p{Cc}/gu, ''),
  )

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

/** `return_to`: whether a login may lead there, and how it gets its result into the address (pure; a table tests it). */
import { Failure } from '../failure'
import { URL_MAX_CHARS } from '../limits'
import { isLoopback } from '../loopback'
import { isAppScheme } from '../setting-values'

/**
 * Lets a login begin only if it may return to this address.
 *
 * @param listed - what `RETURN_TO` lists, as `readReturnTo` gives it
 * @throws Failure `return_to_refused`, with the cause and its cure.
 */
export function demandReturnAddress(returnTo: string, listed: readonly string[]): void {
  const problem = returnAddressProblem(returnTo, listed)
  if (problem !== undefined) throw new Failure('return_to_refused', problem)
}

/**
 * Why a login may not return to an address, with what to do about it; undefined: it may. The address is judged as a
 * browser reads it, and is never repeated: it may hold a secret.
 */
function returnAddressProblem(returnTo: string, listed: readonly string[]): string | undefined {
  if (returnTo === '') return 'return_to is empty: leave it out, or send the whole address.'
  if (returnTo.length > URL_MAX_CHARS)
    return `return_to is longer than ${URL_MAX_CHARS} characters: keep what is long in the app, and send a short name for it.`
  const url = URL.parse(returnTo)
  if (!url)
    return 'return_to is not a whole address: send one such as https://app.example.com/after.'
  // An empty fragment as well: what is added to the query would stand behind it.
  if (returnTo.includes('#'))
    return 'return_to has a fragment (#), which never reaches a server: put it into the path or the query.'
  if (url.username + url.password !== '')
    return 'return_to has a user name or a password before its host: leave them out.'
  if (url.protocol === 'https:' || url.protocol === 'http:') return webProblem(url, listed)
  // The origin of a blob: address is that of the address inside it.
  if (!isAppScheme(url.protocol))
    return 'return_to has a scheme that no login returns to: use https, http on localhost, or an app’s own scheme.'
  return listed.includes(withoutQuery(url))
    ? undefined
    : 'return_to is an app’s own address that RETURN_TO does not list: the operator adds it, in full up to its query.'
}

function webProblem(url: URL, listed: readonly string[]): string | undefined {
  if (listed.includes(url.origin)) return undefined
  if (url.protocol === 'https:')
    return 'return_to has an origin (scheme, host and port) that RETURN_TO does not list: the operator adds it.'
  if (!isLoopback(url)) return 'return_to is plain http, which is for localhost only: use https.'
  return listed.includes(`http://${url.hostname}:*`)
    ? undefined
    : 'return_to is on localhost, by a name and port that RETURN_TO does not list: the operator adds them, or that name without a port for its every port.'
}

const VISIBLE_ASCII = /^[!-~]*$/

/**
 * The address with the result of a login in it: a parameter `login`, at the end of its query and in place of any other
 * of that name. All else in the query stays byte for byte as it was given: it may be signed.
 *
 * @param returnTo - an address that {@link demandReturnAddress} let through
 * @param result - the login's id and proof, which need no escaping.
 */
export function withResult(returnTo: string, result: string): string {
  const url = new URL(returnTo)
  // What a header cannot carry is escaped, as a browser would.
  const query = VISIBLE_ASCII.test(returnTo) ? /\?(.*)/.exec(returnTo)?.[1] : url.search.slice(1)
  const pairs = query ? query.split('&') : []
  const others = pairs.filter((pair) => !new URLSearchParams(`&${pair}`).has('login'))
  return `${withoutQuery(url)}?${[...others, `login=${result}`].join('&')}`
}

function withoutQuery(url: URL): string {
  const bare = new URL(url)
  bare.search = ''
  bare.hash = ''
  return bare.href
}

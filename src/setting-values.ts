/** What the settings' texts mean: each reader gives a value that does no harm, and what is wrong in the text. */
import { ADMIN_KEY_MIN_CHARS, LAZY_DAYS_MAX } from './limits'
import { isLoopback } from './loopback'
import { readScopes } from './scopes'
import { Secret } from './secret'

/** The ways to log in: OAuth 2.0; OAuth 1.0a at `authorize`, at `authenticate` (Sign in with X), or with a PIN. */
export const FLOW_NAMES = ['oauth2', 'oauth1', 'signin', 'pin'] as const
/** A way to log in, by the name that it has in `LOGIN_FLOWS` and `flow=`. */
export type Flow = (typeof FLOW_NAMES)[number]
/** Whether X gave the app a client secret (`confidential`) or not (`public`). @see RFC 6749 §2.1. */
export type ClientType = 'confidential' | 'public'
/**
 * When grants are refreshed. `warm`: each before it expires; `auto`: so those that a program used lately, the others when
 * a lease asks and every 30 days; else all when a lease asks, and at least every so many seconds.
 */
export type RefreshPolicy = 'auto' | 'warm' | { lazySeconds: number }
/** The people who may log in: all of them, or these ids and lower-case `@usernames`; undefined: nobody in a browser. */
export type Allow = '*' | ReadonlySet<string> | undefined

/**
 * A setting as it was read. `wrong` says what is wrong in its text without repeating it, empty for all of it; undefined:
 * nothing is.
 */
export interface ReadValue<T> {
  value: T
  wrong?: string | undefined
  /** What may be wrong in it and passes, in whole sentences; undefined: nothing. */
  doubtful?: string | undefined
}

/** Reads a text as it is. */
export function asText(text: string) {
  return { value: text }
}

/** Reads a text that must not show. */
export function asSecret(text: string) {
  return { value: new Secret(text) }
}

/** Reads a list: its words, with spaces or commas between. */
export function words(text: string): string[] {
  return text.split(/[\s,]+/).filter((word) => word !== '')
}

/** Reads an origin such as `https://perch.example.com`; `otherwise` stands for what is none. */
export function originOr<T>(otherwise: T, text: string): ReadValue<string | T> {
  const url = URL.parse(text)
  return url && isOrigin(url) ? { value: url.origin } : { value: otherwise, wrong: '' }
}

/** An origin and nothing more: https, or http on this machine. */
function isOrigin(url: URL): boolean {
  const user = url.username + url.password
  const bare = url.pathname === '/' && url.search === '' && url.hash === '' && user === ''
  return bare && !url.hostname.includes('*') && isWeb(url)
}

const isWeb = (url: URL): boolean =>
  url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url))

/** Schemes that name no app: what they address is the web, a document, a script or another protocol. */
const NO_APP =
  /^(about|blob|data|file|filesystem|ftp|https?|javascript|vbscript|view-source|wss?):$/

/** Whether a scheme, with its colon, may be an app's own. */
export const isAppScheme = (protocol: string): boolean => !NO_APP.test(protocol)

/** Reads who may log in. */
export function readAllow(text: string): ReadValue<Allow> {
  // Digits alone are an id, never a username: somebody could register that name.
  const allow = words(text).map((word) =>
    /^([0-9]+|\*|@.*)$/.test(word) ? word.toLowerCase() : `@${word.toLowerCase()}`,
  )
  if (allow.length === 0) return { value: undefined, wrong: '' }
  return { value: allow.includes('*') ? '*' : new Set(allow) }
}

/** Reads the flows that are offered, in the order of {@link FLOW_NAMES}; `wrong` says how many do not exist. */
export function readFlows(text: string): ReadValue<Flow[]> {
  const named = words(text)
  const known = named.filter((flow) => FLOW_NAMES.includes(flow as Flow))
  return {
    value: named.length === 0 ? ['oauth2'] : FLOW_NAMES.filter((flow) => named.includes(flow)),
    wrong: howMany(named.length - known.length, named.length),
  }
}

/** Reads scopes; `wrong` names the words that are none, and those are left out. */
export function readScopeSetting(text: string): ReadValue<string[]> {
  const { scopes, wrong, warnings } = readScopes(text)
  return {
    value: scopes,
    wrong: wrong.length > 0 ? `${wrong.join('; ')}.` : undefined,
    doubtful: warnings.length > 0 ? warnings.join(' ') : undefined,
  }
}

/** What is wrong in a list, without the words that stand in it: anybody may read it, and a secret may be among them. */
const howMany = (wrong: number, all: number): string | undefined =>
  wrong === 0 ? undefined : `${wrong} of its ${all} words`

/**
 * Reads where logins may return: origins, each as `URL.origin` has it; loopback by http without a port, as
 * `http://localhost:*`; addresses of apps, as `URL.href` has them. `wrong` says what is wrong with the last one that is
 * none of these, by its place in the list: the text itself may hold what is not to be shown.
 */
export function readReturnTo(text: string): ReadValue<string[]> {
  const value: string[] = []
  let wrong: string | undefined
  for (const [at, word] of words(text).entries()) {
    const problem = returnTargetProblem(word)
    if (problem === undefined) value.push(returnTargetOf(word, new URL(word)))
    else wrong = `Address ${at + 1} ${problem}.`
  }
  return { value, wrong }
}

/** An app's own scheme with something behind it, and nothing that is not compared. */
const APP_ADDRESS = /^[a-z][a-z0-9+.-]*:\/{1,3}[^\s\\?#/]+[^\s\\?#]*$/i

function returnTargetProblem(word: string): string | undefined {
  const url = URL.parse(word)
  // Nothing is compared by pattern: somebody who writes a star expects what does not happen.
  if (word.includes('*')) return 'has a wildcard: list each origin by itself'
  if (!url) return 'is not an address'
  if (url.username + url.password !== '') return 'has a user name or a password'
  if (url.protocol === 'http:' && !isWeb(url)) return 'is plain http, which is for localhost only'
  if (isWeb(url)) return isOrigin(url) ? undefined : 'has a path, a query or a fragment'
  if (!isAppScheme(url.protocol)) return 'has a scheme that is no app’s own'
  return APP_ADDRESS.test(word) ? undefined : 'is not a whole address of an app'
}

function returnTargetOf(word: string, url: URL): string {
  if (url.protocol === 'http:' && !/:\d*\/?$/.test(word)) return `${url.origin}:*`
  return isWeb(url) ? url.origin : url.href
}

/** A name or an IP address, with a port or without. */
const HOST = /^([a-z0-9.-]+|\[[0-9a-f:.]+\])(:[0-9]{1,5})?$/

/** Reads hosts, in lower case; `wrong` names the last one that is none by its place. */
export function readHosts(text: string): ReadValue<string[]> {
  const named = words(text.toLowerCase())
  const isHost = (word: string): boolean => HOST.test(word) && URL.canParse(`http://${word}`)
  const wrong = named.findLastIndex((word) => !isHost(word))
  return {
    value: named.filter(isHost),
    wrong: wrong < 0 ? undefined : `Host ${wrong + 1} is none.`,
  }
}

/** Reads `auto`, `warm` or `lazy:<days>d`. */
export function readPolicy(text: string): ReadValue<RefreshPolicy> {
  if (text === 'auto' || text === 'warm') return { value: text }
  const days = Number(/^lazy:([1-9][0-9]{0,2})d$/.exec(text)?.[1] ?? 0)
  if (days >= 1 && days <= LAZY_DAYS_MAX) return { value: { lazySeconds: days * 86_400 } }
  return { value: 'auto', wrong: '' }
}

/** Reads a number of whole days, from 1 up to `most`. What is none is read as 30. */
export function readDays(text: string, most: number): ReadValue<number> {
  const days = /^[1-9][0-9]{0,2}$/.test(text) ? Number(text) : 0
  return days >= 1 && days <= most ? { value: days } : { value: 30, wrong: '' }
}

const KEY_32_BYTES = /^[A-Za-z0-9+/_-]{43}=?$/

/** Reads keys of 32 bytes each, in base64. One that anybody would guess, or that stands twice, is wrong. */
export function readSealingKeys(text: string): ReadValue<Secret[]> {
  const keys = words(text)
  const value = keys.map((key) => new Secret(key))
  if (keys.some((key) => !KEY_32_BYTES.test(key)))
    return { value, wrong: 'Each key must be 32 bytes in base64:' }
  // Compared as bytes: base64 has two alphabets, and the same bytes may be written in several ways.
  const bytes = keys.map((key) => atob(key.replaceAll('-', '+').replaceAll('_', '/')))
  if (bytes.some((each) => /^\0*$/.test(each)))
    return { value, wrong: 'A key is nothing but zeros:' }
  if (new Set(bytes).size < bytes.length) return { value, wrong: 'One key stands there twice:' }
  return { value }
}

/** What makes an admin key easy to guess, in words; undefined: nothing, or there is none. */
export function weaknessOf(key: string): string | undefined {
  if (key === '') return undefined
  if (key.length < ADMIN_KEY_MIN_CHARS)
    return `It is shorter than ${ADMIN_KEY_MIN_CHARS} characters:`
  return /^(.)\1*$/u.test(key) ? 'It is one character, repeated:' : undefined
}

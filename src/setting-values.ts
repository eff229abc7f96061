/** What the settings' texts mean: each reader gives a value that does no harm, and what is wrong in the text. */
import { LAZY_DAYS_MAX } from './limits'
import { isLoopback } from './loopback'
import { Secret } from './secret'

/** The ways to log in: OAuth 2.0; OAuth 1.0a at `authorize`, at `authenticate` (Sign in with X), or with a PIN. */
export const FLOW_NAMES = ['oauth2', 'oauth1', 'signin', 'pin'] as const
/** A way to log in, by the name that it has in `LOGIN_FLOWS` and `flow=`. */
export type Flow = (typeof FLOW_NAMES)[number]
/** Whether X gave the app a client secret (`confidential`) or not (`public`). @see RFC 6749 §2.1. */
export type ClientType = 'confidential' | 'public'
/**
 * When grants are refreshed. `warm`: each before it expires; else when a lease asks, and at least every so many
 * seconds.
 */
export type RefreshPolicy = 'warm' | { lazySeconds: number }
/** The people who may log in: all of them, or these ids and lower-case `@usernames`; undefined: nobody in a browser. */
export type Allow = '*' | ReadonlySet<string> | undefined

/**
 * A setting as it was read. `wrong` says what is wrong in its text without repeating it, empty for all of it; undefined:
 * nothing is.
 */
export interface ReadValue<T> {
  value: T
  wrong?: string | undefined
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
  return bare && (url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url)))
}

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

/** Reads origins; `wrong` says how many are none. */
export function readReturnTo(text: string): ReadValue<string[]> {
  const given = words(text)
  const value = given.flatMap((word) => {
    const url = URL.parse(word)
    return url && isOrigin(url) ? [url.origin] : []
  })
  return { value, wrong: howMany(given.length - value.length, given.length) }
}

/** What is wrong in a list, without the words that stand in it: anybody may read it, and a secret may be among them. */
const howMany = (wrong: number, all: number): string | undefined =>
  wrong === 0 ? undefined : `${wrong} of its ${all} words`

/** Reads `warm` or `lazy:<days>d`. */
export function readPolicy(text: string): ReadValue<RefreshPolicy> {
  if (text === 'warm') return { value: 'warm' }
  const days = Number(/^lazy:([1-9][0-9]{0,2})d$/.exec(text)?.[1] ?? 0)
  if (days >= 1 && days <= LAZY_DAYS_MAX) return { value: { lazySeconds: days * 86_400 } }
  return { value: 'warm', wrong: '' }
}

const KEY_32_BYTES = /^[A-Za-z0-9+/_-]{43}=?$/

/** Reads keys of 32 bytes each, in base64. */
export function readSealingKeys(text: string): ReadValue<Secret[]> {
  const keys = words(text)
  return {
    value: keys.map((key) => new Secret(key)),
    wrong: keys.some((key) => !KEY_32_BYTES.test(key)) ? '' : undefined,
  }
}

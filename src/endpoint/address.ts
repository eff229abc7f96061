/**
 * Where events may be delivered to (pure; a table tests it): https, and never into a private network, to this machine, or
 * to Perch itself. It is judged when an endpoint is made, and again before each delivery.
 *
 * A name that leads into a private network is not told here: Workers cannot look it up. They reach none from a plain
 * `fetch`, and `global_fetch_strictly_public` sends what is meant for our own zone through its front door.
 */
import { ENDPOINT_URL_MAX_CHARS } from '../limits'
import { isLoopback } from '../loopback'
import { isPrivateAddress } from './private-address'

/** What there is to know of Perch's own addresses. */
export interface OwnHosts {
  /** Our origin; undefined: none is set, as in development. */
  publicOrigin: string | undefined
  /** The address that we are asked by just now, where a request is at hand. */
  asked?: string
}

/** Names that lead to nothing in public, by their ends. */
const PRIVATE_NAMES = /(^|\.)(localhost|local|internal|home\.arpa|onion)$/

/** What stands against delivering to this address, in words that go on after `url:`; undefined: nothing. */
export function addressProblem(text: string, own: OwnHosts): string | undefined {
  if (text.length > ENDPOINT_URL_MAX_CHARS) return `at most ${ENDPOINT_URL_MAX_CHARS} characters`
  const url = URL.parse(text)
  if (!url) return 'an absolute https address is expected'
  if (url.username !== '' || url.password !== '') return 'it must not hold a name or a password'
  // An empty one stands in no part of a URL.
  if (text.includes('#')) return 'it must not hold a fragment'
  if (isDevelopment(own) && isLoopback(url))
    return /^https?:$/.test(url.protocol) ? undefined : 'http or https is expected'
  if (url.protocol !== 'https:') return 'https is expected'
  if (isOwn(url, own)) return 'it is an address of Perch itself'
  return hostProblem(nameOf(url))
}

function hostProblem(name: string): string | undefined {
  const isAddress = name.startsWith('[') || /^[\d.]+$/.test(name)
  if (isAddress) return isPrivateAddress(name) ? 'it leads into a private network' : undefined
  if (PRIVATE_NAMES.test(name) || !name.includes('.')) return 'it leads into a private network'
  return undefined
}

/** In development Perch runs on this machine, and so do the receivers that are tried. */
const isDevelopment = ({ publicOrigin, asked }: OwnHosts): boolean =>
  [publicOrigin, asked].every((own) => own === undefined || isLoopback(new URL(own)))

/** Whether this is where Perch itself is: by its public name, by the one that it is asked by, or by one of workers.dev. */
function isOwn(url: URL, { publicOrigin, asked }: OwnHosts): boolean {
  const own = [publicOrigin, asked].flatMap((each) =>
    each === undefined ? [] : [nameOf(new URL(each))],
  )
  const name = nameOf(url)
  return own.some((host) => host === name || isSameWorker(host, name))
}

/** A Worker's previews are `<version>-<worker>.<account>.workers.dev`: whoever has one name of an account has them all. */
function isSameWorker(host: string, name: string): boolean {
  const account = /[^.]+\.workers\.dev$/.exec(host)?.[0]
  return account !== undefined && name.endsWith(`.${account}`)
}

/** A host in the one form that names it: `new URL` writes capitals, IDN and odd IPv4 anew, and leaves a dot at the end. */
const nameOf = ({ hostname }: URL): string => hostname.replace(/\.+$/, '')

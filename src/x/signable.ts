import { Failure } from '../failure'
import { SIGNED_URL_MAX_CHARS } from '../limits'

/** Names that belong to the protocol itself. */
const PROTOCOL_NAME = /^(oauth_|x_auth)/i
/** The API's two versions. OAuth's own endpoints lie elsewhere, or in a folder that begins with `oauth`. */
const API = /^\/(1\.1|2)\/./
const MEDIA = /^\/1\.1\/media\/./
/** The Ads API has its version first: `/12/accounts`. */
const ADS = /^\/\d{1,3}\/./
const INSIGHTS = /^\/insights\/./

/**
 * The hosts of X that take a signature, each with the paths that are its API. Libraries have the former names built in.
 *
 * @see [X Ads API](https://docs.x.com/x-ads-api/fundamentals/sandbox) and the Engagement API for the last ones.
 */
const PATHS_OF: ReadonlyMap<string, RegExp> = new Map(
  ['x.com', 'twitter.com'].flatMap((domain) => [
    [`api.${domain}`, API],
    [`upload.${domain}`, MEDIA],
    [`ads-api.${domain}`, ADS],
    [`ads-api-sandbox.${domain}`, ADS],
    [`data-api.${domain}`, INSIGHTS],
  ]),
)

/** Scheme, two slashes and a host, as plainly as they can be written; the parser takes more, and makes it look like this. */
const PLAIN_AUTHORITY = /^https?:\/\/([a-z0-9.-]+|\[[0-9a-f:.]+\])(:\d+)?([/?#]|$)/i

/**
 * Judges an address that a caller wants signed.
 *
 * @param raw - the address as the caller wrote it
 * @param form - the pairs of the form body, whose names are judged as well
 * @param origin - the configured origin of X, which is signed for as well, plain http on loopback too
 * @returns the URL to sign and to send, byte for byte
 * @throws Failure `not_signable` with what stands against it.
 */
export function signableUrl(
  raw: string,
  form: readonly (readonly [string, string])[],
  origin: string,
): URL {
  if (raw.length > SIGNED_URL_MAX_CHARS) throw not('It is too long.')
  // The parser drops tabs and newlines, turns \ into / and removes dot segments: what is judged would not be what was asked.
  if (/[\s\\]|[^\x20-\x7e]/.test(raw))
    throw not('Percent-encode spaces, backslashes and what is not ASCII.')
  const url = URL.parse(raw)
  if (!url) throw not('It is not an absolute URL.')
  if (url.username !== '' || url.password !== '') throw not('It holds user information.')
  if (!PLAIN_AUTHORITY.test(raw)) throw not('Write scheme and host plainly: https://api.x.com/2/…')
  checkPath(raw, url, pathsOf(url, origin))
  const names = [...queryNames(url), ...form.map(([name]) => name)]
  if (names.some((name) => PROTOCOL_NAME.test(name)))
    throw not('Parameters that begin with oauth_ or x_auth are the protocol’s own.')
  url.hash = ''
  return url
}

/** What is signed at this origin. An origin is compared whole: a port or a dot more is another place. */
function pathsOf({ protocol, host, origin }: URL, configured: string): RegExp {
  if (origin === configured) return API
  if (protocol !== 'https:') throw not('Only https is signed.')
  const paths = PATHS_OF.get(host)
  if (!paths) throw not(`Its host is none of X’s API: ${[...PATHS_OF.keys()].join(', ')}.`)
  return paths
}

function checkPath(raw: string, { pathname, host }: URL, paths: RegExp): void {
  // As it was written: the parser has taken them out already.
  const [written = ''] = raw.split(/[?#]/)
  if (/\/(\.|%2e)+(\/|$)/i.test(written)) throw not('It holds dot segments.')
  if (pathname.includes('//')) throw not('It holds an empty path segment.')
  // Some servers cut a segment there.
  if (pathname.includes(';')) throw not('Its path holds a semicolon.')
  if (!paths.test(pathname))
    throw not(`Only paths of X’s API are signed; at ${host}: ${IN_WORDS.get(paths)}.`)
  // An encoded letter, slash or percent sign in a path has no purpose but to look like something else.
  const encoded = [...pathname.matchAll(/%([0-9a-f]{2})/gi)]
  if (encoded.some(([, hex = '']) => NEEDLESS.test(String.fromCharCode(Number.parseInt(hex, 16)))))
    throw not('Its path encodes what needs no encoding, or a slash.')
  if (/\/oauth/i.test(pathname)) throw not('OAuth’s own endpoints are not signed for callers.')
}

const IN_WORDS: ReadonlyMap<RegExp, string> = new Map([
  [API, '/1.1/… and /2/…'],
  [MEDIA, '/1.1/media/…'],
  [ADS, 'a version first, such as /12/…'],
  [INSIGHTS, '/insights/…'],
])

const NEEDLESS = /[\0-\x20A-Za-z0-9._~/\\%;-]/

/** Some servers take a semicolon for an ampersand. */
function queryNames({ search }: URL): string[] {
  return [...new URLSearchParams(search.replaceAll(';', '&')).keys()]
}

const not = (detail: string): Failure => new Failure('not_signable', detail)

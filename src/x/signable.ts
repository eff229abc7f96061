import { Failure } from '../failure'
import { SIGNED_URL_MAX_CHARS } from '../limits'

/** Names that belong to the protocol itself. */
const PROTOCOL_NAME = /^(oauth_|x_auth)/i
/** The API's two versions. OAuth's own endpoints lie elsewhere, or in a folder that begins with `oauth`. */
const API_PATH = /^\/(1\.1|2)\/./

/**
 * Judges an address that a caller wants signed.
 *
 * @param raw - the address as the caller wrote it
 * @param form - the pairs of the form body, whose names are judged as well
 * @param origin - the configured origin of X, which may be plain http on loopback
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
  if (url.protocol !== 'https:' && url.origin !== origin) throw not('Only https is signed.')
  if (url.username !== '' || url.password !== '') throw not('It holds user information.')
  checkPath(raw, url)
  const names = [...queryNames(url), ...form.map(([name]) => name)]
  if (names.some((name) => PROTOCOL_NAME.test(name)))
    throw not('Parameters that begin with oauth_ or x_auth are the protocol’s own.')
  url.hash = ''
  return url
}

function checkPath(raw: string, { pathname }: URL): void {
  // As it was written: the parser has taken them out already.
  const [written = ''] = raw.split(/[?#]/)
  if (/\/(\.|%2e)+(\/|$)/i.test(written)) throw not('It holds dot segments.')
  if (pathname.includes('//')) throw not('It holds an empty path segment.')
  // Some servers cut a segment there.
  if (pathname.includes(';')) throw not('Its path holds a semicolon.')
  if (!API_PATH.test(pathname)) throw not('Only paths under /1.1/ and /2/ are signed.')
  // An encoded letter, slash or percent sign in a path has no purpose but to look like something else.
  const encoded = [...pathname.matchAll(/%([0-9a-f]{2})/gi)]
  if (encoded.some(([, hex = '']) => NEEDLESS.test(String.fromCharCode(Number.parseInt(hex, 16)))))
    throw not('Its path encodes what needs no encoding, or a slash.')
  if (/\/oauth/i.test(pathname)) throw not('OAuth’s own endpoints are not signed for callers.')
}

const NEEDLESS = /[\0-\x20A-Za-z0-9._~/\\%;-]/

/** Some servers take a semicolon for an ampersand. */
function queryNames({ search }: URL): string[] {
  return [...new URLSearchParams(search.replaceAll(';', '&')).keys()]
}

const not = (detail: string): Failure => new Failure('not_signable', detail)

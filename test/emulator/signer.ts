/** A signer of OAuth 1.0a requests as short as RFC 5849 allows, written apart from both Workers. */
import { createHmac, randomBytes } from 'node:crypto'
import { SEEDED_APP } from '../../emulator/seeds.ts'

type Pairs = [string, string][]

/** What is signed, and what of it is to be other than usual. */
export interface Signing {
  method: string
  url: string
  /** Pairs of a form body. */
  form?: Pairs
  /** A user token or a request token. */
  token?: { token: string; secret: string } | undefined
  key?: string
  secret?: string
  /** Parameters for the header; an undefined one is left out. */
  oauth?: Record<string, string | undefined>
}

/** The Authorization header. */
export function authorizationHeader(signing: Signing): string {
  const pairs = signedPairs(signing).map(([name, value]) => `${enc(name)}="${enc(value)}"`)
  return `OAuth ${pairs.join(', ')}`
}

/** The protocol parameters, with their signature. */
export function signedPairs(signing: Signing): Pairs {
  const { method, url, form = [], token, key, secret = SEEDED_APP.api_secret, oauth } = signing
  const all: Record<string, string | undefined> = {
    oauth_consumer_key: key ?? SEEDED_APP.api_key,
    oauth_nonce: randomBytes(16).toString('hex'),
    oauth_signature_method: 'HMAC-SHA1',
    oauth_timestamp: String(Math.floor(Date.now() / 1000)),
    oauth_token: token?.token,
    oauth_version: '1.0',
    ...oauth,
  }
  const own = Object.entries(all).filter((pair): pair is [string, string] => pair[1] !== undefined)
  const { origin, pathname, searchParams } = new URL(url)
  const pairs = [...own, ...searchParams, ...form].map((pair) => pair.map(enc))
  const byName = (a: string[], b: string[]) => compare(a[0], b[0]) || compare(a[1], b[1])
  const normalized = pairs.sort(byName).map((pair) => pair.join('='))
  const text = [method, `${origin}${pathname}`, normalized.join('&')].map(enc).join('&')
  const hmac = createHmac('sha1', `${enc(secret)}&${enc(token?.secret ?? '')}`)
  const signature = all.oauth_signature ?? hmac.update(text).digest('base64')
  return [...own.filter(([name]) => name !== 'oauth_signature'), ['oauth_signature', signature]]
}

function enc(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}

function compare(a = '', b = ''): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}

import { headerParams, isOAuthHeader } from './header.ts'
import { decoded, formParams, type Param, queryOf } from './params.ts'

/** A request as it arrived. */
export interface SignedRequest {
  method: string
  /** Absolute, as on the wire. */
  url: string
  authorization: string | undefined
  contentType: string | undefined
  body: string
}

/** What a request says of its signature, decoded. */
export interface Protocol {
  consumerKey: string
  /** Undefined as well if it is there, but empty. */
  token: string | undefined
  /** Unix seconds. */
  timestamp: number
  nonce: string
  signature: string
  /** As it stands; empty if it is missing. */
  version: string
  /** Every parameter that is signed. */
  signed: Param[]
}

/**
 * Reads the protocol parameters from header, query and form body, and refuses what is missing, doubled
 * or of another version or method.
 *
 * @see [RFC 5849 §3.2](https://www.rfc-editor.org/rfc/rfc5849.html#section-3.2)
 */
export function readProtocol(request: SignedRequest): Protocol | { malformed: string } {
  const places = placesOf(request)
  if (!places) return { malformed: 'the Authorization header cannot be read' }
  const own = new Map<string, string>()
  for (const place of places) {
    const doubled = addOwn(own, place)
    if (doubled !== undefined) return { malformed: `${doubled} is there twice` }
  }
  const get = (name: string) => decoded(own.get(name) ?? '') ?? ''
  const wrong = Object.entries(FORMS).find(([name, form]) => !form.test(get(name)))
  if (wrong) return { malformed: `${wrong[0]} is missing or wrong` }
  const signed = [...own, ...places.flat().filter(([name]) => !isOwn(name))]
  return {
    consumerKey: get('oauth_consumer_key'),
    token: get('oauth_token') || undefined,
    timestamp: Number(get('oauth_timestamp')),
    nonce: get('oauth_nonce'),
    signature: get('oauth_signature'),
    version: get('oauth_version'),
    signed: signed.filter(([name]) => name !== 'oauth_signature'),
  }
}

/** A signed parameter's value, wherever it stood. */
export function paramOf(protocol: Protocol, name: string): string | undefined {
  const value = protocol.signed.find((param) => param[0] === name)?.[1]
  return value === undefined ? undefined : decoded(value)
}

/** A parameter of header, query or form, signed or not. */
export function looseParam(request: SignedRequest, name: string): string | undefined {
  const value = placesOf(request)
    ?.flat()
    .find((param) => param[0] === name)?.[1]
  return value === undefined ? undefined : decoded(value)
}

/** Whether a request is signed at all, in whichever place it says so. */
export function isSigned(request: SignedRequest): boolean {
  if (isOAuthHeader(request.authorization)) return true
  if (request.authorization !== undefined) return false
  return (
    placesOf(request)
      ?.flat()
      .some(([name]) => name === 'oauth_signature') ?? false
  )
}

/** What each parameter must look like. X takes nonces in ASCII only. */
const FORMS: Record<string, RegExp> = {
  oauth_consumer_key: /./,
  oauth_signature_method: /^HMAC-SHA1$/,
  oauth_signature: /./,
  oauth_timestamp: /^[1-9]\d{0,11}$/,
  oauth_nonce: /^[\x21-\x7e]+$/,
  // Node's oauth has 1.0A in its README, and X takes it.
  oauth_version: /^(1\.0a?)?$/i,
}

/**
 * Adds a place's protocol parameters. A name that is there twice is returned, unless it says the same in two
 * places: twitter-api-v2 sends `oauth_token` in header and form, signs it once, and X takes it.
 */
function addOwn(own: Map<string, string>, place: readonly Param[]): string | undefined {
  const here = place.filter(([name]) => isOwn(name))
  const names = here.map(([name]) => name)
  const again = names.find((name, index) => names.indexOf(name) !== index)
  const other = here.find(([name, value]) => (own.get(name) ?? value) !== value)
  for (const [name, value] of here) own.set(name, value)
  return again ?? other?.[0]
}

function isOwn(name: string): boolean {
  return name.startsWith('oauth_')
}

/** Header, query and form body. Undefined if the header cannot be read. */
function placesOf(request: SignedRequest): [Param[], Param[], Param[]] | undefined {
  const { authorization = '', url, contentType, body } = request
  const header = isOAuthHeader(authorization) ? headerParams(authorization) : []
  const form = /^application\/x-www-form-urlencoded/i.test(contentType ?? '') ? body : ''
  return header && [header, formParams(queryOf(url)), formParams(form)]
}

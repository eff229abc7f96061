/**
 * An OAuth 1.0a Authorization header.
 *
 * @see [RFC 5849 §3](https://www.rfc-editor.org/rfc/rfc5849.html#section-3)
 */
import { hmacSha1 } from '../crypto/hmac'
import { newNonce } from '../crypto/random'
import type { Secret } from '../secret'
import { encodeParameters, type Param } from './parameters'
import { percentEncode } from './percent-encoding'
import { signatureBaseString } from './signature-base-string'

/** The keys that sign: those of the client (X: the app), and of the resource owner whose token it has, if any. */
export interface Credentials {
  consumerKey: string
  consumerSecret: Secret
  token?: { token: string; tokenSecret: Secret }
}

/** A request as OAuth 1.0a signs it. */
export interface SignedRequest {
  method: string
  /** Sent byte for byte as `url.href` says. */
  url: URL
  /** The pairs of an `application/x-www-form-urlencoded` body; other bodies are not signed (RFC 5849 §3.4.1.3.1). */
  form?: readonly (readonly [string, string])[]
  /** Further protocol parameters, such as `oauth_callback`. */
  oauth?: Record<string, string>
  realm?: string
}

/** The part of a signature that must differ from request to request. */
export interface Once {
  /** Unix seconds. */
  timestamp: number
  /** Unguessable and never used twice; 128 random bits unless given. */
  nonce?: string
}

/** Signs a request with HMAC-SHA1 and gives the header's value. @throws URIError for a lone surrogate in the form. */
export async function authorizationHeader(
  request: SignedRequest,
  { consumerKey, consumerSecret, token }: Credentials,
  { timestamp, nonce = newNonce() }: Once,
): Promise<string> {
  const oauth: Param[] = [
    ['oauth_consumer_key', percentEncode(consumerKey)],
    ['oauth_nonce', percentEncode(nonce)],
    ['oauth_signature_method', 'HMAC-SHA1'],
    ['oauth_timestamp', String(timestamp)],
  ]
  if (token) oauth.push(['oauth_token', percentEncode(token.token)])
  oauth.push(['oauth_version', '1.0'])
  if (request.oauth) oauth.push(...encodeParameters(Object.entries(request.oauth)))
  const others = request.form ? [...oauth, ...encodeParameters(request.form)] : oauth
  const text = signatureBaseString(request.method, request.url, others)
  const signature = await hmacSha1(signingKey(consumerSecret, token?.tokenSecret), text)
  const realm = request.realm === undefined ? '' : `realm="${quotable(request.realm)}", `
  oauth.push(['oauth_signature', percentEncode(signature)])
  let header = `OAuth ${realm}`
  for (const [name, value] of oauth) header += `${name}="${value}", `
  return header.slice(0, -2)
}

/** Both secrets, encoded; without a token the key ends with `&`. @see RFC 5849 §3.4.2 */
function signingKey(consumerSecret: Secret, tokenSecret: Secret | undefined): string {
  return `${percentEncode(consumerSecret.reveal())}&${percentEncode(tokenSecret?.reveal() ?? '')}`
}

/** A quoted-string's inside (RFC 9110 §5.6.4). */
const quotable = (realm: string): string => realm.replace(/["\\]/g, '\\$&')

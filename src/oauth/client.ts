/** An OAuth 2.0 client, its server and how it authenticates there. */
import * as oauth from 'oauth4webapi'
import type { Secret } from '../secret'

/** Where the server's endpoints are, who we are, and how long a call may take. */
export interface OAuth2Client {
  tokenEndpoint: string
  revocationEndpoint: string
  clientId: string
  /** Undefined for public clients (RFC 6749 §2.1). */
  clientSecret: Secret | undefined
  userAgent: string
  timeoutMs: number
}

/** The three things that every function of oauth4webapi wants first. */
export function triple(
  client: OAuth2Client,
): [oauth.AuthorizationServer, oauth.Client, oauth.ClientAuth] {
  return [
    {
      issuer: new URL(client.tokenEndpoint).origin,
      token_endpoint: client.tokenEndpoint,
      revocation_endpoint: client.revocationEndpoint,
    },
    { client_id: client.clientId },
    client.clientSecret ? basicAndClientId(client.clientSecret) : oauth.None(),
  ]
}

/** Options of a request. Whether http is acceptable was decided where the endpoint came from, in the config. */
export function requestOptions(
  client: OAuth2Client,
  signal: AbortSignal,
  additionalParameters?: Record<string, string>,
) {
  return {
    headers: { 'user-agent': client.userAgent },
    signal,
    [oauth.allowInsecureRequests]: client.tokenEndpoint.startsWith('http:'),
    ...(additionalParameters ? { additionalParameters } : {}),
  }
}

/**
 * HTTP Basic plus `client_id` in the body, the pair that every server in the field takes.
 *
 * oauth4webapi's own `ClientSecretBasic` percent-encodes `-` and `_` too (RFC 6749 §2.3.1 read strictly). A
 * server that compares the header without decoding it would refuse such a secret, so they are left as they are.
 *
 * @see [RFC 6749 §2.3.1](https://www.rfc-editor.org/rfc/rfc6749.html#section-2.3.1)
 */
function basicAndClientId(secret: Secret): oauth.ClientAuth {
  return (_server, { client_id }, body, headers) => {
    body.set('client_id', client_id)
    const credentials = `${formEncode(client_id)}:${formEncode(secret.reveal())}`
    headers.set('authorization', `Basic ${btoa(credentials)}`)
  }
}

const formEncode = (value: string): string => encodeURIComponent(value).replace(/%20/g, '+')

/**
 * The token and revocation endpoints. A request gives a {@link Reply}: what came back, judged by nobody yet but
 * with its tokens lifted out. Nothing here throws once a request has been sent, so no token is lost on the way.
 */
import * as oauth from 'oauth4webapi'
import { jsonObject } from '../json'
import { EXPIRES_IN_MAX_SECONDS } from '../limits'
import { Secret } from '../secret'
import { type OAuth2Client, requestOptions, triple } from './client'
import { wholeMembers } from './partial-json'
import { type ReceivedReply, receiveReply } from './received-reply'

/** The tokens that a token endpoint gave. Fields that it left out or garbled are undefined. */
export interface Tokens {
  accessToken: Secret
  refreshToken: Secret | undefined
  scope: string | undefined
  /** Seconds; undefined where the reply says nothing that can be true. */
  expiresIn: number | undefined
}

/** A reply of the token or revocation endpoint, its tokens lifted out, judged by nobody yet. */
export interface Reply {
  /** 0 when nothing came back, or an error broke off; of a 2xx that broke off, what arrived is read. */
  status: number
  /** Whether all of it arrived. */
  isWhole: boolean
  tokens: Tokens | undefined
  /** RFC 6749 §5.2 `error` and `error_description`, if the body had them. */
  error: string | undefined
  errorDescription: string | undefined
  /** What a problem document (RFC 9457), or the first of a list of `errors`, says where there is no `error`. */
  problem: string | undefined
  headers: Headers
  /** What the body was: a JSON object, nothing at all, or anything else. */
  body: 'json' | 'empty' | 'other'
  /** What is not as RFC 6749 wants it, for the log. */
  nonconformity: string | undefined
}

/**
 * Exchanges an authorization code. Code and verifier travel in the body, never in the URL.
 *
 * @see [RFC 6749 §4.1.3](https://www.rfc-editor.org/rfc/rfc6749.html#section-4.1.3), [RFC 7636 §4.5](https://www.rfc-editor.org/rfc/rfc7636.html#section-4.5)
 */
export function authorizationCodeGrant(
  client: OAuth2Client,
  grant: { code: string; state: string; redirectUri: string; codeVerifier: string },
): Promise<Reply> {
  const [server, us, auth] = triple(client)
  const callback = new URLSearchParams({ code: grant.code, state: grant.state })
  const parameters = oauth.validateAuthResponse(server, us, callback, grant.state)
  const { redirectUri, codeVerifier } = grant
  return reply(
    client,
    (signal) =>
      oauth.authorizationCodeGrantRequest(
        server,
        us,
        auth,
        parameters,
        redirectUri,
        codeVerifier,
        requestOptions(client, signal),
      ),
    (response) => oauth.processAuthorizationCodeResponse(server, us, response),
  )
}

/** Presents a refresh token. @see [RFC 6749 §6](https://www.rfc-editor.org/rfc/rfc6749.html#section-6) */
export function refreshTokenGrant(client: OAuth2Client, refreshToken: Secret): Promise<Reply> {
  const [server, us, auth] = triple(client)
  return reply(
    client,
    (signal) => {
      const options = requestOptions(client, signal)
      return oauth.refreshTokenGrantRequest(server, us, auth, refreshToken.reveal(), options)
    },
    (response) => oauth.processRefreshTokenResponse(server, us, response),
  )
}

/**
 * Exchanges a token of another kind for a pair.
 *
 * @param secrets - the parameters that are not to be seen: the token, and what belongs to it
 * @see [RFC 8693 §2.1](https://www.rfc-editor.org/rfc/rfc8693.html#section-2.1)
 */
export function tokenExchangeGrant(
  client: OAuth2Client,
  parameters: Record<string, string>,
  secrets: Record<string, Secret>,
): Promise<Reply> {
  const [server, us, auth] = triple(client)
  return reply(
    client,
    (signal) => {
      const body = new URLSearchParams(parameters)
      for (const [name, secret] of Object.entries(secrets)) body.set(name, secret.reveal())
      const options = requestOptions(client, signal)
      return oauth.genericTokenEndpointRequest(server, us, auth, TOKEN_EXCHANGE, body, options)
    },
    (response) => oauth.processGenericTokenEndpointResponse(server, us, response),
  )
}

const TOKEN_EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange'

/**
 * Asks the server to end a token.
 *
 * @param tokenTypeHint - always sent: some servers require it
 * @see [RFC 7009 §2.1](https://www.rfc-editor.org/rfc/rfc7009.html#section-2.1)
 */
export function revocation(
  client: OAuth2Client,
  token: Secret,
  tokenTypeHint: 'access_token' | 'refresh_token',
): Promise<Reply> {
  const [server, us, auth] = triple(client)
  return reply(client, (signal) => {
    const options = requestOptions(client, signal, { token_type_hint: tokenTypeHint })
    return oauth.revocationRequest(server, us, auth, token.reveal(), options)
  })
}

async function reply(
  client: OAuth2Client,
  send: (signal: AbortSignal) => Promise<Response>,
  strictly?: (response: Response) => Promise<unknown>,
): Promise<Reply> {
  const arrived = await receiveReply(client.timeoutMs, send)
  const read = readReply(arrived)
  if (!read.tokens || !strictly || !arrived.isWhole) return read
  const found = [read.nonconformity, await nonconformityOf(arrived, strictly)]
  return { ...read, nonconformity: found.filter(Boolean).join(', ') || undefined }
}

/** Reads what arrived of a reply: all of it, or what a 2xx had brought when it broke off. */
export function readReply({ status, headers, text, isWhole, broken }: ReceivedReply): Reply {
  const acted = status >= 200 && status < 300
  const broke = isWhole ? undefined : nameOf(broken)
  // An error counts once it is whole: what a cut text seems to say of a token may not be what was said.
  if (!isWhole && !acted)
    return { ...NOTHING_ARRIVED, headers: new Headers(), nonconformity: broke }
  const fields = jsonObject(isWhole ? text : (wholeMembers(text) ?? '')) ?? {}
  const tokens = acted ? liftTokens(fields) : undefined
  return {
    status,
    isWhole,
    headers,
    body: isWhole ? bodyKindOf(text, headers) : 'other',
    tokens,
    error: textOf(fields.error),
    errorDescription: textOf(fields.error_description),
    problem: problemIn(fields),
    nonconformity: broke ?? (tokens && !isLifeAsExpected(fields) ? 'expires_in' : undefined),
  }
}

/** What the library finds wrong with a reply whose tokens were lifted out. */
function nonconformityOf(
  { status, headers, text }: ReceivedReply,
  strictly: (response: Response) => Promise<unknown>,
): Promise<string | undefined> {
  return strictly(new Response(text, { status, headers })).then(none, nameOf)
}

const NOTHING_ARRIVED = {
  status: 0,
  isWhole: false,
  body: 'other',
  tokens: undefined,
  error: undefined,
  errorDescription: undefined,
  problem: undefined,
} as const

/**
 * Takes the tokens out of a body, however odd the rest is: by the time it is read, the old pair is already spent.
 * A missing or empty refresh token means that the old one stays (RFC 6749 §6).
 */
function liftTokens(fields: Record<string, unknown>): Tokens | undefined {
  const accessToken = textOf(fields.access_token)
  if (!accessToken) return undefined
  const refreshToken = textOf(fields.refresh_token)
  return {
    accessToken: new Secret(accessToken),
    refreshToken: refreshToken ? new Secret(refreshToken) : undefined,
    scope: textOf(
      [fields.scope]
        .flat()
        .filter((each) => textOf(each))
        .join(' '),
    ),
    expiresIn: lifeIn(fields.expires_in),
  }
}

/**
 * A token's life in seconds, as far as it can be true: a whole number from one second to half a year. Digits in a text
 * are read too; they mean what they say, though RFC 6749 has a number there.
 */
function lifeIn(given: unknown): number | undefined {
  const seconds = typeof given === 'string' && /^\d{1,15}$/.test(given) ? Number(given) : given
  const isTrue = typeof seconds === 'number' && Number.isSafeInteger(seconds) && seconds > 0
  return isTrue && seconds <= EXPIRES_IN_MAX_SECONDS ? seconds : undefined
}

/** Whether `expires_in` is a number that can be true, or absent: it is recommended only. @see RFC 6749 §5.1 */
const isLifeAsExpected = ({ expires_in: life }: Record<string, unknown>): boolean =>
  life === undefined || (typeof life === 'number' && lifeIn(life) !== undefined)

function problemIn({ detail, title, errors }: Record<string, unknown>): string | undefined {
  const [first] = Array.isArray(errors) ? errors : []
  return (
    textOf(detail) ??
    textOf(title) ??
    textOf(typeof first === 'object' && first ? (first as { message?: unknown }).message : first)
  )
}

/** An empty body that is announced as JSON is one that broke off before its first byte. */
function bodyKindOf(body: string, headers: Headers): Reply['body'] {
  if (body === '') return headers.get('content-type')?.includes('json') ? 'other' : 'empty'
  return jsonObject(body) ? 'json' : 'other'
}

const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined

/**
 * The library's code where there is one: its classes' names do not survive minifying. Its errors carry the response
 * body; only this leaves the room.
 */
function nameOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown'
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name
}

const none = (): undefined => undefined

import { REDIRECT, type useEmulator } from './emulator.ts'
import { authorizationHeader, type Signing } from './signer.ts'

export const REQUEST_TOKEN = '/oauth/request_token'
export const ACCESS_TOKEN = '/oauth/access_token'

/** A token of OAuth 1.0a with its secret. */
export interface Token {
  token: string
  secret: string
}

/** How a signed call is other than usual; `path` may hold a query. */
export type Changes = Partial<Omit<Signing, 'url' | 'form'>> & {
  form?: Record<string, string>
  json?: unknown
}

const TEXT = { status: 401, type: 'text/plain;charset=utf-8' }

/** X's plain refusals. */
export const INVALID_VERIFIER = {
  ...TEXT,
  text: 'Error processing your OAuth request: Invalid oauth_verifier parameter',
}
export const NO_REQUEST_TOKEN = { ...TEXT, text: 'Reverse auth credentials are invalid' }

/** What X answers with this code. */
export function refusal(status: number, code: number, message: string) {
  const text = JSON.stringify({ errors: [{ code, message }] })
  return { status, type: 'application/json;charset=utf-8', text }
}

export const DEAD_TOKEN = refusal(401, 89, 'Invalid or expired token.')
export const NOT_AUTHENTICATED = refusal(401, 32, 'Could not authenticate you.')
export const BAD_DATA = refusal(400, 215, 'Bad Authentication data.')

/** Status, content type and text, to be compared at once. */
export async function told(reply: Response) {
  const type = reply.headers.get('Content-Type')
  return { status: reply.status, type, text: await reply.text() }
}

/** Plays a client of OAuth 1.0a to the emulator of a test file. */
export function useOAuth1(x: ReturnType<typeof useEmulator>) {
  const signed = (method: string, path: string, changes: Changes = {}): Promise<Response> => {
    const { form, json, ...rest } = changes
    const body = form ? new URLSearchParams(form) : json && JSON.stringify(json)
    const pairs = form ? { form: Object.entries(form) } : {}
    const header = authorizationHeader({ method, url: `${x.origin()}${path}`, ...pairs, ...rest })
    const headers = {
      Authorization: header,
      ...(json ? { 'Content-Type': 'application/json' } : {}),
    }
    return x.send(path, { method, headers, ...(body ? { body: body as BodyInit } : {}) })
  }

  const askForToken = (callback: string | undefined = REDIRECT, changes: Changes = {}) =>
    signed('POST', REQUEST_TOKEN, {
      ...changes,
      oauth: { oauth_callback: callback, ...changes.oauth },
    })

  async function requestToken(callback?: string, form?: Record<string, string>): Promise<Token> {
    return tokenOf(await askForToken(callback, form ? { form } : {}))
  }

  const show = (token: Token, page = 'authorize', more = '', headers: HeadersInit = {}) =>
    x.send(`/oauth/${page}?oauth_token=${token.token}${more}`, { headers })

  const decide = (token: Token, form: Record<string, string> = {}, page = 'authorize') =>
    x.post(
      `/oauth/${page}?oauth_token=${token.token}`,
      { username: 'alice', decision: 'authorize', ...form },
      {},
    )

  const redeem = (token: Token | undefined, oauth_verifier: string, changes: Changes = {}) =>
    signed('POST', ACCESS_TOKEN, { token, form: { oauth_verifier }, ...changes })

  async function connect(username = 'alice', form?: Record<string, string>): Promise<Token> {
    const token = await requestToken(undefined, form)
    return tokenOf(await redeem(token, verifierOf(await decide(token, { username }))))
  }

  return { signed, askForToken, requestToken, show, decide, redeem, connect }
}

/** The token in a form-encoded reply. */
export async function tokenOf(reply: Response): Promise<Token> {
  const fields = new URLSearchParams(await reply.text())
  return { token: fields.get('oauth_token') ?? '', secret: fields.get('oauth_token_secret') ?? '' }
}

/** The verifier that a redirect carries. */
export function verifierOf(reply: Response): string {
  return new URL(reply.headers.get('Location') ?? '').searchParams.get('oauth_verifier') ?? ''
}

import { createHash } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, inject } from 'vitest'
import { SEEDED_APP } from '../../emulator/seeds.ts'
import { giveBack, lend } from '../lent.ts'

export const REDIRECT = 'http://localhost:8787/callback'
export const VERIFIER = 'a-verifier-of-forty-three-characters-or-more'
export const CHALLENGE = createHash('sha256').update(VERIFIER).digest('base64url')
export const ALL_SCOPES = 'tweet.read tweet.write users.read bookmark.read offline.access'

/** X's token reply. */
export interface Tokens {
  token_type: string
  expires_in: number
  access_token: string
  scope: string
  refresh_token: string
}

/** A call of the list, and a grant of the state. Loose on purpose: tests compare what they name. */
export type Row = Record<string, unknown>

type Fields = Record<string, string | undefined>

/**
 * One emulator for a test file, lent unless it has one of its own; it is reset before each test and spoken to over HTTP.
 *
 * @param own - starts it and gives its origin
 */
export function useEmulator(own?: () => Promise<string>) {
  const lender = inject('lender')
  let origin = ''
  beforeAll(async () => {
    origin = await (own ? own() : lend(lender))
  })
  afterAll(() => (own ? undefined : giveBack(lender, origin)))
  beforeEach(async () => {
    await control('POST', 'reset')
  })

  const send = (path: string, init: RequestInit = {}) =>
    fetch(`${origin}${path}`, { redirect: 'manual', ...init })

  async function control<T = Row>(method: string, path: string, body?: unknown): Promise<T> {
    const init = body === undefined ? { method } : { method, body: JSON.stringify(body) }
    return (await send(`/_emulator/${path}`, init)).json() as Promise<T>
  }

  const calls = async (query = '') =>
    (await control<{ calls: Row[] }>('GET', `calls${query}`)).calls

  const grants = async (query = '') =>
    (await control<{ grants: Row[] }>('GET', `state${query}`)).grants

  const fault = (fault: string, path = '/2/oauth2/token', more: Row = {}) =>
    control('POST', 'faults', { path, fault, ...more })

  const post = (path: string, form: Fields, headers: Record<string, string> = basic()) =>
    send(path, { method: 'POST', body: params(form), headers })

  const token = (form: Fields, headers?: Record<string, string>) =>
    post('/2/oauth2/token', form, headers)

  const decide = (request: Fields, form: Fields) =>
    post(`/i/oauth2/authorize?${authorization(request)}`, form, {})

  async function code(request: Fields = {}, username = 'alice'): Promise<string> {
    const reply = await decide(request, { username, decision: 'authorize' })
    return new URL(reply.headers.get('Location') ?? '').searchParams.get('code') ?? ''
  }

  const redeem = (code: string, more: Fields = {}, headers?: Record<string, string>) =>
    token({ ...CODE_GRANT, code, ...more }, headers)

  const refresh = (refreshToken: string, headers?: Record<string, string>) =>
    token({ grant_type: 'refresh_token', refresh_token: refreshToken }, headers)

  async function login(username = 'alice', scope = ALL_SCOPES): Promise<Tokens> {
    return (await redeem(await code({ scope }, username))).json() as Promise<Tokens>
  }

  const me = (accessToken: string) =>
    send('/2/users/me', { headers: { Authorization: `Bearer ${accessToken}` } })

  return {
    origin: () => origin,
    send,
    control,
    calls,
    grants,
    fault,
    post,
    token,
    decide,
    code,
    redeem,
    refresh,
    login,
    me,
  }
}

/** What a code is exchanged with, besides the code. */
export const CODE_GRANT = {
  grant_type: 'authorization_code',
  redirect_uri: REDIRECT,
  code_verifier: VERIFIER,
}

/** A Basic header, of the seeded app unless told otherwise. */
export function basic(id = SEEDED_APP.client_id, secret = SEEDED_APP.client_secret) {
  return { Authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}` }
}

/** The query of an authorization request; a field that is undefined is left out. */
export function authorization(changes: Fields = {}): string {
  return params({
    response_type: 'code',
    client_id: SEEDED_APP.client_id,
    redirect_uri: REDIRECT,
    scope: ALL_SCOPES,
    state: 'a state',
    code_challenge: CHALLENGE,
    code_challenge_method: 'S256',
    ...changes,
  }).toString()
}

function params(fields: Fields): URLSearchParams {
  const known = Object.entries(fields).filter((field): field is [string, string] => !!field[1])
  return new URLSearchParams(known)
}

/** Status, content type and JSON body, to be compared at once. */
export async function answer(reply: Response) {
  const type = reply.headers.get('Content-Type')
  return { status: reply.status, type, body: (await reply.json()) as unknown }
}

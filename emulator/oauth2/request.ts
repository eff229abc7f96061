import { STATE_MAX_LENGTH } from '../limits.ts'
import type { App } from '../store/apps.ts'
import { challengeMethod } from './pkce.ts'

/** An authorization request that X would show its consent page for. */
export interface AuthorizationRequest {
  clientId: string
  redirectUri: string
  /** As requested, single spaces. */
  scope: string
  state: string | undefined
  codeChallenge: string
  codeChallengeMethod: 'S256' | 'plain'
}

/** The request, or what is wrong with it in words that X keeps to itself. */
export type JudgedRequest = { request: AuthorizationRequest } | { hint: string }

/**
 * Judges the parameters of `/i/oauth2/authorize` for this app.
 *
 * @see X docs, OAuth 2.0 Authorization Code Flow with PKCE, "Parameters"
 */
export function judgeRequest(app: App, params: URLSearchParams): JudgedRequest {
  const get = (name: string) => params.get(name) ?? undefined
  const method = challengeMethod(get('code_challenge_method'))
  const hint =
    repeated(params) ??
    wrongClient(app, get('client_id')) ??
    wrongRedirect(app, get('redirect_uri')) ??
    wrongResponseType(get('response_type')) ??
    (get('scope')?.trim() ? undefined : 'scope is missing.') ??
    wrongState(get('state')) ??
    (get('code_challenge') ? undefined : 'code_challenge is missing: X always wants PKCE.') ??
    (method ? undefined : 'code_challenge_method is neither S256 nor plain.')
  if (hint !== undefined || !method) return { hint: hint ?? '' }
  return {
    request: {
      clientId: app.client_id,
      redirectUri: get('redirect_uri') ?? '',
      scope: (get('scope') ?? '').trim().split(/ +/).join(' '),
      state: get('state'),
      codeChallenge: get('code_challenge') ?? '',
      codeChallengeMethod: method,
    },
  }
}

/** RFC 6749 §3.1: parameters must not be included more than once. */
function repeated(params: URLSearchParams): string | undefined {
  const names = [...params.keys()]
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  return twice === undefined ? undefined : `${twice} is there more than once.`
}

function wrongClient(app: App, id: string | undefined): string | undefined {
  if (!id) return 'client_id is missing.'
  if (id === app.api_key) return 'client_id is the API key. OAuth 2.0 takes the client ID.'
  if (id !== app.client_id) return `client_id "${id}" is unknown; the app’s is "${app.client_id}".`
  return app.suspended ? 'The app is suspended.' : undefined
}

/** Exact match, trailing slash included. */
function wrongRedirect(app: App, uri: string | undefined): string | undefined {
  if (!uri) return 'redirect_uri is missing.'
  if (app.callbacks.includes(uri)) return undefined
  return `redirect_uri "${uri}" is not registered. It must be exactly one of: ${app.callbacks.join(', ')}`
}

function wrongResponseType(type: string | undefined): string | undefined {
  if (type === 'code') return undefined
  return type ? `response_type is "${type}" and not "code".` : 'response_type is missing.'
}

function wrongState(state = ''): string | undefined {
  if (state.length <= STATE_MAX_LENGTH) return undefined
  return `state has ${state.length} characters; X takes up to ${STATE_MAX_LENGTH}.`
}

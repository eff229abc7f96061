import type { Context } from 'hono'
import { loggedIn } from '../browser-user.ts'
import type { X } from '../env.ts'
import { USERS_SHOWN } from '../limits.ts'
import { ConsentPage } from '../pages/consent.tsx'
import { page } from '../pages/page.tsx'
import { RefusedPage } from '../pages/refused.tsx'
import { type App, appNamed } from '../store/apps.ts'
import { note } from '../store/calls.ts'
import { saveCode } from '../store/codes.ts'
import { countUsers, findUser, listUsers } from '../store/users.ts'
import { callbackUrl } from './callback.ts'
import { type AuthorizationRequest, judgeRequest } from './request.ts'
import { scopeInWords, unknownScopes } from './scopes.ts'
import { mint } from './shape.ts'

/** `GET /i/oauth2/authorize`: asks the user. X tells mistakes to nobody but those in the scopes. */
export function showRequestConsent(c: Context<X>): Response | Promise<Response> {
  const { world, exchange } = c.env
  const url = new URL(c.req.url)
  const app = appNamed(world, 'client_id', url.searchParams.get('client_id') ?? undefined)
  const judged = judgeRequest(app, url.searchParams)
  if ('hint' in judged) return misconfigured(c, judged.hint)
  const { scope, redirectUri } = judged.request
  const refused = refusedScopes(c, app, judged.request)
  if (refused) return refused
  exchange.call.outcome = 'consent_shown'
  return page(
    <ConsentPage
      app={app.name}
      action={`${url.pathname}${url.search}`}
      scopes={scope.split(' ').map(scopeInWords)}
      users={listUsers(world, USERS_SHOWN)}
      more={countUsers(world) > USERS_SHOWN}
      target={redirectUri}
    />,
  )
}

/**
 * `POST /i/oauth2/authorize` with `username` and `decision`. The request's parameters stand in the URL, as
 * for GET, or in the form, and are judged again.
 */
export function decideRequest(c: Context<X>): Response | Promise<Response> {
  const { world, exchange } = c.env
  const { form, call } = exchange
  const params = new URL(c.req.url).searchParams
  for (const [name, value] of form) {
    if (!params.has(name) && name !== 'username' && name !== 'decision') params.append(name, value)
  }
  const app = appNamed(world, 'client_id', params.get('client_id') ?? undefined)
  const judged = judgeRequest(app, params)
  if ('hint' in judged) return misconfigured(c, judged.hint)
  const { request } = judged
  const refused = refusedScopes(c, app, request)
  if (refused) return refused
  const back = (answer: Record<string, string>) =>
    c.redirect(callbackUrl(request.redirectUri, request.state, answer), 302)

  if (form.get('decision') === 'cancel') {
    call.outcome = 'cancelled'
    return back({ error: 'access_denied' })
  }
  if (form.get('decision') !== 'authorize') {
    return misconfigured(c, 'The form’s decision is neither "authorize" nor "cancel".')
  }
  const user = findUser(world, (form.get('other') || form.get('username')) ?? '')
  if (!user) return misconfigured(c, 'No such user. POST /_emulator/users makes one.')
  const code = mint('ac', world.nowMs())
  saveCode(world, {
    code,
    client_id: request.clientId,
    user_id: user.id,
    redirect_uri: request.redirectUri,
    scope: request.scope,
    code_challenge: request.codeChallenge,
    code_challenge_method: request.codeChallengeMethod,
  })
  call.outcome = 'authorized'
  call.user_id = user.id
  return loggedIn(back({ code }), user)
}

function misconfigured(c: Context<X>, hint: string): Response | Promise<Response> {
  c.env.exchange.call.outcome = 'refused: error page shown'
  c.env.exchange.call.why = hint
  return page(<RefusedPage hint={hint} />, 400)
}

/** Sends the user back to the app if it asks for scopes that X does not have. @see RFC 6749 §4.1.2.1 */
function refusedScopes(
  c: Context<X>,
  app: App,
  { scope, redirectUri, state }: AuthorizationRequest,
): Response | undefined {
  const unknown = unknownScopes(scope)
  if (unknown.length === 0) return undefined
  const { call } = c.env.exchange
  const why = `X has no scope ${unknown.join(' ')}`
  if (app.unknown_scopes === 'grant') {
    note(call, why)
    return undefined
  }
  call.outcome = 'refused: invalid_scope'
  call.why = why
  return c.redirect(callbackUrl(redirectUri, state, { error: 'invalid_scope' }), 302)
}

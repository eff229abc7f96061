import { findOperation } from './api/operation.ts'
import { rateLimitOf } from './api/rate-limit.ts'
import type { Exchange } from './env.ts'
import { parseFault } from './faults/fault.ts'
import { perform } from './faults/perform.ts'
import { hintFor } from './hints.ts'
import { FAULT_LIMIT } from './limits.ts'
import { isSigned, type SignedRequest } from './oauth1/protocol.ts'
import { noteParameters, readParameters } from './oauth2/parameters.ts'
import { firstApp } from './store/apps.ts'
import { type Arrival, beginCall, finishCall } from './store/calls.ts'
import { takeFault } from './store/faults.ts'
import { ownerOf } from './store/find-grants.ts'
import type { World } from './store/world.ts'
import { whoseCall } from './whose-call.ts'

/** Paths whose calls say how the client showed who it is. */
const CLIENT_ENDPOINTS = new Set([
  '/2/oauth2/token',
  '/2/oauth2/revoke',
  '/oauth2/token',
  '/oauth2/invalidate_token',
  '/oauth/request_token',
  '/oauth/access_token',
  '/1.1/oauth/invalidate_token',
  '/1.1/oauth/invalidate_token.json',
])

/** Lets X answer a request, listing it and playing the fault that waits for it, if any. */
export async function observe(
  world: World,
  request: Request,
  answer: (exchange: Exchange) => Response | Promise<Response>,
): Promise<Response> {
  const bytes = await request.arrayBuffer()
  const body = new TextDecoder().decode(bytes)
  const url = new URL(request.url)
  const sent = { url, contentType: request.headers.get('Content-Type') ?? '', body }
  const { token_parameters } = firstApp(world)
  const form = readParameters(sent, token_parameters)
  const grantType = form.get('grant_type')
  const userId = whoseCall(world, signedRequest(request, body), form)
  const waiting = takeFault(world, { path: url.pathname, grantType, userId })
  const fault = waiting === null ? undefined : parseFault(waiting)
  const call = beginCall(world, {
    method: request.method,
    path: url.pathname,
    grant_type: grantType,
    fault: waiting,
    ...clientOf(request, url, form, body),
    query: url.search !== '',
  })
  if (token_parameters === 'any') noteParameters(call, sent)
  // Also where a fault keeps X from looking at it.
  const presented = form.get('refresh_token')
  if (presented !== null) call.user_id = ownerOf(world, presented)
  const mangle = fault?.kind === 'mangle' ? fault.mangle : undefined
  const exchange: Exchange = { body, bytes, form, call, mangle }
  const act = () => answer(exchange)
  const { reply, send } = await perform(fault, exchange, act, () => ({
    now: world.now(),
    limit: limitAt(request.method, url.pathname, userId),
  }))
  finishCall(world, call, reply.status, hintFor(call))
  return send(reply)
}

/** How often a call may be made, by a user or by the app. */
function limitAt(method: string, path: string, userId: string | null): number {
  const name = findOperation(method, path)
  return name === undefined ? FAULT_LIMIT : rateLimitOf(name)[userId === null ? 'app' : 'user']
}

/** A signature is listed wherever it is, what else a client shows only where it must show who it is. */
function clientOf(
  request: Request,
  url: URL,
  form: URLSearchParams,
  body: string,
): Pick<Arrival, 'auth' | 'has_client_secret_in_body'> {
  const authorization = request.headers.get('Authorization') ?? undefined
  const signed = isSigned(signedRequest(request, body))
  if (!CLIENT_ENDPOINTS.has(url.pathname)) {
    return { auth: signed ? 'oauth1' : null, has_client_secret_in_body: null }
  }
  const other = form.has('client_id') ? 'body' : 'none'
  const basic = /^basic /i.test(authorization ?? '')
  return {
    auth: signed ? 'oauth1' : basic ? 'basic' : other,
    has_client_secret_in_body: form.has('client_secret'),
  }
}

function signedRequest(request: Request, body: string): SignedRequest {
  return {
    method: request.method,
    url: request.url,
    authorization: request.headers.get('Authorization') ?? undefined,
    contentType: request.headers.get('Content-Type') ?? undefined,
    body,
  }
}

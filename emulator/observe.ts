import type { Exchange } from './env.ts'
import { parseFault } from './faults/fault.ts'
import { perform } from './faults/perform.ts'
import { type Arrival, beginCall, finishCall } from './store/calls.ts'
import { takeFault } from './store/faults.ts'
import type { World } from './store/world.ts'

/** Paths whose calls say how the client showed who it is. */
const CLIENT_ENDPOINTS = new Set(['/2/oauth2/token', '/2/oauth2/revoke'])

/** Lets X answer a request, listing it and playing the fault that waits for it, if any. */
export async function observe(
  world: World,
  request: Request,
  answer: (exchange: Exchange) => Response | Promise<Response>,
): Promise<Response> {
  const body = await request.text()
  const form = isForm(request) ? new URLSearchParams(body) : new URLSearchParams()
  const url = new URL(request.url)
  const grantType = form.get('grant_type')
  const waiting = takeFault(world, url.pathname, grantType)
  const fault = waiting === null ? undefined : parseFault(waiting)
  const call = beginCall(world, {
    method: request.method,
    path: url.pathname,
    grant_type: grantType,
    fault: waiting,
    ...(CLIENT_ENDPOINTS.has(url.pathname) ? clientOf(request, form) : NO_CLIENT),
    query: url.search !== '',
  })
  const mangle = fault?.kind === 'mangle' ? fault.mangle : undefined
  const exchange: Exchange = { body, form, call, mangle }
  const act = () => answer(exchange)
  const { reply, send } = await perform(fault, exchange, act, () => world.now())
  finishCall(world, call, reply.status)
  return send(reply)
}

const NO_CLIENT = { auth: null, has_client_secret_in_body: null }

function clientOf(
  request: Request,
  form: URLSearchParams,
): Pick<Arrival, 'auth' | 'has_client_secret_in_body'> {
  const basic = /^basic /i.test(request.headers.get('Authorization') ?? '')
  return {
    auth: basic ? 'basic' : form.has('client_id') ? 'body' : 'none',
    has_client_secret_in_body: form.has('client_secret'),
  }
}

function isForm(request: Request): boolean {
  const type = request.headers.get('Content-Type') ?? ''
  return type.toLowerCase().startsWith('application/x-www-form-urlencoded')
}

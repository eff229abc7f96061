/** How a login begins: proof keys, pending state into KV, and the address at X to send the browser to. */
import { hash, sameSecret } from '../crypto/hash'
import { keyringOf } from '../crypto/keyring'
import { randomText } from '../crypto/random'
import { configOf, type Flow, need, OAUTH2_SETTINGS } from '../env'
import { Failure } from '../failure'
import { LOGIN_TTL_SECONDS, URL_MAX_CHARS } from '../limits'
import { Secret } from '../secret'
import { getPending, putPending } from '../store/pending'
import { authorizeUrl, newAuthorization } from '../x/authorize'
import { scopesToAsk } from '../x/scopes'
import { type Maker, openPending, type PendingLogin, sealPending } from './pending'

export interface LoginRequest {
  flow: Flow
  /** Scopes to ask for; the configured ones when absent. */
  scope?: string[]
  /** Where people reach this Worker; X sends them back to `<origin>/callback`. */
  origin: string
  returnTo?: string
  maker?: Maker
}

export interface Begun {
  id: string
  authorizeUrl: string
  pending: PendingLogin
}

/**
 * Begins a login. One KV write.
 *
 * @param now - Unix seconds
 * @throws Failure `return_to_refused`, `config_incomplete`, `storage_unavailable`
 */
export async function begin(env: Env, request: LoginRequest, now: number): Promise<Begun> {
  const config = configOf(env)
  need(config, ...OAUTH2_SETTINGS)
  if (request.returnTo !== undefined) checkReturnTo(request.returnTo, config.returnTo)
  const scope = scopesToAsk(request.scope ?? config.scopes)
  const pending: PendingLogin = {
    ...newAuthorization(callbackUrl(request.origin), scope),
    flow: request.flow,
    binding: new Secret(randomText()),
    ...(request.returnTo === undefined ? {} : { returnTo: request.returnTo }),
    ...(request.maker ? { maker: request.maker, ticket: new Secret(randomText()) } : {}),
    expiresAt: now + LOGIN_TTL_SECONDS,
  }
  const id = await hash(pending.state.reveal())
  const keyring = await keyringOf(config.sealingKeys)
  await putPending(env.PENDING, id, await sealPending(keyring, id, pending))
  return { id, authorizeUrl: await authorizeUrl(config, pending), pending }
}

/** The address to register at X, exactly. */
export const callbackUrl = (origin: string): string => `${origin}/callback`

/** A login that waits for its callback. @throws Failure `login_unknown`, `sealed_unreadable` */
export async function findPending(
  env: Env,
  id: string,
  now: number,
): Promise<PendingLogin & { sealed: string }> {
  const config = configOf(env)
  need(config, 'SEALING_KEYS')
  const sealed = await getPending(env.PENDING, id)
  if (sealed === null) throw new Failure('login_unknown')
  const pending = await openPending(await keyringOf(config.sealingKeys), id, sealed)
  if (pending.expiresAt <= now) throw new Failure('login_unknown')
  return { ...pending, sealed }
}

/**
 * A login that a caller made, for whoever brings the ticket of its `login_url`.
 *
 * @throws Failure `login_unknown`
 */
export async function openByTicket(
  env: Env,
  id: string,
  ticket: string,
  now: number,
): Promise<Begun> {
  const pending = await findPending(env, id, now)
  if (!pending.ticket || !(await sameSecret(ticket, pending.ticket.reveal())))
    throw new Failure('login_unknown')
  return { id, authorizeUrl: await authorizeUrl(configOf(env), pending), pending }
}

/** The flow asked for, or the default one. @throws Failure `flow_unavailable` */
export function offeredFlow(env: Env, asked: string | undefined): Flow {
  const { flows } = configOf(env)
  const flow = flows.find((offered) => offered === (asked ?? 'oauth2'))
  if (!flow) throw new Failure('flow_unavailable', `Offered here: ${flows.join(', ')}.`)
  return flow
}

/** An address may be returned to when its origin is listed; anything that could hide another one is refused. */
function checkReturnTo(returnTo: string, origins: readonly string[]): void {
  const url = returnTo.length <= URL_MAX_CHARS ? URL.parse(returnTo) : null
  const plain = url && url.username === '' && url.password === '' && url.hash === ''
  if (!plain || !origins.includes(url.origin)) throw new Failure('return_to_refused')
}

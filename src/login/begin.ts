/** How a login begins: proof keys, pending state into KV, and the address at X to send the browser to. */
import { hash, sameSecret } from '../crypto/hash'
import { keyringOf } from '../crypto/keyring'
import { randomText } from '../crypto/random'
import { type Config, configOf, need } from '../env'
import { Failure } from '../failure'
import { LOGIN_TTL_SECONDS } from '../limits'
import { identityScopes } from '../scopes'
import { Secret } from '../secret'
import type { Flow } from '../setting-values'
import { OAUTH2_SETTINGS } from '../settings'
import { getPending, putPending } from '../store/pending'
import type { LoginAsk } from './ask'
import { askX, flowSettings, keyOfLogin, pageAtX } from './flows'
import {
  type Creator,
  type ExchangeWish,
  openPending,
  type PendingLogin,
  sealPending,
} from './pending'
import { demandReturnAddress } from './return-address'
import { appForNewLogin, appOfLogin, appSettings } from './x-app'

/** A login that somebody begins. */
export interface LoginRequest extends Omit<LoginAsk, 'callbackUrl'> {
  flow: Flow
  /** Where people reach this Worker; X sends them back to `<origin>/callback`. */
  origin: string
  returnTo?: string
  creator?: Creator
  /** Only who logs in is wanted: of an account that is not connected here nothing is kept. */
  identityOnly?: boolean
  /** The OAuth 1.0a token that it brings is to be exchanged for a pair. */
  exchange?: ExchangeWish
}

/** A login that waits for X's answer, and the page at X that the browser is to be sent to. */
export interface BegunLogin {
  id: string
  authorizeUrl: string
  pending: PendingLogin
  /** Writes the pending state into KV. @throws Failure `storage_unavailable` */
  store: () => Promise<void>
}

/**
 * Begins a login: with OAuth 1.0a by one call to X. Its pending state is still to be stored.
 *
 * @param now - Unix seconds
 * @throws Failure `return_to_refused`, `config_incomplete`; with OAuth 1.0a also what X says of
 *   the request: `x_rate_limited`, `x_unreachable`, `login_refused_by_x`, `app_credentials_refused`,
 *   `callback_refused`, `clock_wrong`, `plan_refused`, `wrong_auth_type`, `user_blocked`.
 */
export async function begin(env: Env, request: LoginRequest, now: number): Promise<BegunLogin> {
  const config = configOf(env)
  need(config, ...flowSettings(request.flow), ...(request.exchange ? OAUTH2_SETTINGS : []))
  if (request.returnTo !== undefined) demandReturnAddress(request.returnTo, config.returnTo)
  const { app, loginApp } = appForNewLogin(config, request.flow, request.identityOnly)
  const callback = callbackUrl(request.origin)
  const ask = { ...request, ...(loginApp ? whoAlone(config) : {}), callbackUrl: callback }
  const asked = await askX(app, request.flow, ask, now)
  const pending: PendingLogin = {
    ...asked,
    browserSecret: new Secret(randomText()),
    ...(request.returnTo === undefined ? {} : { returnTo: request.returnTo }),
    ...(request.identityOnly ? { identityOnly: true } : {}),
    ...(loginApp === undefined ? {} : { loginApp }),
    ...(request.exchange ? { exchange: request.exchange } : {}),
    ...(request.creator ? { creator: request.creator, ticket: new Secret(randomText()) } : {}),
    expiresAt: now + LOGIN_TTL_SECONDS,
  }
  const id = await hash(keyOfLogin(asked).reveal())
  const keyring = await keyringOf(config.sealingKeys)
  return {
    id,
    authorizeUrl: await pageAtX(app, pending),
    pending,
    store: async () => putPending(env.PENDING, id, await sealPending(keyring, id, pending)),
  }
}

/** What a login through the second app asks for: who it is. @throws Failure `config_incomplete` when X_SCOPES is wrong. */
function whoAlone(config: Config): Pick<LoginAsk, 'scope' | 'offline'> {
  need(config, 'X_SCOPES')
  return { scope: identityScopes(config.scopes), offline: false }
}

/** The address to register at X, exactly. */
export const callbackUrl = (origin: string): string => `${origin}/callback`

/**
 * A login that waits for its callback, as KV has it.
 *
 * @param id - the login's id
 * @param now - Unix seconds
 * @throws Failure `login_unknown` when there is none or its ten minutes are over; `config_incomplete`,
 *   `sealed_unreadable`, `storage_unavailable`.
 */
export async function findPending(env: Env, id: string, now: number): Promise<PendingLogin> {
  const config = configOf(env)
  need(config, 'SEALING_KEYS')
  const sealed = await getPending(env.PENDING, id)
  if (sealed === null) throw new Failure('login_unknown')
  const pending = await openPending(await keyringOf(config.sealingKeys), id, sealed)
  if (pending.expiresAt <= now) throw new Failure('login_unknown')
  return pending
}

/**
 * A login that a caller made, for the browser that brings the ticket of its `login_url`.
 *
 * @param now - Unix seconds
 * @throws Failure `login_unknown`, also for a wrong ticket; `login_app_changed`, `config_incomplete`,
 *   `sealed_unreadable`, `storage_unavailable`.
 */
export async function openByTicket(
  env: Env,
  id: string,
  ticket: string,
  now: number,
): Promise<BegunLogin> {
  const pending = await findPending(env, id, now)
  if (!pending.ticket || !(await sameSecret(ticket, pending.ticket.reveal())))
    throw new Failure('login_unknown')
  const config = configOf(env)
  need(config, ...appSettings(pending))
  const app = appOfLogin(config, pending)
  if (!app) throw new Failure('login_app_changed')
  return { id, authorizeUrl: await pageAtX(app, pending), pending, store: () => Promise.resolve() }
}

/** The flow that was asked for, or the default one. @throws Failure `flow_unavailable` when it is not offered here. */
export function offeredFlow(env: Env, asked: string | undefined): Flow {
  const { flows } = configOf(env)
  const flow = flows.find((offered) => offered === (asked ?? flows[0]))
  if (!flow) throw new Failure('flow_unavailable', `Offered here: ${flows.join(', ')}.`)
  return flow
}

/**
 * The ways to log in, one row each: what X is asked, which answer fits, how it is exchanged. A further flow is its name
 * in `setting-values.ts`, what it remembers in `pending.ts` and one row here; the compiler names what is missing.
 */
import type { Config } from '../env'
import { Failure } from '../failure'
import { CODE_TTL_SECONDS, LOGIN_TTL_SECONDS } from '../limits'
import type { Secret } from '../secret'
import type { Flow } from '../setting-values'
import type { Setting } from '../settings'
import type { GrantKind } from '../store/vault'
import { authorizeUrl } from '../x/authorize'
import { KINDS_AT_X } from '../x/grant-kinds'
import { authorizePage } from '../x/oauth1'
import { askRequestToken, type LoginAsk, newRequest } from './ask'
import { type Exchanged, type Redeemable, redeemCode, redeemVerifier } from './exchange'
import type { Asked, AskedRequestToken } from './pending'

/** The fields of a login's beginning that not every flow has, by their names on the wire. */
export type FlowField =
  | 'scope'
  | 'offline'
  | 'access_type'
  | 'force_login'
  | 'screen_name'
  | 'exchange'
  | 'replace'

interface FlowRow<F extends Flow> {
  /** What its link on the start page says. */
  label: string
  /** The kind of grant that it ends in; with it come the settings that it needs. */
  grantKind: GrantKind
  /** What whoever begins it may ask for. */
  takes: readonly FlowField[]
  /** Whether beginning it costs a call to X. */
  asksX: boolean
  /** Asks X, or makes ready what X will be asked by the browser. `now` is Unix seconds. */
  ask: (config: Config, ask: LoginAsk, now: number) => Promise<Asked<F>>
  /** What X's answer brings back, and so what the login is found by: its hash is the login's id. */
  key: (asked: Asked<F>) => Secret
  /** The page at X where the user approves; always the same for the same login. */
  pageAtX: (config: Config, asked: Asked<F>) => string | Promise<string>
  /** Whether X sends the browser to our callback with the answer, or shows it to the user, who types it into our form. */
  answeredBy: 'callback' | 'form'
  /** Which answer fits. */
  answer: 'code' | 'verifier'
  /** Seconds within which the same answer may be sent to X again. */
  answerLivesSeconds: number
  /** Sends the answer to X, once. `nowMs` is Unix milliseconds. */
  exchange: (config: Config, asked: Asked<F>, answer: string, nowMs: number) => Promise<Exchanged>
}

/** What Perch knows of each way to log in. */
export const FLOWS: { readonly [F in Flow]: FlowRow<F> } = {
  oauth2: {
    label: 'Log in with X',
    grantKind: 'oauth2',
    takes: ['scope', 'offline'],
    asksX: false,
    ask: async (config, ask) => ({ flow: 'oauth2', ...newRequest(config, ask) }),
    key: ({ state }) => state,
    pageAtX: authorizeUrl,
    answeredBy: 'callback',
    answer: 'code',
    answerLivesSeconds: CODE_TTL_SECONDS,
    exchange: redeemCode,
  },
  oauth1: {
    ...oauth1Row('authorize'),
    label: 'Log in with X (OAuth 1.0a)',
    ask: async (config, ask, now) => ({
      flow: 'oauth1',
      ...(await askRequestToken(config, ask, ask.callbackUrl, now)),
    }),
  },
  signin: {
    ...oauth1Row('authenticate'),
    label: 'Sign in with X',
    ask: async (config, ask, now) => ({
      flow: 'signin',
      ...(await askRequestToken(config, ask, ask.callbackUrl, now)),
    }),
  },
  pin: {
    ...oauth1Row('authorize'),
    label: 'Log in with a PIN',
    ask: async (config, ask, now) => ({
      flow: 'pin',
      ...(await askRequestToken(config, ask, 'oob', now)),
    }),
    answeredBy: 'form',
  },
}

/** What the flows of OAuth 1.0a have in common. @param page - X's page for it */
function oauth1Row(page: 'authorize' | 'authenticate') {
  return {
    grantKind: 'oauth1',
    asksX: true,
    takes: ['access_type', 'force_login', 'screen_name', 'exchange', 'replace'],
    key: ({ token }: AskedRequestToken) => token,
    pageAtX: (config: Config, { token, hints }: AskedRequestToken) =>
      authorizePage(config, page, token, hints),
    answeredBy: 'callback',
    answer: 'verifier',
    answerLivesSeconds: LOGIN_TTL_SECONDS,
    exchange: redeemVerifier,
  } as const
}

/** Whether a login by this flow brings a token that X exchanges. */
export const isExchangeable = (flow: Flow): boolean => FLOWS[flow].takes.includes('exchange')

/** What a flow needs to be set. */
export const flowSettings = (flow: Flow): readonly Setting[] =>
  KINDS_AT_X[FLOWS[flow].grantKind].settings

/**
 * Refuses what a flow does not have: passed over in silence, it would be taken for granted.
 *
 * @param given - what was asked for, by its names on the wire; undefined: it was not
 * @throws Failure `request_malformed`, naming the field and the flows that have it.
 */
export function demandTaken(flow: Flow, given: { readonly [F in FlowField]?: unknown }): void {
  const names = Object.keys(given) as FlowField[]
  const strays = names.filter(
    (name) => given[name] !== undefined && !FLOWS[flow].takes.includes(name),
  )
  if (strays.length === 0) return
  const each = strays.map((name) => {
    const takers = Object.entries(FLOWS).flatMap(([of, { takes }]) =>
      takes.includes(name) ? [of] : [],
    )
    return `${name}: flow=${flow} does not have it, flow=${takers.join(' or ')} has.`
  })
  throw new Failure('request_malformed', each.join(' '))
}

/** Asks X for a new login by this flow. `now` is Unix seconds. @throws Failure as {@link askRequestToken} does. */
export const askX = <F extends Flow>(
  config: Config,
  flow: F,
  ask: LoginAsk,
  now: number,
): Promise<Asked<F>> => FLOWS[flow].ask(config, ask, now)

/** The secret that X's answer to a login brings back. */
export const keyOfLogin = <F extends Flow>(asked: Asked<F>): Secret => FLOWS[asked.flow].key(asked)

/** The page at X where a login is approved; always the same for the same login. */
export const pageAtX = <F extends Flow>(
  config: Config,
  asked: Asked<F>,
): string | Promise<string> => FLOWS[asked.flow].pageAtX(config, asked)

/** What this flow exchanges of an answer; undefined when the answer is for another kind of login. */
export function fittingAnswer(flow: Flow, answer: Redeemable): string | undefined {
  const given: { code?: string; verifier?: string } = answer
  return given[FLOWS[flow].answer]
}

/** Sends the answer to a login to X, once. `nowMs` is Unix milliseconds. */
export const exchange = <F extends Flow>(
  config: Config,
  asked: Asked<F>,
  answer: string,
  nowMs: number,
): Promise<Exchanged> => FLOWS[asked.flow].exchange(config, asked, answer, nowMs)

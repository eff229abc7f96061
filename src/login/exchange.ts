/** What the answer to a login is exchanged for, by either OAuth. */
import type { Config } from '../env'
import type { FailureCode } from '../failures'
import { ACCESS_TOKEN_TTL_SECONDS, CODE_TTL_SECONDS, LOGIN_TTL_SECONDS } from '../limits'
import type { NotGranted, Refused } from '../x/answer'
import { issuedAtMs } from '../x/code'
import { accessToken } from '../x/oauth1'
import { exchangeCode } from '../x/token'
import type { Answer } from './callback'
import type { Obtained } from './grant'
import type { PendingLogin } from './pending'

export type Redeemable = Exclude<Answer, { error: string }>

export type Exchanged =
  | { kind: 'granted'; grant: Obtained; nonconformity?: string | undefined }
  | NotGranted

/** Whether this answer is of the kind that this login waits for. */
export function fits({ flow }: PendingLogin, answer: Redeemable): boolean {
  return flow === 'oauth2' ? 'code' in answer : 'verifier' in answer
}

/** Sends the answer to X, once. `nowMs` is Unix milliseconds. */
export async function exchange(
  config: Config,
  pending: PendingLogin,
  answer: Redeemable,
  nowMs: number,
): Promise<Exchanged> {
  const now = Math.floor(nowMs / 1000)
  if (pending.flow !== 'oauth2') {
    const verifier = 'verifier' in answer ? answer.verifier : ''
    const outcome = await accessToken(config, pending, verifier, now)
    if (outcome.kind !== 'granted') return outcome
    const { apiKey } = config
    return {
      kind: 'granted',
      grant: { kind: 'oauth1', ...outcome.value, obtainedAtMs: nowMs, apiKey },
    }
  }
  const { redirectUri } = pending
  const outcome = await exchangeCode(
    config,
    {
      code: 'code' in answer ? answer.code : '',
      state: pending.state.reveal(),
      codeVerifier: pending.codeVerifier.reveal(),
      redirectUri,
    },
    now,
  )
  if (outcome.kind !== 'granted') return outcome
  const { accessToken: token, refreshToken, scope, expiresIn } = outcome.tokens
  return {
    kind: 'granted',
    nonconformity: outcome.nonconformity,
    grant: {
      kind: 'oauth2',
      accessToken: token,
      refreshToken,
      // Where X names no scope, it is the one that was asked for (RFC 6749 §5.1).
      scope: scope ?? pending.scope,
      expiresAt: now + (expiresIn ?? ACCESS_TOKEN_TTL_SECONDS),
      clientId: config.clientId,
      obtainedAtMs: nowMs,
    },
  }
}

/** Seconds within which the same answer may be sent again. */
export const livesFor = ({ flow }: PendingLogin): number =>
  flow === 'oauth2' ? CODE_TTL_SECONDS : LOGIN_TTL_SECONDS

/** What a refusal means for the one who logs in. `now` is Unix seconds. */
export function refusalOf(what: Refused, answer: Redeemable, now: number): FailureCode {
  if (what === 'code' && 'code' in answer) {
    const issuedAt = issuedAtMs(answer.code)
    const late = issuedAt !== undefined && issuedAt / 1000 + CODE_TTL_SECONDS < now
    return late ? 'code_expired' : 'code_refused'
  }
  return REFUSALS[what]
}

const REFUSALS: Record<Refused, FailureCode> = {
  token: 'request_token_expired',
  code: 'code_refused',
  code_verifier: 'pkce_refused',
  redirect_uri: 'redirect_uri_refused',
  verifier: 'verifier_refused',
}

/** What the answer to a login is exchanged for at X, by either OAuth. */
import { secondsOf } from '../clock'
import type { Config } from '../env'
import type { FailureCode } from '../failures'
import { ACCESS_TOKEN_TTL_SECONDS, CODE_TTL_SECONDS } from '../limits'
import type { NotGranted, Refused } from '../x/answer'
import type { Authorization } from '../x/authorize'
import { issuedAtMs } from '../x/code'
import { accessToken, type RequestToken } from '../x/oauth1'
import { exchangeCode } from '../x/token'
import type { Answer } from './callback'
import type { Obtained } from './grant'

/** An answer that X exchanges: all but a denial. */
export type Redeemable = Exclude<Answer, { error: string }>

/** The outcome of one exchange: the grant that X gave for an answer, or why it gave none. */
export type Exchanged =
  | { kind: 'granted'; grant: Obtained; nonconformity?: string | undefined }
  | NotGranted

/** Sends a code to X, once. `nowMs` is Unix milliseconds. */
export async function redeemCode(
  config: Config,
  asked: Authorization,
  code: string,
  nowMs: number,
): Promise<Exchanged> {
  const now = secondsOf(nowMs)
  const [state, codeVerifier] = [asked.state.reveal(), asked.codeVerifier.reveal()]
  const { redirectUri } = asked
  const outcome = await exchangeCode(config, { code, state, codeVerifier, redirectUri }, now)
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
      scope: scope ?? asked.scope,
      expiresAt: now + (expiresIn ?? ACCESS_TOKEN_TTL_SECONDS),
      clientId: config.clientId,
      obtainedAtMs: nowMs,
    },
  }
}

/** Sends a verifier, or a PIN, to X, once. `nowMs` is Unix milliseconds. */
export async function redeemVerifier(
  config: Config,
  asked: RequestToken,
  verifier: string,
  nowMs: number,
): Promise<Exchanged> {
  const outcome = await accessToken(config, asked, verifier, secondsOf(nowMs))
  if (outcome.kind !== 'granted') return outcome
  const { apiKey } = config
  return {
    kind: 'granted',
    grant: { kind: 'oauth1', ...outcome.value, obtainedAtMs: nowMs, apiKey },
  }
}

/** What X's refusal means for the one who logs in. `now` is Unix seconds. */
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

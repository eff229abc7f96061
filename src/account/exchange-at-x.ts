/** Presents an account’s OAuth 1.0a token to X in exchange for a pair, and seals for the account what X gives. */
import { unixSeconds } from '../clock'
import { keyringOf } from '../crypto/keyring'
import type { Sealed } from '../crypto/seal'
import { configOf, need } from '../env'
import { Failure } from '../failure'
import { ACCESS_TOKEN_TTL_SECONDS } from '../limits'
import type { Tokens } from '../oauth/token'
import { exchangeSteps } from '../scopes'
import { OAUTH1_SETTINGS, OAUTH2_SETTINGS } from '../settings'
import { exchangeUserToken, proven, type UserTokenExchanged } from '../x/exchange'
import { ofAnotherApp } from './another-app'
import type { RefreshAnswer } from './answer'
import { openTokens, sealTokens } from './grant'
import type { Present } from './refresh-at-x'

/** An OAuth 1.0a token as it rests, whose it is, and what the pair for it shall be good for. */
export interface RestingUserToken {
  /** The account: an X user id. */
  account: string
  token: Sealed
  tokenSecret: Sealed
  /** The API key that X issued it to. */
  apiKey: string
  /** Empty: what the settings say. */
  scope: string
}

/**
 * Does all that can fail before X is asked.
 *
 * @returns what presents the token
 * @throws Failure `config_incomplete`, `sealed_unreadable`, `app_changed`
 */
export async function readyToExchange(env: Env, resting: RestingUserToken): Promise<Present> {
  const { account, apiKey, scope } = resting
  const config = configOf(env)
  need(config, ...OAUTH2_SETTINGS, ...OAUTH1_SETTINGS)
  const keyring = await keyringOf(config.sealingKeys)
  const user = await openTokens(keyring, account, 'oauth1', { ...resting, obtainedAtMs: 0 })
  const other = ofAnotherApp(config, 'oauth1', { apiKey })
  if (other !== undefined) throw new Failure('app_changed', other)
  return async (timeoutMs): Promise<RefreshAnswer> => {
    const { clientId, refreshPolicy: policy } = config
    const sentAt = unixSeconds()
    const until = Date.now() + timeoutMs
    let outcome: UserTokenExchanged | undefined
    let asked = ''
    for (const step of exchangeSteps(scope || config.scopes)) {
      const ms = until - Date.now()
      if (ms <= 0) break
      asked = step
      outcome = await exchangeUserToken(config, user, step, sentAt, ms)
      // X did not act, so the next smaller list is another question at once.
      if (outcome.kind !== 'beyond') break
    }
    const sealed = async (tokens: Tokens) => {
      const expiresAt = sentAt + (tokens.expiresIn ?? ACCESS_TOKEN_TTL_SECONDS)
      const pair = { ...tokens, scope: tokens.scope ?? asked, expiresAt, from: sentAt, policy }
      return { ...(await sealTokens(keyring, account, pair)), clientId }
    }
    if (!outcome || outcome.kind === 'beyond')
      return { kind: 'declined', message: outcome?.message ?? 'No scope is left to ask for.' }
    if (outcome.kind === 'granted') {
      const { tokens, nonconformity } = outcome
      if (tokens.refreshToken) return { rotation: await sealed(tokens), nonconformity }
      return { kind: 'unknown', message: 'X gave no refresh token.', cut: { rotation: undefined } }
    }
    if (outcome.kind === 'refused' && outcome.what === 'token')
      return proven(config, user, outcome, unixSeconds())
    if (outcome.kind !== 'unknown') return outcome
    const { cut, ...unknown } = outcome
    return cut ? { ...unknown, cut: { rotation: undefined } } : unknown
  }
}

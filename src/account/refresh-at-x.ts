/** Presents an account’s refresh token to X, and seals for the account what X gives. */
import { unixSeconds } from '../clock'
import { keyringOf } from '../crypto/keyring'
import type { Sealed } from '../crypto/seal'
import { configOf, need } from '../env'
import { Failure } from '../failure'
import { ACCESS_TOKEN_TTL_SECONDS } from '../limits'
import type { Tokens } from '../oauth/token'
import { OAUTH2_SETTINGS } from '../settings'
import * as x from '../x/token'
import { ofAnotherApp } from './another-app'
import type { RefreshAnswer } from './answer'
import { openToken, sealTokens } from './grant'

/** A refresh token as it rests, and whose it is. */
export interface RestingToken {
  /** The account: an X user id. */
  account: string
  refreshToken: Sealed
  /** The app that the grant was given to. */
  clientId: string
}

/** Presents a refresh token to X, once, and waits for the answer so many milliseconds. */
export type Present = (timeoutMs: number) => Promise<RefreshAnswer>

/**
 * Does all that can fail before X is asked.
 *
 * @returns what presents the token
 * @throws Failure `config_incomplete`, `sealed_unreadable`, `app_changed`
 */
export async function readyToRefresh(env: Env, resting: RestingToken): Promise<Present> {
  const { account, refreshToken, clientId } = resting
  const config = configOf(env)
  need(config, ...OAUTH2_SETTINGS)
  const keyring = await keyringOf(config.sealingKeys)
  const token = await openToken(keyring, account, 'oauth2.refreshToken', refreshToken)
  const other = ofAnotherApp(config, 'oauth2', { clientId })
  if (other !== undefined) throw new Failure('app_changed', other)
  return async (timeoutMs) => {
    const sentAt = unixSeconds()
    const outcome = await x.refresh(config, token, sentAt, timeoutMs)
    const sealed = (tokens: Tokens) => {
      // From before the call: X counts from when it gave the token, and its reply may have taken its time.
      const expiresAt = sentAt + (tokens.expiresIn ?? ACCESS_TOKEN_TTL_SECONDS)
      const life = { expiresAt, from: sentAt, policy: config.refreshPolicy }
      return sealTokens(keyring, account, { ...tokens, ...life }, true)
    }
    if (outcome.kind === 'granted')
      return { rotation: await sealed(outcome.tokens), nonconformity: outcome.nonconformity }
    if (outcome.kind !== 'unknown') return outcome
    const { cut, ...unknown } = outcome
    if (!cut) return unknown
    return { ...unknown, cut: { rotation: cut.tokens && (await sealed(cut.tokens)) } }
  }
}

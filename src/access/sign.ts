/** A signature for a caller: the secrets stay here, the header leaves. */

import { ofAnotherApp } from '../account/another-app'
import { endInWords } from '../account/ended-at-x'
import { openTokens } from '../account/grant'
import type { Degraded } from '../account/lease-outcome'
import { accountAt } from '../account/stub'
import { keyringOf } from '../crypto/keyring'
import { type Config, configOf, need } from '../env'
import { Failure } from '../failure'
import { OAUTH1_SETTINGS } from '../settings'
import { type Ended, rememberAccount, type VaultAccount } from '../store/vault'
import { type RequestToken, signatureFor } from '../x/oauth1'
import { signableUrl } from '../x/signable'

/** A call of X's API that a caller wants signed, and will send itself. */
export interface SignRequest {
  method: string
  url: string
  /** The pairs of a form body; names may repeat. */
  form?: readonly (readonly [string, string])[]
  realm?: string
}

/** The signature for a call, and the address that it is good for. */
export interface Signed {
  authorization: string
  /** To be sent byte for byte: it is what was signed. */
  signedUrl: string
  /** Where X may not take it. */
  degraded?: Degraded
}

/**
 * Signs a call of X's API as this account.
 *
 * @param now - Unix seconds
 * @param copy - what KV has of the account: a token of OAuth 1.0a does not rotate, so that is as good as the object's
 * @throws Failure `not_signable`, `account_unknown`, `login_required`, `app_changed`, `sealed_unreadable`, `config_incomplete`
 */
export async function signAs(
  env: Env,
  id: string,
  request: SignRequest,
  now: number,
  copy: VaultAccount | null,
): Promise<Signed> {
  const config = configOf(env)
  need(config, ...OAUTH1_SETTINGS)
  const url = signableUrl(request.url, request.form ?? [], config.apiOrigin)
  const { username, oauth1: grant } =
    copy?.oauth1 && !copy.oauth1.unconfirmed ? copy : await asked(env, id, now)
  if (!grant || grant.ended) {
    const why = grant?.ended ? WHY_ENDED[grant.ended.reason] : NO_GRANT
    // An import that X was not asked about has the id in the username's place.
    const known = username === id ? undefined : username
    throw new Failure('login_required', why, undefined, { kind: 'oauth1', username: known })
  }
  const other = ofAnotherApp(config, 'oauth1', grant)
  if (other !== undefined) throw new Failure('app_changed', other)
  const token = await openTokens(await keyringOf(config.sealingKeys), id, 'oauth1', grant)
  const signed = await sign(config, request, url, token, now)
  if (!grant.endedAtX) return signed
  const { since } = grant.endedAtX
  const degraded = {
    reason: 'delete_unfinished',
    since,
    detail: endInWords(grant.endedAtX),
  } as const
  return { ...signed, degraded }
}

/**
 * Signs a call of X's API as the app alone. `now` is Unix seconds.
 *
 * @throws Failure `not_signable`, `config_incomplete`.
 */
export async function signAsApp(env: Env, request: SignRequest, now: number): Promise<Signed> {
  const config = configOf(env)
  need(config, 'X_API_KEY', 'X_API_SECRET', 'X_API_ORIGIN')
  const url = signableUrl(request.url, request.form ?? [], config.apiOrigin)
  return sign(config, request, url, undefined, now)
}

async function sign(
  config: Config,
  { method, form, realm }: SignRequest,
  url: URL,
  token: RequestToken | undefined,
  timestamp: number,
): Promise<Signed> {
  const parts = { ...(form ? { form } : {}), ...(realm === undefined ? {} : { realm }) }
  const request = { method, url, ...parts }
  const authorization = await signatureFor(config, token, request, timestamp)
  return { authorization, signedUrl: url.href }
}

/** The account as its object has it, which asks X about an import first. @throws Failure `account_unknown` */
async function asked(env: Env, id: string, now: number): Promise<VaultAccount> {
  const account = await accountAt(env, id).confirm('oauth1')
  if (!account) throw new Failure('account_unknown')
  rememberAccount(account, now)
  return account
}

const NO_GRANT = 'This account has no OAuth 1.0a grant.'
const WHY_ENDED: Record<Ended['reason'], string> = {
  refresh_reply_lost: 'X refused the token: log in again.',
  refused_by_x: 'X refused the token: log in again.',
  another_program: 'X refused the token: log in again.',
  revoked_by_user: 'The user took the access away at X: log in again.',
  ended_by_delete: 'A DELETE had ended the token at X: log in again.',
  belongs_to_another: 'The imported token belongs to another X account than it was imported for.',
  no_refresh_token: 'The token has expired: log in again.',
}

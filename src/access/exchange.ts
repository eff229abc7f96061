/** How a caller has an account's OAuth 1.0a token exchanged for an OAuth 2.0 pair. */
import type { ExchangeRequest } from '../account/exchange'
import { accountAt } from '../account/stub'
import { configOf, need } from '../env'
import { unwrap } from '../failure'
import { OAUTH1_SETTINGS, OAUTH2_SETTINGS } from '../settings'
import { rememberAccount, type VaultAccount } from '../store/vault'

/**
 * The account with the pair that X gave. `now` is Unix seconds.
 *
 * @throws Failure `account_unknown`, `account_disconnecting`, `grant_unknown` where it has no OAuth 1.0a token that X takes,
 *   `grant_works`, `login_required` where X refuses that token, `exchange_refused`, `exchange_unavailable`, `refresh_failed`,
 *   `refresh_limited`, `x_rate_limited`, `app_halted`, `config_incomplete`, `app_changed`.
 */
export async function exchangeGrant(
  env: Env,
  id: string,
  request: ExchangeRequest,
  now: number,
): Promise<VaultAccount> {
  need(configOf(env), ...OAUTH2_SETTINGS, ...OAUTH1_SETTINGS)
  const account = unwrap(await accountAt(env, id).exchange(request))
  rememberAccount(account, now)
  return account
}

import type { Config } from '../env'

/**
 * In words that another app is configured now than the one a grant was issued to: X knows that grant under the other
 * one's credentials alone, and would say of it, revoked or refreshed with these, whatever it says of any unknown token.
 */
export function ofAnotherApp(
  config: Config,
  grant: { clientId: string } | { apiKey: string },
): string | undefined {
  const [setting, was, is] =
    'clientId' in grant
      ? ['X_CLIENT_ID', grant.clientId, config.clientId]
      : ['X_API_KEY', grant.apiKey, config.apiKey]
  return was === is
    ? undefined
    : `It was connected with ${setting} ${was}, and now there is another.`
}

import type { Config } from '../env'
import type { GrantKind } from '../store/vault'
import { KINDS_AT_X } from '../x/grant-kinds'

/**
 * Says in words that a grant was issued to another app than the one that is configured now; undefined when it was this
 * one. X knows a grant under its own app's credentials alone, and would say of it, revoked or refreshed with others,
 * whatever it says of any unknown token.
 */
export function ofAnotherApp(
  config: Config,
  kind: GrantKind,
  grant: { clientId?: string; apiKey?: string },
): string | undefined {
  const { setting, field } = KINDS_AT_X[kind].app
  return grant[field] === config[field]
    ? undefined
    : `It was connected with ${setting} ${grant[field]}, and now there is another.`
}
